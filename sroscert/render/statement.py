"""MD-CLI words: quoting, values and whole statements (Nokia MD-CLI User Guide, "strings" and "list entries").

A string is always quoted, so no text from an intent can end a token or a line. Enumerations, numbers and booleans
stand bare. This module makes single lines; ``mdcli`` arranges them, ``mdcli_read`` reads them back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from sroscert.errors import RenderError
from sroscert.render.secrets import STARS
from sroscert.schema import Node, Schema, Type
from sroscert.values import Path, Segment, Value

_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories that no MD-CLI line carries: control characters, lone surrogates, line and paragraph ends."""
_BARE = re.compile(r"[A-Za-z0-9_.:/+-]+")
_PLAIN = frozenset({
    "boolean", "decimal64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
})

NAMED_KEYS = frozenset({"event"})
"""First keys that are written by name all the same: ``event-trigger security event tmnx…`` (tutorial transcript)."""

Quote = Callable[[str], str]


def quote(text: str) -> str:
    """Return ``text`` as one MD-CLI string token. Raises ValueError for what no MD-CLI line can carry."""
    for character in text:
        if unicodedata.category(character) in _REFUSED:
            raise ValueError(f"character U+{ord(character):04X} cannot stand in an MD-CLI line")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quote_visibly(text: str) -> str:
    """Return ``text`` quoted for people: what ``quote`` refuses is shown as an escape such as ``\\u000a``."""
    shown = "".join(
        f"\\u{ord(character):04x}" if unicodedata.category(character) in _REFUSED else character
        for character in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{shown}"'


def statement(path: Path, value: Value | None, schema: Schema) -> str:
    """Return ``/configure …`` for one change, for people to read: a secret is stars, odd characters are escapes.

    Raises RenderError for a path outside the schema.
    """
    words, node = path_words(path, schema, quote_visibly)
    if node.secret and isinstance(value, str):
        return f"{words} {STARS}"
    return " ".join([words, *value_words(node, value, quote_visibly)])


def path_words(path: Path, schema: Schema, quoting: Quote = quote) -> tuple[str, Node]:
    """Return the words of ``path``, starting with ``/``, and its schema node. Raises RenderError outside the schema."""
    node = schema.node((path.segments[0].name,))
    words = [f"/{path.segments[0].name}"]
    for segment in path.segments[1:]:
        node = node.children.get(segment.name) if node is not None else None
        if node is None:
            break
        words += segment_words(node, segment, quoting)
    if node is None:
        raise RenderError("the schema has no such node", path=str(path))
    return " ".join(words), node


def segment_words(node: Node, segment: Segment, quoting: Quote = quote) -> list[str]:
    """Return a node's name and, for a list entry, its keys: the first by its place, the others by their names."""
    # ASSUMPTION: further keys are written by name. No transcript has an entry with several keys: the tutorial leaves
    # out the owner of its scripts and script policies.
    words = [segment.name]
    for place, (name, value) in enumerate(segment.keys):
        if place or name in NAMED_KEYS:
            words.append(name)
        words.append(word(node.children[name], value, quoting))
    return words


def value_words(node: Node, value: Value | None, quoting: Quote = quote) -> Iterator[str]:
    """Yield the words that follow a node's name: nothing, a value, or values in brackets."""
    if isinstance(value, tuple):
        yield "[" + " ".join(word(node, text, quoting) for text in value) + "]"
    elif isinstance(value, str):
        yield word(node, value, quoting)


def word(node: Node, text: str, quoting: Quote = quote) -> str:
    """Return one value as a token: bare where its type is no string and its characters are harmless, else quoted."""
    if node.type is not None and _BARE.fullmatch(text) and _is_bare(node.type, text):
        return text
    return quoting(text)


def _is_bare(kind: Type, text: str) -> bool:
    if kind.base == "enumeration":
        return text in kind.enum
    if kind.base == "leafref":
        return kind.of is not None and _is_bare(kind.of, text)
    if kind.base == "union":
        return any(_is_bare(member, text) for member in kind.members)
    return kind.base in _PLAIN and kind.accepts(text)
