"""NETCONF message framing over SSH (RFC 6242): end-of-message for hellos and 1.0 sessions, chunks for 1.1.

Pure; knows nothing of sockets or XML. It stands in for ncclient's own parser, which decodes a text before it is
complete (a character of several bytes at the end of a read ends the session) and logs what it reads.
"""

from __future__ import annotations

import re

END_OF_MESSAGE = b"]]>]]>"
"""RFC 6242 section 4.3."""

_CHUNK_START = re.compile(rb"\n#(?:([1-9][0-9]{0,9})|#)\n")
"""RFC 6242 section 4.2: a chunk's size is 1 to 4294967295; ``##`` ends the message."""

_LONGEST_START = len(b"\n#4294967295\n")


class FramingError(ValueError):
    """The peer does not keep to the framing; nothing that follows can be read."""


def frame(message: bytes, *, chunked: bool) -> bytes:
    """Return ``message`` as it goes over the wire."""
    if chunked:
        return b"\n#%d\n%s\n##\n" % (len(message), message)
    return message + END_OF_MESSAGE


class Deframer:
    """Cuts what arrives into messages, however it was split on the way."""

    def __init__(self) -> None:
        self.chunked = False
        self._pending = bytearray()
        self._message = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> None:
        """Take in what was read."""
        self._pending += data

    def next_message(self) -> bytes | None:
        """Return the next whole message, or None. Raises FramingError.

        ``chunked`` is looked at anew for each message: the framing changes between the hello and the first reply.
        """
        return self._next_chunked() if self.chunked else self._next_delimited()

    def _next_delimited(self) -> bytes | None:
        # What was searched before is not searched again, but for a delimiter that was cut in two.
        end = self._pending.find(END_OF_MESSAGE, max(self._searched - len(END_OF_MESSAGE), 0))
        if end < 0:
            self._searched = len(self._pending)
            return None
        message = bytes(self._pending[:end])
        del self._pending[: end + len(END_OF_MESSAGE)]
        self._searched = 0
        return message

    def _next_chunked(self) -> bytes | None:
        if not self._message:
            self._skip_blanks()
        while True:
            start = _CHUNK_START.match(self._pending)
            if start is None:
                if len(self._pending) >= _LONGEST_START or not _may_start_chunk(bytes(self._pending)):
                    raise FramingError("a chunk does not start where the one before ended")
                return None
            if start[1] is None:
                del self._pending[: start.end()]
                message, self._message = bytes(self._message), bytearray()
                return message
            end = start.end() + int(start[1])
            if len(self._pending) < end:
                return None
            self._message += self._pending[start.end() : end]
            del self._pending[:end]

    def _skip_blanks(self) -> None:
        """Drop what a peer left behind its last message, such as a newline after the hello's delimiter."""
        while len(self._pending) > 1 and self._pending[:1].isspace() and self._pending[1:2] != b"#":
            del self._pending[:1]


def _may_start_chunk(text: bytes) -> bool:
    return re.fullmatch(rb"(\n(#(#|[1-9][0-9]{0,9})?)?)?", text) is not None
