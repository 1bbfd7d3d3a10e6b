"""A confirmed commit that waits for its confirmation: whose it is, what it goes back to, and its timer (RFC 6241 §8.4).

Does not own the way back itself: datastore.py, whose lock orders every call, rolls back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from .sessions import Session

#: RFC 6241 §8.4.1; SR OS gives it as `confirm-timeout` seconds as well.
DEFAULT_CONFIRM_TIMEOUT_S = 600


@dataclass(slots=True, eq=False)
class Pending:
    """A confirmed commit that waits for its confirmation."""

    session: Session
    before: etree._Element
    persist: str
    timer: threading.Timer

    def may_be_ended_by(self, session: Session, persist_id: str) -> bool:
        """Whether a session may confirm or cancel it: the one that made it, or one that knows its name."""
        return self.session is session or self.persist == (persist_id or None)


class Confirmation:
    """The confirmed commit of one router that waits, if there is one."""

    def __init__(self, time_is_up: Callable[[], None]) -> None:
        self._time_is_up = time_is_up
        self.pending: Pending | None = None

    def begin(self, session: Session, before: etree._Element, timeout_s: int, persist: str) -> None:
        """Wait for these seconds of real time."""
        timer = threading.Timer(timeout_s, self._time_is_up)
        timer.daemon = True
        self.pending = Pending(session, before, persist, timer)
        timer.start()

    def end(self) -> None:
        """Wait no longer, whatever comes of it."""
        if self.pending is not None:
            self.pending.timer.cancel()
            self.pending = None

    @property
    def overdue(self) -> Pending | None:
        """In the timer's thread: what waits still, unless it is another commit than the timer's."""
        pending = self.pending
        return pending if pending is not None and pending.timer is threading.current_thread() else None
