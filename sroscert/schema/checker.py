"""Check a configuration tree against a release: everything that the release would refuse, all of it at once.

Pure. Conditions that YANG states as XPath (``when``, ``must``) and what a router refuses beyond its YANG are not
known here.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sroscert.schema.nodes import Node
from sroscert.schema.types import InvalidValueError, Type, nearest
from sroscert.values import EMPTY, PRESENT, ConfigTree, Path, Segment, Value

MANAGED_ELSEWHERE = (
    "/configure/log/log-id",
    "/configure/system/security/aaa",
    "/configure/system/security/user-params",
)
"""Schema paths that configuration refers to and that are seldom declared along with it: users, profiles, logs."""


@dataclass(frozen=True)
class Violation:
    """One thing that a release would not take.

    ``code`` is one of: unknown-node, obsolete-node, wrong-keys, wrong-shape, invalid-value, obsolete-value,
    duplicate-value, missing-mandatory, choice-conflict, too-many, too-few, dangling-reference.
    """

    path: Path
    code: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        advice = f" (did you mean {self.suggestion}?)" if self.suggestion else ""
        return f"{self.path}: {self.message}{advice}"


class SchemaLike(Protocol):
    """What the check needs of a schema."""

    @property
    def roots(self) -> Mapping[str, Node]:
        """The trees by name."""

    @property
    def release(self) -> object:
        """The release, for messages."""

    def node(self, path: Path | Sequence[str]) -> Node | None:
        """Return the node at a schema path."""


@dataclass
class _Instance:
    """One container, list entry or leaf that exists in the tree, with what lies below it."""

    node: Node
    path: Path
    children: dict[str, list[_Instance]] = field(default_factory=dict)
    by_segment: dict[Segment, _Instance] = field(default_factory=dict)
    value: Value | None = None
    obsolete: bool = False


@dataclass(frozen=True)
class _Target:
    """A value that a leafref may refer to, with the keys of the list entry that it lies in."""

    text: str
    keys: tuple[tuple[str, str], ...]


def check_tree(schema: SchemaLike, tree: ConfigTree, elsewhere: Sequence[str] = MANAGED_ELSEWHERE) -> list[Violation]:
    """Return the violations in the order of the tree, those of single members before those of whole entries."""
    return _Check(schema, elsewhere).run(tree)


class _Check:
    def __init__(self, schema: SchemaLike, elsewhere: Sequence[str]) -> None:
        self.schema = schema
        self.elsewhere = elsewhere
        self.found: list[Violation] = []
        self.tops: dict[str, _Instance] = {}
        self.tree = ConfigTree()
        self.targets: dict[str, list[_Target]] = collections.defaultdict(list)
        """The values of every leaf in the tree, by schema path: what leafrefs may refer to."""
        self.references: list[tuple[Path, Type, str]] = []
        self.reported: set[Path] = set()
        self.trail: list[tuple[Segment, _Instance]] = []
        """The way to the member before: most of the next one's is the same."""

    def run(self, tree: ConfigTree) -> list[Violation]:
        self.tree = tree
        for path, value in tree.items():
            instance = self._place(path)
            if instance is not None:
                self._member(instance, value)
        for top in self.tops.values():
            self._whole(top)
        for path, leaf_type, text in self.references:
            self._reference(path, leaf_type, text)
        return self.found

    def _report(self, path: Path, code: str, message: str, suggestion: str = "") -> None:
        self.found.append(Violation(path, code, message, suggestion))

    def _place(self, path: Path) -> _Instance | None:
        """Find or make the instance at ``path``; None, and a report, where the schema has no such path."""
        segments = path.segments
        shared = 0
        for (segment, _), here in zip(self.trail, segments, strict=False):
            if segment != here:
                break
            shared += 1
        del self.trail[shared:]
        for depth in range(shared, len(segments)):
            segment, parent = segments[depth], self.trail[-1][1] if self.trail else None
            instance = parent.by_segment.get(segment) if parent is not None else self.tops.get(segment.name)
            if instance is None:
                instance = self._made(parent, Path(segments[: depth + 1]))
                if instance is None:
                    return None
            self.trail.append((segment, instance))
        return self.trail[-1][1] if segments else None

    def _made(self, parent: _Instance | None, path: Path) -> _Instance | None:
        """Make the instance at ``path`` below ``parent``; None, and a report, where the schema has no such node."""
        children: Mapping[str, Node] = parent.node.children if parent is not None else self.schema.roots
        segment = path.last
        if segment.name not in children:
            self._unknown(path, children)
            return None
        instance = _Instance(children[segment.name], path)
        if not self._entry(instance, segment):
            return None
        self._status(instance, parent, children)
        if parent is None:
            self.tops[segment.name] = instance
        else:
            parent.by_segment[segment] = instance
            parent.children.setdefault(segment.name, []).append(instance)
        return instance

    def _once(self, path: Path) -> bool:
        """Tell whether ``path`` has not been reported yet: many members may share one bad ancestor."""
        if path in self.reported:
            return False
        self.reported.add(path)
        return True

    def _unknown(self, path: Path, children: Mapping[str, Node]) -> None:
        if self._once(path):
            usable = [name for name, child in children.items() if child.status != "obsolete"]
            name = path.last.name
            self._report(path, "unknown-node", f"SR OS {self.schema.release} has no {name} here", nearest(name, usable))

    def _entry(self, instance: _Instance, segment: Segment) -> bool:
        """Check a node's keys when it is first met."""
        node, path = instance.node, instance.path
        names = tuple(name for name, _ in segment.keys)
        if names != node.keys:
            if self._once(path):
                wanted = f"the keys {', '.join(node.keys)}" if node.keys else "no keys"
                self._report(path, "wrong-keys", f"{node.name} takes {wanted}, not {', '.join(names) or 'none'}")
            return False
        for name, text in segment.keys:
            key = node.children[name]
            self._text(Path((*path.segments, Segment(name))), key, text)
        return True

    def _status(self, instance: _Instance, parent: _Instance | None, siblings: Mapping[str, Node]) -> None:
        """Report an obsolete node; what lies below one is not reported again."""
        node = instance.node
        instance.obsolete = node.status == "obsolete" or (parent is not None and parent.obsolete)
        if instance.obsolete and not (parent is not None and parent.obsolete):
            # Nokia replaces a node by a sibling with a longer name: cipher by tls12-cipher, entry by named-entry.
            heirs = [name for name, sibling in siblings.items()
                     if name.endswith(f"-{node.name}") and sibling.status != "obsolete"]
            message = f"{node.name} is obsolete in SR OS {self.schema.release}"
            self._report(instance.path, "obsolete-node", message, " or ".join(heirs))

    def _member(self, instance: _Instance, value: Value) -> None:
        node, path = instance.node, instance.path
        instance.value = value
        shape = _shape(node, value, path)
        if shape:
            self._report(path, "wrong-shape", shape)
        elif isinstance(value, tuple):
            for text in value:
                self._text(path, node, text)
            if node.config and len(set(value)) < len(value):
                twice = next(text for text in value if value.count(text) > 1)
                self._report(path, "duplicate-value", f"{twice!r} is listed twice")
            self._count(path, node, len(value))
        elif isinstance(value, str):
            self._text(path, node, value)

    def _text(self, path: Path, node: Node, text: str) -> None:
        if node.secret or node.type is None:
            return
        try:
            canonical = node.type.canonical(text)
        except InvalidValueError as error:
            self._report(path, "invalid-value", str(error), error.suggestion)
            return
        if node.type.obsolete(canonical):
            message = f"{text} is obsolete in SR OS {self.schema.release}"
            self._report(path, "obsolete-value", message)
        self.targets["/" + "/".join(path.names)].append(_Target(canonical, path.parent.last.keys))
        if _leafrefs(node.type):
            self.references.append((path, node.type, canonical))

    def _whole(self, instance: _Instance) -> None:
        """Check what concerns the children of an instance together, then each of them."""
        node = instance.node
        self._cases(instance)
        exists = node.kind == "list" or node.presence or instance.value is PRESENT
        if exists or instance.children:
            self._mandatory(node, instance.path, instance.children)
        for name, entries in instance.children.items():
            child = node.children[name]
            if child.kind == "list":
                self._count(Path((*instance.path.segments, Segment(name))), child, len(entries))
                self._unique(child, entries)
            for entry in entries:
                self._whole(entry)

    def _unique(self, node: Node, entries: Sequence[_Instance]) -> None:
        """Report entries whose keys are the same value in two spellings, such as 1 and 01."""
        seen: dict[tuple[str, ...], Path] = {}
        for entry in entries if len(entries) > 1 else ():
            keys = tuple(_canonical(node.children[name], text) for name, text in entry.path.last.keys)
            if keys in seen:
                self._report(entry.path, "duplicate-value", f"{node.name} {', '.join(keys)} is given twice")
            seen.setdefault(keys, entry.path)

    def _count(self, path: Path, node: Node, count: int) -> None:
        if node.maximum is not None and count > node.maximum:
            self._report(path, "too-many", f"{count} {node.name} are given and at most {node.maximum} are allowed")
        if count < node.minimum:
            self._report(path, "too-few", f"{count} {node.name} are given and at least {node.minimum} are needed")

    def _cases(self, instance: _Instance) -> None:
        chosen: dict[str, dict[str, str]] = {}
        for name in instance.children:
            for choice, case in instance.node.children[name].choice:
                chosen.setdefault(choice, {}).setdefault(case, name)
        for cases in chosen.values():
            if len(cases) > 1:
                names = sorted(cases.values())
                self._report(instance.path, "choice-conflict", f"{' and '.join(names)} exclude each other")

    def _mandatory(self, node: Node, path: Path, children: Mapping[str, list[_Instance]]) -> None:
        present = {pair for name in children for pair in node.children[name].choice}
        chosen = {choice for choice, _ in present}
        for name in node.demanding:
            child = node.children[name]
            if name in children or name in node.keys or not set(child.choice) <= present:
                continue
            if child.mandatory:
                self._report(path / name, "missing-mandatory", f"{name} must be given")
            elif child.kind in ("list", "leaf-list") and child.minimum:
                self._count(path / name, child, 0)
            elif child.kind == "container" and not child.presence:
                self._mandatory(child, path / name, {})
        for choice in node.choices.values():
            if choice.mandatory and choice.name not in chosen:
                names = [name for name, child in node.children.items() if choice.name in dict(child.choice)]
                self._report(path, "missing-mandatory", f"one of these must be given: {', '.join(names)}")

    def _reference(self, path: Path, leaf_type: Type, text: str) -> None:
        """Report a leafref whose target is not in the tree. A union holds if any of its members does."""
        offered: set[str] = set()
        for leafref in _leafrefs(leaf_type):
            target = leafref.target
            outside = self.schema.node(target) is None or any(
                target == place or target.startswith(f"{place}/") for place in self.elsewhere
            )
            candidates = {found.text for found in self.targets.get(target, ()) if self._beside(path, leafref, found)}
            if outside or text in candidates:
                return
            offered |= candidates
        if any(not member.target and member.accepts(text) for member in leaf_type.members):
            return
        first = _leafrefs(leaf_type)[0]
        kind = first.target.split("/")[-2]
        under = "".join(f" under the {leaf} given here" for _, leaf in first.where)
        known = ", ".join(sorted(offered)) or "none"
        message = f"there is no {kind} called {text!r}{under} (there are: {known})"
        self._report(path, "dangling-reference", message, nearest(text, sorted(offered)))

    def _beside(self, path: Path, leafref: Type, target: _Target) -> bool:
        """Tell whether a target's entry has the keys that the leaves beside a reference ask for."""
        keys = dict(target.keys)
        for key, leaf in leafref.where:
            sibling = self.schema.node(path.parent / leaf)
            default = sibling.default if sibling is not None else None
            if self.tree.get(path.parent / leaf, default) != keys.get(key):
                return False
        return True


