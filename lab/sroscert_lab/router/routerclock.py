"""The clock of one router: the lab's, unless the fault `clock-skew` makes it wrong.

Owns no time of its own; moving the lab's clock moves every router's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ..clock import Clock, Timer
from .faults import Faults

#: What a wrong clock is ahead by, when the fault does not say it.
_DEFAULT_SKEW_S = 3600.0


class RouterClock(Clock):
    """Callable as `Clock` is; ahead of the lab by what the fault says, in seconds, which may be negative."""

    def __init__(self, lab: Clock, faults: Faults) -> None:
        super().__init__()
        self._lab = lab
        self._faults = faults

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

    def call_at(self, moment: datetime, action: Callable[[], None]) -> Timer:
        """Have `action` called at a moment of the router's time, as wrong as it is when this is asked."""
        return self._lab.call_at(moment - self._skew(), action)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have `watcher` called after each jump of the lab's clock."""
        self._lab.watch(watcher)

    def _skew(self) -> timedelta:
        if not self._faults.is_set("clock-skew"):
            return timedelta()
        return timedelta(seconds=float(self._faults.argument("clock-skew") or _DEFAULT_SKEW_S))
