"""What processes there are, from /proc."""

from __future__ import annotations

import contextlib
from pathlib import Path


def workers_of(parent: int) -> list[int]:
    """Return the gNMI workers that are children of a process and not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == parent and stat[0] != "Z" and b"gnmi_worker" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found
