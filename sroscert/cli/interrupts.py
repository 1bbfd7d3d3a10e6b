"""What an interrupt does while modules are imported: it ends the process in one line. Standard library only.

An exception in the middle of an import can be swallowed or turned into another one, so none is raised there. Once a
command works an interrupt is an exception again: who asks for a password puts the terminal right, ``apply`` has a way
of its own.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

_INTERRUPTED = 130


@contextmanager
def importing() -> Iterator[None]:
    """End the process at an interrupt meanwhile. Where interrupts are ignored or handled they stay so."""
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def leave(number: int = 0, frame: object = None) -> None:
    """End the process at once: nothing has been begun, or nothing needs to be finished."""
    json_output = wants_json(sys.argv[1:])
    with suppress(OSError):  # a disk that is full, or a terminal that is gone
        os.write(1 if json_output else 2, interrupted(json_output=json_output).encode())
    os._exit(_INTERRUPTED)


def interrupted(*, json_output: bool) -> str:
    """Return what is said of an interrupt: a line for standard error, or an error document for standard output."""
    if not json_output:
        return "interrupted\n"
    document = {"error": {"code": "interrupted", "message": "interrupted"}, "exit_code": _INTERRUPTED}
    return json.dumps(document, indent=2) + "\n"


def wants_json(arguments: Sequence[str]) -> bool:
    """Tell whether errors shall be JSON: as the command line says, else as the environment does."""
    said = [after for before, after in itertools.pairwise(arguments) if before in {"-o", "--output"}]
    said += [word.removeprefix(start) for word in arguments for start in ("-o", "--output=") if word.startswith(start)]
    forms = [word for word in said if word] or [os.environ.get("SROSCERT_OUTPUT", "")]
    return "json" in forms
