"""What a script on a router depends on besides its text is said before it is relied on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path as FilePath

import pytest
import yaml

from sroscert.errors import IntentError
from sroscert.intent import RouterIntent, loads
from sroscert.intent.desired import Phase, phase_of
from sroscert.intent.ehs_scripts import PYTHON_OPERATIONS
from sroscert.model.script_control import CLI_SCRIPT_USER, SCRIPT_USERS
from sroscert.plan.access import Access
from sroscert.plan.observed import Observed, StandbyFiles
from sroscert.plan.script_user import Account, CommandProfile, read_account
from sroscert.plan.standby import on_slot
from sroscert.plan.steps import CopyToStandby, UploadFile
from sroscert.values import PRESENT, ConfigTree, Path
from tests.support.planning import files, finished, plan, tutorial

STANDBY = ConfigTree.from_items([(Path.of("state", "redundancy", "synchronization", "standby-status"), "standby")])
SCRIPT = r"cf3:\auto-cert-update.txt"
VERBATIM = (FilePath(__file__).parents[3] / "lab" / "intents" / "tutorial-verbatim.yaml").read_text()
CODES = ("script-standby", "script-user")


def found(observed: Observed) -> list[str]:
    """The codes of these findings in the plan of the tutorial's router."""
    return [finding.code for finding in plan(observed).findings if finding.code in CODES]


def with_standby(observed: Observed, has: Mapping[str, str], *, slot: str = "B", unread: str = "") -> Observed:
    """The router with a standby CPM whose card has these scripts."""
    return replace(observed, state=observed.state.merge(STANDBY), standby=StandbyFiles(slot, has, unread))


def copies(observed: Observed) -> list[str]:
    """The titles of the steps that copy something to the standby CPM."""
    return [step.title for step in plan(observed).steps if isinstance(step, CopyToStandby)]


COPY = r"copy cf3:/auto-cert-update.txt to cf3-b:/auto-cert-update.txt, on the standby CPM"
CASES = [
    ({SCRIPT: "same"}, [], []),
    ({SCRIPT: "same size"}, [], []),
    ({}, [COPY], ["script-standby"]),
    ({SCRIPT: "12 bytes"}, [COPY], ["script-standby"]),
    ({SCRIPT: "0" * 64}, [COPY], ["script-standby"]),
]


@pytest.mark.parametrize(("has", "steps", "codes"), CASES)
def test_a_script_is_on_both_cpms(has: Mapping[str, str], steps: list[str], codes: list[str]) -> None:
    """What the standby CPM lacks, or has otherwise, is copied; what could not be read more closely is left alone."""
    seen = finished("21.2")
    (script,) = plan(seen).desired.uploads
    alike = {"same": seen.scripts[SCRIPT], "same size": f"{len(script.content)} bytes"}
    has = {target: alike.get(text, text) for target, text in has.items()}
    two = with_standby(seen, has)

    assert (copies(two), found(two), plan(two).in_sync) == (steps, codes, not steps)
    assert copies(replace(two, state=seen.state)) == []
    assert copies(with_standby(seen, has, slot="A")) == [step.replace("-b", "-a") for step in steps]


def test_a_script_is_copied_last_and_with_each_upload() -> None:
    """A router that has no script yet, or another, gets it on both CPMs, and is not warned of what the plan does."""
    seen = finished("21.2")
    for there in ({}, {SCRIPT: "0" * 64}):
        made = plan(with_standby(replace(seen, scripts=there, flash=()), {}))

        assert [type(step).__name__ for step in made.steps] == ["UploadFile", "CopyToStandby"]
        assert "script-standby" not in [item.code for item in made.findings]
    assert copies(with_standby(replace(seen, scripts={}), {SCRIPT: seen.scripts[SCRIPT]})) == []


def test_a_card_that_cannot_be_looked_at_is_told_and_not_written_to() -> None:
    """Without the other CPM's slot, or its listing, nothing is claimed and nothing copied."""
    for unread in (with_standby(finished("21.2"), {}, slot="", unread="?"),
                   with_standby(finished("21.2"), {}, unread="cf3-b:/ could not be listed: no")):
        assert (copies(unread), found(unread)) == ([], ["script-standby"])


