"""The one clock of a lab, which may be moved forward for the CA and all routers together.

Owns an offset to real time and those who watch it. Confirm time-outs and TLS clients live in real time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Callable that gives the lab's time as an aware UTC datetime."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._lock = threading.Lock()
        self._offset = offset
        self._watchers: list[Callable[[], None]] = []

    def __call__(self) -> datetime:
        """The lab's time."""
        return datetime.now(UTC) + self.offset

    @property
    def offset(self) -> timedelta:
        """How far the lab is ahead of real time."""
        with self._lock:
            return self._offset

    def advance(self, by: timedelta) -> None:
        """Move the lab forward and tell who watches; ValueError when `by` is negative."""
        if by < timedelta():
            raise ValueError("the clock of a lab goes forward only")
        with self._lock:
            self._offset += by
        for watcher in list(self._watchers):
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have `watcher` called after each jump, in the thread that moved the clock."""
        self._watchers.append(watcher)
