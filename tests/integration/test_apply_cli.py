"""Routers older than md-cli-raw-command are enrolled through a CLI session, from nothing to verified gNMI."""

from __future__ import annotations

import pytest

from tests.integration.test_apply import served_serial
from tests.support.fleet import Fleet, MakeFleet

CONF = "urn:nokia.com:sros:ns:yang:sr:conf"
NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"


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


def only_engine(fleet: Fleet, engine: str) -> None:
    """An operator leaves one CLI engine, and saves."""
    other = "md-cli" if engine == "classic-cli" else "classic-cli"
    fleet.operator(
        f'<configure xmlns="{CONF}" xmlns:nc="{NETCONF}"><system><management-interface><cli><cli-engine '
        f'nc:operation="delete">{other}</cli-engine></cli></management-interface></system></configure>'
    )
    fleet.saved()


def test_a_router_that_greets_in_the_classic_engine_is_enrolled(lab_fleet: MakeFleet) -> None:
    """With the classic engine alone every command is typed in its words, files included."""
    fleet: Fleet = lab_fleet(release="20.2")
    only_engine(fleet, "classic-cli")

    applied = fleet.run("apply", "--yes", "-o", "json")
    assert applied.code == 0, applied.text
    assert served_serial(fleet) > 0
    assert "in sync" in fleet.applied().out


@pytest.mark.law(4)
def test_without_the_classic_engine_the_lines_to_type_are_given(lab_fleet: MakeFleet) -> None:
    """Below 23.3 nothing can be done without the classic engine: nothing is written, and the remedy is said."""
    fleet: Fleet = lab_fleet(release="19.10")
    only_engine(fleet, "md-cli")
    before = fleet.snapshot()

    applied = fleet.run("apply", "--yes")
    assert applied.code in {3, 5}, applied.text
    assert "cli-engine [md-cli classic-cli]" in applied.text
    assert fleet.snapshot() == before


def test_four_sessions_are_enough(lab_fleet: MakeFleet) -> None:
    """NETCONF, CLI, SFTP and the new NETCONF session that checks a commit; the router's default allows five."""
    fleet: Fleet = lab_fleet(release="19.10")
    fleet.operator("/configure/system/login-control/ssh/inbound-max-sessions", "4")
    fleet.saved()

    applied = fleet.run("apply", "--yes", "-o", "json")
    assert applied.code == 0, applied.text
    assert "in sync" in fleet.applied().out
