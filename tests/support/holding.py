"""A lab router that stops at a moment of the test's choosing: after a command, in a commit, or while it is read.

`Holding` stands in front of a router's behaviour (the lab's own seam between management plane and PKI), passes
everything on, and blocks the reply to what it was told to wait for until the test lets it go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from lxml import etree
from sroscert_lab.router.behaviour import Behaviour
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.errors import ActionResult, ConfigError

COMMIT = ("a commit",)
READ = ("a read of state",)
_PATIENCE_S = 40.0
_Answer = TypeVar("_Answer")


class Holding:
    """Passes on to the router's own behaviour; `hold` and `then` act at the next occasion that has all the words."""

    def __init__(self, core: RouterCore) -> None:
        self._inner: Behaviour = core.behaviour
        self._lock = threading.Lock()
        self._wanted: tuple[tuple[str, ...], Callable[[], None]] | None = None
        self._rewritten: tuple[tuple[str, ...], str] | None = None
        self.commands: list[str] = []
        self.reached = threading.Event()
        self.released = threading.Event()
        core.behaviour = self

    def hold(self, *words: str) -> None:
        """Block after the next command (or COMMIT, READ) with all these words, once it is done, until `release`."""
        self.reached.clear()
        self.released.clear()
        self._wanted = (words, self._block)

    def then(self, action: Callable[[], None], *words: str) -> None:
        """Call `action` after the next command (or COMMIT, READ) with all these words, before its reply."""
        self.reached.clear()
        self._wanted = (words, action)

    def rewrite(self, output: str, *words: str) -> None:
        """Have the next command with all these words print this instead of what it printed."""
        self._rewritten = (words, output)

    def wait(self) -> None:
        """Wait until the moment has come; AssertionError when it does not."""
        assert self.reached.wait(_PATIENCE_S), "the router was never asked for it"

    def release(self) -> None:
        """Let the router go on."""
        self.released.set()

    def _block(self) -> None:
        assert self.released.wait(_PATIENCE_S), "the test never released the router"

    def _moment(self, text: str) -> None:
        with self._lock:
            wanted = self._wanted
            if wanted is None or not all(word in text for word in wanted[0]):
                return
            self._wanted = None
        self.reached.set()
        wanted[1]()

    # --- the behaviour ------------------------------------------------------------------------------------------------

    def check(self, candidate: etree._Element) -> Sequence[ConfigError]:
        """Pass on."""
        return self._inner.check(candidate)

    def running_changed(self, running: etree._Element) -> None:
        """Pass on; this is a moment of a commit."""
        self._inner.running_changed(running)
        self._moment(COMMIT[0])

    def state(self) -> etree._Element:
        """Pass on; this is a read of state."""
        found = self._inner.state()
        self._moment(READ[0])
        return found

    def raw_command(self, line: str, user: str) -> str:
        """Pass on and remember the line."""
        output = self._done(line, lambda: self._inner.raw_command(line, user))
        if self._rewritten is not None and all(word in line for word in self._rewritten[0]):
            output, self._rewritten = self._rewritten[1], None
        return output

    def command(self, line: str, user: str, *, classic: bool) -> str:
        """Pass on and remember the line of a CLI session."""
        return self._done(line, lambda: self._inner.command(line, user, classic=classic))

    def action(self, action: etree._Element, user: str) -> ActionResult:
        """Pass on and remember the action's XML."""
        text = etree.tostring(action, encoding="unicode")
        return self._done(text, lambda: self._inner.action(action, user))

    def _done(self, text: str, run: Callable[[], _Answer]) -> _Answer:
        self.commands.append(text)
        try:
            return run()
        finally:
            self._moment(text)

    def close(self) -> None:
        """Let go and pass on."""
        self.released.set()
        self._inner.close()
