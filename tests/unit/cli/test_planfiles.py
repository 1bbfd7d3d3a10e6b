"""A saved plan whose run was broken off: what is left of it is taken up, wherever that was, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sroscert import schema
from sroscert.cli.planfiles import Saved
from sroscert.cli.task import pinned
from sroscert.errors import GuardError
from sroscert.intent import RouterIntent
from sroscert.pki import names
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.build import build
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.planfile import Asked, dump, parse
from sroscert.plan.renewal import AS_DUE, Renewing
from sroscert.plan.rollback import rolling_back, targets
from tests.support.planning import GOOD, LOCAL_CAS, NOW, RELEASES, finished, router, tutorial
from tests.support.stepping import left_by
from tests.unit.plan.test_rollback import with_past

ENDS_SOON = replace(GOOD, serial=99, not_before=NOW - timedelta(days=300), not_after=NOW + timedelta(days=5))
MADE = frozenset({(names.text(GOOD.issuer), f"{GOOD.serial:x}")})
"""What the run that is taken up had made: `run resume` finds it in the record."""
BY_SROSCERT = tutorial(("method: auto", "method: external"))


def planned(seen: Observed, intent: RouterIntent, renewing: Renewing) -> Plan:
    """The plan of a router."""
    return build(intent, seen, schema.load(seen.release), LOCAL_CAS, NOW, renewing)


def saved(plan: Plan, *, rest: bool) -> Saved:
    """The plan as it is read back from its file."""
    return Saved(Path("x.plan"), parse(dump([(plan, "")], ["intent.yaml"]), "x.plan"), rest)


@pytest.mark.law(6, 10)
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("intent", "renewing", "info"),
    [
        pytest.param(tutorial(), AS_DUE, None, id="enrol"),
        pytest.param(BY_SROSCERT, Renewing(only=True), ENDS_SOON, id="renew"),
        pytest.param(tutorial(), Renewing(only=True, force=True, made=MADE), replace(GOOD, serial=98), id="forced"),
    ],
)
def test_what_a_killed_run_left_of_a_saved_plan_is_the_rest_of_it(
    release: str, intent: RouterIntent, renewing: Renewing, info: CertificateInfo | None
) -> None:
    """After each step, and in the middle of those that do several things: the next plan is a part of the one saved."""
    seen = finished(release, info=info, intent=intent) if info is not None else router(release)
    plan = planned(seen, intent, renewing)
    assert len(plan.steps) > 6

    for place, left in left_by(plan, GOOD):
        now = planned(left, intent, renewing)
        try:
            saved(plan, rest=True).require(now)
        except GuardError as error:
            pytest.fail(f"killed after {place}: {error.message}")
    assert now.idle


@pytest.mark.law(6, 10)
def test_a_saved_rollback_of_many_is_taken_up_and_goes_no_further_back() -> None:
    """Two routers go back to different generations. One is killed before its save: just that is left of its plan."""
    first = rollback(with_past(4, {1: GOOD, 2: GOOD, 3: GOOD}), "sr", {})
    second = rollback(with_past(3, {1: GOOD, 2: GOOD}), "sr2", {})

    asked = pinned(Asked(command="rollback"), [first, second])

    text = dump([(first, ""), (second, "")], ["intent.yaml"], asked)
    file = Saved(Path("x.plan"), parse(text, "x.plan"), rest=True)
    assert file.file.asked.pairs == {"sr": {"sr-cert": 3}, "sr2": {"sr-cert": 2}}
    for plan in (first, second):
        name = plan.router.name
        for _, left in left_by(plan, GOOD):
            file.require(again := rollback(left, name, file.file.asked.pairs[name]))
        assert again.idle
        assert not rollback(left, name, {}).idle


def rollback(seen: Observed, name: str, numbers: Mapping[str, int]) -> Plan:
    """The plan of a rollback of the router called `name`, to the generations that are said."""
    plan = planned(seen, replace(tutorial(), name=name), AS_DUE)
    chosen, refused = targets(plan, LOCAL_CAS, NOW, numbers=numbers)
    return rolling_back(plan, chosen, refused, LOCAL_CAS, NOW)
