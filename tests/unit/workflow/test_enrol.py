"""What is said of a request that failed, and of an answer that is not the one asked for: no more than is known."""

from __future__ import annotations

import pytest

from sroscert.errors import CMPError
from sroscert.pki.checks import Mismatch
from sroscert.plan.generation import generation
from sroscert.plan.steps import CheckAndImport, Enrol
from sroscert.plan.unanswered import Fate
from sroscert.workflow.enrol import rejected, unshown

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


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("fields", "by_request", "removed"),
    [
        (("subject",), True, ("cf3:/sr-cert.der",)),
        (("key-bits",), True, ("cf3:/system-pki/sr-key", "cf3:/sr-cert.der")),
        (("public-key",), True, ("cf3:/system-pki/sr-key", "cf3:/sr-key.csr", "cf3:/sr-cert.der")),
        (("public-key", "subject"), True, ("cf3:/sr-cert.der",)),
        (("public-key",), False, ("cf3:/sr-cert.der",)),
    ],
)
def test_what_to_remove_follows_from_who_may_be_wrong(
    fields: tuple[str, ...], by_request: bool, removed: tuple[str, ...]
) -> None:
    """The CA; or the router's key, of an earlier intent or run. Without a signing request nobody knows the latter."""
    step = CheckAndImport(reason="because", certificate="sr-cert", generation=STEP.generation, by_request=by_request)
    wrong = [Mismatch(field, "wanted", "found") for field in fields]

    hint = rejected(step, wrong, "cf3:/sr-cert.der", "1f").hint

    assert [word.rstrip(",;") for word in hint.split(" remove ", 1)[1].split() if word.startswith("cf3:")] == [*removed]
