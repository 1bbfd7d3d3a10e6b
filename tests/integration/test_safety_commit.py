"""A change stays only if its checks hold; while one may be pending nobody says "in sync" (law 2)."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sroscert_lab.router.datastorelocks import DatastoreLocks

from tests.support.fleet import Fleet, MakeFleet, Result
from tests.support.holding import COMMIT, READ, Holding
from tests.support.lab import wait_until

RELEASES = pytest.mark.parametrize("release", ["21.2", "25.10"])
CONFIRM_S = 10
FAST = ("--verify-timeout", "1", "--confirm-timeout", str(CONFIRM_S), "--settle-timeout", "0")
SHORT = ("--confirm-timeout", str(CONFIRM_S))


def apply(fleet: Fleet) -> Result:
    """One `apply`, impatient, with JSON."""
    return fleet.run("apply", "--yes", "-o", "json", *FAST)


def error(result: Result, router: str = "sr1") -> dict[str, str]:
    """The error of one router."""
    found: dict[str, str] = result.entry(router)["error"]
    return found


def disable_grpc(fleet: Fleet) -> None:
    """An operator takes gRPC away and saves, so that mending it is one commit, the last one."""
    fleet.operator("/configure", "system", "grpc", "admin-state", "disable")
    fleet.router().save_configuration()


def nothing_pending(fleet: Fleet) -> bool:
    """Whether no confirmed commit waits and nobody holds a lock."""
    stores = fleet.router().datastores
    return stores.pending is None and not stores.is_locked("candidate") and not stores.is_dirty


# --- a check fails ----------------------------------------------------------------------------------------------------


@pytest.mark.law(2, 10)
@RELEASES
def test_gnmi_that_does_not_answer_undoes_the_tls_commit(lab_fleet: MakeFleet, release: str) -> None:
    """With TLS up and gNMI mute the commit is taken back, seen to be, not saved; mended, the next run finishes."""
    fleet = lab_fleet(release=release)
    core = fleet.router()
    core.faults.set("grpc-refused")

    result = apply(fleet)

    assert result.code == 6, result.text
    assert error(result)["code"] == "rolled-back"
    assert "gRPC" in error(result)["message"] or "gNMI" in error(result)["message"] or "TLS" in error(result)["message"]
    assert nothing_pending(fleet)
    assert core.running().find(".//{*}tls/{*}cert-profile") is None
    assert core.running().find(".//{*}pki/{*}ca-profile") is not None
    assert core.datastores.startup_copy().find(".//{*}cert-profile") is None
    core.faults.clear()
    assert apply(fleet).code == 0
    assert [entry.kind for entry in fleet.ca.journal.entries()].count("ir") == 1


@pytest.mark.law(2)
@RELEASES
def test_a_rolled_back_change_leaves_the_datastore_as_it_was(lab_fleet: MakeFleet, release: str) -> None:
    """A change that is refused, or that fails its check, is gone to the byte, and nothing is saved.

    Before that, a CA profile that takes its time to load is no failure: the commit is confirmed once it is up.
    """
    fleet = lab_fleet(release=release)
    fleet.router().faults.set("slow-load", "0.5", times=1)
    fleet.applied()
    assert not fleet.router().faults.is_set("slow-load")
    disable_grpc(fleet)
    before = fleet.snapshot()
    fleet.router().faults.set("commit-refused", "TLS is busy", 1)

    refused = apply(fleet)

    assert (refused.code, "TLS is busy" in error(refused)["message"]) == (3, True), refused.text
    assert fleet.snapshot() == before
    with fleet.editing() as document:
        document["verify"]["gnmi"]["models"] = ["nokia-conf", "no-such-model"]
    result = apply(fleet)
    after = fleet.snapshot()
    assert (result.code, error(result)["code"]) == (6, "rolled-back"), result.text
    assert (after.running, after.startup, after.pending, after.unsaved) == (
        before.running, before.startup, False, before.unsaved
    )
    assert after.files == before.files


@pytest.mark.law(2)
def test_ciphers_that_no_client_speaks_are_not_sent(lab_fleet: MakeFleet) -> None:
    """A server cipher list that nobody could verify the service with is stopped before anything is written."""
    fleet = lab_fleet()
    before = fleet.snapshot()
    with fleet.editing() as document:
        document["tls"]["server_cipher_lists"]["ciphers"] = ["tls-rsa-with3des-ede-cbc-sha"]

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (5, "release-lacks"), result.text
    assert "cipher" in error(result)["message"]
    assert fleet.snapshot() == before


@pytest.mark.law(2, 10)
def test_a_roll_back_that_cannot_be_seen_is_not_reported(lab_fleet: MakeFleet) -> None:
    """When somebody's commit meanwhile leaves another value in the changed leaf, the outcome is unknown."""
    fleet = lab_fleet()
    fleet.applied()
    disable_grpc(fleet)
    core = fleet.router()
    with fleet.editing() as document:
        document["verify"]["gnmi"]["models"] = ["no-such-model"]
    holding = Holding(core)
    # The roll-back of our commit is the second change of running; right after it an operator changes the same leaf.
    holding.then(lambda: holding.then(lambda: _enable(fleet), *COMMIT), *COMMIT)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "outcome-unknown"), result.text
    assert "admin-state" in error(result)["message"]


