"""Expiry warnings and native renewals happen at their own moments when the lab's clock is moved."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from sroscert_lab.clock import Clock

HOUR = timedelta(hours=1)


def test_what_falls_due_on_the_way_happens_in_order_at_its_own_moment() -> None:
    """One jump fires every timer, also those that are set on the way, each at its time."""
    clock = Clock()
    start, seen = clock(), []

    def note(name: str) -> None:
        seen.append((name, round((clock() - start) / HOUR)))
        if name == "second":
            clock.call_at(clock() + HOUR, lambda: note("set on the way"))

    clock.call_at(start + 5 * HOUR, lambda: note("second"))
    clock.call_at(start + 2 * HOUR, lambda: note("first"))
    clock.call_at(start + 3 * HOUR, lambda: note("never")).cancel()
    clock.call_at(start + 9 * HOUR, lambda: note("too late"))

    clock.advance(8 * HOUR)

    assert seen == [("first", 2), ("second", 5), ("set on the way", 6)]
    assert round((clock() - start) / HOUR) == 8


def test_a_timer_fires_by_itself_when_nobody_moves_the_clock() -> None:
    """Real time counts too."""
    clock, fired = Clock(), threading.Event()

    clock.call_at(datetime.now(UTC) + timedelta(milliseconds=30), fired.set)

    assert fired.wait(5)
