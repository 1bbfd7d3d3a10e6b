"""Expiry warnings: events 2095 to 2097 of the certificates in use, at their moments of the lab's time.

`certificate-expiration-warning` without `hours` means no event at all; `hours` 0 only the one after expiry (YANG; MIB).
Owns when a warning comes. What is in use is the profiles' matter.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...clock import Alarm, Clock
from . import events
from .conf import WarningConf
from .profiles import ProfileTable


@dataclass(slots=True)
class _Watched:
    """One certificate in use, and what was said of it."""

    der: bytes
    expiry: datetime
    warned: datetime | None = None
    has_expired: bool = False


class ExpiryWatch:
    """Warns of the certificates of one router's enabled cert-profiles.

    ASSUMPTION: certificates of CA profiles are not warned of. The text with evidence names TLS as the user.
    """

    def __init__(self, profiles: ProfileTable, clock: Clock, emit: events.Emit) -> None:
        self._profiles = profiles
        self._clock = clock
        self._emit = emit
        self._lock = threading.RLock()
        self._watched: dict[str, _Watched] = {}
        self._alarm = Alarm(clock, self.refresh)

    def reset(self) -> None:
        """A boot: nothing was said of anything."""
        with self._lock:
            self._watched.clear()

    def close(self) -> None:
        """Switch off."""
        self._alarm.set(None)

    def refresh(self) -> None:
        """Look at what is in use now and wait for the next moment; what is overdue is said at once."""
        with self._lock:
            said = self._follow() + self._overdue()
            self._alarm.set(self._next())
        for event in said:
            self._emit(event)

    @property
    def _conf(self) -> WarningConf | None:
        return self._profiles.conf.certificate_warning

    def _follow(self) -> list[events.PKIEvent]:
        """Take what is in use now; a certificate that was warned of and is gone is cleared."""
        used = self._profiles.used_certificates()
        cleared = []
        for name, held in list(self._watched.items()):
            if name in used and used[name].der == held.der:
                continue
            del self._watched[name]
            if held.warned is not None or held.has_expired:
                cleared.append(events.warning_cleared(name, "replaced" if name in used else "no longer in use"))
        for name, item in used.items():
            if name not in self._watched:
                self._watched[name] = _Watched(item.der, item.certificate().not_valid_after_utc)
        return cleared

    def _overdue(self) -> list[events.PKIEvent]:
        conf, now = self._conf, self._clock()
        if conf is None:
            return []
        said = []
        for name, held in self._watched.items():
            if now >= held.expiry:
                if not held.has_expired:
                    held.has_expired = True
                    said.append(events.has_expired(name))
            elif (moment := _next_warning(held, conf)) is not None and now >= moment:
                held.warned = now
                said.append(events.will_expire(name, held.expiry - now))
        return said

    def _next(self) -> datetime | None:
        conf = self._conf
        if conf is None:
            return None
        moments = [moment for held in self._watched.values() if (moment := _next_event(held, conf)) is not None]
        return min(moments, default=None)


def _next_event(held: _Watched, conf: WarningConf) -> datetime | None:
    if held.has_expired:
        return None
    moment = _next_warning(held, conf)
    return held.expiry if moment is None else min(moment, held.expiry)


def _next_warning(held: _Watched, conf: WarningConf) -> datetime | None:
    """When the next warning before expiry is due.

    ASSUMPTION: repeats are counted from the warning before. One that is already due (after a boot, or a change of the
    configuration) comes at once, with the time that is really left, and the repeats follow from there.
    """
    if not conf.hours:
        return None
    if held.warned is None:
        return held.expiry - timedelta(hours=conf.hours)
    return held.warned + timedelta(hours=conf.repeat_hours) if conf.repeat_hours else None
