"""Edits for the datastores out of single settings: elements in their places, with the operation that they need."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from ... import namespaces
from ...namespaces import new_element, qualified
from ...schema import Node, Schema
from ...tree import add, elements, find_entry, first, new_root
from ..statement import Place
from .tree import Found, State, target

_OPERATION = qualified(namespaces.NETCONF, "operation")


def new_edit(places: Sequence[Place]) -> tuple[etree._Element, etree._Element]:
    """A `config` element, and the element at a place in it."""
    config = new_element(namespaces.NETCONF, "config")
    top = new_root("configure")
    config.append(top)
    return config, step_to(top, places)


def step_to(parent: etree._Element, places: Sequence[Place]) -> etree._Element:
    """The element at a place below `parent`, made where it is missing."""
    for place in places:
        found = find_entry(parent, place.name, dict(place.keys))
        if found is None:
            found = add(parent, place.name)
            for name, value in place.keys:
                add(found, name, value)
        parent = found
    return parent


def delete(element: etree._Element) -> None:
    """Have an element deleted."""
    element.set(_OPERATION, "delete")


def switch(element: etree._Element, found: Found, schema: Schema, *, on: bool) -> None:
    """A flag or an administrative state."""
    node, names = target(found.node, found.form.parts[0].sets)
    place = step_to(element, tuple(Place(name) for name in names[:-1]))
    if isinstance(found.item, State):
        add(place, node.name, "enable" if on else "disable")
    elif on:
        turn_on(place, node, schema)
    elif _is_boolean(schema, node):
        add(place, node.name, "false")
    else:
        add(place, node.name).set(_OPERATION, "remove")


def turn_on(place: etree._Element, node: Node, schema: Schema) -> None:
    """A boolean is true, an empty leaf or a container is there."""
    add(place, node.name, "true" if _is_boolean(schema, node) else None)


def remove_leaf(element: etree._Element, base: Node, path: str, existing: etree._Element | None) -> None:
    """Have a leaf removed, with each of its values where it has several; nothing when it is not there.

    Args:
        element: of the edit, where paths begin.
        base: its node.
        path: of the leaf.
        existing: the same element of the running configuration.
    """
    node, names = target(base, path)
    for name in names[:-1]:
        existing = None if existing is None else first(existing, name)
    for item in () if existing is None else elements(existing, node.name):
        place = step_to(element, tuple(Place(name) for name in names[:-1]))
        add(place, node.name, item.text if node.kind == "leaf-list" else None).set(_OPERATION, "remove")


def _is_boolean(schema: Schema, node: Node) -> bool:
    return node.is_leaf and schema.resolve(node.type).get("base") == "boolean"
