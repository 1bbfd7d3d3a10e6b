"""Pure decisions: is a CA profile, a cert-profile entry or a TLS profile fit for use, and if not, why.

Works on values of the configuration (conf.py) and loaded objects; keeps no state and reads no file. Flag names are
those of /state/system/security/pki/ca-profile/oper-flags and /state/system/security/tls/cert-profile/down-reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from .conf import CAProfileConf, CertEntryConf
from .formats import PKIObject, is_pair

ADMIN_DOWN = "admin-down"
#: `oper-flags` and `down-reasons`, both in the order of their bits (YANG), in which a router writes them.
CA_FLAGS = (
    ADMIN_DOWN,
    "invalid-crl", "invalid-cert", "invalid-cmpv2-signing-cert",
    "expired-crl", "expired-cert", "expired-cmpv2-signing-cert",
    "not-yet-valid-crl", "not-yet-valid-cert", "not-yet-valid-cmpv2-signing-cert",
    "loading-crl", "loading-cert", "loading-cmpv2-signing-cert",
)
DOWN_REASONS = (
    "profile-admin-down", "invalid-cert-file", "invalid-key-file", "invalid-cert-key-combo", "ca-profile-oper-down",
    "invalid-ca-prof-entry",
)
MAX_CHAIN = 7


@dataclass(frozen=True, slots=True)
class CAVerdict:
    """Operational state of a CA profile; `flags` explains a state other than up."""

    up: bool
    flags: tuple[str, ...] = ()
    #: Why the CRL cannot be used, of a profile that is up all the same (events 2093, 2094).
    crl_reasons: tuple[str, ...] = ()
    certificate: x509.Certificate | None = None


@dataclass(frozen=True, slots=True)
class EntryVerdict:
    """State of one cert-profile entry."""

    entry_id: int
    reasons: tuple[str, ...]
    chain_state: str = "not-available"
    chain: tuple[str, ...] = ()
    #: notBefore of the certificate, when there is one.
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class CertVerdict:
    """Operational state of a cert-profile."""

    up: bool
    reasons: tuple[str, ...] = ()
    entries: tuple[EntryVerdict, ...] = ()


def judge_ca(
    conf: CAProfileConf, cert: PKIObject | None, crl: PKIObject | None, signing: PKIObject | None, now: datetime
) -> CAVerdict:
    """Checks that the enabling of a CA profile makes (Nokia guide, "CA profile"); `now` is aware UTC."""
    if not conf.enabled:
        return CAVerdict(False, (ADMIN_DOWN,))
    flags: list[str] = []
    certificate = _ca_certificate(cert, now, flags)
    crl_reasons = crl_flags(conf, crl, certificate, now)
    if conf.crl_required:
        flags += crl_reasons
    if conf.cmp.response_signing_cert:
        flags += _signing_flags(signing, now)
    up = not flags
    return CAVerdict(up, tuple(sorted(flags, key=CA_FLAGS.index)), tuple(crl_reasons) if up else (), certificate)


def loading_ca(conf: CAProfileConf) -> CAVerdict:
    """An enabled CA profile that is still loading what it is configured with."""
    files = (conf.crl_file, conf.cert_file, conf.cmp.response_signing_cert)
    flags = ("loading-crl", "loading-cert", "loading-cmpv2-signing-cert")
    return CAVerdict(False, tuple(flag for flag, file in zip(flags, files, strict=True) if file))


def _ca_certificate(item: PKIObject | None, now: datetime, flags: list[str]) -> x509.Certificate | None:
    certificate = _parsed(item)
    if certificate is None or not _is_ca(certificate):
        flags.append("invalid-cert")
        return None
    flags += _validity_flags(certificate, now, "cert")
    return certificate


def _parsed(item: PKIObject | None) -> x509.Certificate | None:
    if item is None:
        return None
    try:
        return item.certificate()
    except ValueError:
        return None


def _is_ca(certificate: x509.Certificate) -> bool:
    if certificate.version is not x509.Version.v3:
        return False
    try:
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except (x509.ExtensionNotFound, ValueError):
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.key_cert_sign and usage.crl_sign


def _validity_flags(certificate: x509.Certificate, now: datetime, what: str) -> list[str]:
    if now > certificate.not_valid_after_utc:
        return [f"expired-{what}"]
    if now < certificate.not_valid_before_utc:
        return [f"not-yet-valid-{what}"]
    return []


def _signing_flags(item: PKIObject | None, now: datetime) -> list[str]:
    certificate = _parsed(item)
    if certificate is None:
        return ["invalid-cmpv2-signing-cert"]
    return _validity_flags(certificate, now, "cmpv2-signing-cert")


def crl_flags(
    conf: CAProfileConf, item: PKIObject | None, certificate: x509.Certificate | None, now: datetime
) -> list[str]:
    """Why a CA profile could not use this CRL; empty when it can."""
    if not conf.crl_file or item is None or certificate is None:
        return ["invalid-crl"]
    crl = item.crl()
    delta = any(isinstance(extension.value, x509.DeltaCRLIndicator) for extension in crl.extensions)
    if delta or not crl.is_signature_valid(certificate.public_key()):  # type: ignore[arg-type]
        return ["invalid-crl"]
    if now < crl.last_update_utc:
        return ["not-yet-valid-crl"]
    if crl.next_update_utc is not None and now > crl.next_update_utc:
        return ["expired-crl"]
    return []


def judge_entry(
    entry: CertEntryConf,
    cert: PKIObject | None,
    key: PKIObject | None,
    authorities: Mapping[str, CAVerdict],
    max_chain: int = MAX_CHAIN,
) -> EntryVerdict:
    """State of an entry of an enabled cert-profile; `authorities` holds every CA profile's verdict by name."""
    reasons: list[str] = []
    certificate = _parsed(cert)
    if certificate is None:
        reasons.append("invalid-cert-file")
    if key is None:
        reasons.append("invalid-key-file")
    if cert is not None and certificate is not None and key is not None and not is_pair(cert, key):
        reasons.append("invalid-cert-key-combo")
    for name in entry.send_chain:
        if name not in authorities:
            reasons.append("invalid-ca-prof-entry")
        elif not authorities[name].up:
            reasons.append("ca-profile-oper-down")
    if certificate is None:
        return EntryVerdict(entry.entry_id, _in_order(reasons))
    chain, complete = compute_chain(certificate, authorities, max_chain)
    state = "complete" if complete else "partial" if chain else "not-available"
    begin = certificate.not_valid_before_utc
    return EntryVerdict(entry.entry_id, _in_order(reasons), state, tuple(chain), begin)


