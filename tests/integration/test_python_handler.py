"""The Python handler on a lab's router where things go wrong: refused, let wait, cut off, half imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sroscert_lab.cmp.status import FailInfo
from sroscert_lab.router.core import LoggedEvent, RouterCore
from sroscert_lab.router.ehs.pythonscript import PythonRun
from sroscert_lab.router.pki.events import will_expire
from sroscert_lab.router.statetree import router_state

from tests.support.fleet import Fleet, open_fleet
from tests.support.served import is_pair, served

POLICY = ("auto-cert-update", "TiMOS CLI")
#: Stands before the router and breaks one call: every one from it on (`dies`), or that one alone.
CUT = """
class Dead(BaseException):
    pass
class Cut:
    calls = 0
    def __init__(self, router):
        self.router, self.running = router, self
    def _count(self):
        Cut.calls += 1
        if DIES and Cut.calls > AT:
            raise Dead("cut off")
        if not DIES and Cut.calls == AT:
            raise RuntimeError("broken on purpose")
    def get(self, path):
        self._count()
        print("call", Cut.calls, "get")
        return self.router.running.get(path)
    def action(self, path, value):
        self._count()
        print("call", Cut.calls, path.split("/")[-1], value.get("output-file", ""), value.get("format", ""))
        return self.router.action(path, value)
    def cli(self, line):
        self._count()
        print("call", Cut.calls, "cli")
        return self.router.cli(line)
"""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One router of 25.10 that renews by event handling."""
    with open_fleet(tmp_path_factory.mktemp("fleet") / "lab", routers=1, release="25.10") as made:
        with made.editing() as document:
            document["certificates"]["sr-cert"]["renewal"]["method"] = "ehs"
        made.applied()
        yield made


@pytest.fixture
def core(fleet: Fleet) -> RouterCore:
    """The router, hours after whatever was before."""
    fleet.ca.faults.clear()
    fleet.host.clock.advance(timedelta(hours=2))
    return fleet.router(fleet.names[0])


def warned(fleet: Fleet, core: RouterCore) -> tuple[str, str]:
    """Let the router warn: exit code of the run that this sets off, and what it printed."""
    core.record(will_expire("sr-cert", timedelta(hours=200)))
    fleet.host.clock.advance(timedelta(seconds=30))
    *_, run = router_state(core).findall(".//{*}python-script/{*}run-history")
    return run.findtext("{*}run-exit-code") or "", core.flash.read(run.findtext("{*}results-file") or "").decode()


def run(
    core: RouterCore, at: int, *, dies: bool, event: LoggedEvent | None, meanwhile: Callable[[str], object] = str
) -> str:
    """Run the router's own script with one call broken; what it printed, which ``meanwhile`` gets as it grows."""
    names = [item.name for item in core.flash.entries("cf3:/")]
    (name,) = [name for name in names if name.startswith("auto-cert-update") and name.endswith(".py")]
    text = core.flash.read(f"cf3:/{name}").decode().replace("renew(connect())", "renew(Cut(connect()))")
    printed: list[str] = []

    def prints(text: str) -> None:
        printed.append(text)
        meanwhile("".join(printed))

    for _ in PythonRun(core, f"AT, DIES = {at}, {dies}\n{CUT}\n{text}", "", prints, event).steps():
        pass
    return "".join(printed)


def warning(core: RouterCore, certificate: str = "sr-cert") -> LoggedEvent:
    """The warning of a certificate, which is not logged."""
    return LoggedEvent(1, core.clock(), "SECURITY", will_expire(certificate, timedelta(hours=200)))


def calls_of(printed: str) -> dict[int, str]:
    """The calls of a run that went well, by number."""
    lines = printed.splitlines()
    assert lines[-1].startswith("renewed: "), printed
    return {int(line.split()[1]): line for line in lines if line.startswith("call ")}


def work_files(core: RouterCore) -> list[str]:
    """What a renewal has left."""
    entries = [*core.flash.entries("cf3:/"), *core.flash.entries("cf3:/system-pki")]
    return sorted(item.name for item in entries if "next" in item.name)


def codes(fleet: Fleet) -> set[str]:
    """The codes about scripts that `plan` tells."""
    result = fleet.run("plan", "-o", "json")
    assert result.code in (0, 2), result.text
    found = {item["code"] for item in result.entry(fleet.first)["findings"]}
    return {code for code in found if "script" in code}


def loaded(core: RouterCore) -> dict[str, str]:
    """The state of each Python script that is not the handler."""
    shown = router_state(core).findall(".//{*}python/{*}python-script")
    found = {item.findtext("{*}name") or "": item.findtext("{*}oper-state") or "" for item in shown}
    return {name: state for name, state in found.items() if name != "auto-cert-update"}


