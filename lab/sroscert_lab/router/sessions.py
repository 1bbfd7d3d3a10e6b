"""Who is connected to a router: session numbers, users, and what ends a session from outside.

Owns the list only. A session's NETCONF conversation is in netconf.py, its SSH connection in sshd.py.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree


@dataclass(slots=True, eq=False)
class Session:
    """One management session.

    Attributes:
        kind: `netconf`, `sftp`, `cli`, or `ssh` while it is not known yet.
        private: edits go to a candidate of its own.
        candidate: that candidate, with the version of running that it was made from.
        mode: the configuration mode of a CLI session; empty in operational mode and for everybody else.
        is_ghost: the connection is gone, but the router does not know.
        breaks_locks: a script whose policy has `lock-override`.
        disconnect: ends the connection from the router's side; may be called from any thread.
    """

    id: int
    user: str
    address: str
    kind: str
    started: datetime
    disconnect: Callable[[], None] = lambda: None
    private: bool = False
    candidate: etree._Element | None = None
    candidate_base: int = 0
    mode: str = ""
    is_ghost: bool = False
    breaks_locks: bool = False


@dataclass(slots=True)
class Sessions:
    """The sessions of one router; safe to use from any thread."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: dict[int, Session] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def open(
        self, user: str, address: str, kind: str, started: datetime, disconnect: Callable[[], None] = lambda: None
    ) -> Session:
        """A new session with a number of its own."""
        with self._lock:
            session = Session(next(self._numbers), user, address, kind, started, disconnect)
            self._open[session.id] = session
            return session

    def close(self, session: Session) -> None:
        """Take a session off the list."""
        with self._lock:
            self._open.pop(session.id, None)

    def get(self, number: int) -> Session | None:
        """The session with that number."""
        with self._lock:
            return self._open.get(number)

    def all(self) -> tuple[Session, ...]:
        """All sessions, oldest first."""
        with self._lock:
            return tuple(self._open.values())
