"""What a certificate says, as one value, read from PEM or DER or from a router's display of it.

``CertificateInfo`` carries what decisions need and nothing else. Whether the content is right is decided in
``checks``; the reading of a router's text is in ``display``.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID

from sroscert.errors import PKIError
from sroscert.pki import names
from sroscert.pki.names import Name

_EKU_NAMES = {
    ExtendedKeyUsageOID.SERVER_AUTH.dotted_string: "serverAuth",
    ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string: "clientAuth",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string: "anyExtendedKeyUsage",
}
_KEY_USAGES = {
    "digital_signature": "digitalSignature", "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment", "data_encipherment": "dataEncipherment", "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign", "crl_sign": "cRLSign",
}


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """What one certificate says.

    Times are aware UTC. ``san_ips`` are in the canonical text of the standard library, ``san_dns`` in lower case.
    ``key_bits`` is the modulus or field size, 0 when unknown; ``key_usage`` and ``extended_key_usage`` have the names
    of RFC 5280 and are empty when the extension is absent. ``public_key_sha256`` is the digest of the
    SubjectPublicKeyInfo; both digests are lower-case hex, empty when the source did not show enough to compute them.
    ``version`` is 3 for X.509 v3, 0 when it was not shown. ``subject_key_id`` and ``authority_key_id`` are the key
    identifiers in lower-case hex, empty when they are absent: two CAs of one name are told apart by them.
    """

    serial: int
    subject: Name
    issuer: Name
    not_before: datetime
    not_after: datetime
    san_ips: frozenset[str] = frozenset()
    san_dns: frozenset[str] = frozenset()
    key_type: str = ""
    key_bits: int = 0
    public_key_sha256: str = ""
    is_ca: bool = False
    key_usage: frozenset[str] = frozenset()
    extended_key_usage: frozenset[str] = frozenset()
    fingerprint_sha256: str = ""
    version: int = 0
    subject_key_id: str = ""
    authority_key_id: str = ""


def load(data: bytes) -> x509.Certificate:
    """Return the first certificate of a PEM or DER file. Raises PKIError (``certificate-unreadable``)."""
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except (ValueError, TypeError) as error:
        raise unreadable(f"no certificate can be read: {error}") from error


def unreadable(message: str) -> PKIError:
    """Build the error for something that is no certificate."""
    return PKIError(message, code="certificate-unreadable", hint="is it an X.509 certificate in PEM or DER?")


def read(data: bytes) -> CertificateInfo:
    """Read the first certificate of a PEM or DER file. Raises PKIError (``certificate-unreadable``)."""
    certificate = load(data)
    try:
        return _info(certificate)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise unreadable(f"the certificate cannot be read: {error}") from error


def from_display(text: str) -> CertificateInfo:
    """Read a router's display of a certificate. Raises PKIError (``display-unreadable``)."""
    # display builds the value of this module, so it can only be imported once this one is there.
    from sroscert.pki import display

    return display.parse(text)


def _info(certificate: x509.Certificate) -> CertificateInfo:
    key_type, key_bits, digest = _public_key(certificate)
    san_ips, san_dns = _alternative_names(certificate)
    return CertificateInfo(
        serial=certificate.serial_number, subject=names.from_x509(certificate.subject),
        issuer=names.from_x509(certificate.issuer), not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc, san_ips=san_ips, san_dns=san_dns, key_type=key_type,
        key_bits=key_bits, public_key_sha256=digest, is_ca=is_ca(certificate), key_usage=key_usage(certificate),
        extended_key_usage=extended_key_usage(certificate),
        fingerprint_sha256=certificate.fingerprint(hashes.SHA256()).hex(), version=certificate.version.value + 1,
        subject_key_id=_subject_key_id(certificate), authority_key_id=_authority_key_id(certificate),
    )


def _subject_key_id(certificate: x509.Certificate) -> str:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
    except x509.ExtensionNotFound:
        return ""


def _authority_key_id(certificate: x509.Certificate) -> str:
    try:
        value = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return ""
    return value.key_identifier.hex() if value.key_identifier is not None else ""


def _public_key(certificate: x509.Certificate) -> tuple[str, int, str]:
    try:
        key = certificate.public_key()
    except ValueError:
        # A key type that the library does not know is no reason not to read the rest.
        return "", 0, ""
    return (*key_kind(key), public_key_digest(key))


def key_kind(key: PublicKeyTypes) -> tuple[str, int]:
    """Return (type, bits) of a public key; ("", 0) for a kind without a name here."""
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ecdsa", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return "dsa", key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519", 256
    if isinstance(key, ed448.Ed448PublicKey):
        return "ed448", 456
    return "", 0


def public_key_digest(key: PublicKeyTypes) -> str:
    """Return the SHA-256 of a key's SubjectPublicKeyInfo in hex."""
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def _alternative_names(certificate: x509.Certificate) -> tuple[frozenset[str], frozenset[str]]:
    try:
        names_ = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset(), frozenset()
    addresses = frozenset(canonical_ip(str(address)) for address in names_.get_values_for_type(x509.IPAddress))
    return addresses, frozenset(canonical_dns(name) for name in names_.get_values_for_type(x509.DNSName))


def canonical_ip(text: str) -> str:
    """Return an IP address in canonical text; what is no address comes back as it is."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return text.strip()


def canonical_dns(text: str) -> str:
    """Return a DNS name in lower case without the root's dot (RFC 4343: case carries no meaning)."""
    return text.strip().rstrip(".").lower()


def is_ca(certificate: x509.Certificate) -> bool:
    """Tell whether basicConstraints says CA (RFC 5280 section 4.2.1.9)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def key_usage(certificate: x509.Certificate) -> frozenset[str]:
    """Return the key usages by their RFC 5280 names; empty when the extension is absent."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name for field, name in _KEY_USAGES.items() if getattr(usage, field))


def extended_key_usage(certificate: x509.Certificate) -> frozenset[str]:
    """Return the extended key usages by name, or as OIDs where no name is known here; empty when absent."""
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(_EKU_NAMES.get(usage.dotted_string, usage.dotted_string) for usage in usages)
