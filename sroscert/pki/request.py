"""A certificate signing request (PKCS #10, RFC 2986) of a router: only which key it is of. Pure."""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sroscert.errors import PKIError


def is_request(data: bytes) -> bool:
    """Tell whether ``data`` is one request in DER and nothing else."""
    try:
        return x509.load_der_x509_csr(data).public_bytes(Encoding.DER) == data
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def requested_key(data: bytes) -> str:
    """Return the SHA-256 of the public key of a request in DER, as certificates have it.

    Raises PKIError for one that cannot be read, or that the key did not sign.
    """
    try:
        request = x509.load_der_x509_csr(data)
        key = request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        signed = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PKIError(f"no signing request can be read: {error}", code="certificate-unreadable") from error
    if not signed:
        raise PKIError("the signing request is not signed by its key", code="certificate-unreadable")
    return hashlib.sha256(key).hexdigest()
