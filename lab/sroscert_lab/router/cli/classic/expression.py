"""Regular expressions of `| match … expression`, searched for in time that a stranger cannot stretch.

Owns the expressions that public scripts use: characters, `.`, `[…]`, `(…)`, `|`, `*`, `+`, `?`, `{n,m}`, `^`, `$`.
An expression is evaluated over sets of positions in the line, without going back. ASSUMPTION: what of POSIX or of
newer forms a router knows beyond them, and that a backslash takes its meaning from what follows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_LONGEST = 256
#: How many characters an expression may come to, counted repetitions multiplied out.
_HEAVIEST = 500
_DEEPEST = 20
_COUNTED = {"*": (0, None), "+": (1, None), "?": (0, 1)}

Positions = frozenset[int]
#: From where a part may begin to where it may end.
Part = Callable[[str, Positions], Positions]


class BadExpression(ValueError):
    """A text is no expression, or one that is too heavy."""


def compiled(text: str, *, ignore_case: bool = False) -> Callable[[str], bool]:
    """Whether the expression is found in a line; BadExpression."""
    if len(text) > _LONGEST:
        raise BadExpression(text)
    part = _Parser(text.lower() if ignore_case else text).whole()

    def found(line: str) -> bool:
        subject = line.lower() if ignore_case else line
        return bool(part(subject, frozenset(range(len(subject) + 1))))

    return found


@dataclass(slots=True)
class _Parser:
    text: str
    at: int = 0
    depth: int = 0
    weight: int = 0

    def whole(self) -> Part:
        part = self._either()
        if self.at < len(self.text):
            raise BadExpression(self.text)
        return part

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self) -> str:
        char = self._next()
        if not char:
            raise BadExpression(self.text)
        self.at += 1
        return char

    def _either(self) -> Part:
        parts = [self._sequence()]
        while self._next() == "|":
            self.at += 1
            parts.append(self._sequence())
        return lambda line, starts: frozenset().union(*(part(line, starts) for part in parts))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated())

        def run(line: str, starts: Positions) -> Positions:
            for part in parts:
                if not starts:
                    break
                starts = part(line, starts)
            return starts

        return run

    def _repeated(self) -> Part:
        before, self.weight = self.weight, 0
        part = self._atom()
        self.weight += 1
        while self._next() in ("*", "+", "?", "{"):
            least, most = self._count()
            self.weight *= max(least, most or 0, 1)
            part = _times(part, least, most)
            if self.weight > _HEAVIEST:
                raise BadExpression(self.text)
        self.weight += before
        if self.weight > _HEAVIEST:
            raise BadExpression(self.text)
        return part

    def _count(self) -> tuple[int, int | None]:
        sign = self._take()
        if sign != "{":
            return _COUNTED[sign]
        end = self.text.find("}", self.at)
        least, comma, most = self.text[self.at : max(end, self.at)].partition(",")
        if end < 0 or not _is_count(least) or not (_is_count(most) or not most):
            raise BadExpression(self.text)
        self.at = end + 1
        if not comma:
            return int(least), int(least)
        if most and int(most) < int(least):
            raise BadExpression(self.text)
        return int(least), int(most) if most else None

    def _atom(self) -> Part:
        char = self._take()
        if char == "(":
            return self._group()
        if char == "^":
            return lambda line, starts: starts & {0}
        if char == "$":
            return lambda line, starts: starts & {len(line)}
        if char == "[":
            return _one(self._class())
        if char in "*+?{":
            raise BadExpression(self.text)
        if char == "\\":
            return _one(_escaped(self._take()))
        return _one((lambda other: True) if char == "." else char.__eq__)

    def _group(self) -> Part:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise BadExpression(self.text)
        part = self._either()
        if self._take() != ")":
            raise BadExpression(self.text)
        self.depth -= 1
        return part

    def _class(self) -> Callable[[str], bool]:
        negated = self._next() == "^"
        self.at += negated
        members: set[str] = set()
        first = True
        while first or self._next() != "]":
            char = self._take()
            first = False
            if self._next() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                self.at += 1
                last = self._take()
                if ord(last) < ord(char):
                    raise BadExpression(self.text)
                members.update(map(chr, range(ord(char), min(ord(last), 0x17F) + 1)))
            else:
                members.add(char)
        self.at += 1
        return lambda char: (char in members) != negated


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4


def _escaped(char: str) -> Callable[[str], bool]:
    kinds: dict[str, Callable[[str], bool]] = {
        "d": str.isdigit, "s": str.isspace, "w": lambda other: other.isalnum() or other == "_",
    }
    return kinds.get(char, char.__eq__)


def _one(fits: Callable[[str], bool]) -> Part:
    return lambda line, starts: frozenset(at + 1 for at in starts if at < len(line) and fits(line[at]))


def _times(part: Part, least: int, most: int | None) -> Part:
    def run(line: str, starts: Positions) -> Positions:
        for _ in range(least):
            starts = part(line, starts)
        reached = new = starts
        left = most - least if most is not None else -1
        while new and left != 0:
            new = part(line, new) - reached
            reached |= new
            left -= 1
        return reached

    return run
