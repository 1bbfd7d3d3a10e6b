"""What is said of a request that failed: no more than the router shows."""

from __future__ import annotations

import pytest

from sroscert.errors import CMPError
from sroscert.plan.generation import generation
from sroscert.plan.steps import Enrol
from sroscert.plan.unanswered import Fate
from sroscert.workflow.enrol import unshown

STEP = Enrol(
    reason="because", certificate="sr-cert", generation=generation("sr-cert", "sr-key", 1), ca_profile="lab-ca",
    reference="sr1",
)


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("fate", "said", "issued"),
    [(Fate.UNSENT, "the router did not ask the CA", False), (Fate.UNSEEN, "does not show whether it asked", True)],
)
def test_that_a_router_did_not_ask_is_said_only_where_it_is_known(fate: Fate, said: str, issued: bool) -> None:
    """Else the CA may have issued, and that is told."""
    found, error = unshown(STEP, "it failed", fate)

    assert (found, type(error), error.code) == (fate, CMPError, "enrolment-failed")
    assert said in error.message and error.message.endswith(": it failed")
    assert ("may have issued" in error.state) is issued