@pytest.mark.law(10, 12)
def test_scripts_that_the_intent_declares_and_users_that_others_set(fleet: Fleet) -> None:
    """One with its text is put there before the router reads it; what lacks a file, a right or a use is told.

    First of all, while the lab's clock is ours.
    """
    core = fleet.router()
    kept = fleet.intent.read_bytes()
    own = fleet.folder / "own.py"
    own.write_text("print(1)\n")
    with fleet.editing() as document:
        scripts = {"own": {"urls": ["cf3:/own.py"], "source": "own.py"}, "theirs": {"urls": ["cf3:/theirs.py"]}}
        document["script_control"] = {"python_scripts": scripts}
    assert codes(fleet) == {"script-file-missing"}
    fleet.applied()
    assert (core.flash.read("cf3:/own.py"), loaded(core)) == (b"print(1)\n", {"own": "up", "theirs": "down"})
    core.flash.write("cf3:/theirs.py", b"print(3)\n")
    own.write_text("print(2)\n")
    assert codes(fleet) == {"python-script-down", "python-script-old"}
    fleet.applied()
    assert core.flash.read("cf3:/own.py") == b"print(2)\n"

    user = ("/configure", "system", "security", "python-script", "authorization", "event-handler", "cli-user")
    for words in (
        "aaa local-profiles profile narrow default-action deny-all",
        "user-params local-user user robot password n0t-typed",
        "user-params local-user user robot console member narrow",
    ):
        fleet.operator("/configure", "system", "security", *words.split())
    fleet.operator(*user, "robot")
    fleet.saved()
    assert codes(fleet) == {"python-script-down", "script-user", "script-user-rights"}
    assert "Permission denied" in warned(fleet, core)[1]
    fleet.operator("delete", *user)
    fleet.saved()

    fleet.intent.write_bytes(kept)
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"] |= {"method": "native", "script_user": "robot"}
    linted = fleet.run("lint", "--release", "25.10")
    assert (linted.code, "script-user-unused" in linted.text) == (0, True), linted.text
    fleet.intent.write_bytes(kept)


@pytest.mark.law(1, 4)
def test_a_ca_that_refuses_changes_nothing_and_the_next_warning_renews(fleet: Fleet, core: RouterCore) -> None:
    """The exit code and the words tell; nothing is left; the old pair is served until the CA answers."""
    old = served(core)
    fleet.ca.faults.set(reject=FailInfo.BAD_REQUEST)
    code, printed = warned(fleet, core)

    assert (code, "NOT RENEWED: the CA gave no certificate" in printed) == ("runtime-error", True), printed
    assert "rejection" in printed
    assert (served(core), is_pair(core), work_files(core)) == (old, True, [])

    fleet.ca.faults.clear()
    fleet.host.clock.advance(timedelta(hours=2))
    code, printed = warned(fleet, core)
    assert (code, printed.splitlines()[-1]) == ("no-error", "renewed: sr-cert with sr-key"), printed
    assert served(core) != old
    assert "no difference in configuration" in fleet.run("drift").text


@pytest.mark.law(1, 4)
def test_a_ca_that_lets_wait_is_polled_at_the_next_warning(fleet: Fleet, core: RouterCore) -> None:
    """One request, one key: it is kept, asked after, and used when the CA has decided."""
    old = served(core)
    fleet.ca.faults.set(pending=-1)
    first = warned(fleet, core)
    fleet.host.clock.advance(timedelta(hours=2))
    second = warned(fleet, core)
    waiting = work_files(core)
    fleet.ca.approve()
    fleet.host.clock.advance(timedelta(hours=2))
    code, printed = warned(fleet, core)

    assert [item[0] for item in (first, second)] == ["runtime-error"] * 2
    assert all("NOT RENEWED: the CA lets the request wait" in item[1] for item in (first, second)), second
    assert "it is asked again" in second[1] and waiting == ["sr-key-next"]
    assert (code, "it is asked again" in printed, served(core) != old) == ("no-error", True, True), printed
    assert (is_pair(core), work_files(core)) == (True, [])


def test_what_is_not_its_warning_does_nothing(core: RouterCore) -> None:
    """Another certificate's, another event, none: the script says so and asks the CA for nothing."""
    old = served(core)
    assert "the warning is of another certificate" in run(core, 0, dies=False, event=warning(core, "sr-cert-2"))
    assert "no event" in run(core, 0, dies=False, event=None)
    other = LoggedEvent(1, core.clock(), "SECURITY", core.log()[0].event)
    assert "is not the warning before expiry" in run(core, 0, dies=False, event=other)
    assert served(core) == old