def _in_order(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(reasons), key=DOWN_REASONS.index))


def compute_chain(
    certificate: x509.Certificate, authorities: Mapping[str, CAVerdict], max_chain: int = MAX_CHAIN
) -> tuple[list[str], bool]:
    """Names of the CA profiles from the issuer upward, and whether a self-signed certificate ends the chain.

    `max_chain` is `maximum-cert-chain-depth`. ASSUMPTION: it counts the CA profiles, and what is longer is partial.
    """
    chain: list[str] = []
    current = certificate
    while True:
        if current.issuer == current.subject:
            return chain, True
        name = next((name for name, verdict in authorities.items() if _issued(verdict, current)), None)
        if name is None or name in chain or len(chain) == max_chain:
            return chain, False
        chain.append(name)
        issuer = authorities[name].certificate
        if issuer is None:
            return chain, False
        current = issuer


def _issued(verdict: CAVerdict, certificate: x509.Certificate) -> bool:
    if not verdict.up or verdict.certificate is None or verdict.certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(verdict.certificate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def judge_cert_profile(enabled: bool, entries: tuple[EntryVerdict, ...]) -> CertVerdict:
    """State of a cert-profile from its entries."""
    if not enabled:
        down = tuple(
            EntryVerdict(entry.entry_id, ("profile-admin-down",), entry.chain_state, entry.chain) for entry in entries
        )
        return CertVerdict(False, ("profile-admin-down",), down)
    # ASSUMPTION: one bad entry takes the whole profile down, and a profile without entries has no certificate file.
    reasons = _in_order(reason for entry in entries for reason in entry.reasons)
    if not entries:
        reasons = ("invalid-cert-file",)
    return CertVerdict(not reasons, reasons, entries)
