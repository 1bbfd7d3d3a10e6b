"""The words of a configuration line, with where they stand and whether they were quoted.

Brackets and braces are words of their own unless they are quoted (MD-CLI User Guide, leaf-lists and pasted `info`).
"""

from __future__ import annotations

from dataclasses import dataclass

_MARKS = frozenset("[]{}")


@dataclass(frozen=True, slots=True)
class Word:
    """One word.

    Attributes:
        start: column of its first character, quotes included.
        quoted: some of it was in quotes, so it is a value and no mark.
    """

    text: str
    start: int
    width: int
    quoted: bool = False

    def is_mark(self, mark: str) -> bool:
        """Whether it is that bracket or brace."""
        return self.text == mark and not self.quoted


class LineFault(Exception):
    """A line is refused, at a column or as a whole.

    Attributes:
        text: the router's words.
        start: the column, -1 when none is pointed at.
        width: how many characters are pointed at.
    """

    def __init__(self, text: str, start: int = -1, width: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.start = start
        self.width = width

    @classmethod
    def at(cls, word: Word, text: str) -> LineFault:
        """Refused at a word."""
        return cls(text, word.start, word.width)

    def render(self, indent: int) -> str:
        """The carets below the line, when a column is known, and the words."""
        carets = "" if self.start < 0 else " " * (indent + self.start) + "^" * max(1, self.width) + "\n"
        return f"{carets}{self.text}\n"


def unknown(word: Word) -> LineFault:
    """An element that the models do not have there."""
    return LineFault.at(word, f"MINOR: MGMT_CORE #2201: Unknown element - '{word.text}'")


def missing(name: str) -> LineFault:
    """A value that the line ends without."""
    return LineFault(f"MINOR: CLI #2001: Missing element value - '{name}'")


def split_line(line: str, marks: frozenset[str] = _MARKS) -> list[Word]:
    """The words of a line; LineFault for an open quote.

    Args:
        line: as typed.
        marks: characters that are words of their own; the classic engine has none.
    """
    words: list[Word] = []
    position = 0
    while position < len(line):
        char = line[position]
        if char.isspace():
            position += 1
        elif char in marks:
            words.append(Word(char, position, 1))
            position += 1
        else:
            word = _word(line, position, marks)
            words.append(word)
            position = word.start + word.width
    return words


def _word(line: str, start: int, marks: frozenset[str]) -> Word:
    text: list[str] = []
    position, inside, quoted = start, False, False
    while position < len(line):
        char = line[position]
        if inside and char == "\\" and line[position + 1 : position + 2] in ('"', "\\"):
            position += 1
            text.append(line[position])
        elif char == '"':
            inside, quoted = not inside, True
        elif not inside and (char.isspace() or char in marks):
            break
        else:
            text.append(char)
        position += 1
    if inside:
        # ASSUMPTION: the text.
        raise LineFault("MINOR: CLI #2004: Missing closing quote", start, position - start)
    return Word("".join(text), start, position - start, quoted)
