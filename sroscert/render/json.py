"""A configuration tree as JSON in the manner of RFC 7951, for people and scripts. Writes only; shows no secret."""

from __future__ import annotations

import json

from sroscert.render.branches import Branch, grow
from sroscert.render.secrets import shown
from sroscert.schema import Node, Schema, Type
from sroscert.values import EMPTY, ConfigTree, Value

_MODULES = {"configure": "nokia-conf", "state": "nokia-state"}
_NUMBERS = frozenset({"int8", "int16", "int32", "uint8", "uint16", "uint32"})
"""RFC 7951 section 6.1: these are JSON numbers; 64-bit integers and decimal64 are strings."""

Plain = None | bool | int | str | list["Plain"] | dict[str, "Plain"]


def to_json(tree: ConfigTree, schema: Schema) -> str:
    """Return the tree as indented JSON; its one member is ``nokia-conf:configure`` (or ``nokia-state:state``).

    A secret stands as its reference in angle brackets, or as stars. Raises RenderError for nodes outside the schema.
    """
    root = grow(tree.items(), schema).root
    name = root.segment.name
    return json.dumps({f"{_MODULES[name]}:{name}": _members(root)}, indent=2, ensure_ascii=False) + "\n"


def _members(branch: Branch) -> dict[str, Plain]:
    members: dict[str, Plain] = {
        name: _scalar(branch.node.children[name].type, value) for name, value in branch.segment.keys
    }
    for segment, below in branch.branches.items():
        if below.node.kind == "list":
            entries = members.setdefault(segment.name, [])
            assert isinstance(entries, list)  # noqa: S101 - a list node has nothing but entries
            entries.append(_members(below))
        elif below.node.kind == "container":
            members[segment.name] = _members(below)
        elif below.value is not None:
            members[segment.name] = _value(below.node, below.value)
    return members


def _value(node: Node, value: Value) -> Plain:
    if isinstance(value, tuple):
        return [_scalar(node.type, text) for text in value]
    if isinstance(value, str):
        return shown(value) if node.secret else _scalar(node.type, value)
    return [None] if value is EMPTY else {}


def _scalar(kind: Type | None, text: str) -> Plain:
    if kind is None:
        return text
    if kind.base == "leafref":
        return _scalar(kind.of, text)
    if kind.base == "union":
        member = next((member for member in kind.members if member.accepts(text)), None)
        return _scalar(member, text)
    if kind.base == "boolean" and text in {"true", "false"}:
        return text == "true"
    if kind.base in _NUMBERS and kind.accepts(text):
        return int(text)
    return text
