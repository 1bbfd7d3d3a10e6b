"""Files that commands write for people: whole or not at all, and nothing of somebody else is lost."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from sroscert.errors import UsageError


def write_new(target: Path, text: str) -> None:
    """Write a whole file at once, never over another. Raises UsageError."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, prefix=f".{target.name}.") as work:
            work.write(text)
            work.flush()
            os.fsync(work.fileno())
            os.link(work.name, target)
    except FileExistsError:
        raise is_there(target) from None
    except OSError as error:
        raise _cannot(target, error) from error


def is_there(target: Path) -> UsageError:
    """Return the error of a file that would be written over."""
    return UsageError(f"{target} is there already and is not written over", hint="give another name, or move it away")


def replace(target: Path, text: str, mark: str) -> None:
    """Write a whole file at once; one that is there is replaced only when ``mark`` stands at its beginning.

    Who reads it meanwhile has the old one or the new one. A link is followed. Raises UsageError.
    """
    check_replaceable(target, mark)
    try:
        goal = target.resolve()
        mode = stat.S_IMODE(goal.stat().st_mode) if goal.exists() else 0o666 & ~_umask()
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=goal.parent, prefix=f".{goal.name}.", delete=False
        ) as work:
            try:
                work.write(text)
                work.flush()
                os.fchmod(work.fileno(), mode)
                os.fsync(work.fileno())
                Path(work.name).replace(goal)
            except BaseException:
                Path(work.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise _cannot(target, error) from error


def check_replaceable(target: Path, mark: str) -> None:
    """Refuse a target that is something else than a file of ours, before any work is done. Raises UsageError."""
    try:
        if not target.parent.is_dir():
            raise UsageError(f"{target} cannot be written: there is no folder {target.parent}", hint="make it first")
        if target.is_dir() or (target.exists() and not target.is_file()):
            raise UsageError(f"{target} is no file", hint="name a file in it")
        if target.exists() and target.stat().st_size:
            with target.open(encoding="utf-8", errors="replace") as file:
                if mark not in file.read(len(mark) + 1000):
                    raise is_there(target)
    except OSError as error:
        raise _cannot(target, error) from error


def _umask() -> int:
    now = os.umask(0o077)
    os.umask(now)
    return now


def _cannot(target: Path, error: OSError) -> UsageError:
    return UsageError(f"{target} cannot be written: {error.strerror}", hint="is the folder there, and yours to write?")
