"""NETCONF over SSH framing (RFC 6242 §4): end-of-message, and chunks once both sides know base:1.1.

Owns bytes only.
"""

from __future__ import annotations

import re

END_OF_MESSAGE = b"]]>]]>"
#: RFC 6242 §4.2 allows 4294967295; nothing that a lab is sent comes near this.
MAX_MESSAGE = 64 * 1024 * 1024
_HEADER = re.compile(rb"\n#(?:([1-9][0-9]{0,9})|(#))\n")
_MAX_HEADER = 16


class FramingError(Exception):
    """The peer's bytes are no NETCONF framing; the session must end (RFC 6242 §4.2)."""


class Decoder:
    """Takes bytes as they come and gives whole messages."""

    def __init__(self) -> None:
        self.chunked = False
        self._buffer = bytearray()
        self._message = bytearray()

    def feed(self, data: bytes) -> None:
        """Take more bytes."""
        self._buffer += data

    def next_message(self) -> bytes | None:
        """The next whole message, None when it is not there yet. FramingError."""
        if len(self._buffer) + len(self._message) > MAX_MESSAGE:
            raise FramingError("message too long")
        return self._next_chunked() if self.chunked else self._next_plain()

    def _next_plain(self) -> bytes | None:
        position = self._buffer.find(END_OF_MESSAGE)
        if position < 0:
            return None
        message = bytes(self._buffer[:position])
        del self._buffer[: position + len(END_OF_MESSAGE)]
        return message

    def _next_chunked(self) -> bytes | None:
        while self._buffer:
            header = _HEADER.match(self._buffer)
            if header is None:
                if len(self._buffer) >= _MAX_HEADER or not b"\n#4294967295\n".startswith(bytes(self._buffer[:2])):
                    raise FramingError("bad chunk header")
                return None
            if header[2]:
                del self._buffer[: header.end()]
                message, self._message = bytes(self._message), bytearray()
                return message
            size = int(header[1])
            if len(self._buffer) < header.end() + size:
                return None
            self._message += self._buffer[header.end() : header.end() + size]
            del self._buffer[: header.end() + size]
        return None


def encode(message: bytes, *, chunked: bool) -> bytes:
    """A message with its framing."""
    if not chunked:
        return message + END_OF_MESSAGE
    return b"\n#%d\n%s\n##\n" % (len(message), message)
