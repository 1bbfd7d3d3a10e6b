"""YAML text → nodes that know where they stand: file, line, column.

The composer is ours, over libyaml's events, because the one that comes with it recurses in C and a deeply nested text
would end the process. Scalars follow YAML 1.2's core schema, so that the country NO is a text and not a boolean. What
the keys mean is not known here.
"""

from __future__ import annotations

import math
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sroscert.errors import Problem

MAX_DEPTH = 40
MAX_ALIASED = 100_000
"""How many nodes aliases may add to a file; more is a bomb."""

_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(slots=True, eq=False)
class Scalar:
    """A scalar: the text as written, and what it stands for."""

    file: str
    line: int
    column: int
    text: str
    value: str | int | float | bool | None
    size: int = 1


@dataclass(slots=True, eq=False)
class Sequence:
    """A list."""

    file: str
    line: int
    column: int
    items: list[Node] = field(default_factory=list)
    size: int = 1


@dataclass(slots=True, eq=False)
class KeyMark:
    """Where a key stands."""

    file: str
    line: int
    column: int


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping from texts."""

    file: str
    line: int
    column: int
    entries: dict[str, Node] = field(default_factory=dict)
    marks: dict[str, KeyMark] = field(default_factory=dict)
    size: int = 1


Node = Scalar | Sequence | Mapping


def read(file: pathlib.Path, problems: list[Problem]) -> Mapping | None:
    """Read one intent file; what is wrong with it is appended to ``problems``."""
    try:
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problems.append(Problem("file-missing", f"cannot be read: {reason}", file=str(file)))
        return None
    return parse(data, str(file), problems)


def _yaml_words(error: yaml.MarkedYAMLError, text: bytes) -> str:
    """Return what is wrong, for a person: the parser's own words are about its tokens."""
    words = ", ".join(part for part in (error.problem, error.context) if part)
    mark = error.problem_mark
    line = text.decode(errors="replace").splitlines()[mark.line : mark.line + 1] if mark is not None else []
    if mark is not None and line and line[0][mark.column : mark.column + 1] == "\t":
        return "a tab cannot stand here: YAML is indented by spaces"
    if "flow" in (error.context or ""):
        return f"a bracket or brace before this is not closed, or a comma is missing ({words})"
    return words


