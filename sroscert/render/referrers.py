"""Who names a profile: a search through a whole running configuration, also where no schema of ours reaches.

A CA or certificate profile may serve LDAP login, IPsec or mutual TLS beside gNMI (law 12). Most of those parts of the
configuration are not compiled, so the search goes by leaf name and value. Pure: an element in, paths out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from lxml import etree

from sroscert.schema import Node, Schema
from sroscert.values import Path, Segment

_LEAVES = {
    "ca-profile": frozenset({"ca-profile", "ca-profile-name"}),
    "cert-profile": frozenset({"cert-profile"}),
    "server-tls-profile": frozenset({"server-tls-profile", "tls-server-profile"}),
    "client-tls-profile": frozenset({"client-tls-profile", "tls-client-profile"}),
    "trust-anchor-profile": frozenset({"trust-anchor-profile"}),
    "server-cipher-list": frozenset({"cipher-list"}),
}
"""For each kind of object, the leaves that name one. ASSUMPTION: none is named otherwise in the parts of nokia-conf
that are not compiled; in the compiled parts these are all leafrefs to them."""

KINDS = frozenset(_LEAVES)


@dataclass(frozen=True, slots=True)
class Profile:
    """A named object that others may name: its list (``ca-profile`` …) and its name."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Referrer:
    """A leaf of running that names a profile."""

    path: Path
    profile: Profile


def referrers(configure: etree._Element, profiles: Collection[Profile], schema: Schema) -> tuple[Referrer, ...]:
    """Return every leaf of ``configure`` that names one of ``profiles``, but not the keys of their own entries."""
    root = schema.node(("configure",))
    wanted = frozenset(profiles)
    return tuple(_walk(configure, root, Path.of("configure"), wanted))


def _walk(element: etree._Element, node: Node | None, path: Path, wanted: frozenset[Profile]) -> Iterator[Referrer]:
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        below = node.children.get(name) if node is not None else None
        if len(child):
            yield from _walk(child, below, Path((*path.segments, _segment(child, name, below))), wanted)
            continue
        for profile in wanted:
            if name in _LEAVES[profile.kind] and child.text == profile.name and not _is_own_key(path, name, profile):
                yield Referrer(path / name, profile)


def _is_own_key(path: Path, name: str, profile: Profile) -> bool:
    """Tell whether the leaf ``name`` is the key of the profile's own entry in ``pki`` or ``tls``."""
    entry = path.last
    above = path.parent.segments[-1].name if len(path.segments) > 1 else ""
    return entry.name == profile.kind and above in {"pki", "tls"} and any(key == name for key, _ in entry.keys)


def _segment(element: etree._Element, name: str, node: Node | None) -> Segment:
    """Name an entry by its keys; where no schema tells them, by its first leaf."""
    if node is not None:
        keys = tuple((key, _text(element, key)) for key in node.keys)
        return Segment(name, keys)
    first = element[0]
    if not len(first) and first.text:
        return Segment(name, ((etree.QName(first).localname, first.text),))
    return Segment(name)


def _text(element: etree._Element, key: str) -> str:
    for child in element:
        if etree.QName(child).localname == key:
            return child.text or ""
    return ""
