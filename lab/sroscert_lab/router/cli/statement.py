"""One MD-CLI configuration statement, read against the models of the release.

Owns the grammar: names, keys (the first by place, others by name), values, leaf-lists in brackets, `delete`. What comes
out is an edit for the datastores and the context that the line leads to. Does not own what a candidate is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from .. import namespaces
from ..namespaces import new_element, qualified
from ..schema import Node, Schema
from ..tree import add, find_entry, new_root
from ..valuetypes import canonical
from .configtext import NAMED_KEYS
from .owners import DEFAULT_OWNER
from .words import LineFault, Word, missing, unknown

#: Keys that may be left out: the tutorial names scripts and policies without their owner.
_KEY_DEFAULTS = {"owner": DEFAULT_OWNER}
#: Longer ones, such as a list of every event, are left out.
_MAX_REASON = 200
_OPERATION = qualified(namespaces.NETCONF, "operation")


@dataclass(frozen=True, slots=True)
class Place:
    """One step of a context: a node's name and its keys."""

    name: str
    keys: tuple[tuple[str, str], ...] = ()


#: A context: the empty one is the root, the first place of any other is `configure`.
Context = tuple[Place, ...]


@dataclass(slots=True)
class Statement:
    """What one line says.

    Attributes:
        context: where the line ends, when it ends at a container or list entry; else where it started.
        edit: a `config` element; None when the line only moves.
        sets: the edit says more than that a container or entry is there.
        opens: the line ends with a brace.
    """

    context: Context
    edit: etree._Element | None = None
    sets: bool = False
    opens: bool = False


@dataclass(slots=True)
class _Reader:
    schema: Schema
    words: Sequence[Word]
    delete: bool
    position: int = 0
    config: etree._Element = field(default_factory=lambda: new_element(namespaces.NETCONF, "config"))
    edits: int = 0

    @property
    def word(self) -> Word | None:
        return self.words[self.position] if self.position < len(self.words) else None

    def next(self, name: str) -> Word:
        word = self.word
        if word is None or (not word.quoted and word.text in ("{", "}", "[", "]")):
            raise missing(name)
        self.position += 1
        return word


def node_of(schema: Schema, context: Context) -> Node:
    """The schema node of a context; the root's is `configure` itself."""
    node = schema.roots["configure"]
    for place in context[1:]:
        node = node.children[place.name]
    return node


def read_statement(schema: Schema, start: Context, words: Sequence[Word], *, delete: bool = False) -> Statement:
    """Read a line that stands in `start`; LineFault for what is not understood.

    Args:
        schema: of the release.
        start: where the line begins; not the root, unless its first word is `configure`.
        words: after `delete`, when that is what it is.
        delete: the element at the end goes.
    """
    reader = _Reader(schema, words, delete)
    context = start
    if not context:
        first = reader.next("configure")
        if first.text != "configure":
            raise unknown(first)
        context = (Place("configure"),)
    element = _descend(reader.config, context)
    node = node_of(schema, context)
    leaf_seen = opens = False
    while (word := reader.word) is not None:
        if word.is_mark("{") and reader.position == len(words) - 1:
            reader.position += 1
            leaf_seen, opens = False, True
            break
        below = node.children.get(word.text)
        if below is None or word.quoted or below.name in node.keys:
            raise unknown(word)
        reader.position += 1
        if below.is_leaf:
            _leaf(reader, element, node, below)
            leaf_seen = True
            continue
        place = _place(reader, below)
        context = (*context, place)
        element, node, leaf_seen = _step(element, place), below, False
    return _finish(reader, start, context, element, leaf_seen=leaf_seen, opens=opens)


def _finish(
    reader: _Reader, start: Context, context: Context, element: etree._Element, *, leaf_seen: bool, opens: bool
) -> Statement:
    if reader.delete and not leaf_seen:
        if context in ((), start) or context == (Place("configure"),):
            raise missing("element")
        element.set(_OPERATION, "delete")
        return Statement(start, reader.config, sets=True)
    made = any(place.keys for place in context[len(start) :]) or _has_presence(reader.schema, context, start)
    edit = reader.config if reader.edits or made else None
    return Statement(start if leaf_seen else context, edit, reader.edits > 0, opens)


def _has_presence(schema: Schema, context: Context, start: Context) -> bool:
    return any(node_of(schema, context[:size]).presence for size in range(max(2, len(start) + 1), len(context) + 1))


def _descend(config: etree._Element, context: Context) -> etree._Element:
    top = new_root("configure")
    config.append(top)
    for place in context[1:]:
        top = _step(top, place)
    return top


def _step(parent: etree._Element, place: Place) -> etree._Element:
    found = find_entry(parent, place.name, dict(place.keys))
    if found is None:
        found = add(parent, place.name)
        for name, value in place.keys:
            add(found, name, value)
    return found


def _place(reader: _Reader, node: Node) -> Place:
    """The keys that follow the name of a list: the first by place, the others by name, left out for their default."""
    if not node.keys:
        return Place(node.name)
    values: dict[str, str] = {}
    for number, key in enumerate(node.keys):
        leaf = node.children[key]
        word = reader.word
        is_named = word is not None and word.text == key and not word.quoted
        if number or (key in NAMED_KEYS and is_named):
            if not is_named:
                default = leaf.default[0] if leaf.default else _KEY_DEFAULTS.get(key)
                if default is None:
                    raise missing(key)
                values[key] = default
                continue
            reader.position += 1
        values[key] = _value(reader, leaf, reader.next(key))
    return Place(node.name, tuple(values.items()))


def _leaf(reader: _Reader, parent: etree._Element, above: Node, node: Node) -> None:
    reader.edits += 1
    if reader.delete:
        _delete_leaf(reader, parent, node)
    elif node.kind == "leaf-list":
        for value in _values(reader, node):
            add(parent, node.name, value)
    elif _base(reader.schema, node) == "empty":
        add(parent, node.name)
    else:
        is_switch = _base(reader.schema, node) == "boolean" and _ends_here(reader.word, above)
        value = "true" if is_switch else _value(reader, node, reader.next(node.name))
        known = parent.find(qualified(namespaces.CONF, node.name))
        (known if known is not None else add(parent, node.name)).text = value


def _ends_here(word: Word | None, above: Node) -> bool:
    """Whether no value follows: the tutorial types `always-set-sender-for-ir` for true."""
    return word is None or (not word.quoted and (word.text in above.children or word.text == "{"))


def _delete_leaf(reader: _Reader, parent: etree._Element, node: Node) -> None:
    if node.kind == "leaf-list" and reader.word is not None:
        for value in _values(reader, node):
            add(parent, node.name, value).set(_OPERATION, "delete")
        return
    add(parent, node.name).set(_OPERATION, "delete")


def _values(reader: _Reader, node: Node) -> list[str]:
    word = reader.word
    if word is None or not word.is_mark("["):
        return [_value(reader, node, reader.next(node.name))]
    reader.position += 1
    values = []
    while (word := reader.word) is not None and not word.is_mark("]"):
        values.append(_value(reader, node, reader.next(node.name)))
    if word is None:
        raise missing(node.name)
    reader.position += 1
    return values


def _value(reader: _Reader, node: Node, word: Word) -> str:
    try:
        return canonical(reader.schema, node.type, word.text)
    except ValueError as exc:
        reason = "" if node.secret or len(str(exc)) > _MAX_REASON else f" - {exc}"
        raise LineFault.at(word, f"MINOR: MGMT_CORE #2301: Invalid element value{reason}") from exc


def _base(schema: Schema, node: Node) -> str:
    return str(schema.resolve(node.type).get("base", "string"))