def parse(data: bytes | str, file: str, problems: list[Problem]) -> Mapping | None:
    """Read the one document of a YAML text whose root is a mapping."""
    try:
        # PyYAML keeps lone surrogates of a str and stumbles over them later: bytes make it check.
        text = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        root = _Composer(file, problems).compose(_events(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = _yaml_words(error, text)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problems.append(Problem("yaml-syntax", words or "not YAML", file=file, line=line, column=column))
        return None
    except (yaml.YAMLError, UnicodeError) as error:
        words = " ".join(str(error).split()) or "not YAML"
        problems.append(Problem("yaml-syntax", words, file=file, line=1, column=1))
        return None
    except _StoppedError:
        return None
    if root is None or (isinstance(root, Scalar) and root.value is None):
        problems.append(Problem("empty-file", "the file is empty", file=file, line=1, column=1))
        return None
    if not isinstance(root, Mapping):
        problems.append(
            Problem("bad-type", "an intent is a mapping of keys", file=file, line=root.line, column=root.column)
        )
        return None
    return root


def _events(text: bytes) -> Iterator[Event]:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


class _StoppedError(Exception):
    """The text cannot be read any further; why is among the problems."""


class _Composer:
    """Build nodes from events without recursion."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self.anchors: dict[str, Node] = {}
        self.open: list[tuple[Mapping | Sequence, str | None]] = []
        self.keys: list[str | None] = []
        self.root: Node | None = None
        self.documents = 0
        self.aliased = 0

    def problem(self, code: str, message: str, line: int, column: int, suggestion: str = "") -> None:
        """Note a problem of this file."""
        self.problems.append(
            Problem(code, message, file=self.file, line=line, column=column, suggestion=suggestion)
        )

    def compose(self, events: Iterator[Event]) -> Node | None:
        """Return the root of the first document."""
        for event in events:
            mark: Any = event.start_mark
            line, column = mark.line + 1, mark.column + 1
            if isinstance(event, DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    self.problem("several-documents", "a file holds one document", line, column)
                    raise _StoppedError
            elif isinstance(event, AliasEvent):
                self._add(self._aliased(str(event.anchor), line, column), line, column)
            elif isinstance(event, ScalarEvent):
                self._scalar(event, line, column)
            elif isinstance(event, MappingStartEvent):
                self._start(event, Mapping(self.file, line, column))
            elif isinstance(event, SequenceStartEvent):
                self._start(event, Sequence(self.file, line, column))
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                self._end()
        return self.root

    def _aliased(self, anchor: str, line: int, column: int) -> Node:
        node = self.anchors.get(anchor)
        if node is None or any(node is parent for parent, _ in self.open):
            self.problem("yaml-syntax", f"alias *{anchor} names nothing before it", line, column)
            raise _StoppedError
        self.aliased += node.size
        if self.aliased > MAX_ALIASED:
            self.problem("yaml-syntax", "aliases blow the file up", line, column)
            raise _StoppedError
        return node

    def _scalar(self, event: ScalarEvent, line: int, column: int) -> None:
        tag = event.tag
        if tag not in (None, "!", "tag:yaml.org,2002:str"):
            self.problem("yaml-tag", f"tags are not used here: {tag}", line, column)
        plain = tag is None and bool(event.implicit[0])
        node = Scalar(self.file, line, column, event.value, plain_value(event.value) if plain else event.value)
        if control := _CONTROL.search(event.value.rstrip("\n") if event.style in ("|", ">") else event.value):
            self.problem("control-character", f"the text holds the control character {control[0]!r}", line, column)
            node.text = _CONTROL.sub("?", event.value)
            node.value = node.text
        if event.anchor:
            self.anchors[event.anchor] = node
        self._add(node, line, column)

    def _start(self, event: MappingStartEvent | SequenceStartEvent, node: Mapping | Sequence) -> None:
        if len(self.open) >= MAX_DEPTH:
            self.problem("yaml-syntax", f"nested deeper than {MAX_DEPTH} levels", node.line, node.column)
            raise _StoppedError
        if event.tag not in (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            self.problem("yaml-tag", f"tags are not used here: {event.tag}", node.line, node.column)
        if self._awaits_key():
            self.problem("bad-type", "a key is a text, not a mapping or a list", node.line, node.column)
            raise _StoppedError
        if event.anchor:
            self.anchors[event.anchor] = node
        self.open.append((node, self._take_key()))
        self.keys.append(None)

    def _end(self) -> None:
        node, key = self.open.pop()
        self.keys.pop()
        self._attach(node, key)

    def _awaits_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1][0], Mapping) and self.keys[-1] is None

    def _take_key(self) -> str | None:
        if not self.open:
            return None
        key, self.keys[-1] = self.keys[-1], None
        return key

    def _add(self, node: Node, line: int, column: int) -> None:
        if not self._awaits_key():
            self._attach(node, self._take_key())
            return
        parent = self.open[-1][0]
        if not isinstance(node, Scalar) or not isinstance(parent, Mapping):
            self.problem("bad-type", "a key is a text, not a mapping or a list", line, column)
            raise _StoppedError
        key = node.text
        first = parent.marks.get(key)
        if first is not None:
            self.problem("duplicate-key", f"{key} is there twice", line, column, f"first in line {first.line}")
        else:
            parent.marks[key] = KeyMark(self.file, line, column)
        self.keys[-1] = key

    def _attach(self, node: Node, key: str | None) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1][0]
        parent.size += node.size
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif key is not None:
            parent.entries.setdefault(key, node)


def plain_value(text: str) -> str | int | float | bool | None:
    """Return what a plain scalar stands for (YAML 1.2 section 10.3, core schema; decimal only)."""
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
