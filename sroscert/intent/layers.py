"""Files put together, scopes laid over one another, nodes turned into plain data.

Works on nodes, so that every value still knows where it was written. Unchanged parts are shared, not copied: two
routers of the same groups have the very same section nodes, which is what makes large inventories cheap.
"""

from __future__ import annotations

import os.path
import pathlib
import re
from collections.abc import Callable
from collections.abc import Sequence as Many
from typing import Any

from sroscert.errors import Problem
from sroscert.intent.source import KeyMark, Mapping, Node, Scalar, Sequence
from sroscert.intent.spelling import did_you_mean

PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)\}")
PLACEHOLDERS = ("address", "router")

Located = Callable[[Problem], None]


def union(roots: Many[Mapping], problems: list[Problem]) -> Mapping:
    """Return one mapping with the keys of all files; a value that two files give is a problem."""
    result = roots[0]
    for root in roots[1:]:
        result = _union(result, root, problems, top=True)
    return result


def _union(first: Mapping, second: Mapping, problems: list[Problem], *, top: bool = False) -> Mapping:
    merged = Mapping(first.file, first.line, first.column, dict(first.entries), dict(first.marks))
    for key, node in second.entries.items():
        mine, mark = merged.entries.get(key), second.marks[key]
        if mine is None:
            merged.entries[key], merged.marks[key] = node, mark
        elif isinstance(mine, Mapping) and isinstance(node, Mapping):
            merged.entries[key] = _union(mine, node, problems)
        elif not (top and key == "version"):
            there = merged.marks[key]
            problems.append(
                Problem(
                    "duplicate-key", f"{key} is given in two files", file=mark.file, line=mark.line, column=mark.column,
                    suggestion=f"also in {there.file}:{there.line}",
                )
            )
    return merged


def overlay(base: Mapping, over: Mapping) -> Mapping:
    """Return ``base`` with ``over`` laid over it: mappings merge, other values replace, null takes away."""
    merged = Mapping(over.file, over.line, over.column, dict(base.entries), dict(base.marks))
    for key, node in over.entries.items():
        mine = merged.entries.get(key)
        if isinstance(node, Scalar) and node.value is None:
            merged.entries.pop(key, None)
            merged.marks.pop(key, None)
            continue
        if isinstance(mine, Mapping) and isinstance(node, Mapping):
            merged.entries[key] = overlay(mine, node)
        else:
            merged.entries[key] = node
        merged.marks[key] = over.marks[key]
    return merged


def has_placeholder(node: Node) -> bool:
    """Tell whether a text below ``node`` depends on the router."""
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and "{" in node.value
    children = node.items if isinstance(node, Sequence) else node.entries.values()
    return any(has_placeholder(child) for child in children)


class Filling:
    """Turns nodes into plain data for one router, with its placeholders filled in."""

    def __init__(self, values: dict[str, str], base: pathlib.Path, problems: list[Problem]) -> None:
        self.values = values
        self.base = base
        self.problems = problems

    def data(self, node: Node, *, secrets: bool, free_text: bool) -> Any:
        """Return dictionaries, lists and scalars.

        ``secrets``: relative ``file:`` references of files in other folders are re-based. ``free_text``: braces may
        mean something else (regular expressions), so an unknown placeholder is left alone.
        """
        if isinstance(node, Scalar):
            if not isinstance(node.value, str):
                return node.value
            text = self._fill(node, free_text)
            return self._rebased(text, node.file) if secrets and text.startswith("file:") else text
        if isinstance(node, Sequence):
            return [self.data(item, secrets=secrets, free_text=free_text) for item in node.items]
        return {
            key: self.data(child, secrets=secrets, free_text=free_text)
            for key, child in node.entries.items()
            if not (isinstance(child, Scalar) and child.value is None)
        }

    def _fill(self, node: Scalar, free_text: bool) -> str:
        text = str(node.value)
        if "{" not in text:
            return text

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name not in self.values and not free_text:
                self.problems.append(
                    Problem(
                        "unknown-placeholder", f"{match[0]} is not known", file=node.file, line=node.line,
                        column=node.column, suggestion=did_you_mean(name, PLACEHOLDERS, "{{{}}}"),
                    )
                )
            return self.values.get(name, match[0])

        return PLACEHOLDER.sub(value, text)

    def _rebased(self, reference: str, file: str) -> str:
        folder = pathlib.Path(file).resolve().parent
        name = reference.removeprefix("file:")
        if folder == self.base or name.startswith(("/", "~")):
            return reference
        return f"file:{os.path.relpath(folder / name, self.base)}"


def locate(root: Node, loc: Many[str | int], *, key: bool = False) -> tuple[KeyMark, Node]:
    """Return the mark nearest to ``loc``, and the deepest node found on the way.

    Parts that are not in the file are passed over: short forms leave a level out. With ``key`` the mark is that of the
    last key, not of its value.
    """
    node = root
    mark = KeyMark(root.file, root.line, root.column)
    for part in loc:
        if isinstance(node, Mapping) and str(part) in node.entries:
            key_mark = node.marks[str(part)]
            node = node.entries[str(part)]
            mark = key_mark if key or not isinstance(node, Scalar) else KeyMark(node.file, node.line, node.column)
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            mark = KeyMark(node.file, node.line, node.column)
    return mark, node
