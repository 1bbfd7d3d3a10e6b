"""The home folder: the user's own, and ``~`` and ``~user`` in a path. A process may have none, as in some containers.

Everybody who writes or reads below a home asks here, so that a missing one is an error with a hint.
"""

from __future__ import annotations

from pathlib import Path

from sroscert.errors import UsageError


def home() -> Path:
    """Return the user's home folder. Raises UsageError where there is none."""
    return expanded(Path("~"))


def expanded(path: Path) -> Path:
    """Return a path with ``~`` or ``~user`` at its beginning replaced. Raises UsageError where that is nowhere."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        whose = str(path).partition("/")[0]
        if whose == "~":
            raise UsageError(
                f"{path}: this user has no home folder", hint="set HOME: the system does not know the user"
            ) from error
        raise UsageError(f"{path}: there is no {whose} on this system", hint="write the path from / on") from error
