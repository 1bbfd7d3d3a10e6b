"""Applies an edit-config to a candidate (RFC 6241 §7.2), checking each node against the models of the release.

Owns operations, keys, values and the rule that setting one case of a choice removes the others. References and
mandatory nodes wait for validation.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from . import namespaces
from .errors import ConfigError, from_config_errors
from .namespaces import local_name, namespace_of, qualified
from .schema import Node, Schema
from .secretbox import SecretBox
from .tree import add, copy_of, describe, elements, first, key_values, prune, text_of
from .valuetypes import canonical

_OPERATIONS = ("merge", "replace", "create", "delete", "remove")
_WRITING = ("merge", "replace", "create")
_OPERATION = qualified(namespaces.NETCONF, "operation")


@dataclass(slots=True)
class _Edit:
    schema: Schema
    secrets: SecretBox
    errors: list[ConfigError] = field(default_factory=list)

    def refuse(self, path: str, text: str, tag: str) -> None:
        code, _, message = text.partition(": ")
        self.errors.append(ConfigError(path, code, message, tag))


def apply_edit(
    candidate: etree._Element,
    config: etree._Element,
    schema: Schema,
    secrets: SecretBox,
    default_operation: str = "merge",
) -> etree._Element:
    """The candidate after the edit, as a new tree. RPCFailed with everything that is wrong; nothing is changed then.

    Args:
        candidate: a `configure` element; stays as it is.
        config: the `<config>` element, or whatever holds one `configure`.
        default_operation: merge, replace or none.
    """
    result = copy_of(candidate)
    edit = _Edit(schema, secrets)
    tops = list(elements(config))
    for top in tops:
        root = schema.roots["configure"]
        if local_name(top) != "configure" or namespace_of(top) != namespaces.CONF:
            # ASSUMPTION: tag; the text is that of an unknown element.
            _unknown(edit, top, "", "unknown-namespace" if local_name(top) == "configure" else "unknown-element")
            continue
        operation = _operation_of(edit, top, default_operation, "/configure")
        if operation in ("replace", "delete", "remove"):
            for item in list(result):
                result.remove(item)
        if operation not in ("delete", "remove"):
            _children(edit, result, root, top, "merge" if operation == "replace" else operation, "/configure")
    if edit.errors:
        raise from_config_errors(edit.errors)
    prune(result, schema.roots["configure"])
    return result


def _unknown(edit: _Edit, element: etree._Element, above: str, tag: str = "unknown-element") -> None:
    # ASSUMPTION: no context in the text over NETCONF; the path is in error-path.
    edit.refuse(f"{above}/{local_name(element)}", f"MGMT_CORE #2201: Unknown element - '{local_name(element)}'", tag)


def _operation_of(edit: _Edit, element: etree._Element, inherited: str, path: str) -> str:
    given = element.get(_OPERATION)
    if given is None:
        return inherited
    if given not in _OPERATIONS:
        edit.refuse(path, "MGMT_CORE #2301: Invalid element value - operation", "bad-attribute")
        return inherited
    return given


def _children(
    edit: _Edit, target: etree._Element, node: Node, source: etree._Element, operation: str, path: str
) -> None:
    for item in elements(source):
        name = local_name(item)
        below = node.children.get(name)
        if below is None or namespace_of(item) != namespaces.CONF:
            _unknown(edit, item, path)
        elif name not in node.keys:
            _one(edit, target, node, below, item, operation, path)


def _one(
    edit: _Edit, target: etree._Element, parent: Node, node: Node, item: etree._Element, inherited: str, above: str
) -> None:
    path = describe(item, node, above)
    operation = _operation_of(edit, item, inherited, path)
    if not _is_well_formed(edit, node, item, operation, path):
        return
    existing = _existing(edit, target, node, item)
    if operation in ("delete", "remove"):
        below = next((part for part in item.iterdescendants() if part.get(_OPERATION) in _WRITING), None)
        if below is not None:
            # That a merge below a removed node is an error is documented. ASSUMPTION: text and number.
            edit.refuse(path, "MGMT_CORE #2301: Invalid element value - operation", "bad-element")
            return
        if existing is not None:
            target.remove(existing)
        elif operation == "delete":
            # ASSUMPTION: text and number; the RFC wants data-missing.
            edit.refuse(path, "MGMT_CORE #224: Entry does not exist", "data-missing")
        return
    if operation == "create" and existing is not None:
        # ASSUMPTION: text and number; the RFC wants data-exists.
        edit.refuse(path, "MGMT_CORE #225: Entry already exists", "data-exists")
        return
    if operation == "none" and existing is None and (node.is_leaf or not _has_operation(item)):
        edit.refuse(path, "MGMT_CORE #224: Entry does not exist", "data-missing")
        return
    if operation == "none" and node.is_leaf:
        return
    _set(edit, target, parent, node, item, existing, operation, path)


def _set(
    edit: _Edit,
    target: etree._Element,
    parent: Node,
    node: Node,
    item: etree._Element,
    existing: etree._Element | None,
    operation: str,
    path: str,
) -> None:
    _drop_other_cases(target, parent, node)
    if node.is_leaf:
        value = _value(edit, node, item)
        if existing is None:
            add(target, node.name, value)
        else:
            existing.text = value
        return
    if existing is not None and operation == "replace":
        for old in list(existing):
            existing.remove(old)
    if existing is None:
        existing = add(target, node.name)
    if first(existing, node.keys[0]) is None if node.keys else False:
        for key in node.keys:
            add(existing, key, _value(edit, node.children[key], first(item, key)))
    _children(edit, existing, node, item, "merge" if operation in ("replace", "create") else operation, path)


def _drop_other_cases(target: etree._Element, parent: Node, node: Node) -> None:
    if not node.choice:
        return
    for item in list(elements(target)):
        other = parent.children.get(local_name(item))
        if other is not None and _excludes(node.choice, other.choice):
            target.remove(item)


def _excludes(one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]) -> bool:
    for (choice, case), (other_choice, other_case) in zip(one, other, strict=False):
        if choice != other_choice:
            return False
        if case != other_case:
            return True
    return False


def _has_operation(item: etree._Element) -> bool:
    return any(below.get(_OPERATION) is not None for below in item.iterdescendants())


def _is_well_formed(edit: _Edit, node: Node, item: etree._Element, operation: str, path: str) -> bool:
    before = len(edit.errors)
    if node.kind == "list":
        for key in node.keys:
            leaf = first(item, key)
            if leaf is None:
                # ASSUMPTION: module and number; the words are those of the MD-CLI for a missing value.
                edit.refuse(path, f"MGMT_CORE #2001: Missing element value - '{key}'", "missing-element")
            else:
                _check(edit, node.children[key], leaf, f"{path}/{key}")
    elif (node.is_leaf and operation not in ("delete", "remove", "none")) or (
        node.kind == "leaf-list" and operation in ("delete", "remove")
    ):
        _check(edit, node, item, path)
    return len(edit.errors) == before


def _check(edit: _Edit, node: Node, leaf: etree._Element, path: str) -> None:
    inner = next(elements(leaf), None)
    if inner is not None:
        _unknown(edit, inner, path)
        return
    try:
        canonical(edit.schema, node.type, leaf.text or "")
    except ValueError as exc:
        # ASSUMPTION: the reason behind the words; they alone are seen in transcripts.
        reason = "" if node.secret else f" - {exc}"
        edit.refuse(path, f"MGMT_CORE #2301: Invalid element value{reason}", "invalid-value")


def _value(edit: _Edit, node: Node, leaf: etree._Element | None) -> str:
    text = "" if leaf is None else leaf.text or ""
    value = canonical(edit.schema, node.type, text)
    return edit.secrets.reveal(value) if node.secret else value


def _existing(edit: _Edit, target: etree._Element, node: Node, item: etree._Element) -> etree._Element | None:
    if node.kind == "leaf-list":
        wanted = _value(edit, node, item)
        return next((found for found in elements(target, node.name) if (found.text or "") == wanted), None)
    if node.kind == "list":
        keys = tuple(canonical(edit.schema, node.children[key].type, text_of(item, key)) for key in node.keys)
        return next((found for found in elements(target, node.name) if key_values(found, node) == keys), None)
    return first(target, node.name)
