"""Read what ``file list`` prints: the card's slot, the folder's name, a row a file or folder, two lines of totals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_FOLDER = re.compile(r"\s*Directory of (\S.*?)\s*")
_VOLUME = re.compile(r"^ *Volume in drive cf3 on slot ([AB]) ", re.MULTILINE | re.IGNORECASE)
_FREE = re.compile(r"\s*\d+ Dir\(s\)\s+(\d+) bytes free\.?\s*", re.IGNORECASE)
_ROW = re.compile(r"\s*(\d\d)/(\d\d)/(\d{4})\s+(\d\d):(\d\d)([ap])m?\s+(<DIR>|\d+)\s+(\S.*?)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file or folder. ``size`` is in bytes, 0 for a folder; ``modified`` is aware UTC, to the minute."""

    name: str
    size: int = 0
    is_folder: bool = False
    modified: datetime | None = None


def parse(text: str) -> tuple[FileEntry, ...] | None:
    """Return the entries without ``./`` and ``../``, or None when the text is no listing."""
    lines = text.replace("\r", "\n").split("\n")
    if not any(_FOLDER.fullmatch(line) for line in lines):
        return None
    entries = (_entry(match) for line in lines if (match := _ROW.fullmatch(line)))
    return tuple(entry for entry in entries if entry.name not in {".", ".."})


def free_bytes(text: str) -> int | None:
    """Return how much room the listing's last line says is left, in bytes; None when it does not say it once."""
    lines = text.replace("\r", "\n").split("\n")
    found = [int(match[1]) for line in lines if (match := _FREE.fullmatch(line))]
    return found[0] if len(found) == 1 else None


def slot(text: str) -> str:
    """Return the slot of the CPM whose cf3: is listed, ``A`` or ``B``; empty where the listing does not tell one."""
    found = {name.upper() for name in _VOLUME.findall(text.replace("\r", "\n"))}
    return found.pop() if len(found) == 1 else ""


def _entry(match: re.Match[str]) -> FileEntry:
    is_folder = match[7].upper() == "<DIR>"
    return FileEntry(
        match[8].rstrip("/\\") if is_folder else match[8], 0 if is_folder else int(match[7]), is_folder, _time(match)
    )


def _time(match: re.Match[str]) -> datetime | None:
    # ASSUMPTION: the listing's times, which name no zone, are UTC.
    hour = int(match[4]) % 12 + (12 if match[6].lower() == "p" else 0)
    try:
        return datetime(int(match[3]), int(match[1]), int(match[2]), hour, int(match[5]), tzinfo=UTC)
    except ValueError:
        return None
