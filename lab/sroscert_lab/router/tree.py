"""Configuration and state as lxml trees: making, finding, describing nodes.

Owns no rule of the models beyond keys; what may stand where is decided by edit.py and validation.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from . import namespaces
from .namespaces import local_name, namespace_of, qualified
from .schema import Node

_STEP = re.compile(r"/([A-Za-z_][\w.-]*)((?:\[[^\]=]+=(?:\"[^\"]*\"|'[^']*'|[^\]]*)\])*)")
_KEY = re.compile(r"\[([^\]=]+)=(?:\"([^\"]*)\"|'([^']*)'|([^\]]*))\]")

#: One step of a path: a name and the values of the keys.
Step = tuple[str, dict[str, str]]


def new_root(name: str) -> etree._Element:
    """An empty `configure` or `state`."""
    namespace = namespaces.CONF if name == "configure" else namespaces.STATE
    return namespaces.new_element(namespace, name)


def copy_of(element: etree._Element) -> etree._Element:
    """A deep copy that is a root of its own."""
    return etree.fromstring(etree.tostring(element, with_tail=False))


def parse_path(path: str) -> list[Step]:
    """The steps of `/configure/a[k="x"]/b`; ValueError when it is not a path."""
    steps: list[Step] = []
    position = 0
    for match in _STEP.finditer(path):
        if match.start() != position:
            break
        keys = {name: next((value for value in values if value), "") for name, *values in _KEY.findall(match[2])}
        steps.append((match[1], keys))
        position = match.end()
    if not steps or position != len(path):
        raise ValueError(f"not a path: {path}")
    return steps


def elements(parent: etree._Element, name: str | None = None) -> Iterator[etree._Element]:
    """Child elements, all or those of one name. Comments do not come this far: the parser removes them."""
    for item in parent:
        if name is None or local_name(item) == name:
            yield item


def first(parent: etree._Element, name: str) -> etree._Element | None:
    """The first child of that name, whatever its namespace."""
    return next(elements(parent, name), None)


def text_of(parent: etree._Element | None, *names: str, default: str = "") -> str:
    """The text of a leaf below `parent`."""
    for name in names:
        parent = None if parent is None else first(parent, name)
    return default if parent is None else parent.text or ""


def key_values(entry: etree._Element, node: Node) -> tuple[str, ...]:
    """The values of a list entry's keys, in the order of the models."""
    return tuple(text_of(entry, key) for key in node.keys)


def add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """A new last child in the parent's namespace."""
    made = etree.SubElement(parent, qualified(namespace_of(parent), name))
    made.text = text
    return made


def find_entry(parent: etree._Element, name: str, keys: dict[str, str]) -> etree._Element | None:
    """The child of that name whose leaves have these values."""
    for item in elements(parent, name):
        if all(text_of(item, key) == value for key, value in keys.items()):
            return item
    return None


def ensure(root: etree._Element, path: str) -> etree._Element:
    """The node at `path` (which starts with the root's name), made with all that is missing above it."""
    place = root
    for name, keys in parse_path(path)[1:]:
        found = find_entry(place, name, keys)
        if found is None:
            found = add(place, name)
            for key, value in keys.items():
                add(found, key, value)
        place = found
    return place


def put(root: etree._Element, path: str, *values: str) -> None:
    """Set a leaf, or add the values of a leaf-list; without a value an empty leaf, container or entry."""
    if not values:
        ensure(root, path)
        return
    above, _, name = path.rpartition("/")
    parent = ensure(root, above)
    if len(values) > 1:
        for value in values:
            add(parent, name, value)
        return
    leaf = first(parent, name)
    (leaf if leaf is not None else add(parent, name)).text = values[0]


def describe(element: etree._Element, node: Node | None, above: str) -> str:
    """The path of `element` for an error-path: `above` with the element's name and keys."""
    keys = "" if node is None else "".join(f"[{key}='{text_of(element, key)}']" for key in node.keys)
    return f"{above}/{local_name(element)}{keys}"


def prune(element: etree._Element, node: Node) -> bool:
    """Take empty non-presence containers out; True when nothing is left of `element` itself."""
    for item in list(elements(element)):
        below = node.children.get(local_name(item))
        if below is not None and below.kind in ("container", "list") and prune(item, below):
            element.remove(item)
    return node.kind == "container" and not node.presence and next(elements(element), None) is None


def merge_state(target: etree._Element, source: etree._Element) -> None:
    """Put what `source` has into `target`: containers are joined, everything else is added."""
    for item in elements(source):
        same = first(target, local_name(item))
        is_container = len(item) > 0 and same is not None and len(same) > 0 and not _is_list(source, item)
        if same is not None and is_container:
            merge_state(same, item)
        else:
            target.append(item)


def _is_list(parent: etree._Element, item: etree._Element) -> bool:
    return sum(1 for _ in elements(parent, local_name(item))) > 1


def same(one: etree._Element, other: etree._Element) -> bool:
    """Whether two trees say the same, in the same order."""
    return one is other or etree.tostring(one, method="c14n") == etree.tostring(other, method="c14n")


def read_tree(path: Path) -> etree._Element:
    """The tree of a file."""
    return etree.fromstring(path.read_bytes())


def write_tree(path: Path, tree: etree._Element) -> None:
    """Put a tree into a file that only we can read, all of it or nothing."""
    temporary = path.with_suffix(".tmp")
    temporary.touch(mode=0o600)
    temporary.write_bytes(etree.tostring(tree))
    temporary.replace(path)
