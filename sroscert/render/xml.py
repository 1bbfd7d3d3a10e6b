"""NETCONF XML: configuration trees as elements, replies as trees, edit payloads and subtree filters.

SR OS wants one namespace, declared at the top (Nokia NETCONF guide, "namespace handling"); nothing here declares
another, except RFC 6241's for the ``operation`` attribute. This module builds elements and never text: escaping is
lxml's work. It performs no I/O; ``resolve`` is called for the secrets that a payload must carry, and for no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast

from lxml import etree

from sroscert.errors import DeviceError, RenderError
from sroscert.render.branches import Branch, Trunk, grow
from sroscert.render.diff import Change
from sroscert.render.secrets import shown
from sroscert.schema import Node, Schema
from sroscert.values import EMPTY, PRESENT, ConfigTree, Path, Segment, Value

BASE_NAMESPACE = "urn:ietf:params:xml:ns:netconf:base:1.0"
"""RFC 6241 section 10.3: the namespace of the ``operation`` attribute."""

OPERATIONS = frozenset({"merge", "replace", "create", "delete", "remove"})
"""RFC 6241 section 7.2."""

Resolve = Callable[[str], str]
_OPERATION = f"{{{BASE_NAMESPACE}}}operation"
_TEXT = frozenset({"string", "union", "leafref", "binary", "bits"})


def to_xml(
    tree: ConfigTree, schema: Schema, *, resolve: Resolve | None = None,
    operations: Mapping[Path, str] | None = None, redact: bool = False,
) -> etree._Element:
    """Return the tree as one ``<configure>`` (or ``<state>``) element.

    ``resolve`` turns a secret's reference into the secret; without it a secret leaf is an error, or with ``redact``
    a placeholder. ``operations`` gives nodes an RFC 6241 operation; a path that the tree lacks is added empty.
    Raises RenderError for nodes outside the schema and for text that XML cannot carry.
    """
    trunk = grow(tree.items(), schema)
    for path, operation in (operations or {}).items():
        if operation not in OPERATIONS:
            raise RenderError(f"{operation!r} is no edit operation", path=str(path))
        trunk.at(path).operation = operation
    return _Writer(trunk, resolve, redact=redact).element(marked=bool(operations))


def edit_payload(changes: Sequence[Change], schema: Schema, resolve: Resolve) -> etree._Element:
    """Return the smallest ``<configure>`` that makes the changes by ``<edit-config>``.

    Adds and changes merge; a removal is ``remove``, not ``delete``, so that what has gone in the meantime is no error.
    Implied removals are not sent: the router makes them. A list entry that must move (a change from PRESENT to
    PRESENT, ordered-by user) is sent whole with ``replace``.
    """
    sent = [change for change in changes if not change.implied]
    trunk: Trunk | None = None
    gone: list[Path] = []
    anew: list[Path] = []
    for change in sent:
        if any(change.path.is_within(path) for path in gone):
            continue
        trunk = trunk or Trunk.of(change.path.segments[0].name, schema)
        if change.kind == "remove":
            _remove(trunk.at(change.path), change.before)
            gone.append(change.path)
        elif change.after is not None:
            # What is in an entry that is replaced is sent whole: nothing of what was there stays.
            inside = any(change.path.is_within(path) for path in anew)
            _set(trunk, change.path, None if inside else change.before, change.after)
            if change.before is PRESENT is change.after:
                anew.append(change.path)
    if trunk is None:
        trunk = Trunk.of("configure", schema)
    return _Writer(trunk, resolve).element(marked=any(True for _ in _marked(trunk.root)))


def subtree_filter(paths: Sequence[Path], schema: Schema) -> etree._Element:
    """Return the content of a subtree filter (RFC 6241 section 6) that selects everything at or below the paths.

    A list segment without keys selects all entries; with keys, that entry. Raises RenderError for an empty selection,
    for paths below different roots and for paths outside the schema.
    """
    if not paths:
        raise RenderError("a filter without paths would select everything")
    name = paths[0].segments[0].name
    root = schema.node((name,))
    if root is None:
        raise RenderError(f"SR OS {schema.release} has no data tree of this name", path=f"/{name}")
    namespace = schema.namespace(name)
    top = etree.Element(_tag(namespace, name), nsmap=_map(namespace))
    seen: dict[tuple[Segment, ...], etree._Element] = {(): top}
    for path in sorted(dict.fromkeys(paths), key=lambda path: len(path.segments)):
        if path.segments[0] != Segment(name):
            raise RenderError(f"is not below /{name}", path=str(path))
        if not any(path != other and path.is_within(other) for other in paths):
            _select(path, root, namespace, seen)
    return top


def from_xml(element: etree._Element, schema: Schema) -> ConfigTree:
    """Read ``<configure>`` or ``<state>``, also inside ``<data>`` or ``<rpc-reply>``.

    What the schema does not know is skipped; ``unknown_nodes`` names it. Raises DeviceError ``unreadable-reply`` for a
    list entry without its key, for a leaf that is there twice, and for text or elements where the schema has none: what
    holds would be a guess. The error has the place and not the text, which may be a secret.
    """
    items: list[tuple[Path, Value]] = []
    for root, node in _roots(element, schema):
        segment = Segment(node.name)
        _read(root, node, (segment,), items, [], "{" + schema.namespace(node.name) + "}")
    return _tree(items)


def unknown_nodes(element: etree._Element, schema: Schema) -> tuple[Path, ...]:
    """Return the paths of the elements that ``from_xml`` skips, the outermost of each branch, without repetition."""
    unknown: list[Path] = []
    for root, node in _roots(element, schema):
        _read(root, node, (Segment(node.name),), [], unknown, "{" + schema.namespace(node.name) + "}")
    return tuple(dict.fromkeys(unknown))


class _Writer:
    """Writes one trunk. Holds what every element needs, so that the walk stays small."""

    def __init__(self, trunk: Trunk, resolve: Resolve | None, *, redact: bool = False) -> None:
        self._trunk = trunk
        self._prefix = "{" + trunk.namespace + "}"
        self._resolve = resolve
        self._redact = redact

    def element(self, *, marked: bool) -> etree._Element:
        branch = self._trunk.root
        namespace = self._trunk.namespace
        top = etree.Element(_tag(namespace, branch.node.name), nsmap=_map(namespace, marked=marked))
        if branch.operation:
            top.set(_OPERATION, branch.operation)
        self._below(top, branch, (branch.segment,))
        return top

    def _below(self, parent: etree._Element, branch: Branch, trail: tuple[Segment, ...]) -> None:
        for segment, below in branch.branches.items():
            here = (*trail, segment)
            if below.node.kind == "leaf-list":
                self._leaf_list(parent, below, here)
                continue
            child = etree.SubElement(parent, self._prefix + segment.name)
            if below.operation:
                child.set(_OPERATION, below.operation)
            for name, value in segment.keys:
                _write(etree.SubElement(child, self._prefix + name), value, here)
            if below.node.kind == "leaf":
                if isinstance(below.value, str):
                    _write(child, self._text(below, below.value, here), here)
            else:
                self._below(child, below, here)

    def _leaf_list(self, parent: etree._Element, branch: Branch, trail: tuple[Segment, ...]) -> None:
        values = branch.value if isinstance(branch.value, tuple) else ()
        for value in branch.gone:
            child = etree.SubElement(parent, self._prefix + branch.segment.name)
            child.set(_OPERATION, "remove")
            _write(child, value, trail)
        for value in values:
            child = etree.SubElement(parent, self._prefix + branch.segment.name)
            if branch.operation:
                child.set(_OPERATION, branch.operation)
            _write(child, self._text(branch, value, trail), trail)

    def _text(self, branch: Branch, value: str, trail: tuple[Segment, ...]) -> str:
        if not branch.node.secret:
            return value
        if self._resolve is not None:
            return self._resolve(value)
        if self._redact:
            return shown(value)
        raise RenderError("is a secret, and nothing was given to resolve it with", path=str(Path(trail)))


def _set(trunk: Trunk, path: Path, before: Value | None, after: Value) -> None:
    if not isinstance(after, tuple):
        branch = trunk.put(path, after)
        if before is PRESENT and after is PRESENT and branch.node.kind == "list":
            # ASSUMPTION: replacing an entry makes it anew at the end of its user-ordered list (RFC 7950 section 7.8.6
            # without "insert"); no capture of a router shows it, and SR OS accepts no attribute of YANG's namespace.
            branch.operation = "replace"
        return
    known = before if isinstance(before, tuple) else ()
    kept = tuple(value for value in known if value in after)
    if trunk.at(path).node.user_ordered and kept != after[: len(kept)]:
        # ASSUMPTION: the same holds for the values of a user-ordered leaf-list.
        trunk.put(path, after).operation = "replace"
    else:
        trunk.put(path, tuple(value for value in after if value not in kept))
    trunk.at(path).gone = tuple(value for value in known if value not in after)


def _remove(branch: Branch, before: Value | None) -> None:
    if isinstance(before, tuple):
        branch.gone = before
    else:
        branch.operation = "remove"


def _marked(branch: Branch) -> Iterator[Branch]:
    if branch.operation or branch.gone:
        yield branch
    for below in branch.branches.values():
        yield from _marked(below)


def _select(path: Path, root: Node, namespace: str, seen: dict[tuple[Segment, ...], etree._Element]) -> None:
    node, element = root, seen[()]
    for depth in range(1, len(path.segments)):
        segment = path.segments[depth]
        below = node.children.get(segment.name)
        if below is None:
            raise RenderError(f"the schema has no {segment.name!r} in {node.name!r}", path=str(path))
        node = below
        trail = path.segments[1 : depth + 1]
        if trail not in seen:
            seen[trail] = etree.SubElement(element, _tag(namespace, segment.name))
            for name, value in segment.keys:
                _write(etree.SubElement(seen[trail], _tag(namespace, name)), value, path.segments)
        element = seen[trail]


def _roots(element: etree._Element, schema: Schema) -> Iterator[tuple[etree._Element, Node]]:
    for candidate in (element, *element, *(below for child in element for below in child)):
        if not isinstance(candidate.tag, str):
            continue
        name = etree.QName(candidate)
        node = schema.node((name.localname,)) if name.localname in {"configure", "state"} else None
        if node is not None and name.namespace == schema.namespace(name.localname):
            yield candidate, node
            if candidate is element:
                return


def _read(
    element: etree._Element, node: Node, trail: tuple[Segment, ...], items: list[tuple[Path, Value]],
    unknown: list[Path], prefix: str,
) -> None:
    children = node.children
    if _has_text(element):
        raise _unreadable(f"{Path(trail)} is a {node.kind} and holds text")
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            continue  # a comment or a processing instruction
        name = tag.removeprefix(prefix)
        below = children.get(name)
        if below is None or name is tag:
            unknown.append(Path((*trail, Segment(etree.QName(child).localname))))
        elif below.kind == "leaf":
            if name not in node.keys:
                place = Path((*trail, Segment(name)))
                items.append((place, _value(child, below, place)))
        elif below.kind == "leaf-list":
            place = Path((*trail, Segment(name)))
            items.append((place, (_content(child, below, place),)))
        else:
            here = (*trail, Segment(name, _keys(child, below, prefix, trail)))
            if below.kind == "list" or below.presence:
                items.append((Path(here), PRESENT))
            _read(child, below, here, items, unknown, prefix)


def _has_text(element: etree._Element) -> bool:
    """Whether anything but white space stands between the elements."""
    return any((text or "").strip() for text in (element.text, *(child.tail for child in element)))


def _keys(element: etree._Element, node: Node, prefix: str, trail: tuple[Segment, ...]) -> tuple[tuple[str, str], ...]:
    if not node.keys:
        return ()
    found: list[tuple[str, str]] = []
    for name in node.keys:
        keys = element.findall(prefix + name)
        if len(keys) != 1:
            place = Path((*trail, Segment(node.name)))
            raise _unreadable(f"an entry of {place} has {len(keys)} times its key {name}")
        found.append((name, _content(keys[0], node.children[name], Path((*trail, Segment(node.name), Segment(name))))))
    return tuple(found)


def _value(element: etree._Element, node: Node, place: Path) -> Value:
    text = _content(element, node, place)
    if node.type is None or node.type.base != "empty":
        return text
    if text:
        raise _unreadable(f"{place} can only be there, and holds text")
    return EMPTY


def _content(element: etree._Element, node: Node, place: Path) -> str:
    text = element.text or ""
    if len(element):  # a comment may stand between two pieces of text
        if any(isinstance(child.tag, str) for child in element):
            raise _unreadable(f"{place} is a {node.kind} and holds an element")
        text += "".join(child.tail or "" for child in element)
    return text if node.type is None or node.type.base in _TEXT else text.strip()


def _tree(items: Iterable[tuple[Path, Value]]) -> ConfigTree:
    merged: dict[Path, Value] = {}
    for path, value in items:
        there = merged.get(path)
        if isinstance(there, tuple) and isinstance(value, tuple):
            merged[path] = (*there, *value)
        elif there is not None and value is not PRESENT:
            raise _unreadable(f"{path} is there twice")
        else:
            merged[path] = value
    return ConfigTree(tuple(merged.items()))


def _unreadable(what: str) -> DeviceError:
    return DeviceError(
        f"the router's reply is not what its models allow: {what}", operation="get", code="unreadable-reply"
    )


def _write(element: etree._Element, text: str, trail: tuple[Segment, ...]) -> None:
    try:
        element.text = text
    except ValueError:
        # The text is left out: it may be a secret.
        raise RenderError("the text has characters that XML cannot carry", path=str(Path(trail))) from None


def _tag(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _map(namespace: str, *, marked: bool = False) -> Mapping[str, str]:
    spaces: dict[str | None, str] = {None: namespace}
    if marked:
        spaces["nc"] = BASE_NAMESPACE
    return cast("Mapping[str, str]", spaces)  # the stubs do not know of the default namespace
