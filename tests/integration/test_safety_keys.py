"""A key is made and imported in one go, and no clear copy of it stays on cf3: (law 11)."""

from __future__ import annotations

import signal

import pytest

from tests.support.fleet import Fleet, MakeFleet, Result
from tests.support.holding import Holding
from tests.support.lab import wait_until

RELEASES = pytest.mark.parametrize("release", ["21.2", "25.10"])
FAST = ("--verify-timeout", "1", "--confirm-timeout", "10", "--settle-timeout", "0")


def apply(fleet: Fleet) -> Result:
    """One `apply`, impatient, with JSON."""
    return fleet.run("apply", "--yes", "-o", "json", *FAST)


def error(result: Result) -> dict[str, str]:
    """The error of the router."""
    found: dict[str, str] = result.entry("sr1")["error"]
    return found


def clear_keys(fleet: Fleet) -> list[str]:
    """Key files in the root of cf3:."""
    return [entry.name for entry in fleet.router().flash.entries() if "key" in entry.name and ".csr" not in entry.name]


@pytest.mark.law(11)
@RELEASES
def test_an_interrupt_between_making_and_importing_a_key_waits(lab_fleet: MakeFleet, release: str) -> None:
    """Ctrl-C while the router makes the key: it is imported and its clear copy removed, then the run stops."""
    fleet = lab_fleet(release=release)
    holding = Holding(fleet.router())
    holding.hold("keypair", "sr-key")
    with fleet.start("apply", "--yes", *FAST) as process:
        holding.wait()
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "stopping" in process.stderr.readline() + process.stderr.readline()
        holding.release()
        _, rest = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "stopped before: enrol" in rest
    assert clear_keys(fleet) == []
    assert fleet.router().flash.exists("cf3:/system-pki/sr-key")
    assert list(fleet.ca.journal.entries()) == []


@pytest.mark.law(11)
@pytest.mark.parametrize("moment", ["keypair", "import"])
def test_the_clear_key_is_removed_after_the_session_died(lab_fleet: MakeFleet, moment: str) -> None:
    """The session is cut after the command and before its reply: the copy is removed on a fresh session."""
    fleet = lab_fleet(release="25.10")
    Holding(fleet.router()).then(fleet.router().cut, moment, "sr-key")

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "session-lost"), result.text
    assert clear_keys(fleet) == []
    assert apply(fleet).code == 0


@pytest.mark.law(11, 6)
@pytest.mark.parametrize("moment", ["keypair", "import"])
def test_a_clear_key_that_nobody_can_remove_is_told_and_removed_by_the_next_run(
    lab_fleet: MakeFleet, moment: str
) -> None:
    """With no way back to the router the error names the file; the next run that gets in leaves none."""
    fleet = lab_fleet()
    core = fleet.router()
    Holding(core).then(lambda: core.cut(locks_out=True), moment, "sr-key")

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "clear-key-left"), result.text
    assert "cf3:/sr-key" in error(result)["message"]
    assert "run apply again" in error(result)["hint"]
    assert clear_keys(fleet) == ["sr-key"]
    core.locks_out = False
    wait_until(lambda: apply(fleet).code == 0, "the next run", 20)
    assert clear_keys(fleet) == []


@pytest.mark.law(11)
def test_clear_copies_of_earlier_keys_are_removed_or_reported(lab_fleet: MakeFleet) -> None:
    """A copy of an imported key of any generation goes away; a key that is nowhere else is reported and left."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    fleet.issue_code("sr1", dns=("sr1.example.net",))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = ["sr1.example.net"]
    fleet.applied()
    flash = fleet.router().flash
    flash.write("cf3:/sr-key", b"a clear copy")
    flash.write("cf3:/sr-key-g7", b"the only copy")

    assert apply(fleet).code == 0

    assert clear_keys(fleet) == ["sr-key-g7"]
    (found,) = fleet.run("plan", "-o", "json").entry("sr1")["findings"]
    assert (found["severity"], found["code"]) == ("warning", "clear-key-found")
    assert "cf3:/sr-key-g7" in found["message"]
