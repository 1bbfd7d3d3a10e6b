"""What `get` and `get-config` answer: filtered, with secrets hidden and, when asked for, with defaults.

Owns the order: hide, add defaults, filter. What is read is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from .namespaces import local_name
from .schema import Node, Schema
from .secretbox import SecretBox
from .subtree import check_filter, select
from .tree import copy_of, elements
from .validation import add_defaults


def hide(tree: etree._Element, node: Node, box: SecretBox) -> None:
    """Replace secrets by what the router shows, in place: passwords of users by a hash, everything else by a blob."""
    for item in elements(tree):
        below = node.children.get(local_name(item))
        if below is None:
            continue
        if below.secret:
            is_password = below.path.endswith("/local-user/user/password")
            item.text = box.hash_password(item.text or "") if is_password else box.hide(item.text or "")
        elif not below.is_leaf:
            hide(item, below, box)


def answer(
    sources: Sequence[etree._Element], filter_: etree._Element | None, schema: Schema, *, with_defaults: bool
) -> list[etree._Element]:
    """The elements below `<data>`: each source as far as the filter asks for it.

    Args:
        sources: `configure` and `state` elements that may be changed.
        filter_: the `<filter>` element, None for everything.
        schema: of the release.
        with_defaults: report-all.
    """
    if filter_ is not None:
        check_filter(filter_, schema)
    if with_defaults:
        for source in sources:
            if local_name(source) == "configure":
                add_defaults(source, schema.roots["configure"])
    if filter_ is None:
        return [copy_of(source) for source in sources if len(source)]
    found = []
    for source in sources:
        for top in elements(filter_):
            part = select(source, top, schema.roots[local_name(source)])
            if part is not None and (len(part) or len(top)):
                found.append(part)
    return found
