"""What a router tells of itself: `get-schema` and `netconf-state` (RFC 6022), `modules-state`, `streams` (RFC 5277).

With Nokia's models at hand (models.py) all modules and their texts; without them the modules that the lab itself
speaks, and for a text the error of a router whose image has no models beside it. Owns those trees and that operation.
"""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from lxml import etree

from .errors import RPCFailed, failed
from .hello import capabilities
from .models import Module, modules_of, source_of, text_of_module
from .namespaces import CREATED, LIBRARY, MONITORING, local_name, namespace_of, new_element
from .notifications import streams_of
from .schema import Node
from .subtree import select
from .tree import add, elements, text_of

if TYPE_CHECKING:
    from .core import RouterCore

_INVALID = "MINOR: MGMT_CORE #2301: Invalid element value"


def _container(name: str, *children: Node, keys: tuple[str, ...] = ()) -> Node:
    kind = "list" if keys else "container"
    return Node(name, kind, f"/{name}", {child.name: child for child in children}, keys)


_ROOTS = {
    (MONITORING, "netconf-state"): _container(
        "netconf-state",
        _container("capabilities"),
        _container("schemas", _container("schema", keys=("identifier", "version", "format"))),
        _container("sessions", _container("session", keys=("session-id",))),
    ),
    (CREATED, "netconf"): _container("netconf", _container("streams", _container("stream", keys=("name",)))),
    (LIBRARY, "modules-state"): _container(
        "modules-state",
        _container("module", _container("submodule", keys=("name", "revision")), keys=("name", "revision")),
    ),
}


def take(core: RouterCore, filter_: etree._Element) -> list[etree._Element]:
    """What a filter asks of these trees; the nodes that ask for it are taken out of the filter."""
    found = []
    for top in list(elements(filter_)):
        place = (namespace_of(top), local_name(top))
        node = _ROOTS.get(place)
        if node is None:
            continue
        filter_.remove(top)
        tree = {MONITORING: _monitoring, CREATED: streams_of, LIBRARY: _library}[place[0]](core)
        part = select(tree, top, node)
        if part is not None:
            found.append(part)
    return found


def known(core: RouterCore) -> tuple[Module, ...]:
    """All modules, or without Nokia's models those that the lab speaks."""
    source = source_of(core.release)
    if source is not None:
        return modules_of(source)
    return tuple(Module(name, revision, namespace, "", "") for name, namespace, revision in core.schema.modules)


def get_schema(core: RouterCore, rpc: etree._Element) -> list[etree._Element]:
    """The text of one module. RPCFailed."""
    name, version = text_of(rpc, "identifier").strip(), text_of(rpc, "version").strip()
    if not name:
        raise failed("MINOR: MGMT_CORE #2001: Missing element value - 'identifier'", "missing-element")
    if text_of(rpc, "format", default="yang").strip().rpartition(":")[2] != "yang":
        raise failed(_INVALID, "invalid-value")
    source = source_of(core.release)
    if source is None:
        raise _no_file(core)
    found = [item for item in modules_of(source) if item.name == name and version in ("", item.revision)]
    if not found:
        raise failed(_INVALID, "invalid-value")
    if len(found) > 1:
        # RFC 6022 section 3.1; ASSUMPTION: the text.
        raise failed(f"{_INVALID} - data-not-unique")
    data = new_element(MONITORING, "data")
    try:
        data.text = text_of_module(source, found[0])
    except (OSError, tarfile.TarError) as exc:
        raise _no_file(core) from exc
    return [data]


def _no_file(core: RouterCore) -> RPCFailed:
    return failed(f"MINOR: NETCONF #265: Unable to open file - cf3:\\TiMOS-SR-{core.release}.R1\\yang.tim")


def _monitoring(core: RouterCore) -> etree._Element:
    root = new_element(MONITORING, "netconf-state")
    said = add(root, "capabilities")
    for uri in capabilities(core.schema):
        add(said, "capability", uri)
    schemas = add(root, "schemas")
    spaces = {item.name: item.namespace for item in known(core)}
    for module in known(core):
        item = add(schemas, "schema")
        add(item, "identifier", module.name)
        add(item, "version", module.revision)
        add(item, "format", "yang")
        add(item, "namespace", module.namespace or spaces.get(module.belongs_to, ""))
        add(item, "location", "NETCONF")
    sessions = add(root, "sessions")
    for session in core.sessions.all():
        if session.kind == "netconf":
            item = add(sessions, "session")
            add(item, "session-id", str(session.id))
            add(item, "transport", "netconf-ssh")
            add(item, "username", session.user)
            add(item, "source-host", session.address)
            add(item, "login-time", session.started.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return root


def _library(core: RouterCore) -> etree._Element:
    root = new_element(LIBRARY, "modules-state")
    add(root, "module-set-id", f"{core.release}.R1")
    modules = known(core)
    for module in modules:
        if module.belongs_to:
            continue
        item = add(root, "module")
        add(item, "name", module.name)
        add(item, "revision", module.revision)
        add(item, "namespace", module.namespace)
        # ASSUMPTION: which modules count as imported only.
        add(item, "conformance-type", "import" if "types" in module.name.split("-") else "implement")
        for part in modules:
            if part.belongs_to == module.name:
                submodule = add(item, "submodule")
                add(submodule, "name", part.name)
                add(submodule, "revision", part.revision)
    return root
