"""The IPsec part of the state tree: certificate and trust anchor profiles (nokia-state-ipsec).

The models of 19.7 have the names alone, which says nothing, so that it begins with 19.10.
"""

from __future__ import annotations

from lxml import etree

from .. import namespaces
from .certprofiles import IPSEC
from .profiles import ProfileTable
from .verdicts import EntryVerdict

_SINCE = (19, 10)


def add_ipsec_state(root: etree._Element, profiles: ProfileTable, train: tuple[int, int]) -> None:
    """Put `ipsec` below the `state` element, when there is something in it."""
    conf = profiles.conf.ipsec
    if train < _SINCE or not (conf.cert_profiles or conf.trust_anchors):
        return
    ipsec = _sub(root, "ipsec")
    for name in conf.cert_profiles:
        verdict = profiles.cert_verdict(name, IPSEC)
        entry = _sub(ipsec, "cert-profile")
        _sub(entry, "name", name)
        _sub(entry, "oper-flags", " ".join(verdict.reasons))
        _sub(entry, "oper-state", "up" if verdict.up else "down")
        for item in verdict.entries:
            _entry(_sub(entry, "entry"), item)
    states = profiles.ca_verdicts()
    for name, anchors in conf.trust_anchors.items():
        entry = _sub(ipsec, "trust-anchor-profile")
        _sub(entry, "name", name)
        down = [anchor for anchor in anchors if anchor not in states or not states[anchor].up]
        _sub(entry, "num-of-ca-profile-down", str(len(down)))


def _entry(element: etree._Element, verdict: EntryVerdict) -> None:
    _sub(element, "id", str(verdict.entry_id))
    _sub(element, "computed-chain-status", verdict.chain_state)
    _sub(element, "oper-flags", " ".join(verdict.reasons))
    # ASSUMPTION: the order counts from 1.
    for order, name in enumerate(verdict.chain, 1):
        member = _sub(element, "comp-chain-ca-profile")
        _sub(member, "order", str(order))
        _sub(member, "ca-profile", name)


def _sub(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespaces.STATE}}}{name}")
    element.text = text
    return element
