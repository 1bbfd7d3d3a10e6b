"""Run records: what is written as a run goes, by many processes and threads, and what is read back."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sroscert.commands.operations import InitialRegistration
from sroscert.commands.operations import RemoveFile as RemoveCommand
from sroscert.errors import CommandError, DeviceError, RecordError, SessionLostError, UsageError
from sroscert.pki.certificate import read
from sroscert.plan.steps import RemoveFile
from sroscert.workflow import runs
from sroscert.workflow.journal import Journal, Member, Request, RouterJournal, sent
from sroscert.workflow.runstore import RunStore, stamp
from tests.support.certificates import make_ca
from tests.support.planning import GOOD, plan, router

ROOT = Path(__file__).parents[3]
STEP = RemoveFile(reason="it is a work file", url="cf3:/x")
MEMBERS = (Member("sr1", "192.0.2.1:830", "aa"), Member("sr2", "192.0.2.2:830", "bb"))
ASKED = Request("apply", {"files": ["/net/intent.yaml"], "yes": True})


def begun(folder: Path, request: Request = ASKED) -> Journal:
    """A run of two routers that has begun."""
    return Journal.begin(folder, request, MEMBERS)


def of_first(journal: Journal | None) -> RouterJournal:
    """The part of the first router, from which one secret is taken out."""
    def scrub(text: str) -> str:
        return text.replace("s3cret-canary", "*****")

    if journal is None:
        return RouterJournal(None, "sr1", "192.0.2.1:830", scrub)
    return journal.router("sr1", "192.0.2.1:830", scrub)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A run under way."""
    made = begun(tmp_path)
    yield made
    made.end(0)


def test_a_run_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Who, what, the plan, each step with what was answered, the routers' ends, and the exit code."""
    made = begun(tmp_path)
    first = of_first(made)
    first.planned(plan(router()))
    first.started("sr1", STEP)
    with first.asking(sent(RemoveCommand("cf3:/x"))) as asked:
        asked.outcome, asked.text = "done", "removed"
    first.finished("sr1", STEP, "was there", 0.1)
    made.router_ended("sr1", "done", "done, 1 step", None)
    made.router_ended("sr2", "failed", "", CommandError("it said no", hint="ask again"))
    made.end(3)

    (summary,) = runs.list_runs(tmp_path)
    assert (summary.command, summary.options["files"], summary.exit_code) == ("apply", ["/net/intent.yaml"], 3)
    assert (summary.state, summary.routers, summary.steps) == ("failed", {"done": 1, "failed": 1}, 1)
    assert summary.user
    _, (one, two) = runs.load_run(tmp_path, "last")
    assert (one.state, one.said, one.intent) == ("done", "done, 1 step", "aa")
    assert one.plans[0]["steps"][0]["title"] == plan(router()).steps[0].title
    (step,) = one.steps
    assert (step["title"], step["outcome"], step["said"]) == (STEP.title, "done", "was there")
    (answer,) = step["answers"]
    assert (answer["operation"], answer["text"]) == ("RemoveFile url=cf3:/x", "removed")
    assert two.error == {"code": "command-failed", "message": "it said no", "hint": "ask again"}


@pytest.mark.law(8)
def test_no_secret_is_written(tmp_path: Path) -> None:
    """What the router or an error says is kept without the secrets that the run has resolved."""
    made = begun(tmp_path)
    first = of_first(made)
    first.planned(plan(router()))
    first.started("sr1", STEP)
    with first.asking("password s3cret-canary") as asked:
        asked.outcome, asked.text = "failed", "bad s3cret-canary"
    first.failed("sr1", STEP, "the router said s3cret-canary", 0.1)
    made.router_ended("sr1", "failed", "", CommandError("it said s3cret-canary", hint="s3cret-canary"))
    made.end(3)

    assert b"s3cret-canary" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "*****" in str(runs.load_run(tmp_path, "last"))


def test_what_was_sent_is_said_without_the_place_of_a_secret() -> None:
    """A command's name and what it was given; of a secret not even its reference."""
    asked = InitialRegistration(
        ca_profile="ca", key="sr-key", reference="sr1", secret_reference="file:codes/sr1", subject_dn="CN=sr1",
        domain_names=("a", "b"), save_as="cf3:/sr-cert.der",
    )

    assert sent(asked) == (
        "InitialRegistration ca_profile=ca key=sr-key reference=sr1 subject_dn=CN=sr1 save_as=cf3:/sr-cert.der"
        " domain_names=a,b"
    )


