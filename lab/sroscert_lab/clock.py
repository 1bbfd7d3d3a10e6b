"""The one clock of a lab, which may be moved forward for the CA and all routers together.

Owns an offset to real time and the timers of everything that happens at a moment of the lab's time (expiry warnings,
scripts that sleep, native renewals). Moving the clock forward goes from timer to timer, so that what would have
happened on the way happens, in order and at its own moment. Confirm time-outs and TLS clients live in real time.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

#: The longest that the thread behind the timers waits without looking, in real seconds.
_LONGEST_WAIT_S = 3600.0


@dataclass(order=True, slots=True)
class Timer:
    """Something that is to happen at a moment of the lab's time; what was cancelled does not.

    `by` is the clock that it was set by, where that is not the lab's own.
    """

    moment: datetime
    number: int
    action: Callable[[], None] = field(compare=False)
    changed: threading.Condition = field(compare=False, repr=False)
    by: Clock | None = field(default=None, compare=False, repr=False)
    is_cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Have it not happen, unless it is happening."""
        with self.changed:
            self.is_cancelled = True
            self.changed.notify_all()


class Clock:
    """Callable that gives the lab's time as an aware UTC datetime."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._changed = threading.Condition()
        #: Held while timers fire: one at a time in a whole lab, so that two runs go the same way.
        self._firing = threading.RLock()
        self._offset = offset
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._ticking: threading.Thread | None = None

    def __call__(self) -> datetime:
        """The lab's time."""
        return datetime.now(UTC) + self.offset

    @property
    def offset(self) -> timedelta:
        """How far the lab is ahead of real time."""
        with self._changed:
            return self._offset

    def advance(self, by: timedelta) -> None:
        """Move the lab forward; what falls due on the way is done when this returns. ValueError when `by` is negative.

        A timer that is set on the way (a script that goes on after its sleep, a retry) counts as well.
        """
        if by < timedelta():
            raise ValueError("the clock of a lab goes forward only")
        with self._firing:
            target, offset = self() + by, self.offset + by
            while (timer := self._due(target)) is not None:
                self._move_to(timer.moment)
                timer.action()
            self._move(offset)

    def call_at(self, moment: datetime, action: Callable[[], None], by: Clock | None = None) -> Timer:
        """Have `action` called at a moment of the lab's time, or at once, from a thread that may block."""
        with self._changed:
            timer = Timer(moment, next(self._numbers), action, self._changed, by)
            heapq.heappush(self._timers, timer)
            if self._ticking is None or not self._ticking.is_alive():
                self._ticking = threading.Thread(target=self._tick, name="lab-clock", daemon=True)
                self._ticking.start()
            self._changed.notify_all()
        return timer

    def call_after(self, wait: timedelta, action: Callable[[], None]) -> Timer:
        """Have `action` called when this much of the lab's time has passed, whatever a clock is set to meanwhile."""
        return self.call_at(self() + wait, action)

    def shift(self, by: Clock, difference: timedelta) -> None:
        """Have everything that was set by one clock, and has not happened, happen so much later, or earlier."""
        with self._changed:
            for timer in self._timers:
                if timer.by is by:
                    timer.moment += difference
            heapq.heapify(self._timers)
            self._changed.notify_all()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have `watcher` called whenever this clock is set to another time. The lab's never is: its time passes."""

    def _move_to(self, moment: datetime) -> None:
        self._move(moment - datetime.now(UTC))

    def _move(self, offset: timedelta) -> None:
        with self._changed:
            self._offset = max(self._offset, offset)
            self._changed.notify_all()

    def _due(self, until: datetime) -> Timer | None:
        """Take the earliest timer that is due by then off the list."""
        with self._changed:
            while self._timers and (self._timers[0].is_cancelled or self._timers[0].moment <= until):
                timer = heapq.heappop(self._timers)
                if not timer.is_cancelled:
                    return timer
            return None

    def _tick(self) -> None:
        """Fire timers as time goes by, until none is left."""
        while True:
            with self._changed:
                if any(timer.is_cancelled for timer in self._timers):
                    self._timers = [timer for timer in self._timers if not timer.is_cancelled]
                    heapq.heapify(self._timers)
                if not self._timers:
                    self._ticking = None
                    return
                wait_s = (self._timers[0].moment - datetime.now(UTC) - self._offset).total_seconds()
                if wait_s > 0:
                    self._changed.wait(min(wait_s, _LONGEST_WAIT_S))
                    continue
            with self._firing:
                timer = self._due(self())
                if timer is not None:
                    timer.action()


class Alarm:
    """One thing that happens again and again, at moments that may move; safe to use from any thread."""

    def __init__(self, clock: Clock, action: Callable[[], None]) -> None:
        self._clock = clock
        self._action = action
        self._lock = threading.Lock()
        self._timer: Timer | None = None

    def set(self, moment: datetime | None) -> None:
        """Have it happen next at `moment`, and not before; with None not at all."""
        with self._lock:
            if self._timer is not None:
                if self._timer.moment == moment:
                    return
                self._timer.cancel()
            self._timer = None if moment is None else self._clock.call_at(moment, self._fire)

    def _fire(self) -> None:
        with self._lock:
            self._timer = None
        self._action()