def test_an_event_that_the_router_suppresses_is_told() -> None:
    """A handler never sees it; one that is generated, or another one that is suppressed, is nothing to tell."""
    seen = finished("21.2")
    events = Path.of("configure", "log", "log-events")
    for event, generate, codes in (
        ("tmnxPkiCertBeforeExpWarning", "false", ["event-suppressed"]), ("tmnxPkiCertBeforeExpWarning", "true", []),
        ("tmnxPkiCertAfterExpWarning", "false", []),
    ):
        leaf = events.entry("security", event=event) / "generate"
        made = plan(replace(seen, running=seen.running.merge(ConfigTree.from_items([(leaf, generate)]))))
        assert [item.code for item in made.findings if item.code == "event-suppressed"] == codes
        assert made.in_sync


@pytest.mark.parametrize(
    ("location", "there"),
    [(r"cf3:\a.txt", "cf3-b:/a.txt"), ("cf1:/x/a.txt", "cf1-b:/x/a.txt"), (r"cf3-a:\a.txt", ""), ("ftp://h/a", "")],
)
def test_the_same_file_of_the_other_cpm(location: str, there: str) -> None:
    """A location that names a slot, or another host, is the same after a switchover."""
    assert on_slot(location, "B") == there


@pytest.mark.parametrize(
    ("account", "codes"),
    [
        (None, []),
        (Account("robot", exists=True, profiles=(CommandProfile(default="permit-all"),)), []),
        (Account("robot", exists=True), []),
        (Account("other", exists=False), []),
        (Account("robot", exists=False), ["script-user-missing"]),
        (Account("robot", exists=True, profiles=(CommandProfile((("file", "permit"),), "deny-all"),)),
         ["script-user-rights"]),
    ],
)
def test_the_rights_of_a_user_that_others_set_are_told(account: Account | None, codes: list[str]) -> None:
    """A script of ours runs with them: what they lack ends it, and as the user is not ours it stops no plan."""
    made = plan(replace(finished("21.2"), access=Access(script_user="robot", script_account=account)))

    assert [item.code for item in made.findings if item.code.startswith("script-user")] == ["script-user", *codes]
    assert not made.stops


@pytest.mark.parametrize(("release", "codes"), [("21.2", ["script-user"]), ("25.10", [])])
def test_the_user_of_scripts_is_told(release: str, codes: list[str]) -> None:
    """Where scripts have a user, whoever relies on one is told, and sroscert leaves the user alone."""
    observed = finished(release)

    assert found(replace(observed, access=Access(script_user="robot"))) == codes
    assert found(observed) == []


def wants_user(observed: Observed, there: str, account: Account | None) -> Observed:
    """The router whose scripts run as ``there``, with what is seen of the user that the intent names."""
    running = observed.running
    if there:
        running = running.merge(ConfigTree.from_items([(CLI_SCRIPT_USER, there)]))
    return replace(observed, running=running, access=Access(script_user=there, script_account=account))


ROBOT = tutorial(("expiration_warning:", "script_users: {cli: robot}\nexpiration_warning:"))
ADMIN = (CommandProfile(default="permit-all"),)
LIMITED = (CommandProfile((("file", "permit"), ("admin certificate cmpv2", "deny"), ("admin", "permit")), "deny-all"),)


@pytest.mark.parametrize(
    ("there", "account", "codes"),
    [
        ("", Account("robot", exists=True, profiles=ADMIN), []),
        ("robot", Account("robot", exists=True, profiles=ADMIN), []),
        ("", Account("robot", exists=True), []),
        ("", None, []),
        ("other", Account("robot", exists=True, profiles=ADMIN), ["script-user-other"]),
        ("", Account("robot", exists=False), ["script-user-missing"]),
        ("", Account("robot", exists=True, profiles=LIMITED), ["script-user-rights"]),
    ],
)
@pytest.mark.law(12)
def test_the_user_that_the_intent_names_for_scripts(there: str, account: Account | None, codes: list[str]) -> None:
    """It is set with the event handling; another one stays, one that is not there stops, rights are held against it."""
    made = plan(wants_user(finished("21.2"), there, account), intent=ROBOT)
    changes = [change for change in made.changes if change.path == CLI_SCRIPT_USER]

    assert [item.code for item in made.findings if item.code.startswith("script-user")] == codes
    wanted = [] if there == "robot" else [(there or None, "robot")]
    assert [(change.before, change.after) for change in changes] == wanted
    assert bool(made.stops) == (codes in (["script-user-other"], ["script-user-missing"]))
    assert all(phase_of(change.path) is Phase.RENEWAL for change in changes)


