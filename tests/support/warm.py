"""sroscert as a process of its own that has its imports behind it, for tests that kill very many.

Such a process is forked from one that has imported what a run needs and has done nothing else; from there on it is as
one that was started by `python -m sroscert.cli.main`. What the start of Python costs is not counted as the test's.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

_IMPORTED = ["sroscert.cli.running", "sroscert.cli.apply", "sroscert.cli.renew", "sroscert.cli.task"]
_context = multiprocessing.get_context("forkserver")


class WarmProcess:
    """A run of sroscert with `words`; of subprocess.Popen it has what a test that kills it needs."""

    def __init__(self, words: Sequence[str], cwd: Path) -> None:
        _context.set_forkserver_preload(_IMPORTED)
        self._folder = tempfile.TemporaryDirectory(prefix="sroscert-warm-")
        self._process = _context.Process(target=_run, args=(tuple(words), dict(os.environ), cwd, self._folder.name))
        #: Only one thread may wait for the end, which is told once.
        self._waiting = threading.Lock()
        self._process.start()

    def __enter__(self) -> WarmProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.is_alive():
            self._process.kill()
            self.wait()
        self._folder.cleanup()

    @property
    def returncode(self) -> int:
        """The exit code, below zero the signal; TypeError while it runs."""
        code = self._process.exitcode
        if code is None:
            raise TypeError("still running")
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. TimeoutError."""
        with self._waiting:
            self._process.join(timeout)
        if self._process.is_alive():
            raise TimeoutError(f"still running after {timeout} s")
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; what it wrote to standard output and standard error. TimeoutError."""
        self.wait(timeout)
        out, err = ((Path(self._folder.name) / name).read_text() for name in ("out", "err"))
        return out, err


def _run(words: tuple[str, ...], environment: dict[str, str], cwd: Path, folder: str) -> None:
    """Be sroscert, in the process that was forked."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    flags = os.O_WRONLY | os.O_CREAT
    for number, (path, mode) in enumerate(
        ((os.devnull, os.O_RDONLY), (f"{folder}/out", flags), (f"{folder}/err", flags))
    ):
        descriptor = os.open(path, mode, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - they last
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["sroscert", *words]
    from sroscert.cli.main import main

    main()
