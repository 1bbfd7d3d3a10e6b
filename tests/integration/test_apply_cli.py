"""Routers older than md-cli-raw-command are enrolled through a CLI session, from nothing to verified gNMI."""

from __future__ import annotations

import pytest

from tests.integration.test_apply import served_serial
from tests.support.fleet import Fleet, MakeFleet


@pytest.mark.parametrize("release", ["19.10", "20.2"])
def test_apply_goes_from_nothing_to_verified_gnmi(release: str, lab_fleet: MakeFleet) -> None:
    """The CA issues once, what it issued is served to clients that verify, and a second apply changes nothing."""
    fleet: Fleet = lab_fleet(release=release)

    planned = fleet.run("plan", "-o", "json")
    assert planned.entry("sr1")["backend"] == "cli", planned.text
    assert "secret-in-router-log" in {finding["code"] for finding in planned.entry("sr1")["findings"]}
    applied = fleet.run("apply", "--yes", "-o", "json")
    assert applied.code == 0, applied.text
    issued = [entry for entry in fleet.ca.journal.entries() if entry.result == "issued"]
    assert len(issued) == 1
    assert served_serial(fleet) == int(issued[0].serial, 16)

    done = fleet.snapshot()
    assert "in sync" in fleet.applied().out
    assert fleet.snapshot() == done
