"""What begins and ends by itself: CA profiles go up and down at the moments that their files name.

A file whose time has not come is told of (events 2114, 2115; the profile stays down until then, MIB), and whenever one
begins or ends the profiles are judged anew, so that their events have the right time. Owns these moments; the judging
is verdicts.py's, warnings before an end are expiry.py's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from ...clock import Alarm, Clock
from . import events
from .formats import Kind, PKIObject
from .profiles import ProfileTable

#: A file still holds at the very moment of its end.
_JUST_AFTER = timedelta(microseconds=1)


class ValidityWatch:
    """Follows the files that one router has loaded."""

    def __init__(
        self, profiles: ProfileTable, clock: Clock, emit: events.Emit, changed: Callable[[], None]
    ) -> None:
        self._profiles = profiles
        self._clock = clock
        self._emit = emit
        #: Called when something can be used by itself, or no longer.
        self._changed = changed
        self._lock = threading.RLock()
        self._told: dict[tuple[Kind, str], bytes] = {}
        self._alarm = Alarm(clock, self.refresh)

    def reset(self) -> None:
        """A boot: nothing was said of anything."""
        with self._lock:
            self._told.clear()

    def close(self) -> None:
        """Switch off."""
        self._alarm.set(None)

    def refresh(self) -> None:
        """Judge the CA profiles now, tell of files whose time has not come, and wait for the next moment."""
        with self._lock:
            now, files = self._clock(), self._profiles.loaded()
            early = {slot: item.der for slot, item in files.items() if _span(item)[0] > now}
            news = [slot for slot, der in early.items() if self._told.get(slot) != der]
            self._told = early
            self._alarm.set(_next(files.values(), now, self._profiles.loaded_next()))
        for kind, name in news:
            self._emit(events.crl_not_yet_valid(name) if kind is Kind.CRL else events.not_yet_valid(name))
        if self._profiles.review():
            self._changed()


def _span(item: PKIObject) -> tuple[datetime, datetime | None]:
    if item.kind is Kind.CRL:
        crl = item.crl()
        return crl.last_update_utc, crl.next_update_utc
    certificate = item.certificate()
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def _next(files: Iterable[PKIObject], now: datetime, loaded: datetime | None) -> datetime | None:
    spans = [_span(item) for item in files]
    moments = [begin for begin, _ in spans] + [end + _JUST_AFTER for _, end in spans if end is not None]
    if loaded is not None:
        moments.append(loaded)
    return min((moment for moment in moments if moment > now), default=None)
