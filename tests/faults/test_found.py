"""What the matrix has found once, told without the waiting that its cases need."""

from __future__ import annotations

import pytest

from tests.faults.ways import WAYS
from tests.support.fleet import MakeFleet

_WAYS = {str(way): way for way in WAYS}


@pytest.mark.law(2, 10)
def test_a_pair_that_may_be_gone_again_is_not_called_back(lab_fleet: MakeFleet) -> None:
    """The confirmation of a rollback got no answer: a second one finds the pair back, and does not call it done."""
    way = _WAYS["go back on 25.10"]
    fleet = way.prepare(lab_fleet, way.release)
    fleet.router().faults.set("drop-before-commit-reply", times=1, after=1)

    first, second = fleet.run(*way.words), fleet.run(*way.words)

    errors = [result.entry(fleet.first)["error"]["code"] for result in (first, second)]
    assert (first.code, second.code, errors[1]) == (3, 3, "commit-pending"), (first.text, second.text)
    assert "unknown" in first.entry(fleet.first)["error"]["state"]


@pytest.mark.law(2)
def test_a_router_with_a_python_handler_takes_a_commit(lab_fleet: MakeFleet) -> None:
    """What was up before is looked at after each commit, also what is no part of PKI, TLS and log."""
    way = _WAYS["change TLS beside ehs on 25.10"]
    fleet = way.prepare(lab_fleet, way.release)
    assert fleet.router().running().find(".//{*}python-script") is not None

    result = fleet.run(*way.words)

    assert result.code == 0, result.text
