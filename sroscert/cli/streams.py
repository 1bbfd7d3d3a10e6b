"""Standard output and standard error of the process: what they cannot carry never changes what a run does.

A reader that went away (``| head``) ends the output, not the work, and not the exit code. A character that the terminal
lacks (``LANG=C``) is replaced by one that it has.
"""

from __future__ import annotations

import codecs
import io
import os
import sys

_ERRORS = "sroscert-plain"
_PLAIN = {"✓": "+", "✗": "x", "…": "...", "·": "-", "→": "->", "━": "="}


class Tolerant(io.TextIOWrapper):
    """A text stream whose reader may go away: from then on it writes nowhere."""

    def write(self, text: str, /) -> int:
        """Write, or drop what nobody reads."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._to_nowhere()
            return len(text)

    def flush(self) -> None:
        """Flush, or drop what nobody reads."""
        try:
            super().flush()
        except BrokenPipeError:
            self._to_nowhere()

    def _to_nowhere(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def prepare() -> None:
    """Put tolerant streams in place of the process's own."""
    codecs.register_error(_ERRORS, _replace)
    sys.stdout = _tolerant(sys.stdout)
    sys.stderr = _tolerant(sys.stderr)


def _tolerant(stream: object) -> Tolerant:
    if not isinstance(stream, io.TextIOWrapper):
        raise TypeError("the standard streams of a process are text on a buffer")
    encoding, by_line, unbuffered = stream.encoding, stream.line_buffering, stream.write_through
    return Tolerant(
        stream.detach(), encoding=encoding, errors=_ERRORS, line_buffering=by_line, write_through=unbuffered
    )


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start:error.end]
    return "".join(_PLAIN.get(character, "?") for character in missing), error.end