def _canonical(node: Node, text: str) -> str:
    """Return the canonical form of a value, or the text itself where it is none: that is reported elsewhere."""
    try:
        return node.canonical(text)
    except ValueError:
        return text


def _leafrefs(leaf_type: Type) -> tuple[Type, ...]:
    """Return a type that is a leafref, or the leafrefs in a union."""
    return tuple(_each_leafref(leaf_type))


def _each_leafref(leaf_type: Type) -> Iterator[Type]:
    if leaf_type.target:
        yield leaf_type
    for member in leaf_type.members:
        yield from _each_leafref(member)


def _shape(node: Node, value: Value, path: Path) -> str:
    """Return what is wrong with the shape of a member's value, or an empty text."""
    if node.kind == "leaf-list":
        return "" if isinstance(value, tuple) else f"{node.name} takes a list of values"
    if node.kind == "leaf":
        if node.type is not None and node.type.base == "empty":
            return "" if value is EMPTY else f"{node.name} takes no value"
        if value is EMPTY and node.type is not None and any(member.base == "empty" for member in node.type.members):
            return ""
        return "" if isinstance(value, str) else f"{node.name} takes one value"
    if node.kind == "list" or node.presence:
        return "" if value is PRESENT else f"{node.name} is a {node.kind} and has no value"
    return f"{node.name} is a container without a meaning of its own and cannot be a member"
