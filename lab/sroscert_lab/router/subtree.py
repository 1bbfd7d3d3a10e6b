"""Subtree filtering (RFC 6241 §6): containment, selection and content-match nodes.

Owns the choice of nodes. Attribute matches and XPath are not supported, as on the router.
"""

from __future__ import annotations

from lxml import etree

from .errors import ConfigError, from_config_errors
from .namespaces import local_name, namespace_of, new_element
from .schema import Node, Schema
from .tree import copy_of, describe, elements

#: Containers of which only a part is in the compiled schema: a name that is not known there may exist on the router.
_PARTIAL = frozenset(
    {
        "/configure",
        "/configure/log",
        "/configure/system",
        "/configure/system/security",
        "/configure/system/security/aaa",
        "/configure/system/security/user-params",
        "/state",
        "/state/log",
        "/state/system",
        "/state/system/security",
    }
)


def check_filter(filter_: etree._Element, schema: Schema) -> None:
    """RPCFailed when the filter names what the release does not have."""
    # ASSUMPTION: an unknown element in a filter is an error, as it is in an edit.
    errors: list[ConfigError] = []
    for top in elements(filter_):
        root = schema.roots.get(local_name(top))
        expected = (
            "" if root is None else f"urn:nokia.com:sros:ns:yang:sr:{'conf' if root.name == 'configure' else 'state'}"
        )
        if root is None or namespace_of(top) != expected:
            errors.append(_unknown(top, "", "unknown-namespace" if root is not None else "unknown-element"))
        else:
            _check(top, root, f"/{root.name}", errors)
    if errors:
        raise from_config_errors(errors)


def _unknown(element: etree._Element, above: str, tag: str = "unknown-element") -> ConfigError:
    name = local_name(element)
    return ConfigError(f"{above}/{name}", "MGMT_CORE #2201", f"Unknown element - '{name}'", tag)


def _check(element: etree._Element, node: Node, path: str, errors: list[ConfigError]) -> None:
    for item in elements(element):
        below = node.children.get(local_name(item))
        if below is not None:
            _check(item, below, describe(item, below, path), errors)
        elif node.path not in _PARTIAL:
            errors.append(_unknown(item, path))


def select(source: etree._Element, filter_: etree._Element, node: Node) -> etree._Element | None:
    """The part of `source` that `filter_`, a filter node of the same name, asks for; None when it is nothing."""
    if namespace_of(source) != namespace_of(filter_) or local_name(source) != local_name(filter_):
        return None
    wanted = list(elements(filter_))
    if not wanted:
        return copy_of(source)
    matches = [item for item in wanted if len(item) == 0 and (item.text or "").strip()]
    if not all(_matches(source, item) for item in matches):
        return None
    rest = [item for item in wanted if item not in matches]
    if not rest:
        return copy_of(source)
    return _selected(source, matches, rest, node)


def _matches(source: etree._Element, match: etree._Element) -> bool:
    wanted = (match.text or "").strip()
    return any((item.text or "").strip() == wanted for item in elements(source, local_name(match)))


def _selected(
    source: etree._Element, matches: list[etree._Element], rest: list[etree._Element], node: Node
) -> etree._Element | None:
    result = new_element(namespace_of(source), local_name(source))
    keep = {local_name(item) for item in matches} | set(node.keys)
    found = bool(matches)
    for item in elements(source):
        name = local_name(item)
        below = node.children.get(name)
        if name in keep:
            result.append(copy_of(item))
            continue
        for wanted in rest:
            if local_name(wanted) != name:
                continue
            part = _part(item, wanted, below)
            if part is not None:
                _add(result, part, below)
                found = True
    found = found or any(local_name(item) in node.keys for item in rest)
    return result if found and len(result) else None


def _part(item: etree._Element, wanted: etree._Element, node: Node | None) -> etree._Element | None:
    if node is not None:
        return select(item, wanted, node)
    return copy_of(item) if len(wanted) == 0 else None


def _add(result: etree._Element, part: etree._Element, node: Node | None) -> None:
    """Add a part; a container that two filter nodes ask for is joined."""
    same = next(elements(result, local_name(part)), None)
    if same is not None and node is not None and node.kind == "container":
        for item in list(part):
            same.append(item)
        return
    if same is not None and node is not None and node.kind == "leaf":
        return
    if (
        node is not None
        and node.kind == "list"
        and any(all(_text(item, key) == _text(part, key) for key in node.keys) for item in elements(result, node.name))
    ):
        return
    result.append(part)


def _text(element: etree._Element, name: str) -> str:
    leaf = next(elements(element, name), None)
    return "" if leaf is None else leaf.text or ""
