"""Which requests to a CA may have led to a certificate that nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sroscert.commands.requests import RequestStatus
from sroscert.plan.unanswered import Fate, Sent, seen_since, unanswered, unsent

BEFORE = datetime(2026, 3, 1, 8, 0, 0, 250_000, tzinfo=UTC)
AT = BEFORE + timedelta(hours=1)
SENT = Sent(
    7, "192.0.2.1:830", "lab-ca", "key-update", "sr-key-g2", "cf3:/sr-cert-g2.der", "r1", AT, BEFORE, Fate.UNSEEN
)
REFUSED = RequestStatus("lab-ca", started=AT, key="sr-key-g2", status="failed", code="rejection")
OLD = RequestStatus("lab-ca", started=BEFORE, key="sr-key", status="processed", code="accepted")


@pytest.mark.parametrize(
    ("shown", "fate"),
    [
        (None, None),
        (RequestStatus("lab-ca"), None),
        (REFUSED, Fate.REFUSED),
        (replace(REFUSED, key="SR-KEY-G2"), Fate.REFUSED),
        (replace(REFUSED, key="sr-key-g3"), None),
        (replace(REFUSED, ca_profile="next-ca"), None),
        (replace(REFUSED, code="none"), None),
        (OLD, Fate.UNSENT),
        (replace(OLD, started=BEFORE.replace(microsecond=0)), Fate.UNSENT),
        (replace(OLD, started=AT), None),
        (replace(OLD, key=""), None),
        (replace(OLD, key="sr-key-g2"), Fate.UNSENT),
        (replace(OLD, key="sr-key-g2", started=BEFORE.replace(microsecond=0)), None),
        (replace(OLD, key="sr-key-g2", started=BEFORE + timedelta(milliseconds=1)), None),
    ],
)
def test_what_a_routers_last_request_tells_of_ours(shown: RequestStatus | None, fate: Fate | None) -> None:
    """Refused it came to nothing; an older one that is still the last was followed by none; else nobody knows."""
    assert seen_since([SENT], shown) == ({SENT.number: fate} if fate else {})


def test_only_the_last_of_several_with_one_key_was_refused() -> None:
    """Of the ones before it the router tells nothing any more."""
    both = [replace(SENT, number=6, last=False), SENT]
    assert seen_since(both, REFUSED) == {SENT.number: Fate.REFUSED}
    assert unanswered(both, (), {"lab-ca": REFUSED}) == (both[0],)
    assert seen_since(both[:1], REFUSED) == {}, "the last one is settled already"


WHOLE = replace(REFUSED, started=AT.replace(microsecond=0))
"""A failed request of the same key, as a table shows it."""
LATER, SAME_SECOND = AT + timedelta(seconds=1), AT + timedelta(milliseconds=1)


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("shown", "before", "looked", "fate"),
    [
        (None, None, LATER, Fate.UNSENT),
        (replace(REFUSED, started=None), replace(REFUSED, started=None), LATER, Fate.UNSEEN),
        (REFUSED, REFUSED, SAME_SECOND, Fate.UNSENT),
        (REFUSED, REFUSED, None, Fate.UNSENT),
        (WHOLE, WHOLE, LATER, Fate.UNSENT),
        (WHOLE, WHOLE, SAME_SECOND, Fate.UNSEEN),
        (WHOLE, WHOLE, None, Fate.UNSEEN),
        (replace(WHOLE, key="other"), replace(WHOLE, key="other"), SAME_SECOND, Fate.UNSENT),
        (replace(WHOLE, key=""), replace(WHOLE, key=""), SAME_SECOND, Fate.UNSEEN),
        (replace(WHOLE, key="other"), WHOLE, SAME_SECOND, Fate.UNSEEN),
        (replace(REFUSED, key="other", started=LATER), REFUSED, SAME_SECOND, Fate.UNSEEN),
        (replace(REFUSED, key="other", started=LATER), None, None, Fate.UNSEEN),
    ],
)
def test_only_what_was_there_before_ours_proves_that_ours_was_not_sent(
    shown: RequestStatus | None, before: RequestStatus | None, looked: datetime | None, fate: Fate
) -> None:
    """Two of one key within one whole second look the same, and another's request may have taken the place of ours."""
    assert unsent("sr-key-g2", shown, before, looked) is fate


@pytest.mark.parametrize("url", ["cf3:/SR-CERT-G2.DER", "cf3:/system-pki/sr-cert-g2"])
def test_an_answer_that_is_there_is_told_as_a_certificate(url: str) -> None:
    """It is that of the last request for its file; of those before it the answers are still missing."""
    assert unanswered([SENT], [url], {}) == ()
    assert unanswered([replace(SENT, last=False)], [url], {}) == (replace(SENT, last=False),)
    assert unanswered([SENT], ["cf3:/sr-cert.der", "cf3:/system-pki/sr-cert"], {}) == (SENT,)


@pytest.mark.parametrize("fate", Fate)
def test_what_needs_no_account(fate: Fate) -> None:
    """A request that was refused, never sent, fetched or closed; each other says why it is told, and what to do."""
    found = unanswered([replace(SENT, fate=fate)], (), {})
    assert len(found) == (fate not in {Fate.REFUSED, Fate.UNSENT, Fate.FETCHED, Fate.CLOSED})
    for item in found:
        assert item.reason.startswith("a request was ") and "--close r1" in item.reason
