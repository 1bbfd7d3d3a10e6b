"""Where compiled schemas lie: those that ship with sroscert, and those that a user compiled from a copy of his own.

The user's are in ``$XDG_DATA_HOME/sroscert/schemas/sros`` (``~/.local/share/…`` without the variable). A release that
ships is never taken from there: what was proven counts. Reading the files is ``schema.loader``'s business.
"""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass

from sroscert.errors import SchemaError, UsageError
from sroscert.homes import home
from sroscert.values import Release

_PACKAGE = pathlib.Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Place:
    """The file of one release; ``shipped`` tells whether it came with sroscert."""

    path: pathlib.Path
    shipped: bool


def data_folder() -> pathlib.Path:
    """Return the folder ``schemas``: of the installed package, or of the checkout. Raises SchemaError."""
    for folder in (_PACKAGE / "_data" / "schemas", _PACKAGE.parent / "schemas"):
        if (folder / "sros").is_dir():
            return folder
    raise SchemaError("the folder with the compiled schemas is missing", hint="install sroscert again")


def user_folder() -> pathlib.Path:
    """Return the folder for schemas that the user adds; it need not exist. Raises UsageError without a home folder."""
    named = os.environ.get("XDG_DATA_HOME", "")
    # A relative path is to be ignored by the XDG base directory specification.
    base = pathlib.Path(named) if named.startswith("/") else home() / ".local" / "share"
    return base / "sroscert" / "schemas" / "sros"


def places() -> Mapping[Release, Place]:
    """Return the file of every known release, earliest release first."""
    try:
        own = user_folder()
    except UsageError:
        # Nobody can have added a schema then.
        own = None
    return _places(data_folder() / "sros", own)


def forget() -> None:
    """Look at the folders again when next asked; for the one that has just added a file."""
    _places.cache_clear()


@functools.lru_cache(maxsize=8)
def _places(shipped: pathlib.Path, own: pathlib.Path | None) -> Mapping[Release, Place]:
    found = {
        release: Place(path, folder is shipped)
        for folder in (own, shipped)
        if folder is not None
        for path in folder.glob("*.json")
        if (release := _release(path)) is not None
    }
    return {release: found[release] for release in sorted(found)}


def _release(path: pathlib.Path) -> Release | None:
    """Return the release that a file is called after; None for a file that is no schema of ours."""
    try:
        release = Release.parse(path.stem)
    except ValueError:
        return None
    return release if release.train == path.stem else None
