"""A CLI session on an SSH channel: bytes in, echo, lines to the shell, output in pages.

Owns the order of what is written. Each line runs in one of the router's threads, so that a router that waits for its CA
holds up nobody else; an idle session costs no thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, TypeVar

import asyncssh

from .answers import Answer
from .editor import LineEditor
from .pager import Pager
from .shell import Shell

_READ_BYTES = 4096
_DEFAULT_HEIGHT = 24
_Result = TypeVar("_Result")


class Runner(Protocol):
    """Runs a call that may block in a thread of the router's."""

    def __call__(self, call: Callable[[], _Result]) -> Awaitable[_Result]: ...  # noqa: D102


class Terminal:
    """One interactive session, or one command of an exec request."""

    def __init__(
        self,
        process: asyncssh.SSHServerProcess[bytes],
        shell: Shell,
        run: Runner,
    ) -> None:
        self._process = process
        self._shell = shell
        self._in_thread = run
        self._editor = LineEditor(echo=process.term_type is not None)
        # Without a terminal there are no pages.
        self._height = process.term_size[1] or _DEFAULT_HEIGHT if process.term_type is not None else 0
        self._pager: Pager | None = None
        self._written = bytearray()

    async def interact(self, greeting: str) -> None:
        """Serve the session until it is logged out or the client is gone."""
        self._write(greeting)
        await self._prompt()
        self._flush()
        while (data := await self._read()) is not None:
            for byte in data:
                if await self._key(byte):
                    self._flush()
                    return
            self._flush()

    async def execute(self, line: str) -> None:
        """Run one command without a prompt, a pager or a question."""
        answer = await self._take(line)
        self._write(answer.text)
        self._flush()

    async def _read(self) -> bytes | None:
        """The next bytes; empty after a signal or a new size, None at the end."""
        try:
            return await self._process.stdin.read(_READ_BYTES) or None
        except asyncssh.TerminalSizeChanged as change:
            self._height = change.height or _DEFAULT_HEIGHT
        except (asyncssh.BreakReceived, asyncssh.SignalReceived):
            self._editor.clear()
        except (asyncssh.Error, OSError):
            return None
        return b""

    async def _key(self, byte: int) -> bool:
        """Take one byte; True when the session is over."""
        if self._pager is not None:
            self._write(self._pager.key(byte))
            if self._pager.is_done:
                self._pager = None
                await self._prompt()
            return False
        echo, line = self._editor.key(byte)
        self._written += echo
        if line is None:
            return False
        answer = await self._take(line)
        if answer.ends:
            self._write(answer.text)
            return True
        self._print(answer.text)
        if self._pager is None:
            await self._prompt()
        return False

    async def _take(self, line: str) -> Answer:
        """Run a line once everything before it has been sent, and the client has read enough of it."""
        self._flush()
        with contextlib.suppress(asyncssh.Error, OSError):
            await self._process.stdout.drain()
        return await self._in_thread(partial(self._shell.take, line))

    def _print(self, text: str) -> None:
        prompt = self._shell.pager_prompt
        if not prompt or not self._height or text.count("\n") < self._height:
            self._write(text)
            return
        pager = Pager(text, self._height, prompt)
        self._write(pager.page())
        self._pager = None if pager.is_done else pager

    async def _prompt(self) -> None:
        self._write(await self._in_thread(self._shell.prompt))

    def _write(self, text: str) -> None:
        self._written += text.replace("\n", "\r\n").encode()

    def _flush(self) -> None:
        """Send what was written since; one packet for the echo of a whole line."""
        if self._written:
            self._process.stdout.write(bytes(self._written))
            self._written.clear()