def test_what_a_user_may_not_run_is_named() -> None:
    """Entries decide in order, the first that matches; the default action, or the next profile, where none does."""
    (warning,) = [
        item for item in plan(wants_user(finished("21.2"), "", Account("robot", True, LIMITED)), intent=ROBOT).findings
        if item.code == "script-user-rights"
    ]
    assert "user robot may not run what the script runs: //admin certificate cmpv2;" in warning.message
    nobody, files = CommandProfile(), CommandProfile((("file", "permit"), ("file remove", "deny")))
    lines = ("file copy a b", "file remove b", "filex", "//admin certificate import")
    assert Account("r", True, (files,)).refused(lines) == ("filex", "//admin certificate import")
    assert Account("r", True, (nobody, *ADMIN)).refused(lines) == ()
    undecided = CommandProfile((("file", "none"), ("file remove", "deny")), "permit-all")
    assert Account("r", True, (undecided,)).refused(lines) == ("file remove b",)
    assert Account("r", True, (CommandProfile(default="deny-all"), *ADMIN)).refused(lines) == lines


def test_a_user_is_read_from_the_configuration() -> None:
    """Its profiles in order, entries by number; who sees not even itself knows nothing of others."""
    security = Path.of("configure", "system", "security")
    robot, me = (
        (security / "user-params" / "local-user").entry("user", user_name=name) for name in ("robot", "admin")
    )
    team = (security / "aaa" / "local-profiles").entry("profile", user_profile_name="team")
    later, first = (team.entry("entry", entry_id=number) for number in ("20", "5"))
    tree = ConfigTree.from_items([
        (robot, PRESENT), (robot / "console" / "member", ("team",)), (team, PRESENT),
        (team / "default-action", "deny-all"), (later / "match", "file remove"), (later / "action", "deny"),
        (first / "match", "file"), (first / "action", "permit"),
    ])
    seen = tree.merge(ConfigTree.from_items([(me, PRESENT)]))
    profile = CommandProfile((("file", "permit"), ("file remove", "deny")), "deny-all")

    assert read_account(tree, "robot", "admin") is None
    assert read_account(seen, "robot", "admin") == Account("robot", True, (profile,))
    assert read_account(seen, "gone", "admin") == Account("gone", False)
    assert read_account(seen.without(team), "robot", "admin") == Account("robot", True)


DOWN = ConfigTree.from_items(
    [(Path.of("state", "python").entry("python-script", name="auto-cert-update") / "oper-state", "down")]
)


def of_python(line: str = "", engine: str = "", access: Access | None = None, **state: ConfigTree) -> list[str]:
    """The codes about scripts in the plan of a 25.10 router with a Python handler and this line in its intent."""
    method = ("method: auto", f"method: ehs, engine: {engine}" if engine else "method: ehs")
    intent = tutorial(method, ("expiration_warning:", f"{line}\nexpiration_warning:"))
    observed = replace(finished("25.10", intent=intent), access=access or Access(script_engine="python"))
    observed = replace(observed, state=observed.state.merge(state.get("state", ConfigTree())))
    return [item.code for item in plan(observed, intent).findings if item.code.startswith(("script-", "python-"))]


def test_the_user_of_a_python_handler_is_one_of_its_own() -> None:
    """Named for CLI scripts alone it does not hold; one that is there, that is missing, that is another's, is told."""
    robot = Access(script_engine="python", python_user="robot")
    gone = Access(script_engine="python", python_account=Account("robot", exists=False))

    assert of_python() == []
    assert of_python("script_users: {cli: robot}") == ["script-user-kind"]
    assert of_python("script_users: {cli: robot, python: robot}") == []
    assert of_python(access=robot) == ["script-user"]
    assert of_python("script_users: {python: other}", access=robot) == ["script-user-other"]
    assert of_python("script_users: {python: robot}", access=gone) == ["script-user-missing"]


def test_the_rights_of_a_python_handlers_user_are_held_against_what_it_calls() -> None:
    """What its profile denies is named by its line; a user whose profiles are not seen is not judged."""
    line = "script_users: {python: robot}"
    denied = CommandProfile((("admin system security pki export", "deny"), ("file", "permit")), "permit-all")
    accounts = {
        "denied": Account("robot", True, (denied,)),
        "may": Account("robot", True, ADMIN),
        "unseen": Account("robot", True),
    }
    said = {
        name: of_python(line, access=Access(script_engine="python", python_account=account))
        for name, account in accounts.items()
    }

    assert said == {"denied": ["script-user-rights"], "may": [], "unseen": []}
    assert Account("robot", True, (denied,)).refused(PYTHON_OPERATIONS) == ("admin system security pki export",)


