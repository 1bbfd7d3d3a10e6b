"""Output that is longer than the screen (facts/sros-mgmt.md §4.5)."""

from __future__ import annotations

MD_PROMPT = "Press Q to quit, Enter to print next line or any other key to print next page."
CLASSIC_PROMPT = "Press any key to continue (Q to quit)"
_ENTER = frozenset(b"\r\n")


class Pager:
    """What is left to print. `shown` is what to send first."""

    def __init__(self, text: str, height: int, prompt: str) -> None:
        self._lines = text.splitlines(keepends=True)
        self._page = max(1, height - 1)
        self._prompt = prompt

    @property
    def is_done(self) -> bool:
        """Whether everything was printed or thrown away."""
        return not self._lines

    def page(self, count: int | None = None) -> str:
        """The next lines, with the pager's prompt when more follow."""
        size = self._page if count is None else count
        shown, self._lines = "".join(self._lines[:size]), self._lines[size:]
        return shown + (self._prompt if self._lines else "")

    def key(self, byte: int) -> str:
        """What a key prints."""
        # ASSUMPTION: the pager's prompt is wiped out from the screen by a carriage return and spaces.
        wiped = "\r" + " " * len(self._prompt) + "\r"
        if byte in b"qQ\x03":
            self._lines = []
            return wiped
        return wiped + self.page(1 if byte in _ENTER else None)
