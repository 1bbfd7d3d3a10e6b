"""`trust`: host keys are shown, written on demand, and never changed behind one's back."""

from __future__ import annotations

from pathlib import Path

from sroscert.errors import ExitCode
from tests.support.fleet import MakeFleet


def test_keys_are_shown_then_written_and_a_changed_one_is_an_alarm(lab_fleet: MakeFleet, tmp_path: Path) -> None:
    """Nothing is written unasked; --write adds to what is there; another key than the known one stops, unwritten."""
    fleet = lab_fleet()
    true_lines = (fleet.folder / "known_hosts").read_text()
    known_hosts = tmp_path / "new" / "known_hosts"
    with fleet.editing() as document:
        document["defaults"]["login"]["known_hosts"] = str(known_hosts)

    shown = fleet.run("trust")
    assert (shown.code, known_hosts.exists()) == (ExitCode.OK, False), shown.text
    assert "SHA256:" in shown.out
    assert "--write" in shown.out

    known_hosts.parent.mkdir()
    known_hosts.write_text("# mine, without an end of line")
    written = fleet.run("trust", "--write")
    assert written.code == ExitCode.OK, written.text
    assert known_hosts.read_text().startswith("# mine, without an end of line\n")
    added = known_hosts.read_text().splitlines()[1:]
    assert added and set(added) <= set(true_lines.splitlines())
    again = fleet.run("trust", "--write", "-o", "json")
    assert all(key["known"] for key in again.entry("sr1")["keys"])

    place, kind, key = true_lines.splitlines()[0].split()
    other = f"{place} {kind} {key[:-8]}{'A' * 6}{key[-2:]}\n"
    known_hosts.write_text(other)
    changed = fleet.run("trust", "--write", "-o", "json")
    assert changed.code == ExitCode.FAILED
    assert changed.entry("sr1")["error"]["code"] == "host-key"
    assert known_hosts.read_text() == other