@pytest.mark.law(1)
def test_cut_off_or_half_imported_the_files_are_a_pair_outside_the_stated_window(core: RouterCore) -> None:
    """The interpreter dies after a call: the files are a pair but between the two imports of the swap."""
    calls = calls_of(run(core, 10_000, dies=True, event=warning(core)))
    swap = [number for number, line in calls.items() if "import" in line and "pkcs12" in line]
    asked = next(number for number, line in calls.items() if "key-update" in line)
    broken = []
    for at in (asked, *swap):
        run(core, at, dies=True, event=warning(core))
        if not is_pair(core):
            broken.append(at)
            # The bundle of the pair is still there: importing it mends what was cut off.
            core.behaviour.raw_command(
                "//admin certificate import type cert input cf3:/sr-cert-next.p12 output sr-cert format pkcs12 "
                "password renewal-on-the-box", "admin",
            )
            assert is_pair(core)
    assert broken == [swap[0]]
    assert len(swap) == 2

    # So does the next run, before it asks the CA with a key that does not fit its certificate.
    run(core, swap[0], dies=True, event=warning(core))
    assert not is_pair(core)
    printed = run(core, 10_000, dies=True, event=warning(core))
    assert "a run before was cut off: the old pair is in its place again" in printed, printed
    assert "renewed: sr-cert" in printed, printed
    assert (is_pair(core), work_files(core)) == (True, [])

    # A full card refuses a bundle too, and says nothing of the pair: what an earlier run left does not replace it.
    run(core, swap[1] + 1, dies=True, event=warning(core))
    new = core.flash.read("cf3:/system-pki/sr-cert")
    core.faults.set("flash-full")
    printed = run(core, 10_000, dies=True, event=warning(core))
    core.faults.clear()
    assert "NOT RENEWED: nothing can be written to cf3:" in printed, printed
    assert "sr-cert-next-old.p12" in work_files(core), "it was cut off before it tidied up"
    assert core.flash.read("cf3:/system-pki/sr-cert") == new and is_pair(core)
    assert "renewed: sr-cert" in run(core, 10_000, dies=True, event=warning(core))

    # The certificate's import fails after the key's, once: the old pair is put back and goes on being served.
    old = served(core)
    printed = run(core, swap[1], dies=False, event=warning(core))
    assert "NOT RENEWED: the new pair was not imported, the old one is in its place again" in printed, printed
    assert (served(core), is_pair(core), work_files(core)) == (old, True, [])


RELOAD = "//admin certificate reload type cert-key-pair sr-cert protocol tls key-file sr-key"


class Falling:
    """A profile that goes down when the script looks after its reload, and is up when it puts the old pair back."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.done: list[str] = []

    def set(self, state: str) -> None:
        """Have an operator put the profile up or down."""
        self.done.append(state)
        at = ("/configure", "system", "security", "tls", "cert-profile", "sr-cert-prof", "admin-state")
        self.fleet.operator(*at, state)

    def __call__(self, printed: str) -> None:
        """Watch what a script prints."""
        after = printed.partition(" cli\n")[2]
        for sign, state in ((" get\n", "disable"), (" import sr-key pkcs12\n", "enable")):
            if sign in after and state not in self.done:
                self.set(state)


@pytest.mark.law(1)
def test_a_pair_that_a_profile_does_not_come_up_with_is_taken_back(fleet: Fleet, core: RouterCore) -> None:
    """It goes down in the moment of the reload: the old pair is in its place again, and is what is served later.

    Where that fails as well the last line tells which pair is in the files, which was loaded, and what to do.
    """
    core.behaviour.raw_command(RELOAD, "admin")  # what a test before may have left out
    old = served(core)
    falling = Falling(fleet)
    printed = run(core, 0, dies=False, event=warning(core), meanwhile=falling)

    assert "NOT RENEWED: with the new pair a certificate profile went down: the old one is in its" in printed, printed
    assert falling.done == ["disable", "enable"]
    assert (served(core), is_pair(core), work_files(core)) == (old, True, [])

    calls = {int(line.split()[1]): line for line in printed.splitlines() if line.startswith("call ")}
    first, second = (number for number, line in calls.items() if line.endswith(" cli"))
    back = next(number for number, line in calls.items() if number > first and "import sr-key pkcs12" in line)

    printed = run(core, second, dies=False, event=warning(core), meanwhile=Falling(fleet))
    assert (
        "NOT RENEWED: with the new pair a certificate profile went down: the old one is in the files again and was not "
        "loaded, what was loaded before is the new one: broken on purpose; still to be done: " + RELOAD
    ) in printed, printed
    assert (is_pair(core), served(core) != old, work_files(core)) == (True, True, [])
    core.behaviour.raw_command(RELOAD, "admin")
    assert served(core) == old

    falling = Falling(fleet)
    printed = run(core, back, dies=False, event=warning(core), meanwhile=falling)
    falling.set("enable")
    assert "the old one could not be put back: broken on purpose; import key and certificate from cf3:" in printed
    assert "sr-cert-next-old.p12" in work_files(core)
