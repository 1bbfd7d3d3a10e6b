"""The CA as an OCSP responder (RFC 6960): what it says of its certificates, signed with its own key.

Owns the content of a response; the path is ``server``'s, which certificates there are ``certificates``'s.
"""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from . import asn1, issuing
from .algorithms import hash_by_name
from .certificates import IssuedCertificate
from .core import Core

#: How long a response is good for.
_GOOD_FOR = datetime.timedelta(days=1)
_STALE = datetime.timedelta(days=3)


def respond(core: Core, request: bytes) -> bytes:
    """Answer a request about one certificate; several in one, or one that cannot be read, get malformedRequest."""
    try:
        asked = ocsp.load_der_ocsp_request(request)
        nonce = _nonce(asked)
        is_ours = _is_ours(core.authority.certificate, asked)
    except (ValueError, NotImplementedError, UnsupportedAlgorithm):
        refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        return refusal.public_bytes(Encoding.DER)
    status, time, reason = _status(core, asked.serial_number) if is_ours else (ocsp.OCSPCertStatus.UNKNOWN, None, None)
    begin, end = _validity(core)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            asked.issuer_name_hash, asked.issuer_key_hash, asked.serial_number, asked.hash_algorithm, status, begin,
            end, time, reason,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, core.authority.certificate)
    )
    if nonce is not None:
        builder = builder.add_extension(nonce, critical=False)
    key = core.authority.key
    # A limit: the library signs responses by PKCS #1 version 1.5, also with the key of a CA that signs by PSS.
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hash_by_name(core.authority.hash_name)
    return builder.sign(key, digest).public_bytes(Encoding.DER)


def _nonce(asked: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    """Section 4.4.1: a nonce comes back as it was."""
    try:
        return asked.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None


def _is_ours(certificate: x509.Certificate, asked: ocsp.OCSPRequest) -> bool:
    """Section 4.1.1: a CertID names the issuer by the hashes of its name and of its public key."""
    info = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bits = asn1.content_of(asn1.children(info)[1])[1:]
    return (asked.issuer_name_hash, asked.issuer_key_hash) == (
        _digest(asked.hash_algorithm, certificate.subject.public_bytes()), _digest(asked.hash_algorithm, bits)
    )


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


_Found = tuple[ocsp.OCSPCertStatus, datetime.datetime | None, x509.ReasonFlags | None]


def _status(core: Core, serial: int) -> _Found:
    if serial == core.authority.certificate.serial_number or serial in core.own:
        return ocsp.OCSPCertStatus.GOOD, None, None
    known = core.certificates.find(f"{serial:x}")
    if known is None:
        return ocsp.OCSPCertStatus.UNKNOWN, None, None
    return _revocation(core, known) if known.revoked else (ocsp.OCSPCertStatus.GOOD, None, None)


def _revocation(core: Core, known: IssuedCertificate) -> _Found:
    noted = known.revocation
    when = known.certificate.not_valid_before_utc if noted is None else noted.time
    reason = None if noted is None else issuing.CRL_REASONS.get(noted.reason)
    return ocsp.OCSPCertStatus.REVOKED, min(when, core.now()).replace(microsecond=0), reason


def _validity(core: Core) -> tuple[datetime.datetime, datetime.datetime]:
    """From now until a day from now, for clients of real time and for routers of lab time; with the fault long over."""
    begin, end = sorted(moment.replace(microsecond=0) for moment in (core.now(), core.real_now()))
    if core.faults.current.stale_crl:
        return begin - _STALE, begin - _GOOD_FOR
    return begin, end + _GOOD_FOR
