"""A secret that changed since it was last set from here is set again, and shown to nobody (law 5)."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from tests.support.fleet import Fleet, MakeFleet, Result

FAST = ("--verify-timeout", "2", "--confirm-timeout", "10")


def states(fleet: Fleet) -> Path:
    """The state folder of this test."""
    del fleet
    return Path(os.environ["XDG_STATE_HOME"]) / "sroscert"


def on_router(fleet: Fleet) -> str:
    """What the router holds for the key list's one key."""
    found = fleet.router().running().findtext(".//{*}key-list//{*}password")
    return found or ""


def codes(result: Result) -> set[str]:
    """The codes of what a plan finds."""
    return {item["code"] for item in result.entry("sr1")["findings"]}


@pytest.mark.law(5, 8)
def test_a_rotated_secret_is_seen_and_set_once(lab_fleet: MakeFleet) -> None:
    """From the first apply to a rotated code, its way back, and somebody else's machine."""
    fleet = lab_fleet()
    code = fleet.folder / "codes" / "sr1"
    fleet.applied()
    first, held = code.read_text().strip(), on_router(fleet)
    assert fleet.run("plan").code == 0

    code.write_text("canary-rotated-code\n")
    seen = {name: fleet.run(*words) for name, words in {
        "plan": ("plan",), "json": ("plan", "-o", "json"), "reverse": ("plan", "--reverse"), "drift": ("drift",),
        "save": ("plan", "--save", str(fleet.folder / "x.plan")),
    }.items()}

    assert {result.code for result in seen.values()} == {2}, [result.text for result in seen.values()]
    assert "because the secret changed since it was last set from here" in seen["plan"].out
    assert '~ /configure system security pki ca-profile "lab-ca" cmpv2 key-list key "sr1" password *****' in (
        seen["plan"].out
    )
    assert "the router shows its hash only" in seen["reverse"].out
    assert on_router(fleet) == held
    done = fleet.run_bare("apply", str(fleet.folder / "x.plan"), *FAST)
    assert done.code == 0, done.text
    assert on_router(fleet) != held
    before = fleet.snapshot()
    assert "in sync, nothing to do" in fleet.applied().out and fleet.snapshot() == before

    # Nothing that was written or said holds either code, nor a digest that needs no key.
    marks = (states(fleet) / "secrets.key", *states(fleet).glob("*.secrets.json"))
    assert [stat.S_IMODE(path.stat().st_mode) for path in marks] == [0o600, 0o600]
    kept = b"".join(path.read_bytes() for path in [*states(fleet).iterdir(), fleet.folder / "x.plan"])
    said = "".join(result.text for result in (*seen.values(), done)).encode()
    for secret in (first, "canary-rotated-code"):
        assert secret.encode() not in kept + said
        assert hashlib.sha256(secret.encode()).hexdigest().encode() not in kept


@pytest.mark.law(5)
def test_what_others_set_is_taken_as_it_is_and_said(lab_fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine takes what is there, says so once, and sees a change from then on; or sets it when asked to."""
    fleet = lab_fleet()
    code = fleet.folder / "codes" / "sr1"
    fleet.applied()
    held = on_router(fleet)
    monkeypatch.setenv("XDG_STATE_HOME", str(fleet.folder / "state-of-another"))
    before = fleet.snapshot()

    first = fleet.run("plan", "-o", "json")
    taken = fleet.applied("-o", "json")
    then = fleet.run("plan", "-o", "json")

    assert [(result.code, codes(result)) for result in (first, taken, then)] == [
        (0, {"secret-not-compared"}), (0, {"secret-not-compared"}), (0, set())
    ]
    assert fleet.snapshot() == before
    asked = fleet.run("plan", "--set-secrets")
    assert (asked.code, "because asked to set the secrets again" in asked.out) == (2, True), asked.text
    code.write_text("canary-another\n")
    assert fleet.run("apply", "--yes", "--set-secrets", *FAST).code == 0
    assert on_router(fleet) != held and fleet.run("plan").code == 0

    # Without the key a mark means nothing: the secret counts as one that others set, and not as changed.
    (states(fleet) / "secrets.key").unlink()
    assert codes(fleet.run("plan", "-o", "json")) == {"secret-not-compared"}

    # A mark that cannot be written fails the run, and what was done to the router is not denied.
    fleet.operator("/configure", "system", "security", "pki", "certificate-expiration-warning", "hours", "100")
    (marks,) = states(fleet).glob("*.secrets.json")
    marks.with_suffix(".tmp").mkdir()
    failed = fleet.run("apply", "--yes", "-o", "json", *FAST).entry("sr1")["error"]
    assert (failed["code"], failed["state"][:32]) == ("secret-marks-unusable", "every step was done and kept; th")
    assert fleet.run("drift").code == 0
