"""Certificate requests as they arrive: CRMF in ir, cr and kur (RFC 4211), PKCS#10 in p10cr (RFC 2986).

Owns their reading, into one form, and the proof of possession each of them brings. What may be certified is decided in
``policy``.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509

from . import asn1
from .messages import OLD_CERT_ID, is_oid
from .names import TemplateContents, template_contents
from .status import BodyKind, FailInfo, Refusal

REQUEST_ID = 0
PKCS10_ID = -1


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of possession: a signature by the key asked for, and what it covers, as received."""

    algorithm: bytes
    signature: bytes
    covers: bytes


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """What one requester asks for. ``issuer`` is the DER of the issuer asked for, ``popo`` the raw ProofOfPossession of
    a CRMF request, ``covers`` what it signs; a PKCS#10 request brings its ``signature``."""

    contents: TemplateContents
    covers: bytes
    popo: bytes | None = None
    signature: Proof | None = None
    issuer: bytes | None = None
    has_validity: bool = False
    controls: tuple[tuple[bytes, ...], ...] = ()

    def old_certificate_serial(self) -> int | None:
        """Return the serial number in the oldCertID control (RFC 4211 section 6.5). Raises Refusal."""
        for control in self.controls:
            if control and is_oid(control[0], OLD_CERT_ID):
                try:
                    _, serial = asn1.children(control[1])
                    return asn1.decode(int, serial)
                except (ValueError, IndexError):
                    raise Refusal(FailInfo.BAD_DATA_FORMAT, "the oldCertID control cannot be read") from None
        return None

    def proof(self) -> Proof:
        """Return the proof of possession. Raises Refusal."""
        if self.signature is not None:
            return self.signature
        if self.popo is None:
            raise Refusal(FailInfo.BAD_POP, "the proof of possession is missing")
        return Proof(*_popo_signature(self.popo), self.covers)


def request_id(kind: BodyKind) -> int:
    """Return the certReqId that belongs to a request: -1 for a p10cr, else 0 (RFC 9483 sections 4.1.1 and 4.1.4)."""
    return PKCS10_ID if kind is BodyKind.P10CR else REQUEST_ID


def read(kind: BodyKind, body: bytes) -> CertificateRequest:
    """Read the content of an ir, cr, p10cr or kur. Raises Refusal."""
    try:
        return _read_pkcs10(body) if kind is BodyKind.P10CR else _read_crmf(body)
    except (ValueError, TypeError):  # TypeError: cryptography's, for a name with a bit string in it
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the certificate request cannot be read") from None


def _read_pkcs10(body: bytes) -> CertificateRequest:
    """Read a CertificationRequest; cryptography takes it apart, the signature is checked over the bytes received."""
    info, algorithm, signature = asn1.children(body)
    version, name, key, *_ = asn1.children(info)
    if version != b"\x02\x01\x00":
        raise ValueError("not version 1")
    csr = x509.load_der_x509_csr(body)
    contents = TemplateContents(None if name == asn1.NULL_DN else csr.subject, key, csr)
    proof = Proof(algorithm, asn1.decode(asn1.BitString, signature).as_bytes(), info)
    return CertificateRequest(contents, info, signature=proof)


def _read_crmf(body: bytes) -> CertificateRequest:
    entries = asn1.children(body)
    if len(entries) != 1:
        # RFC 9483 section 4.1.1: exactly one CertReqMsg.
        raise Refusal(FailInfo.BAD_REQUEST, "a message must hold exactly one certificate request")
    request_der, *rest = asn1.children(entries[0])
    request = asn1.decode(asn1.CertRequest, request_der)
    template = request.template
    contents = template_contents(template)
    if request.cert_req_id != REQUEST_ID:
        raise Refusal(FailInfo.BAD_REQUEST, "the certReqId must be 0")
    return CertificateRequest(
        contents, request_der,
        popo=rest[0] if rest and rest[0][0] & 0xC0 == 0x80 else None,
        issuer=None if template.issuer is None else asn1.join(template.issuer),
        has_validity=template.validity is not None,
        controls=tuple(tuple(asn1.raw(part) for part in control) for control in request.controls or []),
    )


def _popo_signature(popo: bytes) -> tuple[bytes, bytes]:
    """Return algorithm and signature of a POPOSigningKey without poposkInput (RFC 4211 section 4.1). Raises Refusal."""
    if popo[0] == 0x80:
        raise Refusal(FailInfo.NOT_AUTHORIZED, "only a registration authority may vouch for the possession of a key")
    if popo[0] != asn1.context(1):
        raise Refusal(FailInfo.BAD_POP, "possession of the key must be proven by a signature")
    try:
        elements = asn1.split(asn1.content_of(popo))
        if elements and elements[0][0] == asn1.context(0):
            raise Refusal(FailInfo.BAD_POP, "poposkInput is only for templates without subject or key")
        identifier, bits = elements
        asn1.children(identifier)
        return identifier, asn1.decode(asn1.BitString, bits).as_bytes()
    except ValueError:
        raise Refusal(FailInfo.BAD_POP, "the proof of possession cannot be read") from None
