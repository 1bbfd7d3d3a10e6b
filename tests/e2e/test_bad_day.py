"""What an operator meets on a bad day: a reader that goes away, a poor terminal, a secret that is not there."""

from __future__ import annotations

import pytest

from tests.support.fleet import Fleet, MakeFleet


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
