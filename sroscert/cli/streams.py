"""Standard output and standard error of the process: what they cannot carry never changes what a run does.

A reader that went away (``| head``, a terminal that is gone) ends the output, not the work, and not the exit code. What
cannot be written for another reason (a full disk) is told at the end. A character that the terminal lacks (``LANG=C``)
is replaced by one that it has.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys

_ERRORS = "sroscert-plain"
_PLAIN = {"✓": "+", "✗": "x", "…": "...", "·": "-", "→": "->", "━": "="}


class Tolerant(io.TextIOWrapper):
    """A text stream that may come to take no more: from then on it writes nowhere."""

    lost: OSError | None = None
    """Why not all was written, unless the reader went away."""
    terminal = False
    """Whether it was a terminal at the start; one that is gone no longer says so."""

    def write(self, text: str, /) -> int:
        """Write, or drop what cannot be written."""
        try:
            return super().write(text)
        except OSError as error:
            self._to_nowhere(error)
            return len(text)

    def flush(self) -> None:
        """Flush, or drop what cannot be written."""
        try:
            super().flush()
        except OSError as error:
            self._to_nowhere(error)

    def _to_nowhere(self, error: OSError) -> None:
        unread = isinstance(error, BrokenPipeError) or (self.terminal and error.errno == errno.EIO)
        self.lost = self.lost or (None if unread else error)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def prepare() -> None:
    """Put tolerant streams in place of the process's own."""
    codecs.register_error(_ERRORS, _replace)
    sys.stdout = _tolerant(sys.stdout)
    sys.stderr = _tolerant(sys.stderr)


def lost() -> OSError | None:
    """Write what is still held back; why standard output is not complete, if so."""
    sys.stdout.flush()
    sys.stderr.flush()
    return sys.stdout.lost if isinstance(sys.stdout, Tolerant) else None


def _tolerant(stream: object) -> Tolerant:
    if not isinstance(stream, io.TextIOWrapper):
        raise TypeError("the standard streams of a process are text on a buffer")
    encoding, by_line, unbuffered = stream.encoding, stream.line_buffering, stream.write_through
    terminal = stream.isatty()
    tolerant = Tolerant(
        stream.detach(), encoding=encoding, errors=_ERRORS, line_buffering=by_line, write_through=unbuffered
    )
    tolerant.terminal = terminal
    return tolerant


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start:error.end]
    return "".join(_PLAIN.get(character, "?") for character in missing), error.end
