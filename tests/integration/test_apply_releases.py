"""One intent, every release: a bare router ends with a verified service, a second run has nothing to do, and in time
the router renews by itself.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from sroscert import schema
from sroscert.values import Release
from tests.support.fleet import MakeFleet
from tests.support.served import served


@pytest.mark.law(5)
@pytest.mark.parametrize("release", schema.known_releases(), ids=lambda release: release.train)
def test_a_bare_router_of_any_release_is_enrolled_and_then_left_alone(
    lab_fleet: MakeFleet, release: Release
) -> None:
    """Apply goes from nothing to a certificate that check verifies; the next apply writes nothing at all.

    The lab's certificates live for a year: three weeks before the end, by its clock, another one is served.
    """
    fleet = lab_fleet(release=release.train)

    first = fleet.run("apply", "--yes", "-o", "json")
    checked = fleet.run("check", "-o", "json")
    before = fleet.snapshot()
    second = fleet.run("apply", "--yes", "-o", "json")

    assert (first.code, checked.code) == (0, 0), first.text + checked.text
    assert (second.code, second.json["routers"][0]["steps_done"]) == (0, 0), second.text
    assert fleet.snapshot() == before

    fleet.host.clock.advance(timedelta(days=344))
    assert served(fleet.router()) != checked.entry("sr1")["certificate"]["serial"]
