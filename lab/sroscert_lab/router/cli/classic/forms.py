"""The form of a classic command: `url <url/url-string> [service-name <url/service-name>]`, read and written.

`<path>` is the value of a leaf, `<path...>` all values of a leaf-list, `<path!>` is written in quotes whatever it is,
`<path=text>` has that value when it is left out; `a|b` are names of the same thing in different releases. `[…]` may be
left out and may stand in any order with its neighbours; something of a form must be there. `word?path` sets a boolean
or empty leaf, or makes a container; `word?path=false` sets that value. `word!` is written in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ..words import LineFault, Word

BAD_COMMAND = "Error: Bad command."
BAD_VALUE = "Error: Invalid parameter."
# ASSUMPTION: the text.
MISSING = "Error: Missing parameter"
_PART = re.compile(r"\[[^\]]*\]|\S+")
_VALUE = re.compile(r"<([^=.!>]+)(\.\.\.)?(!)?(?:=([^>]*))?>")
_PIECE = re.compile(r"<[^>]*>|\S+")
#: How a secret that is typed as it was shown goes on.
_HASHES = ("hash", "hash2", "custom")


@dataclass(frozen=True, slots=True)
class Value:
    """A place for a value."""

    path: str
    many: bool = False
    quoted: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A word, a value, or what stands in brackets: a word and its values.

    Attributes:
        word: empty for a value alone.
        sets: the path that the word alone sets.
        to: what it is set to; empty for true, or for what has no value.
        quoted: the word is written in quotes.
    """

    word: str = ""
    sets: str = ""
    to: str = ""
    quoted: bool = False
    values: tuple[Value, ...] = ()
    optional: bool = False

    @property
    def setting(self) -> tuple[Word, ...]:
        """What its word says of `sets`, as if it had been typed."""
        return (Word(self.to, -1, 0, quoted=True),) if self.to else ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Its paths."""
        return tuple(path for path in (self.sets, *(value.path for value in self.values)) if path)


@dataclass(frozen=True, slots=True)
class Form:
    """The parts in order."""

    parts: tuple[Part, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words before the first value: the command's name."""
        found = []
        for part in self.parts:
            if part.optional or not part.word:
                break
            found.append(part.word)
        return tuple(found)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path, in order."""
        return tuple(path for part in self.parts for path in part.paths)

    @property
    def needed(self) -> tuple[str, ...]:
        """The paths without which the release does not have the command."""
        return tuple(path for part in self.parts if not part.optional for path in part.paths)


@lru_cache(maxsize=1024)
def parse_form(text: str) -> Form:
    """The form that a text of the table is."""
    return Form(tuple(part for piece in _PART.findall(text) for part in _parts(piece)))


def _parts(piece: str) -> list[Part]:
    is_optional = piece.startswith("[")
    first, *rest = _PIECE.findall(piece.strip("[]") if is_optional else piece)
    if first.startswith("<"):
        return [Part(values=tuple(_value(value) for value in (first, *rest)), optional=is_optional)]
    word, _, setting = first.partition("?")
    path, _, to = setting.partition("=")
    values = tuple(_value(value) for value in rest)
    return [Part(word.removesuffix("!"), path, to, word.endswith("!"), values, is_optional)]


def _value(piece: str) -> Value:
    match = _VALUE.fullmatch(piece)
    if match is None:
        raise ValueError(f"no value: {piece}")
    return Value(match[1], many=match[2] is not None, quoted=match[3] is not None, default=match[4] or "")


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed for a form: the words of each path. A path that a word alone makes true has none."""

    values: dict[str, tuple[Word, ...]]


@dataclass(slots=True)
class Reader:
    """The words of a line, how far they are read, and which of them are secrets in clear text."""

    words: Sequence[Word]
    position: int = 0
    secrets: list[Word] = field(default_factory=list)

    @property
    def word(self) -> Word | None:
        """The next word; None at the end."""
        return self.words[self.position] if self.position < len(self.words) else None

    def is_next(self, text: str) -> bool:
        """Whether the next word is this one."""
        return self.word is not None and self.word.text == text and not self.word.quoted

    def takes(self, text: str) -> bool:
        """Read the next word if it is this one."""
        if not self.is_next(text):
            return False
        self.position += 1
        return True

    def need(self) -> Word:
        """The next word; LineFault at the end of the line."""
        word = self.word
        if word is None:
            raise LineFault(MISSING)
        self.position += 1
        return word


def read_form(form: Form, reader: Reader, secrets: frozenset[str], *, done: int = 0) -> Said:
    """Read what a form asks for; LineFault when it is not there.

    Args:
        form: what is expected.
        reader: stands behind the words that named the command.
        secrets: paths of leaves that hold secrets: they may be followed by `hash2`.
        done: how many parts the name of the command was.
    """
    values: dict[str, tuple[Word, ...]] = {part.sets: part.setting for part in form.parts[:done] if part.sets}
    open_parts: list[Part] = []
    for part in form.parts[done:]:
        if part.optional:
            open_parts.append(part)
            continue
        _read_open(open_parts, reader, secrets, values)
        if part.word:
            word = reader.need()
            if word.text != part.word or (word.quoted and not part.quoted):
                raise LineFault.at(word, BAD_COMMAND)
        _read_part(part, reader, secrets, values)
    _read_open(open_parts, reader, secrets, values)
    if not values and form.paths:
        raise LineFault(MISSING)
    return Said(values)


def _read_open(parts: list[Part], reader: Reader, secrets: frozenset[str], values: dict[str, tuple[Word, ...]]) -> None:
    """Read optional parts in whatever order they come; those that are left out get their defaults."""
    left = list(parts)
    while (part := _next_of(left, reader)) is not None:
        reader.position += 1 if part.word else 0
        left.remove(part)
        _read_part(part, reader, secrets, values)
    for part in left:
        for value in part.values:
            if value.default:
                values[value.path] = (Word(value.default, -1, 0, quoted=True),)
    parts.clear()


def _next_of(parts: list[Part], reader: Reader) -> Part | None:
    """The part that the next word begins; one without a word is any value."""
    if reader.word is None:
        return None
    named = next((part for part in parts if part.word and reader.is_next(part.word)), None)
    return named or next((part for part in parts if not part.word), None)


def _read_part(part: Part, reader: Reader, secrets: frozenset[str], values: dict[str, tuple[Word, ...]]) -> None:
    if part.sets:
        values[part.sets] = part.setting
    for value in part.values:
        words = [reader.need()]
        if value.path in secrets and reader.word is not None and reader.word.text in _HASHES:
            hashed = reader.need()
            words = [Word(f"{words[0].text} {hashed.text}", words[0].start, words[0].width, quoted=True)]
        elif value.path in secrets:
            reader.secrets += words
        while value.many and reader.word is not None:
            words.append(reader.need())
        values[value.path] = tuple(words)


def quoted(text: str) -> str:
    """A text in quotes, as it can be typed back."""
    # A backslash in a path stands alone in transcripts; it is doubled where it would escape what follows.
    return '"' + re.sub(r'(\\+)(?=")|(\\+)$|(\\{2,})', lambda found: found[0] * 2, text).replace('"', '\\"') + '"'