def test_threads_that_make_the_store_at_once_all_get_it(tmp_path: Path) -> None:
    """Whoever opens a store that another is just making waits for it."""
    for number in range(4):
        folder = tmp_path / str(number)
        with ThreadPoolExecutor(8) as pool:
            stores = list(pool.map(lambda _, folder=folder: RunStore(folder), range(8)))
        assert [store.rows("SELECT count(*) AS n FROM run") for store in stores] == [[{"n": 0}]] * 8
        for store in stores:
            store.close()


def test_the_store_is_for_its_owner_only(tmp_path: Path) -> None:
    """Nobody else can read the file, or those that SQLite lays beside it, or the folder."""
    folder = tmp_path / "state"
    made = begun(folder)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    made.end(0)

    assert {"runs.sqlite", "runs.sqlite-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


_WRITER = """
import sys, threading
from pathlib import Path
from sroscert.pki.certificate import read
from sroscert.plan.steps import RemoveFile
from sroscert.workflow.journal import Journal, Member, Request

folder, death = Path(sys.argv[1]), sys.argv[2:] == ["die"]
names = [f"sr{number}" for number in range(4)]
journal = Journal.begin(folder, Request("apply"), [Member(name, name, "") for name in names])

def work(name):
    mine = journal.router(name, name, str)
    for number in range(20):
        step = RemoveFile(reason="", url=f"cf3:/{name}-{number}")
        mine.started(name, step)
        mine.finished(name, step, "", 0.0)

threads = [threading.Thread(target=work, args=(name,)) for name in names]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
if death:
    print("ready", flush=True)
    sys.stdin.read()
assert not journal.incomplete
journal.end(0)
"""


def writer(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A process that writes a run of four routers from four threads."""
    command = [sys.executable, "-c", _WRITER, str(folder), *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_processes_and_threads_write_into_one_store(tmp_path: Path) -> None:
    """Two processes that make the store at once, with four threads each, lose nothing."""
    processes = [writer(tmp_path) for _ in range(2)]
    for process in processes:
        process.communicate(timeout=60)

    assert [process.returncode for process in processes] == [0, 0]
    assert [(run.state, run.steps) for run in runs.list_runs(tmp_path)] == [("done", 80), ("done", 80)]


@pytest.mark.law(6)
def test_a_run_that_is_killed_says_where_it_was(tmp_path: Path) -> None:
    """While its process lives a run is running; after SIGKILL it is not finished, and all its steps are there."""
    with writer(tmp_path, "die") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        (alive,) = runs.list_runs(tmp_path)
        process.send_signal(signal.SIGKILL)

    (dead,) = runs.list_runs(tmp_path)
    assert (alive.state, dead.state, dead.steps) == ("running", "not finished", 80)


def test_a_step_that_was_begun_is_where_the_work_stands(journal: Journal, tmp_path: Path) -> None:
    """The step without an end is named with its number, and what follows it is known from the plan."""
    first = of_first(journal)
    wanted = plan(router())
    first.planned(wanted)
    first.started("sr1", wanted.steps[0])

    _, (one, two) = runs.load_run(tmp_path, journal.run)
    assert one.where == f"in step 1 of {len(wanted.steps)}: {wanted.steps[0].title}"
    first.finished("sr1", wanted.steps[0], "", 0.1)
    assert runs.load_run(tmp_path, journal.run)[1][0].where == f"after step 1 of {len(wanted.steps)}"
    assert two.state == "waiting"


def test_what_was_sent_is_there_before_its_answer(journal: Journal, tmp_path: Path) -> None:
    """Killed while the router works, a run shows what was sent; a lost session is an unknown end."""
    first = of_first(journal)
    first.started("sr1", STEP)

    def answers() -> list[tuple[str, str, str]]:
        _, (one, _) = runs.load_run(tmp_path, journal.run)
        return [(item["operation"], item["outcome"], item["text"]) for item in one.steps[0]["answers"]]

    with first.asking("a command") as asked:
        assert answers() == [("a command", "sent", "")]
        asked.outcome = "done"
    for error in (SessionLostError("gone"), CommandError("no")):
        with pytest.raises(DeviceError), first.asking(f"before {error}"):
            raise error
    with pytest.raises(KeyboardInterrupt), first.asking("the last"):
        raise KeyboardInterrupt
    assert answers() == [
        ("a command", "done", ""), ("before gone", "unknown", "gone"), ("before no", "failed", "no"),
        ("the last", "sent", ""),
    ]


def test_what_is_left_is_what_no_run_of_the_chain_saw_done(tmp_path: Path) -> None:
    """A router counts as done when the run, or one that took it up, or one that took that up, saw it done."""
    first = begun(tmp_path)
    first.end(3)
    assert [item.name for item in runs.left_undone(tmp_path, first.run)] == ["sr1", "sr2"]
    second = begun(tmp_path, Request("apply", {}, resumes=first.run))
    second.end(3)
    third = begun(tmp_path, Request("apply", {}, resumes=second.run))
    third.router_ended("sr2", "done", "", None)
    third.end(3)
    other = begun(tmp_path)
    other.router_ended("sr1", "done", "", None)
    other.end(0)

    assert [item.name for item in runs.left_undone(tmp_path, first.run)] == ["sr1"]


def test_a_run_is_named_by_its_beginning(tmp_path: Path) -> None:
    """One beginning that two runs have, or none, is an error that says so."""
    for _ in range(2):
        begun(tmp_path).end(0)
    newest, oldest = runs.list_runs(tmp_path)

    assert runs.load_run(tmp_path, "last")[0].id == newest.id
    assert runs.load_run(tmp_path, oldest.id[:-1])[0].id == oldest.id
    for wanted, said in (("2", "2 runs are"), ("x", "no run is")):
        with pytest.raises(UsageError, match=said) as raised:
            runs.load_run(tmp_path, wanted)
        assert raised.value.code == "run-unknown"


@pytest.mark.parametrize(("code", "state"), [(0, "done"), (2, "done"), (3, "failed"), (130, "interrupted")])
def test_an_ended_run_is_what_its_exit_code_says(tmp_path: Path, code: int, state: str) -> None:
    """With something left for later a run is done all the same."""
    begun(tmp_path).end(code)

    assert [run.state for run in runs.list_runs(tmp_path)] == [state]


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """It is named, and not a byte of it is changed."""
    begun(tmp_path).end(0)
    path = tmp_path / "runs.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()

    for use in (lambda: runs.list_runs(tmp_path), lambda: begun(tmp_path)):
        with pytest.raises(RecordError, match="newer sroscert") as raised:
            use()
        assert raised.value.code == "run-store-newer"
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["text", "head", "middle", "foreign"])
def test_a_damaged_store_is_an_error_and_not_lost(tmp_path: Path, damage: str) -> None:
    """Text, a broken head, broken pages or somebody else's database: the error names the file, which stays as it is."""
    path = tmp_path / "runs.sqlite"
    if damage == "foreign":
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE theirs (x)")
        connection.close()
    else:
        for _ in range(3):
            begun(tmp_path).end(0)
        data = bytearray(path.read_bytes())
        if damage == "text":
            data[:] = b"not a database, but long enough to look like one" * 20
        else:
            start = 0 if damage == "head" else 4096
            data[start : start + 4096 * 4] = b"\xa5" * len(data[start : start + 4096 * 4])
        path.write_bytes(data)
    before = path.read_bytes()

    for use in (lambda: runs.list_runs(tmp_path), lambda: begun(tmp_path)):
        with pytest.raises(RecordError, match="cannot be used") as raised:
            use()
        assert str(path) in str(raised.value)
        assert "moved away" in raised.value.hint
    assert path.read_bytes() == before


def test_a_store_that_fails_half_way_stops_nothing(tmp_path: Path) -> None:
    """Once a run has begun, a record that cannot be written is noted, and the work goes on."""
    made = begun(tmp_path)
    first = of_first(made)
    with RunStore(tmp_path) as other:
        other.write("DROP TABLE answer")
    first.planned(plan(router()))
    first.started("sr1", STEP)
    with first.asking("something") as asked:
        asked.outcome = "done"
    first.finished("sr1", STEP, "", 0.1)
    made.end(0)

    assert made.incomplete
    with RunStore(tmp_path) as other:
        assert other.rows("SELECT outcome FROM step") == [{"outcome": "done"}]


def test_a_run_begins_at_once_beside_large_ones(tmp_path: Path) -> None:
    """Twenty thousand steps with answers of earlier runs are not read when a run begins, or when runs are listed."""
    made = begun(tmp_path)
    made.end(0)
    count = range(20_000)
    with RunStore(tmp_path) as store:
        store.write_many(
            "INSERT INTO step VALUES (?, 'sr1', ?, 'k', 't', 'now', NULL, 'done', '')", [(made.run, n) for n in count]
        )
        store.write_many(
            "INSERT INTO answer VALUES (?, 'sr1', ?, 'now', 'o', 'done', '')", [(made.run, n) for n in count]
        )
    began = time.monotonic()
    begun(tmp_path).end(0)
    assert [run.steps for run in runs.list_runs(tmp_path)] == [0, 20_000]

    assert time.monotonic() - began < 5


def test_without_a_run_nothing_is_written(tmp_path: Path) -> None:
    """A part of no run takes everything and does nothing; a store that is not there is none."""
    nothing = of_first(None)
    nothing.planned(plan(router()))
    nothing.started("sr1", STEP)
    nothing.in_use([GOOD])

    assert (runs.list_runs(tmp_path), runs.list_issued(tmp_path), list(tmp_path.iterdir())) == ([], [], [])


def test_old_runs_are_forgotten(tmp_path: Path) -> None:
    """A run goes after 400 days, after 30 when it had nothing to do; one whose process lives stays."""
    kept = {}
    for name, days, steps, code in (
        ("old", 401, 1, 0), ("kept", 399, 1, 0), ("idle", 31, 0, 0), ("idle kept", 29, 0, 0), ("failed", 31, 0, 3),
    ):
        made = begun(tmp_path)
        if steps:
            of_first(made).started("sr1", STEP)
        made.end(code)
        kept[made.run] = name
        aged(tmp_path, made.run, days)
    alive = begun(tmp_path)
    aged(tmp_path, alive.run, 500)
    newest = begun(tmp_path)
    kept |= {alive.run: "alive", newest.run: "newest"}

    assert {kept[run.id] for run in runs.list_runs(tmp_path)} == {"kept", "idle kept", "failed", "alive", "newest"}
    assert runs.prune_runs(tmp_path, timedelta(0)) == 3
    assert {kept[run.id] for run in runs.list_runs(tmp_path)} == {"alive", "newest"}
    alive.end(0)
    newest.end(0)


def aged(folder: Path, run: str, days: int) -> None:
    """Move the beginning of a run into the past."""
    with RunStore(folder) as store:
        store.write("UPDATE run SET began = ? WHERE id = ?", stamp(datetime.now(UTC) - timedelta(days=days)), run)


def test_what_was_issued_outlives_its_run(tmp_path: Path) -> None:
    """A certificate is remembered once, with its serial, also when the run is forgotten; use is remembered too."""
    made = begun(tmp_path)
    first = of_first(made)
    data = make_ca().der
    first.issued("cf3:/sr-cert.der", data)
    first.issued("cf3:/sr-cert.der", data)
    first.issued("cf3:/other", b"no certificate")
    made.end(0)
    runs.prune_runs(tmp_path, timedelta(0))

    assert runs.list_runs(tmp_path) == []
    (issued,) = runs.list_issued(tmp_path)
    assert (issued.router, issued.address, issued.file, issued.used) == (
        "sr1", "192.0.2.1:830", "cf3:/sr-cert.der", False,
    )


def test_what_was_seen_in_use_is_known_though_no_run_fetched_it(tmp_path: Path) -> None:
    """A router that renewed by itself has what nobody here asked for; it belongs to no run that is taken up."""
    made = begun(tmp_path)
    first = of_first(made)
    info = read(make_ca().der)
    first.in_use([info])
    first.in_use([info])
    made.end(0)

    (issued,) = runs.list_issued(tmp_path)
    assert (issued.serial, issued.file, issued.run, issued.used) == (f"{info.serial:x}", "", "", True)
    assert runs.issued_in(tmp_path, made.run) == frozenset()


def test_every_command_that_changes_routers_leaves_a_record() -> None:
    """A module of the command line that shows steps as they are done runs them by `run_recorded`."""
    modules = {path: path.read_text(encoding="utf-8") for path in (ROOT / "sroscert" / "cli").glob("*.py")}
    changing = {path.name for path, text in modules.items() if "Progress(" in text and path.name != "progress.py"}
    recorded = {path.name for path, text in modules.items() if "run_recorded(" in text}

    assert {"apply.py", "task.py"} <= changing <= recorded


def test_what_a_run_and_those_it_goes_with_had_issued(tmp_path: Path) -> None:
    """What it takes up and what took it up counts with it; a run that has nothing to do with it does not."""
    names: list[str] = []
    for file in ("first", "second", "third", "stranger"):
        taken_up = names[-1] if names and file != "stranger" else ""
        made = begun(tmp_path, Request("renew", {}, taken_up))
        of_first(made).issued(file, make_ca().der)
        made.end(130)
        names.append(made.run)

    found = [runs.issued_in(tmp_path, name) for name in names]

    assert [len(one) for one in found] == [3, 3, 3, 1]
    assert not found[0] & found[3]
    assert {issuer for issuer, _ in found[0]} == {"CN=Test CA"}
