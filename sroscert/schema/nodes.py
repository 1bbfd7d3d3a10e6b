"""The nodes of a schema: made from the text of a schema file when they are first looked at.

A schema file has some two thousand nodes and a run looks at a few dozen, so that building them all would cost more
than everything else at start.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sroscert.schema.types import Type

TypeReader = Callable[[Mapping[str, Any]], Type]


@dataclass(frozen=True)
class Choice:
    """A choice below a node; ``default`` is the name of its default case, or empty."""

    name: str
    mandatory: bool = False
    default: str = ""


@dataclass(frozen=True, eq=False)
class Node:
    """One node of the schema tree. Two nodes are equal only if they are the same one.

    ``choice`` lists the (choice, case) pairs that the node lies in, nearest last. ``default`` of a leaf is its text,
    of a leaf-list a tuple; None where there is none. ``maximum`` is None where there is no limit.
    """

    name: str
    kind: str
    """``container``, ``list``, ``leaf`` or ``leaf-list``."""
    children: Mapping[str, Node] = field(repr=False)
    keys: tuple[str, ...] = ()
    presence: bool = False
    user_ordered: bool = False
    type: Type | None = None
    default: str | tuple[str, ...] | None = None
    mandatory: bool = False
    minimum: int = 0
    maximum: int | None = None
    status: str = "current"
    restart: bool = False
    """A change makes SR OS restart the protocol or service of the parent (auto-restart-to-modify)."""
    immutable: bool = False
    """The value can only be given when the parent is created."""
    secret: bool = False
    config: bool = True
    units: str = ""
    choice: tuple[tuple[str, str], ...] = ()
    choices: Mapping[str, Choice] = field(default_factory=dict)

    @property
    def is_leaf(self) -> bool:
        """Whether the node is a leaf or a leaf-list."""
        return self.type is not None

    @functools.cached_property
    def demanding(self) -> tuple[str, ...]:
        """The children that must be given, or that stand for something below them that must."""
        return tuple(name for name, child in self.children.items() if child.status != "obsolete" and child.is_demanded)

    @property
    def is_demanded(self) -> bool:
        """Whether the node, where its parent exists, must be given or holds what must."""
        if self.kind in ("list", "leaf-list") and self.minimum:
            return True
        if self.kind != "container" or self.presence:
            return self.mandatory
        return bool(self.mandatory or self.demanding or any(choice.mandatory for choice in self.choices.values()))

    def canonical(self, text: str) -> str:
        """Return the canonical form of one value. Raises ValueError that says what is wrong and what is allowed."""
        if self.type is None:
            raise ValueError(f"{self.name} is a {self.kind} and has no value")
        return self.type.canonical(text)


class Children(Mapping[str, Node]):
    """The children of a node, each built when it is first asked for."""

    def __init__(self, raw: Mapping[str, Any], read_type: TypeReader, config: bool) -> None:
        self._raw = raw
        self._read_type = read_type
        self._config = config
        self._built: dict[str, Node] = {}

    def __getitem__(self, name: str) -> Node:
        node = self._built.get(name)
        if node is None:
            node = build(name, self._raw[name], self._read_type, self._config)
            self._built[name] = node
        return node

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, name: object) -> bool:
        return name in self._raw


def build(name: str, raw: Mapping[str, Any], read_type: TypeReader, config: bool = True) -> Node:
    """Return the node that a schema file describes; ``config`` is what it inherits from its parent."""
    is_config = bool(raw.get("config", config))
    default = raw.get("default")
    return Node(
        name=name,
        kind=raw["kind"],
        children=Children(raw.get("children", {}), read_type, is_config),
        keys=tuple(raw.get("keys", ())),
        presence=raw.get("presence", False),
        user_ordered=raw.get("user_ordered", False),
        type=read_type(raw["type"]) if "type" in raw else None,
        default=tuple(default) if isinstance(default, list) else default,
        mandatory=raw.get("mandatory", False),
        minimum=raw.get("min", 0),
        maximum=raw.get("max"),
        status=raw.get("status", "current"),
        restart=raw.get("restart", False),
        immutable=raw.get("immutable", False),
        secret=raw.get("secret", False),
        config=is_config,
        units=raw.get("units", ""),
        choice=tuple((choice, case) for choice, case in raw.get("choice", ())),
        choices={
            choice: Choice(choice, entry.get("mandatory", False), entry.get("default", ""))
            for choice, entry in raw.get("choices", {}).items()
        },
    )
