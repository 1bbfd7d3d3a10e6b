"""The clock of one router: the lab's, unless the fault `clock-skew` makes it wrong.

Owns no time of its own; moving the lab's clock moves every router's. A clock that is set to another time moves with it
whatever waits for a moment of that router's time; what waits for a while goes on waiting for that while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from ..clock import Clock, Timer
from .faults import Faults

_FAULT = "clock-skew"
#: What a wrong clock is ahead by, when the fault does not say it.
_DEFAULT_SKEW_S = 3600.0


class RouterClock(Clock):
    """Callable as `Clock` is; ahead of the lab by what the fault says, in seconds, which may be negative."""

    def __init__(self, lab: Clock, faults: Faults) -> None:
        super().__init__()
        self._lab = lab
        self._faults = faults
        self._setting = threading.Lock()
        #: What timers were set by; the fault may be ahead of it for a moment.
        self._armed = timedelta()
        self._watchers: list[Callable[[], None]] = []
        faults.watch(self._fault_changed)

    def __call__(self) -> datetime:
        """The router's time."""
        return self._lab() + self._skew()

    @property
    def offset(self) -> timedelta:
        """How far the lab is ahead of real time."""
        return self._lab.offset

    def advance(self, by: timedelta) -> None:
        """Move the whole lab forward."""
        self._lab.advance(by)

    def call_at(self, moment: datetime, action: Callable[[], None], by: Clock | None = None) -> Timer:
        """Have `action` called at a moment of the router's time, also when its clock is set to another one."""
        with self._setting:
            return self._lab.call_at(moment - self._armed, action, self if by is None else by)

    def call_after(self, wait: timedelta, action: Callable[[], None]) -> Timer:
        """Have `action` called when this much time has passed, whatever the router's clock is set to meanwhile."""
        return self._lab.call_after(wait, action)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have `watcher` called whenever the router's clock is set to another time, in the thread that did it."""
        self._watchers.append(watcher)

    def _fault_changed(self, name: str, is_set: bool) -> None:
        if name != _FAULT:
            return
        with self._setting:
            before, self._armed = self._armed, self._skew()
            if before == self._armed:
                return
            self._lab.shift(self, before - self._armed)
        for watcher in list(self._watchers):
            watcher()

    def _skew(self) -> timedelta:
        if not self._faults.is_set(_FAULT):
            return timedelta()
        return timedelta(seconds=float(self._faults.argument(_FAULT) or _DEFAULT_SKEW_S))
