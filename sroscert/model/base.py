"""How a model becomes configuration tree items.

A field stands for the YANG node of the same name with hyphens for underscores. What differs is said by a marker in
the field's annotation: another leaf name, a list with its key, a leaf of type empty, or a field that never reaches
the router. Nothing here knows a particular construct.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from sroscert.values import EMPTY, PRESENT, Path, Segment, Value

Item = tuple[Path, Value]


@dataclass(frozen=True, slots=True)
class Leaf:
    """The field is the leaf (or container) called ``name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Entries:
    """The field maps keys to entries of the list ``name``, which has the one key ``key``.

    ``name`` may go through containers, e.g. ``key-list/key``.
    """

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Presence:
    """The field is a presence container: it is a member of its own."""


@dataclass(frozen=True, slots=True)
class Empty:
    """The field is a leaf of type empty: true writes it, false leaves it out."""


@dataclass(frozen=True, slots=True)
class Local:
    """The field is ours and never reaches the router."""


class Strict(BaseModel):
    """A frozen value that refuses unknown keys and wrong types."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_default=False)


class Node(Strict):
    """A container or a list entry of the configuration."""

    def items(self, at: Path) -> Iterator[Item]:
        """Yield the members below ``at``, in the order of the fields."""
        for field, info in type(self).model_fields.items():
            value = getattr(self, field)
            if value is None:
                continue
            yield from _field_items(at, field, value, info.metadata)


def _field_items(at: Path, field: str, value: Any, metadata: list[Any]) -> Iterator[Item]:
    markers = {type(item): item for item in metadata}
    if Local in markers:
        return
    leaf = markers.get(Leaf)
    path = at / (leaf.name if leaf else field.replace("_", "-"))
    if Empty in markers:
        if value:
            yield path, EMPTY
    elif entries := markers.get(Entries):
        *containers, name = entries.name.split("/")
        parent = Path((*at.segments, *map(Segment, containers)))
        for key, entry in value.items():
            yield from entry_items(parent, name, ((entries.key, str(key)),), entry)
    elif isinstance(value, Node):
        if Presence in markers:
            yield path, PRESENT
        yield from value.items(path)
    else:
        yield path, lexical(value)


def entry_items(at: Path, name: str, keys: tuple[tuple[str, str], ...], entry: Node) -> Iterator[Item]:
    """Yield a list entry and everything below it."""
    path = Path((*at.segments, Segment(name, keys)))
    yield path, PRESENT
    yield from entry.items(path)


def lexical(value: Any) -> Value:
    """Return the YANG lexical text of a leaf's value, or the texts of a leaf-list's."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return tuple(str(item) for item in value)
    return str(value)


class Entry(Node):
    """A list entry that knows the name it is filed under."""

    # The alias cannot be written in a YAML file by accident, so `name:` stays an unknown key there.
    name: Annotated[SkipJsonSchema[str], Local()] = Field(default="", validation_alias="(name)")

    @classmethod
    def named(cls, name: str, **data: Any) -> Self:
        """Return an entry of our own making. Raises pydantic.ValidationError, which would be a bug."""
        return cls.model_validate({**data, "(name)": name})


E_ = TypeVar("E_", bound=Entry)


def with_names(entries: Mapping[str, E_]) -> Mapping[str, E_]:
    """Give every entry the name it is filed under."""
    return {name: entry.model_copy(update={"name": name}) for name, entry in entries.items()}


def as_tuple(value: Any) -> Any:
    """Turn a list into a tuple: below a model with a short form, pydantic's strict mode no longer does it."""
    return tuple(value) if isinstance(value, list) else value


Named = AfterValidator(with_names)
"""Put on ``Mapping[str, <Entry>]``."""

Listed = BeforeValidator(as_tuple)
"""Put on every ``tuple[…, ...]``."""
