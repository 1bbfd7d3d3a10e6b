"""What the classic engine changes and deletes only while the object is shut down.

Owns this rule. Evidence that there is one: a published driver shuts objects down before it deletes them, and the
command references say that many must be. ASSUMPTION: which ones. A change is refused where the models have
`auto-restart-to-modify` (the model-driven interfaces restart the object themselves) and the object is up; a deletion
where an object with an administrative state that is down by default is up.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from ... import namespaces
from ...namespaces import local_name, qualified
from ...schema import Node
from ...tree import elements, find_entry, first, text_of

NOT_ALLOWED = (
    "MINOR: CLI Modification of the configuration is not allowed - 'model-driven' management interface configuration "
    "mode active"
)
# ASSUMPTION: both texts.
CHANGE = "MINOR: CLI '{}' can not be changed while '{}' is not shutdown."
DELETE = "MINOR: CLI '{}' can not be deleted while it is not shutdown."
_STATE = "admin-state"
_OPERATION = qualified(namespaces.NETCONF, "operation")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: the object that would have to restart, when it is up, and whether a change restarts it."""

    owner: str = ""
    restarts: bool = False


def refusal(edit: etree._Element, running: etree._Element, root: Node) -> str:
    """Why an edit is refused; empty when it is not."""
    top = first(edit, "configure")
    return "" if top is None else _below(top, running, root, _Place())


def _below(edit: etree._Element, running: etree._Element | None, node: Node, place: _Place) -> str:
    for item in elements(edit):
        below = node.children.get(local_name(item))
        if below is None or below.name in node.keys or (below.name == _STATE and not below.restart):
            continue
        said = _one(item, running, below, place)
        if said:
            return said
    return ""


def _one(item: etree._Element, above: etree._Element | None, node: Node, place: _Place) -> str:
    restarts = place.restarts or node.restart
    found = None if above is None else find_entry(above, node.name, {key: text_of(item, key) for key in node.keys})
    goes = item.get(_OPERATION) in ("delete", "remove")
    if node.is_leaf:
        changes = found is not None if goes else found is None or (found.text or "") != (item.text or "")
        return CHANGE.format(node.name, place.owner) if restarts and place.owner and changes else ""
    if restarts and place.owner and (goes or (found is None and (node.keys or node.presence))):
        return CHANGE.format(node.name, place.owner)
    state = node.children.get(_STATE)
    if state is None or state.restart:
        return _below(item, found, node, _Place(place.owner, restarts))
    default = next(iter(state.default), "")
    is_up = found is not None and text_of(found, _STATE, default=default) == "enable"
    if goes:
        return DELETE.format(node.name) if is_up and default == "disable" else ""
    return _below(item, found, node, _Place(node.name if is_up else "", restarts=False))
