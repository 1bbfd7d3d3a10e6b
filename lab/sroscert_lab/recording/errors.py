"""What can go wrong with a recording."""

from __future__ import annotations


class RecordingError(Exception):
    """The router cannot be recorded, or the file cannot be read; the text says why."""
