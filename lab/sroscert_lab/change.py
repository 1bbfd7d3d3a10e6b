"""Reads an operator's change: one MD-CLI-like line, a path with a value, or XML, as the content of an edit-config.

Owns the reading only. The router treats it as typed at its own CLI by somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from .router.namespaces import CONF, NETCONF, qualified
from .router.schema import Node, Schema
from .router.tree import add, ensure, first, new_root, parse_path


def read_change(schema: Schema, words: Sequence[str]) -> etree._Element:
    """The `<config>` for a change; ValueError when it is not understood.

    Forms: `/configure system grpc admin-state disable`, `delete /configure log filter 10`,
    `/configure/system/grpc/admin-state disable`, and a `<configure>` element as one word.
    """
    config = etree.Element("config")
    if len(words) == 1 and words[0].lstrip().startswith("<"):
        try:
            config.append(etree.fromstring(words[0], etree.XMLParser(remove_comments=True, resolve_entities=False)))
        except etree.XMLSyntaxError as exc:
            raise ValueError(f"not XML: {exc}") from exc
        return config
    is_deletion = bool(words) and words[0] in ("delete", "remove")
    rest = list(words[1:] if is_deletion else words)
    if not rest:
        raise ValueError("a change needs a path")
    root = new_root("configure")
    target = (
        _by_path(root, rest, is_deletion) if "/" in rest[0].lstrip("/") else _by_words(root, schema, rest, is_deletion)
    )
    if is_deletion:
        target.set(qualified(NETCONF, "operation"), "remove")
    config.append(root)
    return config


def _by_path(root: etree._Element, words: list[str], is_deletion: bool) -> etree._Element:
    steps = parse_path(words[0])
    if steps[0][0] != "configure":
        raise ValueError("a change is made below /configure")
    target = ensure(root, words[0])
    if len(words) > 1 and not is_deletion:
        target.text = " ".join(words[1:])
    return target


def _by_words(root: etree._Element, schema: Schema, words: list[str], is_deletion: bool) -> etree._Element:
    if words[0].lstrip("/") != "configure":
        raise ValueError("a change begins with /configure")
    node, place, rest = schema.roots["configure"], root, words[1:]
    while rest:
        name = rest.pop(0)
        below = node.children.get(name)
        if below is None:
            raise ValueError(f"unknown element '{name}' below {node.path}")
        if below.is_leaf:
            leaf = add(place, name, rest.pop(0) if rest and not (is_deletion and below.kind == "leaf") else None)
            if not rest:
                return leaf
            continue
        place, node = _descend(place, below, rest), below
    return place


def _descend(place: etree._Element, node: Node, rest: list[str]) -> etree._Element:
    existing = first(place, node.name) if node.kind == "container" else None
    made = existing if existing is not None else add(place, node.name)
    for number, key in enumerate(node.keys):
        if rest and rest[0] == key and number:
            rest.pop(0)
        if not rest:
            raise ValueError(f"'{node.name}' needs {', '.join(node.keys)}")
        etree.SubElement(made, qualified(CONF, key)).text = rest.pop(0)
    return made