def _enable(fleet: Fleet) -> None:
    stores = fleet.router().datastores
    locks, stores._locks = stores._locks, DatastoreLocks()
    fleet.operator("/configure", "system", "grpc", "admin-state", "enable")
    stores._locks = locks


# --- the session is lost ----------------------------------------------------------------------------------------------


LOST = [
    ("drop-before-commit", 0, 3, "outcome-unknown"),
    ("drop-before-commit-reply", 2, 3, "outcome-unknown"),
    # Nothing is unknown here: new sessions see that the router undid the commit.
    ("drop-after-commit", 2, 6, "rolled-back"),
]


@pytest.mark.law(2, 4)
@pytest.mark.parametrize(("fault", "changes", "code", "word"), LOST, ids=[row[0] for row in LOST])
def test_a_session_lost_around_a_commit_is_not_retried(
    lab_fleet: MakeFleet, fault: str, changes: int, code: int, word: str
) -> None:
    """The run says what it knows and sends nothing more; the router's own roll-back leaves things as before."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    disable_grpc(fleet)
    before = fleet.snapshot()
    fleet.router().faults.set(fault, times=1)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (code, word), result.text
    wait_until(lambda: nothing_pending(fleet), "the router notices")
    after = fleet.snapshot()
    assert (after.running, after.startup, after.files) == (before.running, before.startup, before.files)
    assert after.version - before.version == changes, "one commit and its roll-back, or none"


@pytest.mark.law(2, 4)
def test_a_confirmation_that_is_not_answered_is_unknown(lab_fleet: MakeFleet) -> None:
    """The checks held, the session was lost before the confirmation, the router did not notice: nothing is claimed."""
    fleet = lab_fleet()
    fleet.applied()
    disable_grpc(fleet)
    startup = fleet.snapshot().startup
    fleet.router().faults.set("ghost-session")
    fleet.router().faults.set("drop-after-commit", times=1)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "outcome-unknown"), result.text
    assert "until" in error(result)["state"]
    assert fleet.router().datastores.pending is not None
    assert fleet.snapshot().startup == startup
    assert fleet.run("plan", *SHORT).code == 3
    fleet.router().faults.clear()
    assert nothing_pending(fleet)


# --- the process is killed --------------------------------------------------------------------------------------------


@pytest.fixture
def killed(lab_fleet: MakeFleet) -> Iterator[tuple[Fleet, Holding]]:
    """A finished router with gRPC disabled by hand, ready for a run to be killed."""
    fleet = lab_fleet()
    fleet.applied()
    disable_grpc(fleet)
    holding = Holding(fleet.router())
    yield fleet, holding
    holding.release()


def kill_while_pending(fleet: Fleet, holding: Holding) -> None:
    """Start a run and kill it while the router has a confirmed commit that nobody confirmed."""
    holding.then(lambda: holding.hold(*READ), *COMMIT)
    with fleet.start("apply", "--yes", *FAST) as process:
        wait_until(lambda: fleet.router().datastores.pending is not None, "a confirmed commit", 20)
        holding.wait()
        process.kill()
        process.communicate()
    holding.release()


@pytest.mark.law(2, 6)
def test_a_killed_run_is_undone_by_the_router_and_the_next_one_begins_clean(killed: tuple[Fleet, Holding]) -> None:
    """The dead session's commit is rolled back; apply waits for the time-out to be sure, then mends the router."""
    fleet, holding = killed
    before = fleet.snapshot()

    kill_while_pending(fleet, holding)

    wait_until(lambda: nothing_pending(fleet), "the router rolls back")
    assert (fleet.snapshot().running, fleet.snapshot().startup) == (before.running, before.startup)
    assert fleet.run("plan", *SHORT).code == 2
    early = apply(fleet)
    assert (early.code, error(early)["code"]) == (3, "commit-pending"), early.text
    wait_until(lambda: apply(fleet).code == 0, "apply after the time-out", CONFIRM_S + 10)
    assert fleet.run("plan", *SHORT).code == 0


