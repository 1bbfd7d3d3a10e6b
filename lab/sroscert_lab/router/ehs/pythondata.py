"""What pySROS reads of a router and gives to it, as JSON: paths, data by the models, operations, events.

Sources: pySROS's documentation ("json-instance-path", data model, Connection.action, pysros.ehs). Owns the forms; what
is read and done is the core's. A limit of the lab: `defaults`, `config_only` and filters are not heeded, and the
candidate is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from .. import namespaces
from ..actioncalls import ActionCalls
from ..core import LoggedEvent, RouterCore
from ..errors import RPCFailed
from ..gnmijson import base_of
from ..gnmipath import Step, find, node_at
from ..namespaces import local_name, new_element, qualified
from ..reading import hide
from ..schema import Node, Schema
from ..sessions import Session
from ..statetree import router_state, time_text
from ..tree import elements, text_of

_ROOTS = {"nokia-conf": "configure", "nokia-state": "state"}
_OPERATIONS = {
    "nokia-oper-admin": namespaces.OPER_ADMIN,
    "nokia-oper-file": namespaces.OPER_FILE,
    "nokia-oper-global": namespaces.OPER_GLOBAL,
}
_STEP = re.compile(
    r"/(?:(?P<module>[\w.-]+):)?(?P<name>[\w.-]+)(?P<keys>(?:\[[^\]=]+=(?:\"[^\"]*\"|'[^']*'|[^\]]*)\])*)"
)
_KEY = re.compile(r"\[(?:[\w.-]+:)?([\w.-]+)=(?:\"([^\"]*)\"|'([^']*)'|([^\]]*))\]")
_INTEGERS = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))


class BadPath(Exception):
    """A path that is malformed, or that the models do not have."""


class NothingThere(Exception):
    """A path that leads to nothing."""


class Incomplete(Exception):
    """An operation that ended with the status terminated-incomplete."""


def get(core: RouterCore, path: str) -> dict[str, Any]:
    """What is at a path; BadPath, NothingThere."""
    steps = _steps(path)
    node, found = _found(core, steps)
    if node.kind == "list" and len(steps[-1][1]) < len(node.keys):
        if not found:
            raise NothingThere("No data found")
        return {"list": [_entry(core.schema, element, node) for element in found]}
    if not found:
        raise NothingThere("No data found")
    return _node(core.schema, found, node)


def exists(core: RouterCore, path: str) -> bool:
    """Whether anything is at a path."""
    return bool(_found(core, _steps(path))[1])


def _found(core: RouterCore, steps: tuple[Step, ...]) -> tuple[Node, list[etree._Element]]:
    try:
        node = node_at(core.schema, steps)
    except RPCFailed as exc:
        raise BadPath(exc.errors[0].message) from exc
    if steps[0][0] == "state":
        tree = router_state(core)
    else:
        tree = core.running()
        hide(tree, core.schema.roots["configure"], core.secrets)
    return node, [item.element for item in find(tree, core.schema, steps)]


def _steps(path: str) -> tuple[Step, ...]:
    parts = list(_parts(path))
    if _ROOTS.get(parts[0][0]) != parts[0][1]:
        raise BadPath(f"not a path of the configuration or the state: {path}")
    return tuple((name, keys) for _, name, keys in parts)


def _parts(path: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    matches = list(_STEP.finditer(path))
    if not matches or "".join(match[0] for match in matches) != path:
        raise BadPath(f"malformed path: {path}")
    for match in matches:
        keys = {key[0]: key[1] or key[2] or key[3] for key in _KEY.findall(match["keys"])}
        yield match["module"] or "", match["name"], keys


def _node(schema: Schema, found: list[etree._Element], node: Node) -> dict[str, Any]:
    if node.kind == "leaf":
        return {"leaf": _value(schema, node, found[0].text or "")}
    if node.kind == "leaf-list":
        return {"leaf-list": [_value(schema, node, element.text or "") for element in found]}
    by_name: dict[str, list[etree._Element]] = {}
    for element in elements(found[0]):
        by_name.setdefault(local_name(element), []).append(element)
    members = {}
    for name, items in by_name.items():
        below = node.children.get(name)
        if below is None:
            continue
        if below.kind == "list":
            members[name] = {"list": [_entry(schema, item, below) for item in items]}
        else:
            members[name] = _node(schema, items, below)
    return {"container": members}


def _entry(schema: Schema, element: etree._Element, node: Node) -> list[Any]:
    keys = [_value(schema, node.children[key], text_of(element, key)) for key in node.keys]
    return [keys[0] if len(keys) == 1 else keys, _node(schema, [element], node)]


def _value(schema: Schema, node: Node, text: str) -> Any:
    base = base_of(schema, node)
    if base in _INTEGERS and text.lstrip("-").isdigit():
        return int(text)
    if base == "boolean":
        return text == "true"
    return None if base == "empty" else text


def action(core: RouterCore, session: Session, path: str, value: dict[str, Any]) -> dict[str, Any]:
    """Run an operation; its output. BadPath, Incomplete, RPCFailed."""
    parts = list(_parts(path))
    namespace = _OPERATIONS.get(parts[0][0])
    if namespace is None:
        raise BadPath(f"not a path of an operation: {path}")
    call = etree.Element("action")
    place = call
    for _, name, _ in parts:
        made = new_element(namespace, name)
        place.append(made)
        place = made
    _fill(place, value)
    output = _output(ActionCalls(core, session).run(call))
    if output.get("status") == {"leaf": "terminated-incomplete"}:
        raise Incomplete("; ".join(output.get("error-message", {}).get("leaf-list", ())))
    return {"container": output}


def _fill(place: etree._Element, value: dict[str, Any]) -> None:
    for name, below in value.items():
        made = etree.SubElement(place, qualified(namespaces.namespace_of(place), name))
        if isinstance(below, dict):
            _fill(made, below)
        elif below is not None:
            made.text = str(below).lower() if isinstance(below, bool) else str(below)


def _output(found: list[etree._Element]) -> dict[str, Any]:
    """A limit of the lab: the models of operations are not at hand, so that every value but the ID is a text."""
    members: dict[str, Any] = {}
    for element in found:
        name = local_name(element)
        if name.endswith("-message"):
            members.setdefault(name, {"leaf-list": []})["leaf-list"].append(element.text or "")
        elif len(element):
            members[name] = {"container": _output(list(elements(element)))}
        elif name != "ok":
            text = element.text or ""
            members[name] = {"leaf": int(text) if name == "operation-id" else text}
    return members


def event_values(logged: LoggedEvent) -> dict[str, Any]:
    """An event as `pysros.ehs` has it."""
    return {
        "name": logged.event.name,
        "appid": logged.application,
        "eventid": logged.event.number,
        "severity": logged.event.severity,
        "sequence": logged.sequence,
        "subject": logged.event.subject,
        # ASSUMPTION: events of the system are of the Base router.
        "router_name": "Base",
        "gentime": time_text(logged.time),
        "timestamp": logged.time.timestamp(),
        "text": logged.event.text,
        "eventparameters": dict(logged.event.parameters),
    }
