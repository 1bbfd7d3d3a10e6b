"""The owner of a script or policy that a line names without one.

The tutorial types `script-policy name "x"` on 21.2 and commits, while the models have no default for `owner` there: so
the MD-CLI puts `TiMOS CLI` in. ASSUMPTION: it does so when the name is set, and leaves an owner that is there alone.
"""

from __future__ import annotations

from lxml import etree

from ..namespaces import NETCONF, local_name, qualified
from ..schema import Node
from ..tree import add, elements, find_entry, first, text_of

DEFAULT_OWNER = "TiMOS CLI"


def complete(edit: etree._Element, candidate: etree._Element | None, node: Node) -> None:
    """Add what is left out below `edit`, which stands where `candidate` stands."""
    owner = node.children.get("owner")
    named = first(edit, "name")
    asks = owner is not None and "owner" not in node.keys and not owner.default
    if asks and named is not None and named.get(qualified(NETCONF, "operation")) is None:
        known = candidate is not None and first(candidate, "owner") is not None
        if first(edit, "owner") is None and not known:
            add(edit, "owner", DEFAULT_OWNER)
    for item in elements(edit):
        below = node.children.get(local_name(item))
        if below is None or below.is_leaf:
            continue
        keys = {key: text_of(item, key) for key in below.keys}
        complete(item, None if candidate is None else find_entry(candidate, below.name, keys), below)
