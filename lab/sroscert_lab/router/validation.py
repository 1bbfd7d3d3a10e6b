"""What only the whole configuration can show: references, mandatory nodes, numbers of entries (RFC 7950 §8.3.3).

Owns what the models demand. What an application demands on top is the behaviour's `check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from .errors import ConfigError, context
from .namespaces import local_name
from .schema import Node, Schema
from .tree import add, describe, elements, first, text_of

#: Leaves of which the models demand that they name one entry together: (container path, first leaf, second leaf).
#: The compiled schema knows the target of each alone, not that both belong to one entry.
_PAIRS = {
    "/configure/log/event-handling/handler/entry/script-policy": (
        ("name", "owner"),
        "/configure/system/script-control/script-policy",
    ),
    "/configure/system/script-control/script-policy/script": (
        ("name", "owner"),
        "/configure/system/script-control/script",
    ),
}

#: Entries that a router has without being told, by the leaf that references point to.
_BUILT_IN = {"/configure/service/customer/customer-name": {"1"}}


@dataclass(slots=True)
class _Run:
    schema: Schema
    root: etree._Element
    errors: list[ConfigError] = field(default_factory=list)
    values: dict[str, set[str]] = field(default_factory=dict)

    def targets(self, path: str) -> set[str]:
        if path not in self.values:
            self.values[path] = _collect(self.root, path.strip("/").split("/")[1:]) | _BUILT_IN.get(path, set())
        return self.values[path]


def validate(root: etree._Element, schema: Schema) -> list[ConfigError]:
    """Everything that is wrong with a configuration by the models; empty when it may be committed."""
    run = _Run(schema, root)
    _node(run, root, schema.roots["configure"], "/configure")
    return run.errors


def _collect(element: etree._Element, names: list[str]) -> set[str]:
    if not names:
        return {element.text or ""}
    return {value for item in elements(element, names[0]) for value in _collect(item, names[1:])}


def _node(run: _Run, element: etree._Element, node: Node, path: str) -> None:
    _counts(run, element, node, path)
    _mandatory(run, element, node, path)
    _pair(run, element, node, path)
    for item in elements(element):
        below = node.children.get(local_name(item))
        if below is None:
            continue
        where = describe(item, below, path)
        if below.is_leaf:
            _reference(run, item, below, where)
        else:
            _node(run, item, below, where)


def _counts(run: _Run, element: etree._Element, node: Node, path: str) -> None:
    counts = Counter(local_name(item) for item in elements(element))
    for name, below in node.children.items():
        if below.maximum is not None and counts[name] > below.maximum:
            # ASSUMPTION: text and number.
            message = f"Maximum number of entries exceeded - {below.maximum}"
            run.errors.append(ConfigError(f"{path}/{name}", "MGMT_CORE #233", message))
        if counts[name] < below.minimum and (node.presence or node.kind == "list"):
            run.errors.append(ConfigError(f"{path}/{name}", "MGMT_CORE #236", "Missing mandatory fields"))


def _mandatory(run: _Run, element: etree._Element | None, node: Node, path: str) -> None:
    """Mandatory leaves and choices of a node that is there, and of containers below that need not be written."""
    present = set() if element is None else {local_name(item) for item in elements(element)}
    cases = {pair for name in present if name in node.children for pair in node.children[name].choice}
    for name, below in node.children.items():
        in_play = all(pair in cases for pair in below.choice)
        if below.mandatory and name not in present and in_play:
            # ASSUMPTION: the name behind the words, which are seen with an ellipsis only.
            message = f"Missing mandatory fields - '{name}'"
            run.errors.append(ConfigError(path, "MGMT_CORE #236", message, "missing-element"))
        is_implied = below.kind == "container" and not below.presence and name not in present and in_play
        if is_implied and _demands(below):
            _mandatory(run, None, below, f"{path}/{name}")
    for name, choice in node.choices.items():
        if choice.mandatory and not any(pair[0] == name for pair in cases):
            run.errors.append(
                ConfigError(path, "MGMT_CORE #236", f"Missing mandatory fields - '{name}'", "data-missing")
            )


def _demands(node: Node) -> bool:
    return any(
        item.mandatory or (item.kind == "container" and not item.presence and _demands(item))
        for item in node.children.values()
    )


def _pair(run: _Run, element: etree._Element, node: Node, path: str) -> None:
    pair = _PAIRS.get(node.path)
    if pair is None:
        return
    (name_leaf, owner_leaf), target = pair
    name = text_of(element, name_leaf)
    owner_node = node.children.get(owner_leaf)
    owner_default = owner_node.default[0] if owner_node is not None and owner_node.default else ""
    owner = text_of(element, owner_leaf, default=owner_default)
    entries = run.schema.node(*target.strip("/").split("/"))
    if not name or entries is None:
        return
    found = _entries(run.root, target.strip("/").split("/")[1:])
    if not any(tuple(text_of(entry, key) for key in entries.keys) == (name, owner) for entry in found):
        message = f'Entry does not exist - {context(target)} "{name}" owner "{owner}"'
        run.errors.append(ConfigError(f"{path}/{name_leaf}", "MGMT_CORE #224", message, "data-missing"))


def _entries(element: etree._Element, names: list[str]) -> list[etree._Element]:
    found = [element]
    for name in names:
        found = [item for above in found for item in elements(above, name)]
    return found


def _reference(run: _Run, leaf: etree._Element, node: Node, path: str) -> None:
    target = _target(run.schema, node.type)
    if target is None or node.path.rpartition("/")[0] in _PAIRS:
        return
    value = leaf.text or ""
    if value not in run.targets(target):
        above, _, _key = target.rpartition("/")
        message = f'Entry does not exist - {context(above)} "{value}"'
        run.errors.append(ConfigError(path, "MGMT_CORE #224", message, "data-missing"))


def _target(schema: Schema, type_: Mapping[str, Any]) -> str | None:
    """The path that a leafref points to; None for any other type, and when the target was not compiled."""
    resolved = schema.resolve(type_)
    if resolved.get("base") != "leafref":
        return None
    target = str(resolved["target"])
    return target if schema.node(*target.strip("/").split("/")) is not None else None


def add_defaults(element: etree._Element, node: Node) -> None:
    """Write out the defaults below a node (RFC 6243 §2.1, report-all), in place."""
    cases = {
        pair for item in elements(element) if (below := node.children.get(local_name(item))) for pair in below.choice
    }
    chosen = {choice for choice, _case in cases}
    cases |= {(name, item.default) for name, item in node.choices.items() if item.default and name not in chosen}
    for name, below in node.children.items():
        if not all(pair in cases for pair in below.choice):
            continue
        existing = first(element, name)
        if below.is_leaf:
            if existing is None:
                for value in below.default:
                    add(element, name, value)
        elif below.kind == "list":
            for entry in list(elements(element, name)):
                add_defaults(entry, below)
        elif existing is not None:
            add_defaults(existing, below)
        elif not below.presence:
            made = add(element, name)
            add_defaults(made, below)
            if len(made) == 0:
                element.remove(made)
