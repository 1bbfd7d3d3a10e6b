"""Words of a command line, and keyword-value arguments in any order.

Owns quoting as both CLI engines read it (double quotes, backslash before a quote inside them).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field


class SyntaxFault(Exception):
    """The command line is not understood at `word`."""

    def __init__(self, word: str, missing: bool = False) -> None:
        super().__init__(word)
        self.word = word
        self.missing = missing


def split_words(line: str) -> list[str]:
    """The words of a line, quotes removed; SyntaxFault for an open quote."""
    words: list[str] = []
    current: list[str] | None = None
    quoted = False
    position = 0
    while position < len(line):
        char = line[position]
        if quoted and char == "\\" and line[position + 1 : position + 2] == '"':
            position += 1
            current = [*(current or []), '"']
        elif char == '"':
            quoted = not quoted
            current = current if current is not None else []
        elif char.isspace() and not quoted:
            if current is not None:
                words.append("".join(current))
            current = None
        else:
            current = [*(current or []), char]
        position += 1
    if quoted:
        raise SyntaxFault('"')
    if current is not None:
        words.append("".join(current))
    return words


@dataclass(frozen=True, slots=True)
class Arguments:
    """Keyword values, flags and the one bare word of a command."""

    values: dict[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    bare: str = ""

    def need(self, keyword: str) -> str:
        """The value of a mandatory keyword."""
        if keyword not in self.values:
            raise SyntaxFault(keyword, missing=True)
        return self.values[keyword]

    def get(self, keyword: str) -> str | None:
        """The value of an optional keyword."""
        return self.values.get(keyword)


def read_arguments(
    words: list[str], keywords: Collection[str], flags: Collection[str] = (), *, bare: bool = False
) -> Arguments:
    """Read `keyword value` pairs and `flags` in any order, and at most one bare word when the command takes one."""
    values: dict[str, str] = {}
    seen: set[str] = set()
    free = ""
    rest = iter(words)
    for word in rest:
        if word in flags:
            seen.add(word)
        elif word in keywords and word not in values:
            value = next(rest, None)
            if value is None:
                raise SyntaxFault(word, missing=True)
            values[word] = value
        elif bare and not free:
            free = word
        else:
            raise SyntaxFault(word)
    return Arguments(values, frozenset(seen), free)
