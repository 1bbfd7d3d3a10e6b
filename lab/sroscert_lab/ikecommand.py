"""What a running lab answers to `lab ike`. The deciding is router/pki/ipsec.py's, the words are ike.py's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cryptography import x509

from .router.core import RouterCore
from .router.pki import RouterPKI
from .router.pki.failure import PKIRefusal


def authenticate(core: RouterCore, profile: str, certificate: str, asks: Sequence[str]) -> dict[str, Any]:
    """What a router makes of a peer; certificates are PEM. ValueError."""
    behaviour = core.behaviour
    if not isinstance(behaviour, RouterPKI):
        raise TypeError(f"{core.name} has no PKI")
    peer, *authorities = (x509.load_pem_x509_certificate(pem.encode()) for pem in (certificate, *asks))
    try:
        outcome = behaviour.ipsec.authenticate(profile, peer, authorities)
    except PKIRefusal as refusal:
        raise ValueError(refusal.reason) from refusal
    shown = outcome.shown
    return {
        "accepted": not outcome.refusal,
        "reason": outcome.refusal,
        "entry": None if shown is None else shown.entry_id,
        "certificate": "" if shown is None else shown.certificate,
        "send_chain": [] if shown is None else list(shown.send_chain),
    }
