"""What an export writes: one imported object in the format asked for (YANG `cert-export-file-format`).

Owns the encodings and who needs a password. Knows nothing of files; reading is formats.py.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from . import pkcs7
from .failure import PKIRefusal
from .formats import Kind, PKIObject, is_pair

_BundledKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey


def encode(item: PKIObject, encoding: str, password: str = "", key: PKIObject | None = None) -> bytes:
    """The bytes of the file; `key` goes with a certificate into pkcs12. PKIRefusal."""
    if encoding == "pkcs12":
        return _pkcs12(item, key, password)
    if encoding == "pem":
        return _pem(item, password)
    if encoding == "der":
        return item.der if item.kind is not Kind.KEY else _key(item, serialization.Encoding.DER, password)
    if encoding not in ("pkcs7-der", "pkcs7-pem"):
        raise PKIRefusal(f"Invalid format - {encoding}")
    if item.kind is Kind.KEY:
        # ASSUMPTION: the text; PKCS #7 has no place for a key.
        raise PKIRefusal(f"A key cannot be exported in {encoding} format")
    # ASSUMPTION: a CRL may go this way as well.
    der = pkcs7.of_certificates([item.der]) if item.kind is Kind.CERT else pkcs7.of_crl(item.der)
    return der if encoding == "pkcs7-der" else pkcs7.to_pem(der)


def _pem(item: PKIObject, password: str) -> bytes:
    if item.kind is Kind.CERT:
        return item.certificate().public_bytes(serialization.Encoding.PEM)
    if item.kind is Kind.CRL:
        return item.crl().public_bytes(serialization.Encoding.PEM)
    return _key(item, serialization.Encoding.PEM, password)


def _key(item: PKIObject, encoding: serialization.Encoding, password: str) -> bytes:
    # ASSUMPTION: a password encrypts a key alone too (YANG: "Password used to encrypt the output file").
    lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return item.key().private_bytes(encoding, serialization.PrivateFormat.PKCS8, lock)


def _pkcs12(item: PKIObject, key: PKIObject | None, password: str) -> bytes:
    if item.kind is Kind.CRL:
        # ASSUMPTION: the text, and that it is refused.
        raise PKIRefusal("A CRL cannot be exported in pkcs12 format")
    if not password:
        # ASSUMPTION: the text, and that a password is needed.
        raise PKIRefusal("pkcs12 needs a password")
    holder = item if item.kind is Kind.KEY else key
    if holder is None:
        # ASSUMPTION: the text, and that a certificate needs its key.
        raise PKIRefusal("pkcs12 needs the key of the certificate")
    private = holder.key()
    certificate = item.certificate() if item.kind is Kind.CERT else None
    if not isinstance(private, _BundledKey) or (certificate is not None and not is_pair(item, holder)):
        # ASSUMPTION: a pair that does not match is refused; the text.
        raise PKIRefusal("Certificate and key do not match")
    protection = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(None, private, certificate, None, protection)
