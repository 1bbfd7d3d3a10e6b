"""Bytes of a terminal to lines of input, with echo.

Owns erasing, control keys and the limit of a line. Does not own history or completion: the lab has neither.
"""

from __future__ import annotations

#: ASSUMPTION: longer input is refused with a bell.
MAX_LINE_BYTES = 8192
_ENTER = frozenset(b"\r\n")
_ERASE = frozenset(b"\x08\x7f")
_CONTROL_C, _CONTROL_U, _ESCAPE = 0x03, 0x15, 0x1B
_BELL = b"\x07"


class LineEditor:
    """One line of input at a time.

    Attributes:
        echo: whether what is typed is sent back; off while a password is asked for, and without a terminal.
    """

    def __init__(self, *, echo: bool = True) -> None:
        self.echo = echo
        self._line = bytearray()
        self._after_return = False
        self._escape = ""

    def key(self, byte: int) -> tuple[bytes, str | None]:
        """Take one byte: what is echoed, and the line when it is finished. A broken-off line is the empty line."""
        after_return, self._after_return = self._after_return, byte == 0x0D
        if byte == 0x0A and after_return:
            return b"", None
        if self._escape or byte == _ESCAPE:
            self._take_escape(byte)
            return b"", None
        if byte in _ENTER:
            return self._echoed(b"\r\n"), self._finish()
        if byte == _CONTROL_C:
            self._line.clear()
            return self._echoed(b"^C\r\n"), ""
        if byte == _CONTROL_U:
            erased = len(self._line)
            self._line.clear()
            return self._echoed(b"\b \b" * erased), None
        if byte in _ERASE:
            return self._echoed(self._erase()), None
        if byte == 0x09:
            byte = 0x20
        if byte < 0x20:
            return b"", None
        if len(self._line) >= MAX_LINE_BYTES:
            return self._echoed(_BELL), None
        self._line.append(byte)
        return self._echoed(bytes((byte,))), None

    def clear(self) -> None:
        """Forget what was typed."""
        self._line.clear()

    def _echoed(self, data: bytes) -> bytes:
        return data if self.echo else b""

    def _finish(self) -> str:
        text = bytes(self._line).decode("utf-8", "replace")
        self._line.clear()
        return "".join(char for char in text if _is_text(char))

    def _erase(self) -> bytes:
        if not self._line:
            return b""
        while self._line and self._line[-1] & 0xC0 == 0x80:
            self._line.pop()
        if self._line:
            self._line.pop()
        return b"\b \b"

    def _take_escape(self, byte: int) -> None:
        """Swallow arrow keys and the like: ESC, `[` or `O`, and what follows up to a letter."""
        self._escape += chr(byte)
        if len(self._escape) == 1:
            return
        begins = len(self._escape) == 2 and byte in b"[O"
        if not begins and (len(self._escape) == 2 or 0x40 <= byte <= 0x7E or len(self._escape) > 16):
            self._escape = ""


def _is_text(char: str) -> bool:
    """Whether a character may stand in a configuration (XML 1.0, without controls)."""
    code = ord(char)
    return code >= 0x20 and not 0x7F <= code <= 0x9F and code not in (0xFFFE, 0xFFFF)
