"""Which requests to a CA may have led to a certificate that nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sroscert.commands.requests import RequestStatus
from sroscert.plan.unanswered import OPEN, Fate, Sent, seen_since, unanswered, unsent

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


@pytest.mark.parametrize(
    ("shown", "fate"),
    [
        (None, Fate.UNSENT),
        (RequestStatus("lab-ca"), Fate.UNSENT),
        (replace(REFUSED, code="none"), Fate.UNSENT),
        (replace(OLD, started=BEFORE.replace(microsecond=0)), Fate.UNSENT),
        (replace(REFUSED, key="other", started=AT.replace(microsecond=0)), Fate.UNSENT),
        (replace(REFUSED, started=AT.replace(microsecond=0)), Fate.UNSEEN),
        (replace(REFUSED, key="", started=AT.replace(microsecond=0)), Fate.UNSEEN),
    ],
)
def test_two_requests_within_one_second_look_the_same(shown: RequestStatus | None, fate: Fate) -> None:
    """That a table still shows the last failed one is no proof that no other was sent after it."""
    assert unsent("sr-key-g2", shown) is fate


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
    assert len(found) == (fate in OPEN)
    for item in found:
        assert item.reason.startswith("a request was ") and "--close r1" in item.reason
