"""Compare certificates with what was asked for. Pure; ``now`` is a parameter; every finding says wanted and found.

Nothing here raises for a certificate that is wrong: it returns the mismatches, and the caller decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from sroscert.pki import names
from sroscert.pki.certificate import CertificateInfo, canonical_dns, canonical_ip, load, read


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is not as it must be, in words for an operator."""

    field: str
    wanted: str
    found: str


def check_issued(
    der: bytes, *, ca: bytes, subject: Sequence[tuple[str, str]], san_ips: Iterable[str], san_dns: Iterable[str],
    key_type: str, key_bits: int, now: datetime, expected_public_key_sha256: str | None = None,
    static_rsa: bool = False,
) -> tuple[Mismatch, ...]:
    """Compare a certificate that a CA issued with what was asked for.

    ``key_bits`` 0 leaves the size open. ``static_rsa`` says that cipher suites with RSA key exchange will be used, for
    which a key usage extension must allow keyEncipherment (RFC 5246 section 7.4.2). Raises PKIError when ``der`` or
    ``ca`` is no certificate.
    """
    info = read(der)
    return (
        *_check_chain(load(der), info, load(ca), read(ca), now),
        *_check_identity(info, subject, san_ips, san_dns),
        *_check_validity(info, now),
        *_check_key(info, key_type, key_bits, expected_public_key_sha256),
        *_check_usage(info, static_rsa),
    )


def check_is_new(info: CertificateInfo, known: Mapping[str, CertificateInfo]) -> tuple[Mismatch, ...]:
    """Compare a certificate that a CA issued for a new key with those that the router has, by their names.

    One that it has already is none for the new key; nor is one for the key of another certificate. Whose key is not
    known (a display need not show it) is not compared.
    """
    found = []
    for name, other in known.items():
        if other.serial == info.serial and names.same(other.issuer, info.issuer):
            found.append(Mismatch("serial", "a new one", f"{info.serial:x}, that of {name}"))
        elif info.public_key_sha256 and info.public_key_sha256 == other.public_key_sha256:
            found.append(Mismatch("public-key", "that of the new key", f"that of {name}"))
    return tuple(found)


def check_ca_certificate(info: CertificateInfo, now: datetime) -> tuple[Mismatch, ...]:
    """Check what SR OS demands of a CA certificate when its ca-profile is enabled (Nokia guide, ca-profile).

    X.509 version 3, inside its validity, basicConstraints CA, and keyCertSign and cRLSign where keyUsage is present.
    """
    found = []
    if info.version not in {0, 3}:
        found.append(Mismatch("version", "v3", f"v{info.version}"))
    found += _check_validity(info, now)
    if not info.is_ca:
        found.append(Mismatch("basic-constraints", "CA:TRUE", "no CA"))
    if info.key_usage:
        found += [
            Mismatch("key-usage", usage, _list(info.key_usage))
            for usage in ("keyCertSign", "cRLSign") if usage not in info.key_usage
        ]
    return tuple(found)


def satisfies(
    info: CertificateInfo, *, subject: Sequence[tuple[str, str]], san_ips: Iterable[str], san_dns: Iterable[str],
    issuer: CertificateInfo | None, now: datetime, key_type: str = "", key_bits: int = 0,
) -> tuple[Mismatch, ...]:
    """Compare what a display or a handshake shows with what is wanted.

    Without ``issuer`` the issuer is left open; the signature is not looked at. A key type or size is only compared
    where it is given and was shown.
    """
    found = list(_check_identity(info, subject, san_ips, san_dns))
    if issuer is not None:
        found += _check_issuer(info, issuer)
    found += _check_validity(info, now)
    found += _check_key(
        info, key_type if info.key_type else "", key_bits if info.key_bits else 0, expected=None
    )
    return tuple(found)


def is_issued_by(info: CertificateInfo, ca: CertificateInfo) -> bool:
    """Tell whether a certificate names this CA as its issuer, and the CA's key where both tell it (no signature)."""
    return not _check_issuer(info, ca)


def _check_issuer(info: CertificateInfo, ca: CertificateInfo) -> list[Mismatch]:
    """Compare names, and key identifiers where both have one (RFC 5280 section 4.2.1.1).

    A CA that was rolled over often keeps its name: then only the key tells the old from the new.
    """
    if not names.same(info.issuer, ca.subject):
        return [Mismatch("issuer", names.words(ca.subject), names.words(info.issuer))]
    if info.authority_key_id and ca.subject_key_id and info.authority_key_id != ca.subject_key_id:
        return [Mismatch("issuer-key", ca.subject_key_id, info.authority_key_id)]
    return []


