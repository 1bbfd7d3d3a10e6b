"""Moments of a router at which somebody may look on, wait, or cut the session: before and after each request.

A rehearsal of what goes wrong needs to say "when the router is asked for this", not "after two seconds". Owns who looks
on; what a request is stands where requests are taken (netconf, cli/shell, sftp).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Phase(enum.Enum):
    """BEFORE anything is done for a request; AFTER it is done, and before its answer."""

    BEFORE = "before"
    AFTER = "after"


#: Told the phase and the request: the name of an rpc, with its text for actions, a CLI line, or `upload` and the name
#: of a file that is written over SFTP. True cuts the session.
Watcher = Callable[[Phase, str], bool]


class Moments:
    """Who looks on. Called in the thread that serves the request, which waits meanwhile."""

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []

    def watch(self, watcher: Watcher) -> None:
        """Have ``watcher`` told of each request from now on."""
        self._watchers.append(watcher)

    @contextmanager
    def watched_by(self, watcher: Watcher) -> Iterator[None]:
        """Have ``watcher`` told of each request until the end of the ``with``."""
        self.watch(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    def cuts(self, phase: Phase, request: str) -> bool:
        """Tell everybody; whether somebody wants the session cut."""
        return any([watcher(phase, request) for watcher in list(self._watchers)])

    @property
    def watched(self) -> bool:
        """Whether anybody looks on: only then is a request worth spelling out."""
        return bool(self._watchers)
