"""The processes that make gNMI calls: started when needed, used again after a call that went well, killed otherwise.

Owns their life and the lines that go to and fro; what is asked, and what an answer means, is in ``gnmi``. To import
gRPC takes twenty times the processor of a call (bench/gnmi.py), so the check after each commit and those of the next
routers share a process. One that did not answer well is never used again: gRPC keeps dialling behind a failed connect.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import sroscert

_KEPT = 4
"""How many idle processes of one set of cipher suites are kept; each holds about 50 MiB."""


class ProcessEndedError(Exception):
    """The process ended without an answer; ``status`` is its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the gNMI process ended with status {status}")
        self.status = status


class GNMIProcess:
    """One ``gnmi_worker``, which takes one request at a time. ``ciphers`` are for gRPC's environment."""

    def __init__(self, ciphers: str) -> None:
        self.ciphers = ciphers
        self._lines, theirs = socket.socketpair()
        with theirs:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "sroscert.device.gnmi_worker"],
                env={**os.environ, "GRPC_SSL_CIPHER_SUITES": ciphers, "GRPC_VERBOSITY": "NONE"},
                # The worker finds this very package, and nothing that happens to lie in the operator's folder.
                cwd=Path(sroscert.__file__).parent.parent,
                stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.DEVNULL,
                # A terminal's Ctrl-C goes to its whole group, but the run finishes the step at hand first.
                process_group=0,
            )

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._popen.poll() is None

    def ask(self, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Write a request and return the answer. Raises TimeoutError and ProcessEndedError."""
        deadline = time.monotonic() + timeout_s
        line = b""
        self._lines.settimeout(timeout_s)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._lines.sendall(json.dumps(request).encode() + b"\n")
            while not line.endswith(b"\n"):
                self._lines.settimeout(max(deadline - time.monotonic(), 0.001))
                part = self._lines.recv(1 << 16)
                if not part:
                    break
                line += part
        if not line.endswith(b"\n"):
            raise ProcessEndedError(self._popen.wait())
        return dict(json.loads(line))

    def end(self) -> None:
        """Kill it, and wait until it is gone."""
        with self._lines, self._popen:
            self._popen.kill()


class GNMIProcesses:
    """The idle processes of this one; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[GNMIProcess] = []

    def ask(self, ciphers: str, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Have a request answered by an idle process, else by a new one; an answer with ``status`` is a failure.

        Raises TimeoutError, and ProcessEndedError where a new process ended too.
        """
        deadline = time.monotonic() + timeout_s
        while (idle := self._take(ciphers)) is not None:
            with contextlib.suppress(ProcessEndedError):
                return self._ask(idle, request, deadline)
        return self._ask(GNMIProcess(ciphers), request, deadline)

    def _ask(self, process: GNMIProcess, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        well = False
        try:
            answer = process.ask(request, deadline - time.monotonic())
            well = "status" not in answer
        finally:
            if well:
                self._keep(process)
            else:
                process.end()
        return answer

    def _take(self, ciphers: str) -> GNMIProcess | None:
        with self._lock:
            for process in self._idle:
                if process.ciphers == ciphers:
                    self._idle.remove(process)
                    return process
        return None

    def _keep(self, process: GNMIProcess) -> None:
        with self._lock:
            if process.is_alive and sum(process.ciphers == other.ciphers for other in self._idle) < _KEPT:
                self._idle.append(process)
                return
        process.end()

    def close(self) -> None:
        """End the idle processes."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()


PROCESSES = GNMIProcesses()
"""Those of this interpreter. Each ends by itself when its standard input does, so a SIGKILL leaves none behind."""
atexit.register(PROCESSES.close)
