"""Requests to a CA of which nobody saw the answer: what a router shows now tells of some of them. Pure.

A CA may have issued for such a request what no router ever stored; CMPv2 has no list of certificates to ask it for. All
that can be said is that there was a request.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sroscert.commands.requests import RequestStatus


class Fate(enum.StrEnum):
    """What became of a request, as far as it was seen."""

    UNSEEN = "unseen"
    """Our process or its session ended before the router had answered, or the router's answer tells nothing."""
    PENDING = "pending"
    """The CA has yet to decide."""
    ACCEPTED = "accepted"
    """The CA issued, and nobody fetched its answer yet."""
    NO_ANSWER = "no-answer"
    """The router asked, and says that the CA did not answer."""
    NOT_TAKEN = "not-taken"
    """The CA answered, and the router did not take it."""
    REFUSED = "refused"
    """The CA refused: nothing was issued."""
    UNSENT = "unsent"
    """The router never asked the CA: it shows no request of ours."""
    FETCHED = "fetched"
    """The answer was fetched: from here on its certificate is known by its serial."""
    CLOSED = "closed"
    """A person looked at the CA, and says that it is accounted for."""


#: Those after which a certificate may exist that nobody knows of.
OPEN = (Fate.UNSEEN, Fate.PENDING, Fate.ACCEPTED, Fate.NO_ANSWER, Fate.NOT_TAKEN)

_REASONS: Mapping[Fate, str] = {
    Fate.UNSEEN: "a request was sent, and its answer was never seen: the CA may have issued",
    Fate.PENDING: "a request was sent, and the CA had not decided when it was last asked",
    Fate.ACCEPTED: "a request was accepted by the CA, and its answer is not on the router: the CA has issued",
    Fate.NO_ANSWER: "a request was sent, and the CA did not answer the router: it may have issued all the same",
    Fate.NOT_TAKEN: "a request was answered by the CA, and the router did not take the answer: the CA may have issued",
}


@dataclass(frozen=True)
class Sent:
    """A request that a run had a router send; ``file`` is where the answer was to be saved.

    ``before`` is when the request began that was the router's last one then, None when it showed none; ``last`` tells
    that no other was sent since for this file.
    """

    number: int
    address: str
    ca_profile: str
    request: str
    key: str
    file: str
    run: str
    at: datetime
    before: datetime | None
    fate: Fate
    last: bool = True

    @property
    def reason(self) -> str:
        """What is known, in words."""
        return f"{_REASONS[self.fate]}; see the CA's journal, then say sroscert reconcile --close {self.run}"


def seen_since(earlier: Sequence[Sent], shown: RequestStatus | None) -> dict[int, Fate]:
    """Return what a router's last request of a CA profile tells of earlier ones, by their numbers.

    A router shows its last request of a profile. The one that was its last before ours and is still was followed by
    none, ours included; one of our key that the CA refused is our last with that key.
    """
    # ASSUMPTION: a router that forgets its last request shows none, and not the one before it. A rejection may also be
    # that of its confirmation: what was not confirmed the CA takes back (RFC 4210, 5.1.1.2).
    if shown is None or shown.started is None:
        return {}
    mine = [item for item in earlier if item.ca_profile == shown.ca_profile and item.fate in OPEN]
    found = {item.number: Fate.UNSENT for item in mine if _still(item, shown, shown.started)}
    if shown.failed and shown.code == "rejection":
        # Of a request before the last one with this key the router tells nothing any more.
        for item in mine:
            if item.last and item.key.lower() == shown.key.lower():
                found.setdefault(item.number, Fate.REFUSED)
    return found


def unsent(
    key: str, shown: RequestStatus | None, before: RequestStatus | None, looked: datetime | None
) -> Fate:
    """Return the fate of a request that failed and that the router does not show as its own one.

    ``before`` was the router's last request at ``looked``, by the router's clock, when ours was still to come. One that
    is shown now and was there then was followed by none. A table shows whole seconds: what began in the one of the look
    may be ours as well, and so may what another's request with another key has taken the place of.
    """
    # ASSUMPTION: a router's clock is not set back meanwhile.
    if shown is None:
        return Fate.UNSENT
    if shown.started is None:
        return Fate.UNSEEN
    if looked is not None and shown.started < looked - timedelta(seconds=not shown.started.microsecond):
        return Fate.UNSENT
    same = before is not None and before.began_with(shown) and before.key.lower() == shown.key.lower()
    exact = bool(shown.started.microsecond) or shown.key.lower() not in {"", key.lower()}
    return Fate.UNSENT if same and exact else Fate.UNSEEN


def unanswered(sent: Iterable[Sent], shown: Collection[str], requests: Mapping[str, RequestStatus]) -> tuple[Sent, ...]:
    """Return the requests for which a certificate may exist that is known to nobody.

    ``shown`` are the files on the router, of which the rest of ``reconcile`` tells: the answer to the last request for
    a file is that file, or the certificate that was imported from it. ``requests`` has each profile's last request.
    """
    items = [item for item in sent if item.fate in OPEN]
    told = {number for request in requests.values() for number in seen_since(items, request)}
    there = {_name(url) for url in shown}
    return tuple(
        item for item in items if item.number not in told and not (item.last and _name(item.file) in there)
    )


def _still(item: Sent, shown: RequestStatus, started: datetime) -> bool:
    """Whether the request that is shown is the one from before ours.

    A table shows whole seconds, in which ours may have begun as well: then only another key tells them apart.
    """
    if item.before is None:
        return False
    if item.before.microsecond and started.microsecond and shown.key.lower() == item.key.lower():
        return item.before == started
    return (
        shown.key.lower() not in {"", item.key.lower()}
        and item.before.replace(microsecond=0) == started.replace(microsecond=0)
    )


def _name(url: str) -> str:
    return url.rsplit("/", 1)[-1].lower().removesuffix(".der")