def renewal_due(info: CertificateInfo, before: timedelta, now: datetime) -> bool:
    """Tell whether the certificate ends within ``before`` from ``now``, or has ended."""
    return now >= info.not_after - before


def _check_chain(
    certificate: x509.Certificate, info: CertificateInfo, ca: x509.Certificate, ca_info: CertificateInfo,
    now: datetime,
) -> list[Mismatch]:
    found = []
    if certificate.issuer != ca.subject:
        found.append(Mismatch("issuer", names.words(ca_info.subject), names.words(info.issuer)))
    elif not _is_signed_by(certificate, ca):
        found.append(Mismatch("signature", "by the CA certificate's key", "by another key, or not verifiable"))
    else:
        # Clients build no chain over identifiers that differ, and we would take it for another CA's ever after.
        found += _check_issuer(info, ca_info)
    if not ca_info.is_ca:
        found.append(Mismatch("ca-basic-constraints", "CA:TRUE", "no CA"))
    if ca_info.key_usage and "keyCertSign" not in ca_info.key_usage:
        found.append(Mismatch("ca-key-usage", "keyCertSign", _list(ca_info.key_usage)))
    found += [Mismatch(f"ca-{wrong.field}", wrong.wanted, wrong.found) for wrong in _check_validity(ca_info, now)]
    return found


def _is_signed_by(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(ca)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        # TypeError: the CA's key is of a kind that signs no certificates; ValueError: algorithms do not fit.
        return False
    return True


def _check_identity(
    info: CertificateInfo, subject: Sequence[tuple[str, str]], san_ips: Iterable[str], san_dns: Iterable[str]
) -> list[Mismatch]:
    found = []
    if not names.same(info.subject, subject):
        found.append(Mismatch("subject", names.words(subject), names.words(info.subject)))
    addresses = frozenset(canonical_ip(text) for text in san_ips)
    if addresses != info.san_ips:
        found.append(Mismatch("san-ip", _list(addresses), _list(info.san_ips)))
    domains = frozenset(canonical_dns(text) for text in san_dns)
    if domains != info.san_dns:
        found.append(Mismatch("san-dns", _list(domains), _list(info.san_dns)))
    return found


def _check_validity(info: CertificateInfo, now: datetime) -> list[Mismatch]:
    if now < info.not_before:
        return [Mismatch("not-before", f"no later than {_when(now)}", _when(info.not_before))]
    if now > info.not_after:
        return [Mismatch("not-after", f"no earlier than {_when(now)}", _when(info.not_after))]
    return []


def _check_key(info: CertificateInfo, key_type: str, key_bits: int, expected: str | None) -> list[Mismatch]:
    found = []
    if key_type and info.key_type != key_type:
        found.append(Mismatch("key-type", key_type, info.key_type or "unknown"))
    if key_bits and info.key_bits != key_bits:
        found.append(Mismatch("key-bits", str(key_bits), str(info.key_bits or "unknown")))
    if expected and info.public_key_sha256 != expected.lower():
        found.append(Mismatch("public-key", expected.lower(), info.public_key_sha256 or "unknown"))
    return found


def _check_usage(info: CertificateInfo, static_rsa: bool) -> list[Mismatch]:
    """Check what the certificate may be used for; absent extensions allow everything (RFC 5280 section 4.2.1.3)."""
    found = []
    if info.is_ca:
        found.append(Mismatch("basic-constraints", "no CA", "CA:TRUE"))
    if info.key_usage and "digitalSignature" not in info.key_usage:
        found.append(Mismatch("key-usage", "digitalSignature", _list(info.key_usage)))
    if static_rsa and info.key_usage and "keyEncipherment" not in info.key_usage:
        found.append(Mismatch("key-usage-static-rsa", "keyEncipherment", _list(info.key_usage)))
    if info.extended_key_usage and not info.extended_key_usage & {"serverAuth", "anyExtendedKeyUsage"}:
        found.append(Mismatch("extended-key-usage", "serverAuth", _list(info.extended_key_usage)))
    return found


def _list(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)) or "none"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
