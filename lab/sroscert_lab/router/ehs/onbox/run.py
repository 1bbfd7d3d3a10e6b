"""Runs one script: `python run.py DESCRIPTOR`. The script's text comes by the pipe, what it prints goes back.

ASSUMPTION: an interpreter on the box has the modules below and no others; seen in published applications are sys, time
and utime, Nokia's documentation names more (uio, uos), which the lab lacks. It is MicroPython there and CPython here: a
language feature that MicroPython lacks is not noticed.
"""

from __future__ import annotations

import builtins
import importlib
import io
import pathlib
import sys
import traceback
import types
from typing import Any

_MODULES = frozenset({"json", "math", "pysros", "re", "sys", "time", "utime"})


class _Printed(io.TextIOBase):
    """What is printed goes to the router as it comes."""

    def __init__(self, tell: Any) -> None:
        self._tell = tell

    def write(self, text: str) -> int:
        self._tell("print", text=text)
        return len(text)


def main(descriptor: int) -> None:
    """Fetch the script, run it, and tell how it ended."""
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    wire = importlib.import_module("pysros._wire")
    wire.connect(descriptor)
    text = wire.ask("script")["text"]
    sys.stdout = sys.stderr = _Printed(wire.tell)
    sys.excepthook = lambda kind, exc, trace: _ended(wire, exc, trace)
    sys.modules["time"] = sys.modules["utime"] = _time(wire)
    sys.argv = ["script"]
    code = 0
    try:
        exec(compile(text, "script", "exec"), {"__name__": "__main__", "__builtins__": _builtins()})  # noqa: S102
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else 0 if exc.code is None else 1
        if isinstance(exc.code, str):
            print(exc.code)  # noqa: T201
    wire.tell("end", code=code, error="")


def _ended(wire: Any, exc: BaseException, trace: types.TracebackType | None) -> None:
    """A script ended by what it did not catch."""
    traceback.print_exception(type(exc), exc, trace, limit=-4)
    wire.tell("end", code=1, error=f"{type(exc).__name__}: {exc}")


def _time(wire: Any) -> types.ModuleType:
    """`time` of the lab: its clock is the router's, and a script that sleeps waits for that."""
    module = types.ModuleType("time")
    module.sleep = lambda seconds: wire.ask("sleep", seconds=seconds) and None  # type: ignore[attr-defined]
    module.time = lambda: wire.ask("time")["time"]  # type: ignore[attr-defined]
    return module


def _builtins() -> dict[str, Any]:
    """The built-in names, with an `import` that knows what the box has."""
    found = dict(vars(builtins))
    importing = builtins.__import__

    def restricted(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if name.partition(".")[0] not in _MODULES:
            raise ImportError(f"no module named '{name}'")
        return importing(name, globals, locals, fromlist, level)

    found["__import__"] = restricted
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]))
