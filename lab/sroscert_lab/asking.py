"""Asks a running lab over its control socket: the client's half of control.py, which the command line needs alone.

Owns the socket's name, the form of a question and of an answer. Imports nothing of routers and CA, so that asking is
quick.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

SOCKET_NAME = "control.sock"
_DURATION = re.compile(r"(\d+)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
MAX_LINE = 1024 * 1024


class ControlError(Exception):
    """The lab did not do what it was asked; the text says why."""


def read_duration(text: str) -> timedelta:
    """`30d`, `90m`, `1w2d`; ValueError."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"not a duration: {text} (30d, 12h, 90m, 10s)")
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


@contextlib.contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """The socket's path by a descriptor of its folder: a socket address holds 107 bytes, a path may be longer."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_NAME}"
    finally:
        os.close(descriptor)


def ask(folder: Path, command: str, *, timeout_s: float = 60.0, **arguments: Any) -> Any:
    """Ask the lab in `folder`. ControlError when it refuses; OSError when nobody listens."""
    with short_path(folder) as path, socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        connection.connect(path)
        connection.sendall(json.dumps({"command": command, **arguments}).encode() + b"\n")
        with connection.makefile("rb") as lines:
            answer = json.loads(lines.readline(MAX_LINE) or b'{"ok": false, "error": "the lab went away"}')
    if not answer["ok"]:
        raise ControlError(answer["error"])
    return answer["result"]
