"""`trust` and host keys on whole labs: shown, written, and nothing said to a router whose key is not the known one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fleet import Fleet, MakeFleet


def forget(fleet: Fleet) -> None:
    """Nobody knows the router's key."""
    (fleet.folder / "known_hosts").write_text("")


def remove(fleet: Fleet) -> None:
    """There is no known_hosts file."""
    (fleet.folder / "known_hosts").unlink()


def exchange(fleet: Fleet) -> None:
    """The known key is that of another router."""
    other = fleet.routers["sr2"].known_hosts_lines()[0].split()[1:]
    lines = fleet.routers["sr1"].known_hosts_lines()
    (fleet.folder / "known_hosts").write_text("".join(f"{line.split()[0]} {' '.join(other)}\n" for line in lines))


def revoke(fleet: Fleet) -> None:
    """The key is known, and marked as revoked."""
    path = fleet.folder / "known_hosts"
    lines = path.read_text().splitlines()
    path.write_text("".join(f"{line}\n@revoked {line}\n" for line in lines))


@pytest.mark.law(7)
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("drift",)], ids=lambda words: words[0])
@pytest.mark.parametrize("change", [forget, remove, exchange, revoke])
def test_a_host_key_that_is_not_the_known_one_stops_everything(
    lab_fleet: MakeFleet, change: Callable[[Fleet], None], command: tuple[str, ...]
) -> None:
    """An unknown, changed or revoked host key fails the router, exit 3, before it is told a name or a password."""
    fleet = lab_fleet(routers=2)
    change(fleet)

    result = fleet.run(*command, "-l", "sr1", "-o", "json")

    assert result.code == 3
    assert result.entry("sr1")["error"]["code"] == "host-key"
    assert "sroscert trust" in result.entry("sr1")["error"]["hint"]
    assert fleet.router("sr1").logins == []


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs the ssh-keygen command")
def test_trust_shows_the_fingerprint_of_every_port(lab_fleet: MakeFleet, tmp_path: Path) -> None:
    """The fingerprint is the one that ssh-keygen computes from the router's own key, and nothing is written."""
    fleet = lab_fleet()
    forget(fleet)
    key = tmp_path / "key.pub"
    key.write_bytes(fleet.routers["sr1"].ssh.key.export_public_key())
    told = subprocess.run(["ssh-keygen", "-lf", str(key)], capture_output=True, text=True, check=True)
    fingerprint = told.stdout.split()[1]

    result = fleet.run("trust", "-o", "json")
    text = fleet.run("trust")

    keys = result.entry("sr1")["keys"]
    ports = fleet.router().ports
    assert result.code == text.code == 0
    assert {item["port"]: item["fingerprint"] for item in keys} == {ports.netconf: fingerprint, ports.ssh: fingerprint}
    assert fingerprint in text.out
    assert "--write" in text.out
    assert (fleet.folder / "known_hosts").read_text() == ""
    assert fleet.router().logins == []


def test_what_trust_writes_is_enough_to_go_on(lab_fleet: MakeFleet) -> None:
    """With --write the keys are added, what was in the file stays, a second time adds nothing, and plan works."""
    fleet = lab_fleet()
    known = fleet.folder / "known_hosts"
    known.write_text("# ours\nother.example.net ssh-rsa AAAAB3NzaC1yc2E=\n")

    first = fleet.run("trust", "--write")
    written = known.read_text()
    again = fleet.run("trust", "--write")

    assert first.code == again.code == 0
    assert written.startswith("# ours\nother.example.net ssh-rsa AAAAB3NzaC1yc2E=\n")
    assert len(written.splitlines()) == 4
    assert f"2 written to {known}" in first.out
    assert f"nothing to write: {known}" in again.out
    assert all(key["known"] for key in fleet.run("trust", "-o", "json").entry("sr1")["keys"])
    assert known.read_text() == written
    assert fleet.run("plan").code == 2


def test_trust_adds_nothing_beside_a_known_key(lab_fleet: MakeFleet) -> None:
    """A router that now shows another key than the known one is not made trusted by adding a second key."""
    fleet = lab_fleet(routers=2)
    exchange(fleet)
    before = (fleet.folder / "known_hosts").read_text()

    result = fleet.run("trust", "-l", "sr1", "--write")

    assert result.code == 3
    assert "[host-key]" in result.err
    assert (fleet.folder / "known_hosts").read_text() == before
