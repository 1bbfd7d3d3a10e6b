"""Which CA profiles are still loading their files: none, unless the fault `slow-load` makes it take its time.

Owns the time it takes. What a profile that loads looks like is verdicts.py's (`loading-…` of oper-flags, YANG; MIB).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta


class Loading:
    """The CA profiles of one router that are loading."""

    def __init__(self, clock: Callable[[], datetime], takes: Callable[[], float]) -> None:
        """`takes` is asked at each start how many seconds it will be."""
        self._clock = clock
        self._takes = takes
        self._ends: dict[str, datetime] = {}

    def start(self, name: str) -> None:
        """A profile was enabled, or restarted."""
        seconds = self._takes()
        if seconds > 0:
            self._ends[name] = self._clock() + timedelta(seconds=seconds)

    def stop(self, name: str) -> None:
        """A profile has nothing to load any more."""
        self._ends.pop(name, None)

    def reset(self) -> None:
        """A boot."""
        self._ends.clear()

    def is_loading(self, name: str) -> bool:
        """Whether it has still to come up."""
        return name in self._ends and self._clock() < self._ends[name]

    def next_end(self) -> datetime | None:
        """The next moment at which one has loaded."""
        now = self._clock()
        return min((end for end in self._ends.values() if end > now), default=None)
