"""sroscert at a real terminal (a pty), which a test types into and takes away."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_ROOT = Path(__file__).parents[2]
# A process of a session of its own takes its standard input as terminal, as a login shell does. SIGHUP is as there,
# whatever these tests were started by.
_LOGIN = (
    "import fcntl, os, signal, sys, termios; signal.signal(signal.SIGHUP, signal.{handler})\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, sys.argv[1:])"
)


class Terminal:
    """The operator's side: what was shown, and the keyboard."""

    def __init__(self, side: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._side = side
        self._shown = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._gone = False

    def _read(self) -> None:
        # EIO: no process has the other side open any more.
        with suppress(OSError):
            while part := os.read(self._side, 4096):
                self._shown += part

    @property
    def shown(self) -> str:
        """All that was shown so far."""
        return self._shown.decode(errors="replace")

    def type(self, text: str) -> None:
        """Press keys; `\\x03` is Ctrl-C."""
        os.write(self._side, text.encode())

    def wait(self, timeout: float = 60) -> int:
        """Wait for the end of the process; its exit code."""
        code = self.process.wait(timeout)
        if not self._gone:
            self._reader.join(10)
        return code

    def take_away(self) -> None:
        """Close the terminal, as a dropped connection does."""
        if not self._gone:
            self._gone = True
            os.close(self._side)


@contextmanager
def at_terminal(words: Sequence[str], *, nohup: bool = False) -> Iterator[Terminal]:
    """Start sroscert with these words at a terminal of its own, as after the shell's `nohup` where that is asked."""
    ours, theirs = os.openpty()
    login = _LOGIN.format(handler="SIG_IGN" if nohup else "SIG_DFL")
    command = [sys.executable, "-c", login, sys.executable, "-m", "sroscert.cli.main", *words]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=_ROOT, start_new_session=True
    ) as process:
        os.close(theirs)
        terminal = Terminal(ours, process)
        try:
            yield terminal
        finally:
            process.kill()
            terminal.take_away()
