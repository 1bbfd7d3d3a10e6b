"""IKEv2 authentication by certificates, as far as it is a matter of certificates: whose is believed, which is shown.

A limit of the lab: there are no IKE packets and no tunnels; somebody says that a peer has shown a certificate
(`lab ike`). Nokia guide, "Cert-profile": the entry shown is the first whose compare-chain holds a CA that the peer's
CERTREQ names, else the first one. Status: `status-verify`, as TLS has it (clientstatus.py). Events: 2044 (MIB), 2251.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import events
from .certprofiles import IPSEC
from .conf import CertEntryConf, TransportConf
from .failure import PKIRefusal
from .formats import Kind
from .identities import peer_check
from .ocsp import OCSPDesk
from .profiles import ProfileTable
from .verdicts import CAVerdict, compute_chain


@dataclass(frozen=True, slots=True)
class Shown:
    """What the router shows a peer: an entry of its cert-profile, and the CA profiles whose certificates go along."""

    entry_id: int
    certificate: str
    send_chain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Authentication:
    """How an authentication ended; `refusal` is empty when the peer's certificate was accepted."""

    refusal: str
    shown: Shown | None


class IPsecDesk:
    """Authenticates peers of one router's `ipsec-transport-mode-profile`s."""

    def __init__(self, profiles: ProfileTable, ocsp: OCSPDesk, emit: events.Emit) -> None:
        self._profiles = profiles
        self._ocsp = ocsp
        self._emit = emit

    def authenticate(
        self, name: str, certificate: x509.Certificate, asked: Sequence[x509.Certificate] = ()
    ) -> Authentication:
        """A peer shows a certificate and asks for one of these CAs; may wait for a responder. PKIRefusal."""
        with self._profiles.lock:
            transport = self._profiles.conf.ipsec.transports.get(name)
            if transport is None:
                raise PKIRefusal(f'ipsec-transport-mode-profile "{name}" does not exist')
            shown, has_match = self._choose(transport, asked)
            check = peer_check(self._profiles, transport.status, self._ocsp)
            refusal = self._distrust(transport, certificate)
        refusal = refusal or check.refusal(certificate.public_bytes(Encoding.DER))
        with self._profiles.lock:
            self._profiles.client_checks.count(not refusal)
        if refusal:
            self._emit(events.ipsec_peer_not_verified(name, certificate.subject.rfc4514_string(), refusal))
        elif shown is not None and asked and not has_match:
            self._emit(events.no_chain_asked_for(name, shown.certificate))
        return Authentication(refusal, shown)

    def _distrust(self, transport: TransportConf, certificate: x509.Certificate) -> str:
        """Why a certificate is not believed, its status apart. ASSUMPTION: the texts, and the order of the checks."""
        now = self._profiles.now()
        if now > certificate.not_valid_after_utc:
            return "certificate has expired"
        if now < certificate.not_valid_before_utc:
            return "certificate is not yet valid"
        # A limit of the lab: CA certificates that a peer sends along are not looked at, those of CA profiles are.
        chain, _ = compute_chain(certificate, self._profiles.ca_verdicts(), self._profiles.conf.max_chain)
        anchors = self._profiles.conf.ipsec.trust_anchors.get(transport.trust_anchor_profile, ())
        return "" if set(chain) & set(anchors) else "certificate chain has no trust anchor"

    def _choose(self, transport: TransportConf, asked: Sequence[x509.Certificate]) -> tuple[Shown | None, bool]:
        """The entry that is shown, and whether it has a CA that was asked for; none while the profile is down."""
        profiles, name = self._profiles, transport.cert_profile
        authorities = profiles.ca_verdicts()
        if name not in profiles.conf.ipsec.cert_profiles or not profiles.cert_verdict(name, IPSEC).up:
            return None, False
        hashes = {_key_hash(authority) for authority in asked}
        entries = profiles.entries_in_force(name, IPSEC)
        found = next((entry for entry in entries if hashes & self._compare_chain(entry, authorities)), None)
        entry = found or entries[0]
        return Shown(entry.entry_id, entry.certificate_file, entry.send_chain), found is not None

    def _compare_chain(self, entry: CertEntryConf, authorities: dict[str, CAVerdict]) -> set[bytes]:
        own = self._profiles.cache.get(Kind.CERT, entry.certificate_file)
        names = [] if own is None else compute_chain(own.certificate(), authorities, self._profiles.conf.max_chain)[0]
        # YANG: compare-chain-include names a CA profile to include. ASSUMPTION: with its certificate, while it is up.
        held = [authorities[name] for name in {*names, entry.compare_with} if name in authorities]
        return {_key_hash(item.certificate) for item in held if item.up and item.certificate is not None}


def _key_hash(authority: x509.Certificate) -> bytes:
    """RFC 7296 section 3.7: a CERTREQ names a CA by the SHA-1 of its public key, a SubjectPublicKeyInfo."""
    info = authority.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha1(info, usedforsecurity=False).digest()
