"""A configuration as MD-CLI text: `info`, `info flat`, `compare` (form: the tutorial's and published transcripts).

Owns indentation, quotes and order. Secrets come in as the router shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml import etree

from ..schema import Node, Schema
from ..tree import elements, text_of

_INDENT = "    "
#: Keys that are written with their name although they come first: `event-trigger security event …` of the tutorial.
NAMED_KEYS = frozenset({"event"})
_BARE = frozenset({"boolean", "enumeration", "identityref", "decimal64", "bits"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?|0x[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Item:
    """One statement: its words, and what stands between its braces (None for a leaf)."""

    words: str
    body: tuple[Item, ...] | None = None


def items_of(element: etree._Element, node: Node, schema: Schema) -> tuple[Item, ...]:
    """The statements below an element, in the order of the models; keys are in the words of their entry."""
    found: list[Item] = []
    for name, below in node.children.items():
        present = [item for item in elements(element, name)]
        if not present or name in node.keys:
            continue
        if below.kind == "leaf-list":
            values = " ".join(_shown(schema, below, item.text or "") for item in present)
            found.append(Item(f"{name} [{values}]"))
        elif below.is_leaf:
            found.append(Item(_leaf_words(schema, below, present[0].text or "")))
        else:
            found += [Item(_entry_words(schema, below, item), items_of(item, below, schema)) for item in present]
    return tuple(found)


def info_lines(items: tuple[Item, ...], depth: int = 1) -> Iterator[str]:
    """The nested form."""
    indent = _INDENT * depth
    for item in items:
        if item.body is None:
            yield f"{indent}{item.words}"
        else:
            yield f"{indent}{item.words} {{"
            yield from info_lines(item.body, depth + 1)
            yield f"{indent}}}"


def flat_lines(items: tuple[Item, ...], prefix: str = "") -> Iterator[str]:
    """One line a leaf, and one for an entry or container without any."""
    for item in items:
        if item.body:
            yield from flat_lines(item.body, f"{prefix}{item.words} ")
        else:
            yield f"{_INDENT}{prefix}{item.words}"


def compare_lines(old: tuple[Item, ...], new: tuple[Item, ...], depth: int = 1) -> Iterator[str]:
    """What `compare` prints: `-` and `+` in the first column, containers around what differs."""
    # ASSUMPTION: a changed leaf is the old one and right after it the new one.
    words = [item.words for item in old], [item.words for item in new]
    indent = _INDENT * depth
    for tag, start, end, first, last in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        if tag == "equal":
            for one, other in zip(old[start:end], new[first:last], strict=True):
                if one != other:
                    yield f"{indent}{one.words} {{"
                    yield from compare_lines(one.body or (), other.body or (), depth + 1)
                    yield f"{indent}}}"
            continue
        yield from (f"-{line[1:]}" for line in info_lines(old[start:end], depth))
        yield from (f"+{line[1:]}" for line in info_lines(new[first:last], depth))


def entry_words(schema: Schema, node: Node, keys: dict[str, str]) -> str:
    """A node's name with its keys, as a context in the prompt shows it."""
    words = [node.name]
    for number, key in enumerate(node.keys):
        words += ([key] if number or key in NAMED_KEYS else []) + [_shown(schema, node.children[key], keys[key])]
    return " ".join(words)


def _entry_words(schema: Schema, node: Node, entry: etree._Element) -> str:
    return entry_words(schema, node, {key: text_of(entry, key) for key in node.keys})


def _leaf_words(schema: Schema, node: Node, value: str) -> str:
    if str(schema.resolve(node.type).get("base", "")) == "empty":
        return node.name
    return f"{node.name} {_shown(schema, node, value)}"


def _shown(schema: Schema, node: Node, value: str) -> str:
    if is_bare(schema, node, value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def is_bare(schema: Schema, node: Node, value: str) -> bool:
    """Whether a value stands without quotes: numbers, enumerations, truth values, addresses."""
    return not node.secret and _is_bare(schema, schema.resolve(node.type), value)


def _is_bare(schema: Schema, type_: object, value: str) -> bool:
    resolved = schema.resolve(type_) if isinstance(type_, dict) else {}
    base = str(resolved.get("base", "string"))
    if base == "leafref":
        target = schema.node(*str(resolved.get("target", "")).strip("/").split("/"))
        return target is not None and _is_bare(schema, target.type, value)
    if base == "union":
        members = [schema.resolve(member) for member in resolved["types"]]
        enums = {word for member in members for word in member.get("enum") or ()}
        return value in enums or all(_is_bare(schema, member, value) for member in members)
    if base in _BARE:
        return True
    # ASSUMPTION: what is a string in the models is quoted, addresses too.
    return base != "string" and _NUMBER.fullmatch(value) is not None
