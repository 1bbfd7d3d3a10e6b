"""What is said of a router whose renewal or rollback is done: of what is served only what was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert import schema
from sroscert.cli.renew import done as renewed
from sroscert.cli.task import rollback_task, words
from sroscert.plan.build import build
from sroscert.plan.renewal import Renewing
from sroscert.plan.rollback import rolling_back, targets
from sroscert.workflow.router import Applied
from tests.support.planning import GOOD, LOCAL_CAS, NOW, finished, plan, tutorial
from tests.unit.plan.test_rollback import with_past


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("served", "said"),
    [
        ("sr-cert", "sr-cert is back in use, seen to be served; valid until 2027-02-25"),
        ("", "sr-cert is back in use, as running shows"),
        ("other-cert", "sr-cert is back in use, as running shows"),
    ],
)
def test_a_rollback_is_called_served_where_that_was_seen(served: str, said: str) -> None:
    """A port that shows another certificate, or none, tells nothing of the pair that is back."""
    made = plan(with_past(2, {1: GOOD}))
    back = rolling_back(made, targets(made, LOCAL_CAS, NOW)[0], (), LOCAL_CAS, NOW)

    assert words(rollback_task([], None, False))(Applied(back, 2, GOOD.not_after, served)) == said


@pytest.mark.law(10)
@pytest.mark.parametrize(("served", "until"), [("sr-cert-g2", "; certificate valid until 2027-02-25"), ("other", "")])
def test_the_end_of_another_certificate_is_not_that_of_the_one_renewed(served: str, until: str) -> None:
    """The end that is told is the one that clients see, of the certificate that was renewed."""
    intent = tutorial(("method: auto", "method: external"))
    ending = replace(GOOD, not_before=NOW - timedelta(days=300), not_after=NOW + timedelta(days=5))
    seen = finished(info=ending, intent=intent)
    made = build(intent, seen, schema.load(seen.release), LOCAL_CAS, NOW, Renewing(only=True))

    assert renewed(Applied(made, 7, GOOD.not_after, served)) == f"sr-cert gave way to sr-cert-g2{until}"
