"""Revocation requests: what an rr asks for, who may ask it, and the rp (RFC 4210 sections 5.3.9 and 5.3.10).

Owns the rules of RFC 9483 section 4.2. Pure; the rows and CRLs are ``certificates``'.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509

from . import asn1
from .asn1 import PKIStatusInfo
from .certificates import IssuedCertificate
from .issuing import CRL_REASONS
from .names import same_name
from .status import BodyKind, FailInfo, Refusal

_REASON_CODE = "2.5.29.21"
_UNSPECIFIED = 0


@dataclass(frozen=True, slots=True)
class RevocationRequest:
    """The serial number of the certificate to be revoked, and the CRLReason."""

    serial: int
    reason: int


def read_request(body: bytes, authority: x509.Certificate) -> RevocationRequest:
    """Read the content of an rr. Raises Refusal."""
    try:
        entries = asn1.children(body)
        if len(entries) != 1:
            # RFC 9483 section 4.2: exactly one RevDetails.
            raise Refusal(FailInfo.BAD_REQUEST, "a message must hold exactly one revocation request")
        details = asn1.decode(asn1.RevDetails, entries[0])
        reason = _reason(details.entry or [])
    except ValueError:
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the revocation request cannot be read") from None
    template = details.details
    # RFC 9483 section 4.2: the certificate is named by issuer and serial number, both of them.
    if template.serial_number is None or template.issuer is None:
        raise Refusal(FailInfo.ADD_INFO_NOT_AVAILABLE, "the request must name issuer and serial number")
    if asn1.join(template.issuer) != authority.subject.public_bytes():
        raise Refusal(FailInfo.WRONG_AUTHORITY, "the certificate is not of this CA")
    return RevocationRequest(template.serial_number, reason)


def _reason(extensions: list[asn1.TLV]) -> int:
    """Return the reason code among crlEntryDetails, 0 without one. Raises ValueError, Refusal."""
    for extension in extensions:
        oid, *_, value = asn1.children(asn1.raw(extension))
        if asn1.object_identifier(oid) != _REASON_CODE:
            continue
        if value[0] != 0x04 or asn1.content_of(value)[:1] != b"\x0a":
            raise ValueError("not a reason code")
        reason = int.from_bytes(asn1.content_of(asn1.content_of(value)), "big", signed=True)
        if reason != _UNSPECIFIED and reason not in CRL_REASONS:
            # removeFromCRL (8) would bring a certificate back to life; this CA does not.
            raise Refusal(FailInfo.BAD_REQUEST, "that reason for a revocation is not taken")
        return reason
    return _UNSPECIFIED


def check(wish: RevocationRequest, issued: IssuedCertificate | None, signer: x509.Certificate) -> None:
    """Check that this signer may have this certificate revoked. Raises Refusal.

    RFC 9483 section 4.2 has the request signed with the certificate itself. A later certificate of the same owner is
    taken as well: after a renewal the older one is revoked by whoever holds the newer.
    """
    if issued is None:
        raise Refusal(FailInfo.BAD_CERT_ID, "there is no certificate with that serial number")
    if not same_name(issued.certificate.subject, signer.subject):
        raise Refusal(FailInfo.NOT_AUTHORIZED, "the certificate is somebody else's")
    if issued.revoked:
        raise Refusal(FailInfo.CERT_REVOKED, "the certificate has been revoked already")


def answer_body(status: PKIStatusInfo) -> bytes:
    """Return the rp with one status."""
    return asn1.wrap(asn1.context(BodyKind.RP), asn1.wrap(asn1.SEQUENCE, asn1.wrap(asn1.SEQUENCE, asn1.encode(status))))
