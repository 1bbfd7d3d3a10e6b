"""What a script on a router depends on besides its text is said before it is relied on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sroscert.plan.access import Access
from sroscert.plan.observed import Observed
from sroscert.values import ConfigTree, Path
from tests.support.planning import finished, plan

STANDBY = ConfigTree.from_items([(Path.of("state", "redundancy", "synchronization", "standby-status"), "standby")])
CODES = ("script-standby", "script-user")


def found(observed: Observed) -> list[str]:
    """The codes of these findings in the plan of the tutorial's router."""
    return [finding.code for finding in plan(observed).findings if finding.code in CODES]


@pytest.mark.parametrize(("release", "codes"), [("21.2", ["script-standby"]), ("25.10", [])])
def test_a_script_is_not_on_the_other_cpm_by_itself(release: str, codes: list[str]) -> None:
    """With a standby CPM the upload of a script is followed by a line to type; without one, or a script, nothing is."""
    one = replace(finished(release), scripts={}, flash=())
    two = replace(one, state=one.state.merge(STANDBY))

    assert (found(one), found(two)) == ([], codes)
    assert found(replace(finished(release), state=finished(release).state.merge(STANDBY))) == []


@pytest.mark.parametrize(("release", "codes"), [("21.2", ["script-user"]), ("25.10", [])])
def test_the_user_of_scripts_is_told(release: str, codes: list[str]) -> None:
    """Where scripts have a user, whoever relies on one is told, and sroscert leaves the user alone."""
    observed = finished(release)

    assert found(replace(observed, access=Access(script_user="robot"))) == codes
    assert found(observed) == []
