"""The one candidate configuration of a router's classic CLI: lines in their contexts, who edits it, who has it alone.

Owns these and the text of the candidate. Does not own what a line says (statement.py) or how it is put in force
(transaction.py). Source: 7950 SR OS and 7705 SAR basic system configuration guides, "candidate".
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from ...sessions import Session

_INDENT = "    "


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One change.

    Attributes:
        contexts: what was typed to enter each context that it stands in, from `configure` on.
        words: what was typed in the innermost; empty when the line only makes that.
    """

    contexts: tuple[str, ...]
    words: str = ""

    @property
    def typed(self) -> str:
        """The change as one line from the root."""
        return " ".join((*self.contexts, self.words)).strip()


@dataclass(slots=True)
class Candidate:
    """The changes of all who edit, which are committed together.

    Attributes:
        lines: in the order in which they were typed; secrets as the router shows them.
        tree: what was running when the first of them was typed, with all of them made.
        editors: the sessions that are in edit-cfg mode.
        holder: the one that is in exclusive edit-cfg mode.
    """

    lines: tuple[CandidateLine, ...] = ()
    tree: etree._Element | None = None
    editors: frozenset[Session] = frozenset()
    holder: Session | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def enter(self, session: Session, *, exclusive: bool) -> bool:
        """Begin to edit; False when somebody else has it, or it is not free to be had alone."""
        with self.lock:
            if self.holder not in (None, session):
                return False
            if exclusive and (self.lines or self.editors - {session}):
                return False
            self.editors |= {session}
            self.holder = session if exclusive else self.holder
            return True

    def leave(self, session: Session) -> None:
        """Edit no more."""
        with self.lock:
            self.editors -= {session}
            self.release(session)

    def release(self, session: Session) -> None:
        """Let others in."""
        with self.lock:
            self.holder = None if self.holder is session else self.holder

    def add(self, line: CandidateLine, tree: etree._Element) -> None:
        """Another change, and the tree with it."""
        with self.lock:
            self.lines = (*self.lines, line)
            self.tree = tree

    def clear(self) -> None:
        """Throw all changes away."""
        with self.lock:
            self.lines, self.tree = (), None

    def reset(self) -> None:
        """The router starts: nothing is left, and nobody edits."""
        with self.lock:
            self.clear()
            self.editors, self.holder = frozenset(), None


def text_of_lines(lines: Sequence[CandidateLine]) -> Iterator[str]:
    """The candidate as it can be typed again: contexts, the changes in them, `exit`."""
    opened: tuple[str, ...] = ()
    for line in lines:
        shared = _shared(opened, line.contexts)
        yield from _exits(opened, shared)
        for depth in range(shared, len(line.contexts)):
            yield f"{_INDENT * depth}{line.contexts[depth]}"
        if line.words:
            yield f"{_INDENT * len(line.contexts)}{line.words}"
        opened = line.contexts
    yield from _exits(opened, 0)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _exits(opened: tuple[str, ...], down_to: int) -> Iterator[str]:
    for depth in range(len(opened) - 1, down_to - 1, -1):
        yield f"{_INDENT * depth}exit"
