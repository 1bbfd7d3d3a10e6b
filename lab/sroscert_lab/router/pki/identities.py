"""What a TLS connection is made of, as the profiles have it at that moment.

Owns the choice of certificate, chain, suites and trusted authorities. Files and states are profiles.py's, contexts are
made in tlscontext.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509

from .clientstatus import AskOCSP, ClientCheck
from .conf import CAProfileConf, CipherListConf, CommonNameConf, ServerProfileConf, StatusConf
from .failure import PKIRefusal
from .formats import Kind, PKIObject
from .ocsp import Found, OCSPDesk
from .profiles import ProfileTable
from .verdicts import CAVerdict


@dataclass(frozen=True, slots=True)
class TLSIdentity:
    """Everything that a TLS context for the next connection is made of; DER only, from the cache."""

    certificate: bytes
    key: PKIObject
    chain: tuple[bytes, ...]
    ciphers: CipherListConf
    protocol_version: str
    #: CA certificates of the trust anchors; None when clients are not authenticated.
    client_authorities: tuple[bytes, ...] | None
    #: Whether a client of theirs may come in; None when clients are not authenticated.
    client_check: ClientCheck | None = None

    @property
    def marker(self) -> tuple[bytes, bytes]:
        """Changes when another certificate or key is served."""
        return self.certificate, self.key.der


@dataclass(frozen=True, slots=True)
class TLSClientIdentity:
    """The same for a connection to a server: `pair` is certificate and key when the profile has them."""

    pair: tuple[bytes, PKIObject] | None
    chain: tuple[bytes, ...]
    ciphers: CipherListConf
    protocol_version: str
    #: CA certificates of the trust anchors that are up.
    authorities: tuple[bytes, ...]


def server_identity(profiles: ProfileTable, name: str, ocsp: OCSPDesk) -> TLSIdentity | None:
    """What the next TLS connection of a server profile is made of; None while the profile is not up."""
    with profiles.lock:
        profile = profiles.conf.server_profiles.get(name)
        if profile is None or not profiles.is_server_profile_up(profile):
            return None
        entry, verdict = profiles.entry_in_force(profile.cert_profile)
        certificate = profiles.cache.get(Kind.CERT, entry.certificate_file)
        key = profiles.cache.get(Kind.KEY, entry.key_file)
        if certificate is None or key is None:
            return None
        if verdict.valid_from is not None and verdict.valid_from > profiles.now():
            # MIB, at 2114: such a certificate cannot be used before its time.
            return None
        return TLSIdentity(
            certificate=certificate.der,
            key=key,
            chain=_authority_ders(profiles, [name for name in verdict.chain if name in entry.send_chain]),
            ciphers=profiles.conf.cipher_lists[profile.cipher_list],
            protocol_version=profile.protocol_version,
            client_authorities=_trusted_authorities(profiles, profile),
            client_check=_client_check(profiles, profile, ocsp),
        )


def client_identity(profiles: ProfileTable, name: str) -> TLSClientIdentity:
    """What the next TLS connection of a client profile is made of. PKIRefusal while it cannot be used."""
    with profiles.lock:
        profile = profiles.conf.client_profiles.get(name)
        if profile is None or not profiles.is_client_profile_up(profile):
            # ASSUMPTION: the text.
            raise PKIRefusal(f'Client TLS profile "{name}" is not operational')
        pair: tuple[bytes, PKIObject] | None = None
        sent: tuple[bytes, ...] = ()
        if profile.cert_profile:
            entry, verdict = profiles.entry_in_force(profile.cert_profile)
            certificate = profiles.cache.get(Kind.CERT, entry.certificate_file)
            key = profiles.cache.get(Kind.KEY, entry.key_file)
            if certificate is not None and key is not None:
                pair = certificate.der, key
            sent = _authority_ders(profiles, [name for name in verdict.chain if name in entry.send_chain])
        ciphers = profiles.conf.client_cipher_lists.get(profile.cipher_list, CipherListConf(""))
        authorities = _trusted_authorities(profiles, profile)
        return TLSClientIdentity(pair, sent, ciphers, profile.protocol_version, authorities or ())


def _client_check(profiles: ProfileTable, profile: ServerProfileConf, ocsp: OCSPDesk) -> ClientCheck | None:
    if not profile.trust_anchor_profile:
        return None
    names = profiles.conf.common_names.get(profile.common_name_list)
    return peer_check(profiles, profile.status, ocsp, names)


def peer_check(
    profiles: ProfileTable, status: StatusConf, ocsp: OCSPDesk, common_names: tuple[CommonNameConf, ...] | None = None
) -> ClientCheck:
    """What the status of a peer's certificate is found by, as the profiles are at this moment."""
    states = profiles.ca_verdicts()
    usable = [name for name, state in states.items() if state.up and not state.crl_reasons]
    crls = {name: profiles.cache.get(Kind.CRL, profiles.conf.ca_profiles[name].crl_file) for name in usable}
    held = {name: copy.crl() for name, copy in crls.items() if copy}
    return ClientCheck(status, states, held, _asking(ocsp, profiles.conf.ca_profiles, states), common_names)


def _asking(ocsp: OCSPDesk, profiles: Mapping[str, CAProfileConf], states: Mapping[str, CAVerdict]) -> AskOCSP:
    def ask(certificate: x509.Certificate, name: str) -> Found:
        authority = states[name].certificate
        if authority is None:
            return Found("unknown", f'CA profile "{name}" has no certificate')
        return ocsp.ask(certificate, profiles[name], authority)

    return ask


def _trusted_authorities(profiles: ProfileTable, profile: ServerProfileConf) -> tuple[bytes, ...] | None:
    if not profile.trust_anchor_profile:
        return None
    anchors = profiles.conf.trust_anchors.get(profile.trust_anchor_profile, ())
    states = profiles.ca_verdicts()
    return _authority_ders(profiles, [name for name in anchors if name in states and states[name].up])


def _authority_ders(profiles: ProfileTable, names: list[str]) -> tuple[bytes, ...]:
    """The loaded certificates of CA profiles."""
    copies = (profiles.cache.get(Kind.CERT, profiles.conf.ca_profiles[name].cert_file) for name in names)
    return tuple(copy.der for copy in copies if copy is not None)
