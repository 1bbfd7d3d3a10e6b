"""Reads what of /configure/ipsec uses certificates into the values of conf.py.

YANG: nokia-conf-ipsec, from 19.7; `ipsec-transport-mode-profile` and `compare-chain-include` where a release has them.
"""

from __future__ import annotations

from lxml.etree import _Element

from .conf import CertEntryConf, CertProfileConf, IPsecConf, StatusConf, TransportConf
from .confxml import children, descend, is_enabled, text, texts


def read_ipsec(root: _Element | None) -> IPsecConf:
    """Read `ipsec` below the `configure` element."""
    ipsec = descend(root, "ipsec")
    return IPsecConf(
        cert_profiles={item.name: item for item in map(_cert_profile, children(ipsec, "cert-profile"))},
        trust_anchors={
            text(entry, "name"): tuple(text(anchor, "ca-profile") for anchor in children(entry, "trust-anchor"))
            for entry in children(ipsec, "trust-anchor-profile")
        },
        transports={item.name: item for item in map(_transport, children(ipsec, "ipsec-transport-mode-profile"))},
    )


def _cert_profile(element: _Element) -> CertProfileConf:
    # "The first entry is the first configured one, whose number need not be 1" (Nokia guide, "Cert-profile").
    # ASSUMPTION: a list that the models order by the system is stored by number, so the lowest counts as the first.
    entries = sorted(map(_entry, children(element, "entry")), key=lambda entry: entry.entry_id)
    return CertProfileConf(text(element, "name"), is_enabled(element), tuple(entries))


def _entry(element: _Element) -> CertEntryConf:
    return CertEntryConf(
        entry_id=int(text(element, "id", default="1")),
        certificate_file=text(element, "cert"),
        key_file=text(element, "key"),
        send_chain=texts(descend(element, "send-chain"), "ca-profile"),
        compare_with=text(element, "compare-chain-include"),
    )


def _transport(element: _Element) -> TransportConf:
    cert = descend(element, "key-exchange", "dynamic", "cert")
    status = descend(cert, "status-verify")
    return TransportConf(
        name=text(element, "name"),
        cert_profile=text(cert, "cert-profile"),
        trust_anchor_profile=text(cert, "trust-anchor-profile"),
        status=StatusConf(
            default=text(status, "default-result", default="revoked"),
            primary=text(status, "primary", default="crl"),
            secondary=text(status, "secondary", default="none"),
        ),
    )
