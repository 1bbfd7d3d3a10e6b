"""A configuration tree as nested branches, each with its schema node: what every encoding walks.

The flat tree is checked against the schema while it grows; the encodings then need not look anything up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sroscert.errors import RenderError
from sroscert.schema import Node, Schema
from sroscert.values import EMPTY, PRESENT, Path, Segment, Value


@dataclass(slots=True)
class Branch:
    """One instance node: a container, list entry, leaf or leaf-list, and what grows from it, in order."""

    node: Node
    segment: Segment
    value: Value | None = None
    operation: str = ""
    gone: tuple[str, ...] = ()
    """The values of a leaf-list that an edit takes away."""
    branches: dict[Segment, Branch] = field(default_factory=dict)


@dataclass(slots=True)
class Trunk:
    """All data of one root (``configure`` or ``state``)."""

    root: Branch
    namespace: str
    _way: list[Branch] = field(init=False)
    _segments: tuple[Segment, ...] = ()

    def __post_init__(self) -> None:
        self._way = [self.root]
        self._segments = (self.root.segment,)

    @classmethod
    def of(cls, name: str, schema: Schema) -> Trunk:
        """Return an empty trunk. Raises RenderError when the schema has no such root."""
        node = schema.node((name,))
        if node is None:
            raise RenderError(f"SR OS {schema.release} has no data tree of this name", path=f"/{name}")
        return cls(Branch(node, Segment(name)), schema.namespace(name))

    def at(self, path: Path) -> Branch:
        """Return the branch at ``path``, growing what is missing. Raises RenderError for a path outside the schema."""
        segments = path.segments
        if segments[0] != self.root.segment:
            raise RenderError(f"is not below /{self.root.segment}", path=str(path))
        # Members mostly follow their neighbours and share segments with them: the common way is not looked up again.
        depth, limit = 1, min(len(segments), len(self._segments))
        while depth < limit and segments[depth] is self._segments[depth]:
            depth += 1
        way = self._way[:depth]
        branch = way[-1]
        for segment in segments[depth:]:
            below = branch.branches.get(segment)
            if below is None:
                below = branch.branches[segment] = Branch(_node(branch.node, segment, path), segment)
            way.append(below)
            branch = below
        self._way, self._segments = way, segments
        return branch

    def put(self, path: Path, value: Value) -> Branch:
        """Set the value at ``path``. Raises RenderError when the node there cannot have such a value."""
        branch = self.at(path)
        if not _fits(branch.node, value):
            raise RenderError(f"a {branch.node.kind} cannot hold {_sort(value)}", path=str(path))
        branch.value = value
        return branch


def grow(items: Iterable[tuple[Path, Value]], schema: Schema, root: str = "configure") -> Trunk:
    """Return the members as one trunk; without members, an empty one called ``root``.

    Raises RenderError when the members lie below several roots, or where the schema has no such node.
    """
    trunk: Trunk | None = None
    for path, value in items:
        if not path.segments:
            raise RenderError("a member needs a path")
        if trunk is None:
            trunk = Trunk.of(path.segments[0].name, schema)
        trunk.put(path, value)
    return trunk or Trunk.of(root, schema)


def _node(parent: Node, segment: Segment, path: Path) -> Node:
    node = parent.children.get(segment.name)
    if node is None:
        raise RenderError(f"the schema has no {segment.name!r} in {parent.name!r}", path=str(path))
    keys = tuple(name for name, _ in segment.keys)
    if keys != tuple(node.keys):
        wanted = ", ".join(node.keys) or "none"
        raise RenderError(f"{segment.name!r} has the keys {wanted}, not {', '.join(keys) or 'none'}", path=str(path))
    return node


def _fits(node: Node, value: Value) -> bool:
    if node.kind == "list" or (node.kind == "container" and node.presence):
        return value is PRESENT
    if node.kind == "leaf-list":
        return isinstance(value, tuple)
    return node.kind == "leaf" and (isinstance(value, str) or value is EMPTY)


def _sort(value: Value) -> str:
    if isinstance(value, tuple):
        return "several values"
    return "text" if isinstance(value, str) else f"the marker {value!r}"
