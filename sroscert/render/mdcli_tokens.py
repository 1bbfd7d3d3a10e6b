"""MD-CLI text as tokens with their places. Knows lines, quotes, comments, prompts and the pager; nothing of schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sroscert.errors import RenderError


class MdCliSyntaxError(RenderError):
    """MD-CLI text that cannot be read. ``line`` and ``column`` count from 1; ``suggestion`` is the nearest word."""

    code = "mdcli-syntax"

    def __init__(self, message: str, line: int, column: int, suggestion: str = "") -> None:
        hint = f"did you mean {suggestion!r}?" if suggestion else ""
        super().__init__(f"line {line}, column {column}: {message}", hint=hint)
        self.line = line
        self.column = column
        self.suggestion = suggestion
        self._words = message

    def within(self, file: str) -> MdCliSyntaxError:
        """Return the same error with the name of the file before its place."""
        named = MdCliSyntaxError(self._words, self.line, self.column, self.suggestion)
        named.message = f"{file}:{self.line}:{self.column}: {self._words}"
        named.hint = self.hint
        return named


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is ``word``, ``string``, ``end`` (of a line), ``context`` (a prompt's) or one of ``{ } [ ]``."""

    kind: str
    text: str
    line: int
    column: int


_CONTEXT = re.compile(
    r"\s*[!*]*(?:\((?:ex|gl|pr|ro)(?::[\w-]+)?\))?\[(?:(?:ex|gl|pr|ro):)?(?P<path>/[^\r]*|configure[^\r]*|)\]\s*"
)
"""First line of a prompt: ``(pr)[/configure log]``, ``[pr:/configure log]``, before 21.2 ``(pr)[configure log]``."""
_PROMPT = re.compile(r"\s*\*?[A-D]:[^\s@]+@[^#\"]*?# ?")
"""Second line of a prompt, with the command typed behind it."""
_MESSAGE = re.compile(r"\s*(?:Press Q to quit|(?:INFO|WARNING|MINOR|MAJOR|CRITICAL): |//)")
"""The pager, messages of the router, and commands for its other engine."""
_COMMAND = re.compile(
    r"\s*(?:info|commit|edit-config|exit|quit-config|validate|discard|compare|back|top|logout|update)(?:\s|$)"
)
"""Commands that a transcript holds between its configuration lines."""
_PIECE = re.compile(r'[ \t\r\f\v]*(?:(?P<mark>[{}\[\]])|(?P<string>")|(?P<comment>#.*)|(?P<word>[^\s{}\[\]"]+)|$)')
_STRING = re.compile(r'(?:[^"\\]|\\.)*"')
_ESCAPE = re.compile(r"\\(.)")


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of ``text``, an ``end`` after each line. Raises MdCliSyntaxError for an unfinished string."""
    brackets = False
    depth = 0
    for number, line in enumerate(text.split("\n"), 1):
        start = 0
        if not line:
            continue
        if not brackets:
            context = _CONTEXT.fullmatch(line)
            if context is not None:
                yield Token("context", context["path"], number, context.start("path") + 1)
                continue
            prompt = _PROMPT.match(line)
            start = prompt.end() if prompt is not None else 0
            # Inside braces "commit" and its like are names of nodes (base-op-authorization).
            if _MESSAGE.match(line, start) or (not depth and _COMMAND.match(line, start)):
                continue
        for token in _line(line, number, start):
            if token.kind in {"[", "]"}:
                brackets = token.kind == "["
            elif token.kind in {"{", "}"}:
                depth = max(0, depth + (1 if token.kind == "{" else -1))
            yield token
        yield Token("end", "", number, len(line) + 1)


def _line(line: str, number: int, start: int) -> Iterator[Token]:
    place = start
    while place < len(line):
        piece = _PIECE.match(line, place)
        if piece is None:  # an odd kind of white space
            place += 1
            continue
        kind = piece.lastgroup
        if kind is None or kind == "comment":
            return
        column = piece.start(kind) + 1
        place = piece.end()
        if kind == "mark":
            yield Token(piece["mark"], piece["mark"], number, column)
        elif kind == "word":
            yield Token("word", piece["word"], number, column)
        else:
            string = _STRING.match(line, place)
            if string is None:
                raise MdCliSyntaxError("the string has no closing quote", number, column)
            place = string.end()
            yield Token("string", _ESCAPE.sub(r"\1", string.group()[:-1]), number, column)
