"""Where a whole configuration mentions a file, also where no schema of ours reaches.

A file that something names must stay, whoever named it (law 12). The search goes by the text of every leaf, so that a
description that mentions a file counts as well: rather keep one too many. Pure: an element in, places out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from sroscert.schema import Node, Schema
from sroscert.values import file_name

_OBJECTS = frozenset({("certificate-auto-update", "profile")})
"""Leaves of the compiled part that hold an object's name, which may read like a file's."""


def mentions(
    configure: etree._Element, words: Mapping[str, re.Pattern[str]], schema: Schema
) -> dict[str, str]:
    """Return, for each of ``words`` that occurs, the first place that has it, e.g. ``configure/log/filter/…``."""
    found: dict[str, str] = {}
    for place, text in _leaves(configure, schema.node(("configure",)), ("configure",)):
        for name, word in words.items():
            if name not in found and word.search(text):
                found[name] = place
    return found


def naming(
    configure: etree._Element, files: frozenset[str], schema: Schema, apart: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return, for each of ``files`` (in small letters) that a leaf names as its whole value, the first such place.

    Narrower than ``mentions``: a text that merely speaks of a file does not use it. Places that begin with one of
    ``apart`` do not count.
    """
    found: dict[str, str] = {}
    for place, text in _leaves(configure, schema.node(("configure",)), ("configure",)):
        if place.startswith(apart):
            continue
        name = file_name(text.strip().lower())
        if name in files and not place.endswith("/description"):
            found.setdefault(name, place)
    return found


def _leaves(element: etree._Element, node: Node | None, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for child in element:
        if not isinstance(child.tag, str):
            continue  # a comment
        name = etree.QName(child).localname
        below = node.children.get(name) if node is not None else None
        if len(child):
            yield from _leaves(child, below, (*names, _step(child, name, below)))
        elif child.text and not _names_an_object(node, name):
            yield "/".join((*names, name)), child.text


def _names_an_object(parent: Node | None, name: str) -> bool:
    """Tell whether a leaf is known to hold the name of an object: the key of a list, but not of one keyed by files."""
    if parent is None:
        return False
    is_key = name in parent.keys and name != "certificate-file-name"
    return is_key or (parent.name, name) in _OBJECTS


def _step(element: etree._Element, name: str, node: Node | None) -> str:
    """Name an entry by its keys, or by its first leaf where no schema tells them, so that a person finds it."""
    if node is not None:
        values = [leaf.text for leaf in element.iterchildren("*") if etree.QName(leaf).localname in node.keys]
    else:
        values = [element[0].text] if not len(element[0]) else []
    return "=".join([name, *(value for value in values if value)])
