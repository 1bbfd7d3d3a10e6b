"""Trees as gNMI's JSON and back, by the models: numbers as numbers, lists as arrays, an empty leaf as `[null]`.

Sources: RFC 7951 (64-bit numbers are texts); gnmic's and pygnmi's transcripts of SR OS: the members of a value carry
the module's name, those below them do not; `[null]` for an empty leaf. Owns no check: an edit is judged by edit.py.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from .errors import failed
from .namespaces import local_name, namespace_of, new_element, qualified
from .schema import Node, Schema
from .tree import elements, first

_NUMBERS = frozenset({"int8", "int16", "int32", "uint8", "uint16", "uint32"})
_MODULES = {"configure": "nokia-conf", "state": "nokia-state"}


def value_of(schema: Schema, element: etree._Element, node: Node) -> Any:
    """The value at a path: a scalar for a leaf, an object whose members are qualified for all else."""
    if node.is_leaf:
        return _scalar(schema, node, element.text or "")
    module = _MODULES[node.path.split("/")[1]]
    # ASSUMPTION: JSON and JSON_IETF are qualified alike.
    return {f"{module}:{name}": value for name, value in _members(schema, element, node).items()}


def _members(schema: Schema, element: etree._Element, node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in elements(element):
        name = local_name(item)
        below = node.children.get(name)
        if below is None:
            continue
        value: Any = _scalar(schema, below, item.text or "") if below.is_leaf else _members(schema, item, below)
        if below.kind in ("list", "leaf-list"):
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _scalar(schema: Schema, node: Node, text: str) -> Any:
    base = base_of(schema, node)
    if base in _NUMBERS and text.lstrip("-").isdigit():
        return int(text)
    if base == "boolean":
        return text == "true"
    return [None] if base == "empty" else text


def base_of(schema: Schema, node: Node) -> str:
    """The built-in type behind a leaf's type."""
    type_ = schema.resolve(node.type)
    while type_.get("base") == "leafref":
        target = schema.node(*str(type_.get("target", "")).strip("/").split("/"))
        inner = type_.get("of") or (None if target is None else target.type)
        if inner is None:
            return "string"
        type_ = schema.resolve(inner)
    return str(type_.get("base", "string"))


def fill(element: etree._Element, node: Node | None, value: Any, path: str) -> None:
    """Put a JSON value into `element`; RPCFailed where it has a shape that no node takes, ValueError for a bad text.

    Names that the models do not know are put in as they are, for the edit to refuse.
    """
    if isinstance(value, dict):
        for name, below in value.items():
            _member(element, node, name.rpartition(":")[2], below, path)
    elif value == [None] or (isinstance(value, list) and not value):
        element.text = None
    elif value is None or isinstance(value, list):
        # A transcript: `"ipv4": null` for a container is an unknown element.
        raise failed(f"MINOR: MGMT_CORE #2201: Unknown element - '{local_name(element)}'", "unknown-element", path=path)
    else:
        element.text = _text(value)


def _member(element: etree._Element, node: Node | None, name: str, value: Any, path: str) -> None:
    below = None if node is None else node.children.get(name)
    if node is not None and name in node.keys and (key := first(element, name)) is not None:
        if (key.text or "") != _text(value):
            # ASSUMPTION: text and number, for a key that is not the one in the path.
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value", "invalid-value", path=f"{path}/{name}")
        return
    is_many = below is not None and below.kind in ("list", "leaf-list")
    for item in value if isinstance(value, list) and (is_many or value != [None]) else [value]:
        try:
            made = etree.SubElement(element, qualified(namespace_of(element), name))
        except ValueError as exc:  # a name that XML cannot hold
            raise failed(f"MINOR: MGMT_CORE #2201: Unknown element - {name!r}", "unknown-element", path=path) from exc
        fill(made, below, item, f"{path}/{name}")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def root_of(schema: Schema, name: str) -> etree._Element:
    """An empty element for a root of the models."""
    return new_element(f"urn:nokia.com:sros:ns:yang:sr:{'conf' if name == 'configure' else name}", name)
