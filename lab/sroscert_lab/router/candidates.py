"""Candidate configurations of a router: the global one with those who edited it, and the private one of a session.

Owns what has been edited and is not committed. Does not own who may edit (datastorelocks.py) or what a commit does with
it (datastore.py, whose lock orders every call).
"""

from __future__ import annotations

from lxml import etree

from .sessions import Session
from .tree import same

#: The number of those without one: somebody at the MD-CLI whom the lab does not play, and scripts.
NOBODY = 0


class Candidates:
    """What the sessions of one router edit. A candidate that nobody changed is running itself."""

    def __init__(self) -> None:
        self._shared: etree._Element | None = None
        self._editors: set[int] = set()

    def of(self, session: Session, running: etree._Element) -> etree._Element:
        """The candidate as this session sees it; not a copy."""
        own = session.candidate if session.private else self._shared
        return running if own is None else own

    def is_dirty(self, running: etree._Element) -> bool:
        """Whether the global candidate differs from running."""
        return self._shared is not None and not same(self._shared, running)

    def editors_beside(self, session: Session) -> set[int]:
        """The sessions that have edited the global candidate, but this one."""
        return self._editors - {session.id}

    def keep(self, session: Session, changed: etree._Element) -> None:
        """A session's candidate after an edit."""
        if session.private:
            session.candidate = changed
        else:
            self._shared = changed
            self._editors.add(session.id)

    def discard(self, session: Session) -> None:
        """Throw away what a session edits: its own candidate, or the global one, whoever made the changes."""
        if session.private:
            session.candidate = None
        else:
            self.clear()

    def clear(self) -> None:
        """Throw the global candidate away."""
        self._shared = None
        self._editors.clear()

    def replace_by_nobody(self, changed: etree._Element | None) -> None:
        """Somebody whom the lab does not play has changed the global candidate, or (None) discarded it."""
        self._shared = changed
        if changed is None:
            self._editors.discard(NOBODY)
        else:
            self._editors.add(NOBODY)


def is_stale(session: Session, version: int) -> bool:
    """Whether a session's private candidate was made of another version of running than this."""
    return session.private and session.candidate is not None and session.candidate_base != version
