"""Expiry warnings, at their moments of the lab's time: events 2095 to 2097 of certificates, 2098 to 2100 of CRLs.

`certificate-expiration-warning` and `crl-expiration-warning` without `hours` mean no event at all; `hours` 0 only the
one after expiry (YANG; MIB). Owns when a warning comes. What is in use is the profiles' matter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ...clock import Alarm, Clock
from ..logevent import Event
from . import events
from .conf import PKIConf, WarningConf
from .formats import PKIObject
from .profiles import ProfileTable


@dataclass(frozen=True, slots=True)
class Warned:
    """One kind of files that are warned of.

    Attributes:
        conf: its part of the configuration.
        used: what is in use, by file name.
        end: when it ends; None for never.
        before, after, cleared: its events.
    """

    conf: Callable[[PKIConf], WarningConf | None]
    used: Callable[[ProfileTable], Mapping[str, PKIObject]]
    end: Callable[[PKIObject], datetime | None]
    before: Callable[[str, timedelta], Event]
    after: Callable[[str], Event]
    cleared: Callable[[str, str], Event]


def certificates_of(application: str) -> Warned:
    """Certificates that an application, TLS or IPsec, uses.

    ASSUMPTION: those of CA profiles are not warned of, and where both applications use one each is told of. The text
    with evidence names TLS as the user.
    """
    return Warned(
        conf=lambda conf: conf.certificate_warning,
        used=lambda profiles: profiles.used_certificates(application),
        end=lambda item: item.certificate().not_valid_after_utc,
        before=partial(events.will_expire, user=application),
        after=partial(events.has_expired, user=application),
        cleared=partial(events.warning_cleared, user=application),
    )


#: ASSUMPTION: a CRL is in use while an enabled CA profile has it loaded.
CRLS = Warned(
    conf=lambda conf: conf.crl_warning,
    used=ProfileTable.used_crls,
    end=lambda item: item.crl().next_update_utc,
    before=events.crl_will_expire,
    after=events.crl_has_expired,
    cleared=events.crl_warning_cleared,
)


@dataclass(slots=True)
class _Watched:
    """One file in use, and what was said of it."""

    der: bytes
    expiry: datetime
    warned: datetime | None = None
    has_expired: bool = False


class ExpiryWatch:
    """Warns of one kind of files of one router."""

    def __init__(self, kind: Warned, profiles: ProfileTable, clock: Clock, emit: events.Emit) -> None:
        self._kind = kind
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
        return self._kind.conf(self._profiles.conf)

    def _follow(self) -> list[Event]:
        """Take what is in use now; a file that was warned of and is gone is cleared."""
        used = self._kind.used(self._profiles)
        cleared = []
        for name, held in list(self._watched.items()):
            if name in used and used[name].der == held.der:
                continue
            del self._watched[name]
            if held.warned is not None or held.has_expired:
                cleared.append(self._kind.cleared(name, "replaced" if name in used else "no longer in use"))
        for name, item in used.items():
            if name not in self._watched and (end := self._kind.end(item)) is not None:
                self._watched[name] = _Watched(item.der, end)
        return cleared

    def _overdue(self) -> list[Event]:
        conf, now = self._conf, self._clock()
        if conf is None:
            return []
        said = []
        for name, held in self._watched.items():
            if now >= held.expiry:
                if not held.has_expired:
                    held.has_expired = True
                    said.append(self._kind.after(name))
            elif (moment := _next_warning(held, conf)) is not None and now >= moment:
                held.warned = now
                said.append(self._kind.before(name, held.expiry - now))
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
