"""What an operator meets on a bad day: a terminal that goes away, a full disk, a secret that is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fleet import Fleet, MakeFleet
from tests.support.holding import Holding
from tests.support.lab import wait_until
from tests.support.processes import workers_of
from tests.support.terminal import at_terminal


def code_without_reader(fleet: Fleet, *arguments: str) -> tuple[int, str]:
    """Run sroscert with nobody reading its standard output; return its exit code and what it said beside."""
    with fleet.start(*arguments, PYTHONUNBUFFERED="1") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        return process.wait(60), said


def test_a_reader_that_goes_away_changes_nothing(lab_fleet: MakeFleet) -> None:
    """`| head`: the exit code is that of what was done, the work on the router is finished, and nothing is said."""
    fleet = lab_fleet()

    assert code_without_reader(fleet, "plan") == (2, "")
    assert code_without_reader(fleet, "apply", "--yes") == (0, "")
    assert code_without_reader(fleet, "check") == (0, "")
    assert code_without_reader(fleet, "drift", "-o", "json") == (0, "")


def has_clear_key(fleet: Fleet) -> bool:
    """Whether a key is in the clear on the router's card."""
    return any(entry.name.endswith("sr-key") for entry in fleet.router().flash.entries())


@pytest.mark.law(11)
@pytest.mark.parametrize("nohup", [False, True], ids=["plain", "nohup"])
def test_a_terminal_that_goes_away_in_the_middle_cuts_no_step(lab_fleet: MakeFleet, nohup: bool) -> None:
    """The operator's connection drops while the router makes a key: it is imported, its clear copy removed.

    With `nohup` all the rest is done too.
    """
    fleet = lab_fleet()
    holding = Holding(fleet.router())
    holding.hold("keypair", "sr-key")
    with at_terminal(fleet.words("apply", "--yes"), nohup=nohup) as terminal:
        holding.wait()
        terminal.take_away()
        # Time for the signal to come; nothing of it can be seen from outside.
        with pytest.raises(subprocess.TimeoutExpired):
            terminal.process.wait(1)
        holding.release()
        assert terminal.wait() == (0 if nohup else 130)

    assert not has_clear_key(fleet)
    assert fleet.router().flash.exists("cf3:/system-pki/sr-key")
    assert f'"{"done" if nohup else "interrupted"}"' in fleet.run_bare("run", "list", "-o", "json").out
    assert fleet.run("plan").code == (0 if nohup else 2)


@pytest.mark.law(4)
def test_ctrl_c_at_a_terminal_lets_the_check_after_a_commit_finish(lab_fleet: MakeFleet) -> None:
    """Ctrl-C while the commit of TLS is verified: it is confirmed, no cross is shown, and nothing else begun."""
    fleet = lab_fleet()
    with at_terminal(fleet.words("apply", "--yes")) as terminal:
        wait_until(lambda: bool(workers_of(terminal.process.pid)), "the gNMI check", 60)
        terminal.type("\x03")
        assert terminal.wait() == 130

    assert "stopping after the step at hand" in terminal.shown
    assert "\u2717" not in terminal.shown, terminal.shown
    wait_until(lambda: fleet.router().datastores.pending is None, "nothing is pending")
    fleet.applied()


def into_full_disk(folder: Path, *words: str) -> tuple[int, str]:
    """Run sroscert with its standard output on a disk that is full; its exit code, and what it said beside."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sroscert.cli.main", *words], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False, cwd=folder, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
    return done.returncode, done.stderr


def test_a_full_disk_loses_what_is_said_and_nothing_else(lab_fleet: MakeFleet) -> None:
    """Output that cannot be written stops no step; that it is not complete is told, and is no success."""
    fleet = lab_fleet()

    code, said = into_full_disk(fleet.folder, *fleet.words("apply", "--yes"))

    assert (code, "[output-lost]" in said, "No space left" in said) == (64, True, True), said
    assert fleet.run("check").code == 0
    for words in (["schema", "list"], ["--help"], fleet.words("check", "-o", "json")):
        code, said = into_full_disk(fleet.folder, *words)
        assert (code, said.count("\n"), "[output-lost]" in said) == (64, 3, True), said
    code, said = into_full_disk(fleet.folder, "status", "-f", "nowhere.yaml")
    assert code == 65, said


def test_a_terminal_without_our_characters_shows_every_step(lab_fleet: MakeFleet) -> None:
    """In ASCII each step that was done is still a line."""
    fleet = lab_fleet()

    result = fleet.run_process("apply", "--yes", PYTHONIOENCODING="ascii")

    assert result.code == 0, result.text
    assert result.out.isascii()
    lines = [line for line in result.out.splitlines() if line.startswith("  + ")]
    assert any("enrol sr-cert" in line for line in lines)
    assert any("save the running configuration" in line for line in lines)


@pytest.mark.parametrize("columns", ["20", "200"])
def test_the_table_breaks_no_words(lab_fleet: MakeFleet, columns: str) -> None:
    """However narrow the terminal is, a router is one line that can be searched and cut."""
    fleet = lab_fleet(routers=2)

    result = fleet.run_process("apply", "--yes", COLUMNS=columns)

    rows = [line.split() for line in result.out.splitlines() if line.startswith("sr")]
    assert [row[:3] for row in rows] == [
        [name, fleet.router(name).address, "done"] for name in fleet.names
    ], result.text
    assert all(line == line.rstrip() for line in result.out.splitlines())


def test_a_secret_that_is_missing_is_found_before_the_first_step(lab_fleet: MakeFleet) -> None:
    """An enrolment code that cannot be read stops the run while the router is untouched; the plan says so too."""
    fleet = lab_fleet()
    (fleet.folder / "codes" / "sr1").unlink()
    before = fleet.snapshot()

    planned, applied = fleet.run("plan"), fleet.run("apply", "--yes", "-o", "json")

    assert (planned.code, applied.code) == (5, 5), planned.text + applied.text
    assert "enrol sr-cert" in planned.out
    assert f"{fleet.folder / 'codes' / 'sr1'} cannot be read" in planned.out
    assert applied.entry("sr1")["error"]["code"] == "secret-unresolved"
    assert "nothing was sent" in applied.entry("sr1")["error"]["state"]
    assert fleet.snapshot() == before


def test_what_the_router_says_is_one_line(lab_fleet: MakeFleet) -> None:
    """The router's words do not tear an error apart."""
    fleet = lab_fleet()
    fleet.ca.faults.set(down=True)

    result = fleet.run("apply", "--yes")

    (line,) = [line for line in result.err.splitlines() if "[ca-unavailable]" in line]
    assert "cannot be reached" in line
    assert line.endswith("[ca-unavailable]")


def test_a_dead_router_stops_no_other_and_is_told_with_a_hint(lab_fleet: MakeFleet) -> None:
    """Exit code 4 when being unreachable was the only failure; the others are done."""
    fleet = lab_fleet(routers=2)
    address = fleet.router("sr1").address
    lines = (fleet.folder / "known_hosts").read_text()
    (fleet.folder / "known_hosts").write_text(lines + lines.replace(address, "127.9.9.9"))
    with fleet.editing() as document:
        document["routers"]["sr1"]["address"] = "127.9.9.9"

    result = fleet.run("apply", "--yes", "-o", "json")

    assert result.code == 4, result.text
    assert result.entry("sr1")["error"]["code"] == "unreachable"
    assert "address" in result.entry("sr1")["error"]["hint"]
    assert result.entry("sr2")["state"] == "done"
