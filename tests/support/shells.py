"""A small command line over SSH for the tests of the CLI adapter: prompts as SR OS shows them, answers by a script.

It is no router: each test says itself what is answered. Every line that was typed is noted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import asyncssh

_PAGER = {
    True: "Press Q to quit, Enter to print next line or any other key to print next page.",
    False: "Press any key to continue (Q to quit)",
}


@dataclass
class Shell:
    """What a router's command line does.

    ``answer`` gets each line but those about the environment; None ends the connection, ``stall`` never answers, and a
    text that ends without a line end is a question. ``context`` is the first line of the MD-CLI prompt.
    """

    md_cli: bool = True
    answer: Callable[[str], str | None] = lambda line: ""
    name: str = "sr"
    user: str = "admin"
    context: str = "[/]"
    banner: str = ""
    greets: bool = True
    echoes: bool = True
    # After how many columns an echo is wrapped; 0 for never.
    width: int = 0
    # How many lines go on a page; 0 for no paging. Turning it off is refused, as an operator without rights is.
    page: int = 0
    typed: list[str] = field(default_factory=list)
    terminals: list[str] = field(default_factory=list)
    endings: list[Callable[[], object]] = field(default_factory=list)

    @property
    def prompt(self) -> str:
        """The prompt, with the empty line before it."""
        return f"\n{self.context}\nA:{self.user}@{self.name}# " if self.md_cli else f"A:{self.name}# "

    @property
    def commands(self) -> list[str]:
        """What was typed after the session had been prepared."""
        return [line for line in self.typed if line and "environment" not in line and line not in {"logout", "n"}]

    def end(self) -> None:
        """End the sessions, as a router does with idle ones; returns when their clients can know."""
        for ending in self.endings:
            ending()
        time.sleep(0.5)

    async def serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """Run one session."""
        self.terminals.append(process.term_type or "")
        loop = asyncio.get_running_loop()
        self.endings.append(lambda: loop.call_soon_threadsafe(process.exit, 0))
        process.stdout.write(_wire(self.banner + (self.prompt if self.greets else "")))
        while True:
            line = await self._line(process)
            if line is None or line == "logout":
                process.exit(0)
                return
            self.typed.append(line)
            text = "" if not line or "environment" in line else self.answer(line)
            if text is None:
                process.channel.get_connection().abort()
                return
            if text == "stall":
                await asyncio.sleep(60)
                return
            await self._print(process, text)

    async def _print(self, process: asyncssh.SSHServerProcess[bytes], text: str) -> None:
        lines = text.splitlines(keepends=True)
        while self.page and len(lines) > self.page:
            process.stdout.write(_wire("".join(lines[: self.page]) + _PAGER[self.md_cli]))
            lines = lines[self.page :]
            await process.stdin.read(1)
            process.stdout.write(b"\r" + b" " * 80 + b"\r")
        process.stdout.write(_wire("".join(lines)))
        if text and not text.endswith("\n"):
            self.typed.append(await self._line(process) or "")
        process.stdout.write(_wire(self.prompt))

    async def _line(self, process: asyncssh.SSHServerProcess[bytes]) -> str | None:
        line = b""
        while (char := await process.stdin.read(1)) not in (b"\n", b"\r"):
            if not char:
                return None
            line += char
            if self.echoes:
                process.stdout.write(char)
                if self.width and len(line) % self.width == 0:
                    process.stdout.write(b"\r\n")
        process.stdout.write(b"\r\n")
        return line.decode()


def _wire(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
