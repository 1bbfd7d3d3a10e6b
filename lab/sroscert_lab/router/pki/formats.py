"""Encodings of certificates, keys and CRLs: what an import reads and what a generation writes.

Owns the meaning of the formats der, pem, pkcs12, pkcs7-der and pkcs7-pem (YANG `cert-export-file-format`).
Knows nothing of files or of the router.
"""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

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
    """Kept: checking an RSA key takes longer than all else that a router does to show its state."""
    return serialization.load_der_private_key(der, None)


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
    secret = password.encode() if password else None
    try:
        if encoding == "der":
            return PKIObject(kind, _from_der(kind, data, secret))
        if encoding == "pem":
            return PKIObject(kind, _from_pem(kind, data, secret))
        if encoding == "pkcs12":
            return PKIObject(kind, _from_pkcs12(kind, data, secret))
        if encoding in ("pkcs7-der", "pkcs7-pem"):
            return PKIObject(kind, _from_pkcs7(kind, encoding, data))
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise PKIRefusal(f"Invalid {kind.value} file - not in {encoding} format") from exc
    raise PKIRefusal(f"Invalid format - {encoding}")


def _from_der(kind: Kind, data: bytes, secret: bytes | None) -> bytes:
    if kind is Kind.KEY:
        return key_der(serialization.load_der_private_key(data, secret))
    if kind is Kind.CERT:
        return x509.load_der_x509_certificate(data).public_bytes(serialization.Encoding.DER)
    return x509.load_der_x509_crl(data).public_bytes(serialization.Encoding.DER)


def _from_pem(kind: Kind, data: bytes, secret: bytes | None) -> bytes:
    if kind is Kind.KEY:
        return key_der(serialization.load_pem_private_key(data, secret))
    if kind is Kind.CERT:
        # ASSUMPTION: of several objects in a file the first of the type is taken.
        return x509.load_pem_x509_certificate(data).public_bytes(serialization.Encoding.DER)
    return x509.load_pem_x509_crl(data).public_bytes(serialization.Encoding.DER)


def _from_pkcs12(kind: Kind, data: bytes, secret: bytes | None) -> bytes:
    key, certificate, _ = pkcs12.load_key_and_certificates(data, secret)
    if kind is Kind.KEY and key is not None:
        return key_der(key)
    if kind is Kind.CERT and certificate is not None:
        return certificate.public_bytes(serialization.Encoding.DER)
    raise ValueError("no such object in the file")


def _from_pkcs7(kind: Kind, encoding: str, data: bytes) -> bytes:
    load = pkcs7.load_der_pkcs7_certificates if encoding == "pkcs7-der" else pkcs7.load_pem_pkcs7_certificates
    certificates = load(data)
    if kind is not Kind.CERT or not certificates:
        raise ValueError("no such object in the file")
    return certificates[0].public_bytes(serialization.Encoding.DER)


def bundle(certificate: PKIObject, key: PKIObject, password: str) -> bytes:
    """A certificate with its key in PKCS #12; PKIRefusal when they do not belong together."""
    private = key.key()
    if not is_pair(certificate, key) or not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        # ASSUMPTION: a pair that does not match is refused; the text.
        raise PKIRefusal("Certificate and key do not match")
    protection = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(None, private, certificate.certificate(), None, protection)


def encode(item: PKIObject, encoding: str) -> bytes:
    """Write an object out for an export, in der or pem."""
    if encoding == "der":
        return item.der
    if encoding != "pem":
        raise PKIRefusal(f"Export in format {encoding} is not supported by this router")
    if item.kind is Kind.CERT:
        return item.certificate().public_bytes(serialization.Encoding.PEM)
    if item.kind is Kind.CRL:
        return item.crl().public_bytes(serialization.Encoding.PEM)
    return item.key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
