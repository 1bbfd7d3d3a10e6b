"""Certificates, keys and CRLs as values, and what an import reads them from.

Owns reading the formats der, pem, pkcs12, pkcs7-der and pkcs7-pem (YANG `cert-export-file-format`); writing them is
exporting.py. Knows nothing of files or of the router.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12

from ...cmp import asn1
from . import pkcs7
from .failure import PKIRefusal


class Kind(enum.Enum):
    """What a file in system-pki holds; the values are the classic CLI's words."""

    CERT = "cert"
    KEY = "key"
    CRL = "crl"


#: YANG `cert-export-file-type` and classic words, both to the kind.
KIND_BY_WORD = {"certificate": Kind.CERT, "cert": Kind.CERT, "key": Kind.KEY, "crl": Kind.CRL}
FORMATS = ("pkcs12", "pkcs7-der", "pkcs7-pem", "pem", "der")


@dataclass(frozen=True, slots=True)
class PKIObject:
    """One certificate, private key (PKCS#8) or CRL, in DER."""

    kind: Kind
    der: bytes

    def certificate(self) -> x509.Certificate:
        """The certificate; ValueError for another kind or a broken one."""
        if self.kind is not Kind.CERT:
            raise ValueError("not a certificate")
        return x509.load_der_x509_certificate(self.der)

    def crl(self) -> x509.CertificateRevocationList:
        """The CRL; ValueError for another kind or a broken one."""
        if self.kind is not Kind.CRL:
            raise ValueError("not a CRL")
        return x509.load_der_x509_crl(self.der)

    def key(self) -> PrivateKeyTypes:
        """The private key; ValueError for another kind or a broken one."""
        if self.kind is not Kind.KEY:
            raise ValueError("not a private key")
        return _load_key(self.der)


@functools.lru_cache(maxsize=512)
def _load_key(der: bytes) -> PrivateKeyTypes:
    """Not checked again: what a router holds was checked when it was imported, and that takes longer than all else."""
    return serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)


def key_der(key: PrivateKeyTypes) -> bytes:
    """The PKCS#8 DER form without encryption."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_der(key: PrivateKeyTypes | x509.Certificate) -> bytes:
    """SubjectPublicKeyInfo of a key or a certificate, for comparing the two."""
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def is_pair(certificate: PKIObject, key: PKIObject) -> bool:
    """True when the certificate certifies the key."""
    return public_der(certificate.certificate()) == public_der(key.key())


def decode(kind: Kind, encoding: str, data: bytes, password: str | None = None) -> PKIObject:
    """Read one object of `kind` out of `data`; a wrong encoding is refused (tutorial transcript)."""
    reader = _READERS.get(encoding)
    if reader is None:
        raise PKIRefusal(f"Invalid format - {encoding}")
    try:
        return PKIObject(kind, reader(kind, data, password.encode() if password else None))
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise PKIRefusal(f"Invalid {kind.value} file - not in {encoding} format") from exc


def _from_der(kind: Kind, data: bytes, secret: bytes | None) -> bytes:
    if kind is Kind.KEY:
        return key_der(_unlocked(serialization.load_der_private_key, data, secret))
    if kind is Kind.CERT:
        return x509.load_der_x509_certificate(data).public_bytes(serialization.Encoding.DER)
    return x509.load_der_x509_crl(data).public_bytes(serialization.Encoding.DER)


def _from_pem(kind: Kind, data: bytes, secret: bytes | None) -> bytes:
    if kind is Kind.KEY:
        return key_der(_unlocked(serialization.load_pem_private_key, data, secret))
    if kind is Kind.CERT:
        # ASSUMPTION: of several objects in a file the first of the type is taken.
        return x509.load_pem_x509_certificate(data).public_bytes(serialization.Encoding.DER)
    return x509.load_pem_x509_crl(data).public_bytes(serialization.Encoding.DER)


def _unlocked(
    load: Callable[[bytes, bytes | None], PrivateKeyTypes], data: bytes, secret: bytes | None
) -> PrivateKeyTypes:
    """A private key, which may be encrypted (PKCS #8)."""
    try:
        return load(data, secret)
    except TypeError as exc:
        if secret is None:
            # ASSUMPTION: the text.
            raise PKIRefusal("Password is required") from exc
        # ASSUMPTION: a password for a key that is not encrypted is ignored.
        return load(data, None)


def _from_pkcs12(kind: Kind, data: bytes, secret: bytes | None) -> bytes:
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, secret)
    except ValueError as exc:
        if _is_pfx(data):
            # ASSUMPTION: the text. Wrong bytes and a wrong password cannot be told apart.
            raise PKIRefusal("Invalid password, or the file is damaged") from exc
        raise
    # The certificate of the key; of a file without a key the first one.
    chosen = certificate or next(iter(others), None)
    if kind is Kind.KEY and key is not None:
        return key_der(key)
    if kind is Kind.CERT and chosen is not None:
        return chosen.public_bytes(serialization.Encoding.DER)
    # ASSUMPTION: a CRL is not taken out of PKCS #12, although RFC 7292 has a bag for it.
    raise ValueError("no such object in the file")


def _is_pfx(data: bytes) -> bool:
    """Whether the file is a PFX of version 3 (RFC 7292 section 4)."""
    return asn1.children(data)[:1] == [b"\x02\x01\x03"]


def _from_pkcs7_der(kind: Kind, data: bytes, secret: bytes | None) -> bytes:
    # ASSUMPTION: of several objects in a file the first of the type is taken, and a CRL may come this way as well.
    objects = pkcs7.certificates(data) if kind is Kind.CERT else pkcs7.crls(data) if kind is Kind.CRL else []
    if not objects:
        raise ValueError("no such object in the file")
    return objects[0]


def _from_pkcs7_pem(kind: Kind, data: bytes, secret: bytes | None) -> bytes:
    return _from_pkcs7_der(kind, pkcs7.from_pem(data), secret)


_READERS: dict[str, Callable[[Kind, bytes, bytes | None], bytes]] = {
    "der": _from_der,
    "pem": _from_pem,
    "pkcs12": _from_pkcs12,
    "pkcs7-der": _from_pkcs7_der,
    "pkcs7-pem": _from_pkcs7_pem,
}
