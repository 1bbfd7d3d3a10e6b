"""What the log says of profiles: the difference between two looks at them.

Owns the occasions of 2045, 2088, 2093 and 2094, from the causes that TIMETRA-SECURITY-MIB gives. Judging is
verdicts.py's, the texts are events.py's, the moments validity.py's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..logevent import Event
from . import events
from .verdicts import ADMIN_DOWN, CAVerdict

_DISABLED = CAVerdict(False, (ADMIN_DOWN,))


@dataclass(frozen=True, slots=True)
class Look:
    """How everything stood at one moment.

    Attributes:
        authorities: each CA profile.
        unchained: certificates of enabled cert-profiles whose computed chain is empty.
        early: certificates of enabled cert-profiles that are not valid yet.
    """

    authorities: Mapping[str, CAVerdict] = field(default_factory=dict)
    unchained: frozenset[str] = frozenset()
    early: frozenset[str] = frozenset()


def differences(before: Look, now: Look) -> Iterator[Event]:
    """The events that lead from one look to the next."""
    for name, verdict in now.authorities.items():
        yield from _of_ca_profile(name, before.authorities.get(name, _DISABLED), verdict)
    for name in sorted(now.unchained - before.unchained):
        yield events.no_chain(name, "no CA profile in service has issued it")


def _of_ca_profile(name: str, before: CAVerdict, now: CAVerdict) -> Iterator[Event]:
    reasons = ", ".join(now.crl_reasons)
    if now.up != before.up:
        yield events.ca_profile_state(name, now.flags)
        if now.crl_reasons:
            yield events.up_without_crl(name, reasons)
    elif now.crl_reasons and now.crl_reasons != before.crl_reasons:
        yield events.crl_went_bad(name, reasons)


def is_usable_otherwise(before: Look, now: Look) -> bool:
    """Whether something can be used now that could not, or the other way round."""
    up = {name for name, verdict in before.authorities.items() if verdict.up}
    return up != {name for name, verdict in now.authorities.items() if verdict.up} or before.early != now.early
