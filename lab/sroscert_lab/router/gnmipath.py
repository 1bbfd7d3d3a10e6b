"""gNMI paths: read against the models, found in a tree, written as a message and as the text of an error.

Owns names, keys and wildcards. An origin and the prefix of a module are taken where they are Nokia's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from pygnmi.spec.v080 import gnmi_pb2

from .errors import RPCFailed, failed
from .schema import Node, Schema
from .tree import elements, text_of

#: One step: a name and the keys that are given.
Step = tuple[str, dict[str, str]]
WILDCARD = "*"
_ORIGINS = frozenset({"", "nokia-conf", "nokia-state"})
_OPENCONFIG = "openconfig"


@dataclass(frozen=True, slots=True)
class Found:
    """One element that a path leads to, with the steps (all keys given) that lead there."""

    steps: tuple[Step, ...]
    element: etree._Element
    node: Node


def steps_of(prefix: Any, path: Any) -> tuple[Step, ...]:
    """The steps of a path below its prefix; RPCFailed for another origin than Nokia's."""
    origin = path.origin or prefix.origin
    if origin.startswith(_OPENCONFIG) and (path.elem or prefix.elem):
        # A transcript. A limit of the lab: it has no OpenConfig, whatever `openconfig-modules` says.
        top = (*prefix.elem, *path.elem)[0].name
        raise failed(f"MINOR: MGMT_CORE #2201: /{top} - Unknown element - disabled by configuration", "unknown-element")
    if origin not in _ORIGINS:
        # ASSUMPTION: text and number.
        raise failed(f"MINOR: MGMT_CORE #2301: Invalid element value - origin '{origin}'", "invalid-value")
    found = []
    for item in (*prefix.elem, *path.elem):
        keys = {name.rpartition(":")[2]: value for name, value in item.key.items()}
        found.append((item.name.rpartition(":")[2], keys))
    return tuple(found)


def node_at(schema: Schema, steps: Sequence[Step]) -> Node:
    """The node of the models; RPCFailed (unknown element) where the path leaves them."""
    node = schema.roots.get(steps[0][0]) if steps else None
    for number, (name, keys) in enumerate(steps):
        if number:
            node = None if node is None else node.children.get(name)
        if node is None:
            raise _unknown(name, steps[: number + 1])
        for key in keys:
            if key not in node.keys:
                raise _unknown(key, steps[: number + 1])
    if node is None:
        raise failed("MINOR: MGMT_CORE #2001: Missing element value - 'path'", "missing-element")
    return node


def _unknown(name: str, steps: Sequence[Step]) -> RPCFailed:
    text = f"MINOR: MGMT_CORE #2201: Unknown element - '{name}'"
    return failed(text, "unknown-element", path=text_of_path(steps))


def find(root: etree._Element, schema: Schema, steps: Sequence[Step]) -> list[Found]:
    """What a path names in a tree, in its order; a key that is left out or `*` matches every value."""
    (name, _), *rest = steps
    places = [Found(((name, {}),), root, schema.roots[name])]
    for step in rest:
        places = [found for place in places for found in _below(place, *step)]
    return places


def _below(place: Found, name: str, wanted: dict[str, str]) -> Iterator[Found]:
    node = place.node.children[name]
    for item in elements(place.element, name):
        keys = {key: text_of(item, key) for key in node.keys}
        if all(wanted.get(key, WILDCARD) in (WILDCARD, value) for key, value in keys.items()):
            yield Found((*place.steps, (name, keys)), item, node)


def message_of(steps: Sequence[Step]) -> Any:
    """The steps as a gNMI path."""
    return gnmi_pb2.Path(elem=[gnmi_pb2.PathElem(name=name, key=keys) for name, keys in steps])


def text_of_path(steps: Sequence[Step]) -> str:
    """As SR OS writes it in errors over gRPC: `/configure/router[router-name=Base]`."""
    return "".join(f"/{name}" + "".join(f"[{key}={value}]" for key, value in keys.items()) for name, keys in steps)
