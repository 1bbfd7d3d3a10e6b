"""A model read back from a configuration tree: the inverse of ``base.Node.items``, by the same markers.

Knows no particular construct: names, lists and leaves come from the models themselves, types from their annotations,
and what an absent leaf means from the schema. What a model cannot say is not looked for here.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from sroscert.model.base import Entries, Leaf, Local, Node, Presence, lexical
from sroscert.schema import Node as SchemaNode
from sroscert.values import EMPTY, ConfigTree, Path, Segment, Value

Secret = Callable[[Path], str]
Data = dict[Any, Any]


@dataclass(slots=True)
class Twig:
    """One node of a tree with what is below it, in order."""

    path: Path
    value: Value | None = None
    below: dict[Segment, Twig] = field(default_factory=dict)

    def at(self, path: Path) -> Twig | None:
        """Return the node at an absolute path below this one, or None."""
        found: Twig | None = self
        for segment in path.segments[len(self.path.segments) :]:
            found = found.below.get(segment) if found is not None else None
        return found

    def entries(self, name: str) -> Iterator[Twig]:
        """Yield the entries of a list, in order."""
        return (twig for segment, twig in self.below.items() if segment.name == name)

    def text(self, name: str) -> str:
        """Return the text of a leaf, or an empty one."""
        twig = self.below.get(Segment(name))
        return twig.value if twig is not None and isinstance(twig.value, str) else ""


def grown(tree: ConfigTree) -> Twig:
    """Return the tree as nested nodes."""
    root = Twig(Path())
    for path, value in tree.items():
        twig = root
        for depth, segment in enumerate(path.segments, 1):
            below = twig.below.get(segment)
            if below is None:
                below = twig.below[segment] = Twig(Path(path.segments[:depth]))
            twig = below
        twig.value = value
    return root


def read(model: type[Node], twig: Twig, schema: SchemaNode | None, secret: Secret) -> Data:
    """Return the fields of ``model`` as they would be written in an intent; what is a default is left out.

    ``secret`` gives the reference that stands for a secret leaf. A value that the model refuses is given as its text,
    so that checking the intent says what is wrong with it.
    """
    data: Data = {}
    for name, info in model.model_fields.items():
        if any(isinstance(marker, Local) for marker in info.metadata):
            continue
        value = _field(model, name, info, twig, schema, secret)
        if value is not None:
            data[name] = value
    return data


def short(model: type[Node], data: Data) -> Any:
    """Return the short form of an entry where the model has one that means the same, else ``data``."""
    if len(data) != 1:
        return data
    inner = next(iter(data.values()))
    try:
        same = model.model_validate_json(json.dumps(inner)) == model.model_validate_json(json.dumps(data))
    except (ValidationError, TypeError):
        return data
    return inner if same else data


def _field(
    model: type[Node], name: str, info: FieldInfo, twig: Twig, schema: SchemaNode | None, secret: Secret
) -> Any:
    markers = {type(marker): marker for marker in info.metadata}
    entries, leaf = markers.get(Entries), markers.get(Leaf)
    if entries is not None:
        return _entries(info, entries, twig, schema, secret) or None
    node_name = leaf.name if leaf is not None else name.replace("_", "-")
    child = twig.below.get(Segment(node_name))
    node = schema.children.get(node_name) if schema is not None else None
    inner = node_model(info.annotation)
    if inner is not None:
        if child is None:
            return None
        data = read(inner, child, node, secret)
        return short(inner, data) if data or Presence in markers else None
    if node is not None and node.secret and child is not None:
        return secret(child.path)
    value: Value | None
    if child is not None:
        value = child.value
    else:
        # Where the model has a default of its own, the router's must be said.
        value = node.default if node is not None and (info.is_required() or _own_default(info)) else None
    if value is None:
        return None
    found = plain(model, name, value)
    return None if _is_default(model, name, info, found) else found


def _entries(info: FieldInfo, marker: Entries, twig: Twig, schema: SchemaNode | None, secret: Secret) -> Data:
    *containers, name = marker.name.split("/")
    place: Twig | None = twig
    for container in containers:
        place = place.below.get(Segment(container)) if place is not None else None
        schema = schema.children.get(container) if schema is not None else None
    inner = node_model(info.annotation)
    if place is None or inner is None:
        return {}
    node = schema.children.get(name) if schema is not None else None
    return {
        key(entry.path.last.keys[0][1], info): short(inner, read(inner, entry, node, secret))
        for entry in place.entries(name)
    }


def key(text: str, info: FieldInfo) -> str | int:
    """Return a key as it is written: a number where the model numbers its entries."""
    numbered = any(part is int for part in _parts(get_args(info.annotation)[0]))
    return int(text) if numbered and text.isdigit() and str(int(text)) == text else text


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def node_model(annotation: Any) -> type[Node] | None:
    """Return the model inside an annotation such as ``CMPv2 | None`` or a mapping of entries."""
    found = (part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, Node))
    return next(found, None)


@functools.cache
def _adapter(model: type[Node], name: str) -> TypeAdapter[Any]:
    return TypeAdapter(model.model_fields[name].rebuild_annotation())


def plain(model: type[Node], name: str, value: Value) -> Any:
    """Return the JSON value of a field that means the lexical ``value``: text, a number, true or false, or a list."""
    if value is EMPTY:
        return True
    if isinstance(value, tuple):
        return list(value)
    if not isinstance(value, str):
        return None
    for candidate in _candidates(value):
        try:
            checked = _adapter(model, name).validate_json(json.dumps(candidate), strict=True)
        except ValidationError:
            continue
        if lexical(checked) == value:
            return candidate
    return value


def _candidates(text: str) -> Iterator[Any]:
    yield text
    if text in {"true", "false"}:
        yield text == "true"
    if text.isascii() and text.isdigit() and len(text) < 19:
        yield int(text)


def _own_default(info: FieldInfo) -> Any:
    """Return what a field is when it is left out, or None where it is then nothing at all."""
    return info.get_default(call_default_factory=True) or None


def _is_default(model: type[Node], name: str, info: FieldInfo, found: Any) -> bool:
    default = None if info.is_required() else _own_default(info)
    if default is None:
        return False
    try:
        return bool(_adapter(model, name).validate_json(json.dumps(found), strict=True) == default)
    except ValidationError:
        return False