def declared(folder: FilePath, text: bytes | None, url: str = "cf3:/own.py") -> RouterIntent:
    """The tutorial's router with a Python handler declared outright; without a text it has none to put there."""
    lines = yaml.safe_load(VERBATIM)
    script: dict[str, object] = {"urls": [url]}
    if text is not None:
        (folder / "own.py").write_bytes(text)
        script["source"] = str(folder / "own.py")
    control = lines["script_control"]
    control["python_scripts"], control["scripts"] = {"own": script}, {}
    for policy in control["policies"].values():
        policy.pop("script")
        policy["python_script"] = {"name": "own"}
    return loads(yaml.safe_dump(lines), base=folder).routers["sr"]


def said(observed: Observed, intent: RouterIntent) -> list[str]:
    """The codes about the text of scripts."""
    codes = {"python-script-old", "script-file-missing", "python-not-run"}
    return [item.code for item in plan(observed, intent).findings if item.code in codes]


def test_a_declared_python_script_is_put_there_before_the_commit_that_names_it(tmp_path: FilePath) -> None:
    """The router reads it then; another text later is put there too, and it is said that the old one goes on."""
    intent = declared(tmp_path, b"print(1)\n")
    new = plan(replace(finished("25.10"), access=Access(script_engine="python")), intent)
    kinds = [type(step).__name__ for step in new.steps]
    done = finished("25.10", intent=intent)

    (upload,) = [step for step in new.steps if isinstance(step, UploadFile)]
    assert (upload.target, upload.content) == ("cf3:/own.py", b"print(1)\n")
    assert kinds.index("UploadFile") < kinds.index("Commit")
    assert (plan(done, intent).steps, said(done, intent)) == ((), [])
    other = declared(tmp_path, b"print(2)\n")
    assert [type(step).__name__ for step in plan(done, other).steps] == ["UploadFile"]
    assert said(done, other) == ["python-script-old"]


def test_a_script_without_its_text_that_is_not_there_is_told(tmp_path: FilePath) -> None:
    """On cf3: itself it can be seen; of another card nothing is said."""
    intent = declared(tmp_path, None)
    bare = finished("25.10", intent=intent)

    assert said(bare, intent) == ["script-file-missing"]
    assert said(replace(bare, flash=(*bare.flash, *files("own.py"))), intent) == []
    assert said(bare, declared(tmp_path, None, "cf1:/own.py")) == []
    with pytest.raises(IntentError, match="the first of urls is not on one"):
        declared(tmp_path, b"", "ftp://host/own.py")


def user_of(line: str, release: str = "25.10") -> list[tuple[str, str]]:
    """Which settings of users the plan of a router with this renewal wants, and with which user."""
    wanted = plan(finished(release), tutorial(("method: auto", line))).desired.tree
    return [(path.names[3], wanted.text(path)) for path in SCRIPT_USERS.values() if path in wanted]


def test_the_line_of_renewal_says_the_user_of_the_scripts_that_it_brings() -> None:
    """Of the kind that the router runs, and of no other; where the router renews by itself there is no script."""
    assert user_of("method: ehs, script_user: robot") == [("python-script", "robot")]
    assert user_of("method: ehs, script_user: robot, engine: md-cli") == [("cli-script", "robot")]
    assert user_of("method: ehs, script_user: robot", "21.2") == [("cli-script", "robot")]
    assert user_of("method: auto, script_user: robot", "21.2") == [("cli-script", "robot")]
    assert user_of("method: auto, script_user: robot") == []
    assert user_of("method: external, script_user: robot", "21.2") == []
    assert user_of("method: ehs", "21.2") == []


def test_a_user_in_the_line_of_renewal_is_looked_at_like_any_other() -> None:
    """It must be there, and another's is not replaced unasked; nothing is written where it is set already."""
    line = ("method: auto", "method: auto, script_user: robot")
    made = {
        there: plan(wants_user(finished("21.2"), there, Account("robot", there == "robot")), intent=tutorial(line))
        for there in ("", "other", "robot")
    }

    codes = {there: [item.code for item in one.findings if "script-user" in item.code] for there, one in made.items()}
    assert codes == {"": ["script-user-missing"], "other": ["script-user-other", "script-user-missing"], "robot": []}
    assert [change.path for change in made["robot"].changes] == []
    assert [change.path for change in made[""].changes] == [CLI_SCRIPT_USER]


@pytest.mark.law(10)
def test_a_python_handler_that_would_not_run_is_told() -> None:
    """Where the mode has no Python, and where the router could not load the file that it was told of."""
    assert of_python(engine="python", access=Access(script_engine="classic-cli")) == ["python-not-run"]
    assert of_python(state=DOWN) == ["python-script-down"]