@pytest.mark.law(2)
@pytest.mark.parametrize("record", ["kept", "deleted"])
def test_nobody_says_in_sync_while_a_dead_sessions_commit_is_pending(
    killed: tuple[Fleet, Holding], record: str, tmp_path: Path
) -> None:
    """A router that does not notice shows what was intended; nothing believes it or saves it before the time-out."""
    fleet, holding = killed
    core = fleet.router()
    startup = fleet.snapshot().startup
    core.faults.set("ghost-session")

    kill_while_pending(fleet, holding)
    if record == "deleted":
        shutil.rmtree(tmp_path / "state")

    results = {name: fleet.run(name, "-o", "json", *SHORT) for name in ("plan", "drift")}
    results["apply"] = apply(fleet)
    assert core.datastores.pending is not None, "the test was too slow"
    assert {name: (result.code, error(result)["code"]) for name, result in results.items()} == dict.fromkeys(
        ("plan", "drift", "apply"), (3, "commit-pending")
    )
    assert not any("in sync" in result.out for result in results.values())
    assert fleet.snapshot().startup == startup
    if record == "kept":
        return
    wait_until(lambda: core.datastores.pending is None, "the confirm time-out", CONFIRM_S + 5)
    core.faults.clear()
    wait_until(lambda: fleet.run("plan", *SHORT).code == 2, "the plan shows the changes again", CONFIRM_S + 5)


@pytest.mark.law(2)
def test_a_run_killed_before_the_commits_reply_has_left_its_mark(killed: tuple[Fleet, Holding]) -> None:
    """The mark is made before the commit is sent: where somebody has saved since, nothing else tells that it waits."""
    fleet, holding = killed
    core = fleet.router()
    core.faults.set("ghost-session")
    holding.hold(*COMMIT)
    with fleet.start("apply", "--yes", *FAST) as process:
        holding.wait()
        process.kill()
        process.communicate()
    holding.release()
    wait_until(lambda: core.datastores.pending is not None, "the commit")
    core.save_configuration()

    result = fleet.run("drift", "-o", "json", *SHORT)

    assert core.datastores.pending is not None, "the test was too slow"
    assert (result.code, error(result)["code"]) == (3, "commit-pending"), result.text


@pytest.mark.law(2)
@RELEASES
def test_an_interrupt_leaves_nothing_pending(lab_fleet: MakeFleet, release: str) -> None:
    """Ctrl-C in the middle finishes or undoes the step at hand, holds no lock, and exits with 130.

    What it says is there while the router is still held, in a container too, where Python often does not buffer.
    """
    fleet = lab_fleet(release=release)
    unbuffered = "1" if release == "25.10" else ""
    holding = Holding(fleet.router())
    holding.hold("import", "sr-key")
    with fleet.start("apply", "--yes", *FAST, PYTHONUNBUFFERED=unbuffered) as process:
        holding.wait()
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "stopping" in process.stderr.readline() + process.stderr.readline()
        holding.release()
        process.communicate(timeout=30)

    assert process.returncode == 130
    wait_until(lambda: nothing_pending(fleet), "nothing is pending")
    assert not fleet.router().flash.exists("cf3:/sr-key")
    assert list(fleet.ca.journal.entries()) == []
    assert apply(fleet).code == 0
