"""Read a router's text display of a certificate, which is that of ``openssl x509 -text``.

``admin certificate display`` prints it in every release (tutorial transcript, 21.2); ``show file-content`` prints the
same from 24.7 on. OpenSSL's own layout varies with its version: one-line and many-line serials, ``CN=x`` and
``CN = x``, ``RSA Public-Key`` and ``Public-Key``. All are read. Only the first certificate of a text is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from sroscert.errors import PKIError
from sroscert.pki import names
from sroscert.pki.certificate import (
    CertificateInfo,
    canonical_dns,
    canonical_ip,
    key_kind,
    public_key_digest,
)
from sroscert.pki.names import Name

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d+)? (\d{4}) GMT\b")
_HEX_LINE = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2})*:?")
_DECIMAL = re.compile(r"(-?)(\d+)(?: \(-?0x[0-9a-fA-F]+\))?")
_BITS = re.compile(r"Public-Key: \((\d+) bit")
_ALGORITHMS = {"rsaEncryption": "rsa", "id-ecPublicKey": "ecdsa", "dsaEncryption": "dsa", "ED25519": "ed25519",
               "ED448": "ed448"}
_CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {
    "prime256v1": ec.SECP256R1, "secp384r1": ec.SECP384R1, "secp521r1": ec.SECP521R1,
}
_USAGES = {
    "Digital Signature": "digitalSignature", "Non Repudiation": "nonRepudiation",
    "Key Encipherment": "keyEncipherment", "Data Encipherment": "dataEncipherment", "Key Agreement": "keyAgreement",
    "Certificate Sign": "keyCertSign", "CRL Sign": "cRLSign",
}
_EXTENDED = {
    "TLS Web Server Authentication": "serverAuth", "TLS Web Client Authentication": "clientAuth",
    "Any Extended Key Usage": "anyExtendedKeyUsage",
}


@dataclass(frozen=True, slots=True)
class CRLDates:
    """When a certificate revocation list was issued and when the next one is due; None where it does not say that."""

    last_update: datetime
    next_update: datetime | None


def parse_crl(text: str) -> CRLDates:
    """Return the dates of a revocation list's display. Raises PKIError (``display-unreadable``).

    ASSUMPTION: it is printed as ``openssl crl -text`` prints it, like a certificate (transcript).
    """
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    if lines.count("Certificate Revocation List (CRL):") != 1:
        raise _unreadable("beginning (Certificate Revocation List)")
    following = _label(lines, "Next Update")
    dated = following is not None and following[1] != "NONE"
    return CRLDates(_time(lines, "Last Update"), _time(lines, "Next Update") if dated else None)


def parse(text: str) -> CertificateInfo:
    """Return what the display says.

    What the display leaves out is empty (``key_type``, ``public_key_sha256`` …); serial, issuer, subject and both
    dates must be there. Raises PKIError (``display-unreadable``).
    """
    lines = _first_certificate(text)
    key_type, bits = _key(lines)
    key = _public_key(lines)
    if key is not None:
        key_type, bits = key_kind(key)
    addresses, domains = _alternative_names(lines)
    return CertificateInfo(
        version=_version(lines), serial=_serial(lines), subject=_name(lines, "Subject"), issuer=_name(lines, "Issuer"),
        not_before=_time(lines, "Not Before"), not_after=_time(lines, "Not After"), san_ips=addresses,
        san_dns=domains, key_type=key_type, key_bits=bits,
        public_key_sha256=public_key_digest(key) if key is not None else "",
        is_ca="CA:TRUE" in _below(lines, "X509v3 Basic Constraints"),
        key_usage=_listed(lines, "X509v3 Key Usage", _USAGES),
        extended_key_usage=_listed(lines, "X509v3 Extended Key Usage", _EXTENDED),
        subject_key_id=_key_id(lines, "X509v3 Subject Key Identifier"),
        authority_key_id=_key_id(lines, "X509v3 Authority Key Identifier"),
    )


def _unreadable(what: str) -> PKIError:
    return PKIError(
        f"the router's display of the certificate has no readable {what}", code="display-unreadable",
        hint="is the file a certificate, in the format that was given?",
    )


def _first_certificate(text: str) -> list[str]:
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    starts = [number for number, line in enumerate(lines) if line == "Certificate:"]
    if not starts:
        raise _unreadable("beginning (Certificate:)")
    end = starts[1] if len(starts) > 1 else len(lines)
    return [line for line in lines[starts[0]:end] if line]


def _label(lines: Sequence[str], label: str) -> tuple[int, str] | None:
    """Return the line number of ``label:`` and what follows it on that line (OpenSSL writes "Not After :")."""
    pattern = re.compile(re.escape(label) + r" ?:(.*)")
    for number, line in enumerate(lines):
        match = pattern.fullmatch(line)
        if match:
            return number, match[1].strip()
    return None


def _hex_after(lines: Sequence[str], number: int) -> bytes:
    """Join the lines of colon-separated bytes that follow a label."""
    joined = ""
    for line in lines[number + 1:]:
        if not _HEX_LINE.fullmatch(line):
            break
        joined += line.replace(":", "")
    return bytes.fromhex(joined)


def _serial(lines: Sequence[str]) -> int:
    found = _label(lines, "Serial Number")
    if found is None:
        raise _unreadable("serial number")
    number, rest = found
    if rest:
        decimal = _DECIMAL.fullmatch(rest)
        if decimal is None:
            raise _unreadable("serial number")
        return int(decimal[1] + decimal[2])
    negative = number + 1 < len(lines) and lines[number + 1].startswith("(Negative)")
    body = [line.removeprefix("(Negative)").strip() for line in lines]
    data = _hex_after(body, number)
    if not data:
        raise _unreadable("serial number")
    value = int.from_bytes(data, "big")
    return -value if negative else value


def _version(lines: Sequence[str]) -> int:
    found = _label(lines, "Version")
    match = _DECIMAL.fullmatch(found[1]) if found else None
    return int(match[2]) if match else 0


def _name(lines: Sequence[str], label: str) -> Name:
    found = _label(lines, label)
    if found is None:
        raise _unreadable(label.lower())
    # OpenSSL up to 1.0 joins an e-mail address to the part before it with a slash.
    text = re.sub(r"(?<!\\)/(?=emailAddress=)", ", ", found[1])
    try:
        return names.parse(text)
    except ValueError as error:
        raise _unreadable(label.lower()) from error


def _time(lines: Sequence[str], label: str) -> datetime:
    found = _label(lines, label)
    match = _TIME.fullmatch(found[1]) if found else None
    if match is None or match[1] not in _MONTHS:
        raise _unreadable(f"date ({label})")
    month = _MONTHS.index(match[1]) + 1
    try:
        return datetime(int(match[6]), month, int(match[2]), int(match[3]), int(match[4]), int(match[5]), tzinfo=UTC)
    except ValueError as error:
        raise _unreadable(f"date ({label})") from error


def _key(lines: Sequence[str]) -> tuple[str, int]:
    algorithm = _label(lines, "Public Key Algorithm")
    bits = next((int(match[1]) for line in lines if (match := _BITS.search(line))), 0)
    return _ALGORITHMS.get(algorithm[1], "") if algorithm else "", bits


def _public_key(lines: Sequence[str]) -> PublicKeyTypes | None:
    """Rebuild the public key when the display shows all of it."""
    try:
        return _rsa_key(lines) or _ec_key(lines)
    except ValueError:
        # Numbers that are no key: the display is cut or garbled there, so the key counts as not shown.
        return None


def _rsa_key(lines: Sequence[str]) -> rsa.RSAPublicKey | None:
    modulus, exponent = _label(lines, "Modulus"), _label(lines, "Exponent")
    value = _DECIMAL.fullmatch(exponent[1]) if exponent else None
    if modulus is None or value is None:
        return None
    return rsa.RSAPublicNumbers(int(value[2]), int.from_bytes(_hex_after(lines, modulus[0]), "big")).public_key()


def _ec_key(lines: Sequence[str]) -> ec.EllipticCurvePublicKey | None:
    point, curve = _label(lines, "pub"), _label(lines, "ASN1 OID")
    if point is None or curve is None or curve[1] not in _CURVES:
        return None
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve[1]](), _hex_after(lines, point[0]))


def _below(lines: Sequence[str], label: str) -> str:
    """Return the line below an extension's heading; the heading may end in ``critical``."""
    pattern = re.compile(re.escape(label) + r": ?(critical)?")
    for number, line in enumerate(lines[:-1]):
        if pattern.fullmatch(line):
            return lines[number + 1]
    return ""


def _key_id(lines: Sequence[str], label: str) -> str:
    """Return a key identifier; OpenSSL up to 1.1 writes ``keyid:`` before that of the issuer."""
    text = _below(lines, label).removeprefix("keyid:")
    return text.replace(":", "").lower() if _HEX_LINE.fullmatch(text) else ""


def _listed(lines: Sequence[str], label: str, known: dict[str, str]) -> frozenset[str]:
    listed = [part.strip() for part in _below(lines, label).split(",")]
    return frozenset(known.get(part, part) for part in listed if part)


def _alternative_names(lines: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    parts = [part.strip() for part in _below(lines, "X509v3 Subject Alternative Name").split(",")]
    addresses = (part.removeprefix("IP Address:") for part in parts if part.startswith("IP Address:"))
    domains = (part.removeprefix("DNS:") for part in parts if part.startswith("DNS:"))
    return frozenset(canonical_ip(text) for text in addresses), frozenset(canonical_dns(text) for text in domains)
