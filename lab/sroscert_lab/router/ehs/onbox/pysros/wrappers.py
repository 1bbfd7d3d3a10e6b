"""The data structure: containers by name, lists as dictionaries by key, leaves with their `data`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Wrapper:
    """A node with its data."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def __str__(self) -> str:
        return str(self.data)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.data!r})"

    def __eq__(self, other: object) -> bool:
        return bool(self.data == (other.data if isinstance(other, Wrapper) else other))

    def __hash__(self) -> int:
        return hash(self.data)


class _Collection(Wrapper):
    def __contains__(self, item: object) -> bool:
        return item in self.data

    def __getitem__(self, item: Any) -> Any:
        return self.data[item]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


class Container(_Collection):
    """A container, or an entry of a list: a dictionary by name."""

    def get(self, name: str, default: Any = None) -> Any:
        """The member of that name."""
        return self.data.get(name, default)

    def keys(self) -> Any:
        """The names."""
        return self.data.keys()

    def values(self) -> Any:
        """The members."""
        return self.data.values()

    def items(self) -> Any:
        """Names and members."""
        return self.data.items()


class LeafList(_Collection):
    """The values of a leaf-list."""


class Leaf(Wrapper):
    """A leaf."""


class EmptyValue:
    """The value of a leaf of type empty; there is one, `Empty`."""

    def __str__(self) -> str:
        return ""

    def __repr__(self) -> str:
        return "Empty"


Empty = EmptyValue()


def unpacked(node: dict[str, Any]) -> Any:
    """What the router sent, as wrappers."""
    ((kind, value),) = node.items()
    if kind == "container":
        return Container({name: unpacked(below) for name, below in value.items()})
    if kind == "list":
        return {tuple(key) if isinstance(key, list) else key: unpacked(entry) for key, entry in value}
    if kind == "leaf-list":
        return LeafList(value)
    return Leaf(Empty if value is None else value)


def packed(value: Any) -> Any:
    """The input of an operation as JSON; what is empty is null."""
    if isinstance(value, Wrapper):
        value = value.data
    if isinstance(value, dict):
        return {name: packed(below) for name, below in value.items()}
    if isinstance(value, list | tuple):
        return [packed(item) for item in value]
    return None if isinstance(value, EmptyValue) else value
