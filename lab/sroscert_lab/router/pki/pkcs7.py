"""PKCS #7 files that carry certificates and CRLs and are signed by nobody (RFC 5652 section 5.1, "certs-only").

Owns this one structure in both encodings. What is in it is read and written as DER.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from ...cmp import asn1

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_VERSION_1 = b"\x02\x01\x01"
_SET = 0x31
#: `openssl` writes the first word, RFC 7468 has the second.
_PEM = re.compile(rb"-----BEGIN (PKCS7|CMS)-----(.*?)-----END \1-----", re.DOTALL)


def from_pem(data: bytes) -> bytes:
    """The DER in a PEM file; ValueError."""
    found = _PEM.search(data)
    if found is None:
        raise ValueError("no PKCS #7 in the file")
    return base64.b64decode(b"".join(found[2].split()), validate=True)


def to_pem(data: bytes) -> bytes:
    """The PEM of a DER file."""
    text = base64.b64encode(data)
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN PKCS7-----", *lines, b"-----END PKCS7-----", b""])


def certificates(data: bytes) -> list[bytes]:
    """The certificates in their order; ValueError."""
    return [_checked(item) for item in _members(data, asn1.context(0)) if item[0] == asn1.SEQUENCE]


def _checked(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.DER)


def crls(data: bytes) -> list[bytes]:
    """The CRLs in their order; ValueError."""
    lists = [item for item in _members(data, asn1.context(1)) if item[0] == asn1.SEQUENCE]
    return [x509.load_der_x509_crl(item).public_bytes(serialization.Encoding.DER) for item in lists]


def _members(data: bytes, tag: int) -> list[bytes]:
    content_type, content = asn1.children(data)
    if content_type != _SIGNED_DATA:
        raise ValueError("not SignedData")
    (signed,) = asn1.children(content, asn1.context(0))
    return [item for field in asn1.children(signed) if field[0] == tag for item in asn1.children(field, tag)]


def of_certificates(ders: Sequence[bytes]) -> bytes:
    """A file with these certificates, in DER."""
    loaded = [x509.load_der_x509_certificate(der) for der in ders]
    return pkcs7.serialize_certificates(loaded, serialization.Encoding.DER)


def of_crl(der: bytes) -> bytes:
    """A file with this CRL, in DER."""
    nothing = asn1.wrap(_SET, b"")
    signed = [_VERSION_1, nothing, asn1.wrap(asn1.SEQUENCE, _DATA), asn1.wrap(asn1.context(1), der), nothing]
    content = asn1.wrap(asn1.context(0), asn1.wrap(asn1.SEQUENCE, b"".join(signed)))
    return asn1.wrap(asn1.SEQUENCE, _SIGNED_DATA + content)
