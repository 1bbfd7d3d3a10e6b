"""What an interrupt does while modules are imported: it ends the process in one line. Standard library only.

An exception in the middle of an import can be swallowed or turned into another one, so none is raised there. Once a
command works an interrupt is an exception again: who asks for a password puts the terminal right, ``apply`` has a way
of its own.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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
    os.write(2, b"interrupted\n")
    os._exit(_INTERRUPTED)
