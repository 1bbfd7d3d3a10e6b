"""`plan --save` and `apply FILE`: exactly that or nothing, and the rest of it after a run that was broken off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fleet import MakeFleet
from tests.support.holding import Holding

FAST = ("--verify-timeout", "10", "--confirm-timeout", "10", "--settle-timeout", "0")


@pytest.mark.law(10)
def test_a_saved_plan_is_done_exactly_or_not_at_all(lab_fleet: MakeFleet, tmp_path: Path) -> None:
    """A router that moved in what the plan touches is left alone; elsewhere it may move; killed, the rest is done."""
    fleet = lab_fleet(release="25.10")
    file = tmp_path / "change.plan"
    planned = fleet.run("plan", "-o", str(file))
    assert (planned.code, f"sroscert apply {file}" in planned.err) == (2, True)
    text = file.read_text()
    again = fleet.run("plan", "--save", str(file), "-o", "json")
    assert (again.entry("sr1")["digest"] in text, file.read_text()) == (True, text)
    assert fleet.run("plan", "--save", str(fleet.intent)).code == 64
    assert fleet.intent.read_text().startswith("version")

    fleet.operator(*["/configure", "system", "security", "pki", "certificate-expiration-warning", "hours", "100"])
    fleet.saved()
    before = fleet.snapshot()
    moved = fleet.run_bare("apply", str(file), *FAST, "-o", "json")
    assert (moved.code, moved.entry("sr1")["error"]["code"]) == (5, "plan-changed")
    assert "certificate-expiration-warning hours" in moved.entry("sr1")["error"]["message"]
    assert fleet.snapshot() == before

    fleet.operator(*["delete", "/configure", "system", "security", "pki", "certificate-expiration-warning", "hours"])
    fleet.operator(*["/configure", "system", "time", "prefer-local-time", "true"])
    fleet.saved()
    holding = Holding(fleet.router())
    holding.hold("import", "sr-key")  # its clear copy stays, which is no step of the plan by itself
    with fleet.start("apply", str(file), *FAST, "-f", str(fleet.intent)) as process:
        holding.wait()
        process.kill()
    holding.release()
    half = fleet.run_bare("apply", str(file), *FAST)
    assert (half.code, "no longer: upload ManagementCA.pem" in half.err) == (5, True), half.text
    assert "to look at it again: sroscert run show 20" in half.err
    assert fleet.router().flash.exists("cf3:/sr-key") and fleet.router().flash.exists("cf3:/system-pki/sr-key")
    rest = fleet.run_bare("run", "resume", fleet.run_bare("run", "list", "-o", "json").json["runs"][1]["id"])
    assert (rest.code, fleet.router().flash.exists("cf3:/sr-key")) == (0, False), rest.text
    assert fleet.run("plan").code == 0
    assert "nothing to do" in fleet.run_bare("apply", str(file)).out

    with fleet.editing() as document:
        document["expiration_warning"]["hours"] = 500
    other = fleet.run_bare("apply", str(file))
    assert (other.code, "[intent-changed]" in other.err) == (5, True)
