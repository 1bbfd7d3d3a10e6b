"""`drift` on a whole lab: what an operator changed by hand is shown with + - ~, what is not ours is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.fleet import Fleet, open_fleet

TLS = "/configure system security tls"
PKI = "/configure system security pki"


@dataclass(frozen=True)
class Case:
    """What an operator types, and what drift says of it: sign and words of the line."""

    typed: str
    sign: str
    words: tuple[str, ...]


CASES = {
    "leaf-changed": Case("/configure system grpc admin-state disable", "~", ("grpc", "admin-state enable")),
    "leaf-removed": Case(
        f"delete {PKI} ca-profile lab-ca cmpv2 always-set-sender-for-ir", "+", ("always-set-sender-for-ir true",)
    ),
    "leaf-added-in-an-owned-object": Case(
        f"{TLS} server-tls-profile sr-server-tls-prof tls-re-negotiate-timer 5", "-", ("tls-re-negotiate-timer",)
    ),
    "entry-added-in-an-owned-list": Case(
        f"{TLS} server-cipher-list ciphers cipher 9 name tls-rsa-with3des-ede-cbc-sha", "-", ("cipher 9",)
    ),
    "entry-removed": Case(f"delete {TLS} server-cipher-list ciphers cipher 1", "+", ("cipher 1", "name")),
}
FOREIGN = {
    "object-beside-ours": f"{TLS} client-cipher-list theirs cipher 1 name tls-rsa-with-aes256-cbc-sha",
    "another-subsystem": "/configure log filter 10 description changed-by-its-owner",
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A finished router on 21.2; each test leaves it in sync."""
    folder = tmp_path_factory.mktemp("drift")
    with pytest.MonkeyPatch.context() as environment, open_fleet(folder / "lab") as made:
        environment.setenv("XDG_STATE_HOME", str(folder / "state"))
        made.applied()
        yield made


@pytest.mark.parametrize("name", CASES)
def test_drift_shows_exactly_what_was_changed(fleet: Fleet, name: str) -> None:
    """One change by hand is one line with its sign and exit 2, drift itself writes nothing, and apply mends it."""
    case = CASES[name]
    fleet.operator(*case.typed.split())
    before = fleet.snapshot()

    found = fleet.run("drift", "-o", "json")

    assert fleet.snapshot() == before
    mended = fleet.applied("-o", "json").entry("sr1")
    assert found.code == 2, found.text
    assert not found.entry("sr1")["in_sync"]
    (change,) = found.entry("sr1")["changes"]
    assert change["sign"] == case.sign
    assert all(words in change["line"].replace('"', "") for words in case.words), change
    assert "of-somebody" not in found.text
    assert mended["steps_done"] > 0


def test_several_changes_are_all_shown_and_mended(fleet: Fleet) -> None:
    """Three kinds of change at once are three lines of MD-CLI with + - ~; after apply drift exits 0."""
    for name in ("leaf-changed", "leaf-removed", "entry-added-in-an-owned-list"):
        fleet.operator(*CASES[name].typed.split())

    text, document = fleet.run("drift"), fleet.run("drift", "-o", "json")
    fleet.applied()
    after = fleet.run("drift", "-o", "json")

    assert (text.code, document.code) == (2, 2)
    changes = document.entry("sr1")["changes"]
    assert sorted(change["sign"] for change in changes) == ["+", "-", "~"]
    nows = [f"   (now {change['now']})" if change["now"] else "" for change in changes]
    assert [bool(now) for now in nows] == [change["sign"] == "~" for change in changes]
    lines = [f"  {change['sign']} {change['line']}{now}" for change, now in zip(changes, nows, strict=True)]
    assert lines == text.out.splitlines()[1:4]
    assert (after.code, after.entry("sr1")["in_sync"], after.entry("sr1")["changes"]) == (0, True, [])


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_ours_is_no_drift(fleet: Fleet, name: str) -> None:
    """Configuration that the intent does not name is neither shown nor touched by the next apply."""
    fleet.operator(*FOREIGN[name].split())
    fleet.saved()
    before = fleet.snapshot()

    drift = fleet.run("drift", "-o", "json")
    applied = fleet.applied("-o", "json")

    assert (drift.code, drift.entry("sr1")["in_sync"]) == (0, True), drift.text
    assert applied.entry("sr1")["steps_done"] == 0
    assert fleet.snapshot() == before


def test_mending_leaves_what_is_not_ours(fleet: Fleet) -> None:
    """When apply mends our part of a list, entries of others in the same part of the tree are still there."""
    fleet.operator(*FOREIGN["object-beside-ours"].split())
    fleet.operator(*CASES["entry-added-in-an-owned-list"].typed.split())

    fleet.applied()

    running = fleet.snapshot().running.decode()
    assert ">theirs<" in running
    assert "tls-rsa-with3des-ede-cbc-sha" not in running


def test_in_sync_says_so(fleet: Fleet) -> None:
    """Without a difference drift exits 0; the enrolment code that reads back as hash2 is none."""
    secret = (fleet.folder / "codes" / "sr1").read_text().strip()

    result = fleet.run("drift")

    assert result.code == 0
    assert "in sync" in result.out
    assert secret in fleet.snapshot().running.decode()
    assert secret not in result.text


def test_a_change_that_may_be_undone_is_not_called_in_sync(fleet: Fleet) -> None:
    """Right after somebody's unsaved commit drift says that it cannot tell, exit 3, rather than "in sync"."""
    fleet.operator(*f"{TLS} client-cipher-list unsaved".split())

    result = fleet.run("drift", "-o", "json")

    fleet.saved()
    assert (result.code, result.entry("sr1")["state"]) == (3, "unknown")
    assert result.entry("sr1")["error"]["code"] == "commit-pending"
    assert fleet.run("drift").code == 0
