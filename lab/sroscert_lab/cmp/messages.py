"""PKIMessages: taken apart into what the CA and the router need, and put together again.

Owns the shape of messages (RFC 4210 section 5, RFC 4211). Knows no secret, no policy and no transaction.
"""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass

from cryptography import x509

from . import asn1
from .asn1 import PKIHeader, PKIStatusInfo
from .protection import Protector
from .status import BodyKind, FailInfo, PKIStatus, Refusal, UnreadableRequest

PVNO_2 = 2
PVNO_3 = 3
NONCE_BYTES = 16
_IMPLICIT_CONFIRM = "1.3.6.1.5.5.7.4.13"
CONFIRM_WAIT_TIME = "1.3.6.1.5.5.7.4.14"
OLD_CERT_ID = "1.3.6.1.5.5.7.5.1.5"
_NULL = b"\x05\x00"


@dataclass(frozen=True, slots=True)
class Message:
    """A PKIMessage as it arrived. ``body_tag`` may be a number that is no BodyKind."""

    header: PKIHeader
    header_der: bytes
    body_tag: int
    body: bytes
    body_der: bytes
    protection: bytes | None
    extra_certs: tuple[bytes, ...]
    der: bytes

    @property
    def protected_part(self) -> bytes:
        """The bytes that the protection covers (RFC 4210 section 5.1.3), as received."""
        return asn1.wrap(asn1.SEQUENCE, self.header_der + self.body_der)

    @property
    def algorithm(self) -> bytes | None:
        """The protection's AlgorithmIdentifier."""
        return None if self.header.protection_alg is None else asn1.join(self.header.protection_alg)

    @property
    def sender_name(self) -> bytes:
        """The DER of the sender's directory name. Raises Refusal when the sender is another kind of name."""
        sender = asn1.raw(self.header.sender)
        if sender[0] != asn1.context(4):
            raise Refusal(FailInfo.BAD_DATA_FORMAT, "the sender is not a directory name")
        return asn1.content_of(sender)

    def has_confirm_wait_time(self) -> bool:
        """Tell whether generalInfo holds confirmWaitTime (RFC 4210 section 5.1.1.2)."""
        return any(item and is_oid(asn1.raw(item[0]), CONFIRM_WAIT_TIME) for item in self.header.general_info or [])

    def asks_implicit_confirmation(self) -> bool:
        """Tell whether generalInfo holds implicitConfirm. Raises Refusal when its value is not NULL."""
        for item in self.header.general_info or []:
            if item and is_oid(asn1.raw(item[0]), _IMPLICIT_CONFIRM):
                if [asn1.raw(value) for value in item[1:]] not in ([], [_NULL]):
                    raise Refusal(FailInfo.BAD_DATA_FORMAT, "the value of implicitConfirm is not NULL")
                return True
        return False


def is_oid(element: bytes, oid: str) -> bool:
    """Tell whether an element is this OBJECT IDENTIFIER."""
    try:
        return asn1.object_identifier(element) == oid
    except ValueError:
        return False


def parse(der: bytes) -> Message:
    """Take a PKIMessage apart. Raises UnreadableRequest."""
    try:
        header_der, body_der = asn1.children(der)[:2]
        whole = asn1.decode(asn1.PKIMessage, der)
        header = asn1.decode(PKIHeader, header_der)
        body = asn1.content_of(body_der)
        if body_der[0] & 0xE0 != 0xA0:
            raise ValueError("the body has no context tag")
        protection = None if whole.protection is None else whole.protection.as_bytes()
        certificates = tuple(asn1.raw(item) for item in whole.extra_certs or [])
    except ValueError as error:
        raise UnreadableRequest(f"not a PKIMessage: {error}") from error
    return Message(header, header_der, body_der[0] & 0x1F, body, body_der, protection, certificates, der)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is protected: its PKIBody, whether implicit confirmation is granted, or till when certConf is
    awaited."""

    body: bytes
    implicit: bool = False
    confirm_by: datetime.datetime | None = None


GeneralInfo = list[list[asn1.TLV]]


def implicit_confirm_info() -> GeneralInfo:
    """Return the generalInfo that asks for, or grants, implicit confirmation (RFC 4210 section 5.1.1.1)."""
    return [[asn1.tlv(asn1.encode(x509.ObjectIdentifier(_IMPLICIT_CONFIRM))), asn1.tlv(_NULL)]]


def reply_info(reply: Reply) -> GeneralInfo | None:
    """Return the generalInfo of an answer: implicitConfirm, or confirmWaitTime (RFC 4210 section 5.1.1.2)."""
    if reply.implicit:
        return implicit_confirm_info()
    if reply.confirm_by is None:
        return None
    time = asn1.encode(asn1.GeneralizedTime(reply.confirm_by.replace(microsecond=0)))
    return [[asn1.tlv(asn1.encode(x509.ObjectIdentifier(CONFIRM_WAIT_TIME))), asn1.tlv(time)]]


def build(
    *, sender: bytes, recipient: bytes, body: bytes, protector: Protector | None, transaction_id: bytes | None,
    sender_nonce: bytes, recip_nonce: bytes | None = None, pvno: int = PVNO_2, extra_certs: tuple[bytes, ...] = (),
    general_info: GeneralInfo | None = None, time: datetime.datetime | None = None,
) -> bytes:
    """Return the DER of a message. ``sender`` and ``recipient`` are GeneralNames, ``body`` a whole PKIBody."""
    header = PKIHeader(
        pvno=pvno,
        sender=asn1.tlv(sender),
        recipient=asn1.tlv(recipient),
        message_time=None if time is None else asn1.GeneralizedTime(time.replace(microsecond=0)),
        protection_alg=None if protector is None else asn1.parts(protector.algorithm()),
        sender_kid=None if protector is None else protector.key_id,
        transaction_id=transaction_id,
        sender_nonce=sender_nonce,
        recip_nonce=recip_nonce,
        general_info=general_info,
    )
    header_der = asn1.encode(header)
    tail = b""
    if protector is not None:
        protection = protector.protect(asn1.wrap(asn1.SEQUENCE, header_der + body))
        tail = asn1.wrap(asn1.context(0), asn1.wrap(0x03, b"\x00" + protection))
    if extra_certs:
        tail += asn1.wrap(asn1.context(1), asn1.wrap(asn1.SEQUENCE, b"".join(extra_certs)))
    return asn1.wrap(asn1.SEQUENCE, header_der + body + tail)


def fresh_nonce() -> bytes:
    """Return the 128 random bits that RFC 4210 section 5.1.1 asks for in nonces and transaction identifiers."""
    return secrets.token_bytes(NONCE_BYTES)


# --- certificate requests -------------------------------------------------------------------------------------------


def certificate_request_der(
    subject: bytes | None, public_key: bytes, extensions: list[bytes], old_certificate: x509.Certificate | None = None
) -> bytes:
    """Return the CertRequest with certReqId 0; for a key update ``old_certificate`` becomes the oldCertID control."""
    key = asn1.decode(asn1.PublicKeyInfo, public_key)
    template = asn1.CertTemplate(
        subject=None if subject is None else asn1.parts(subject),
        public_key=key,
        extensions=[asn1.tlv(extension) for extension in extensions] or None,
    )
    controls = None
    if old_certificate is not None:
        issuer = asn1.wrap(asn1.context(4), old_certificate.issuer.public_bytes())
        identity = asn1.wrap(asn1.SEQUENCE, issuer + asn1.encode(old_certificate.serial_number))
        controls = [[asn1.tlv(asn1.encode(x509.ObjectIdentifier(OLD_CERT_ID))), asn1.tlv(identity)]]
    return asn1.encode(asn1.CertRequest(cert_req_id=0, template=template, controls=controls))


def request_body(kind: BodyKind, request_der: bytes, algorithm: bytes, signature: bytes) -> bytes:
    """Return the PKIBody of an ir, cr or kur whose proof of possession is this signature over ``request_der``."""
    popo = asn1.wrap(asn1.context(1), algorithm + asn1.encode(asn1.BitString(signature, 0)))
    entry = asn1.wrap(asn1.SEQUENCE, request_der + popo)
    return asn1.wrap(asn1.context(kind), asn1.wrap(asn1.SEQUENCE, entry))


def extension_der(value: x509.ExtensionType, *, critical: bool = False) -> bytes:
    """Return the DER of one X.509 extension."""
    flag = b"\x01\x01\xff" if critical else b""
    return asn1.wrap(asn1.SEQUENCE, asn1.encode(value.oid) + flag + asn1.wrap(0x04, value.public_bytes()))


# --- answers --------------------------------------------------------------------------------------------------------


def status_info(status: PKIStatus, refusal: Refusal | None = None) -> PKIStatusInfo:
    """Return a PKIStatusInfo, with the reason when there is one."""
    if refusal is None:
        return PKIStatusInfo(status=int(status))
    return PKIStatusInfo(
        status=int(status), status_string=[refusal.text], fail_info=asn1.bit_string({int(refusal.fail_info)})
    )


def certificate_body(
    kind: BodyKind, status: PKIStatusInfo, certificate: bytes | None = None, ca_pubs: tuple[bytes, ...] = (),
    request_id: int = 0,
) -> bytes:
    """Return an ip, cp or kup."""
    pair = None
    if certificate is not None:
        pair = asn1.CertifiedKeyPair(cert_or_enc_cert=asn1.tlv(asn1.wrap(asn1.context(0), certificate)))
    answer = asn1.CertRepMessage(
        ca_pubs=[asn1.tlv(item) for item in ca_pubs] or None,
        response=[asn1.CertResponse(cert_req_id=request_id, status=status, key_pair=pair)],
    )
    return asn1.wrap(asn1.context(kind), asn1.encode(answer))


def error_body(refusal: Refusal) -> bytes:
    """Return an error body."""
    return asn1.wrap(
        asn1.context(BodyKind.ERROR), asn1.encode(asn1.ErrorContent(status=status_info(PKIStatus.REJECTION, refusal)))
    )


def pkiconf_body() -> bytes:
    """Return a pkiConf body."""
    return asn1.wrap(asn1.context(BodyKind.PKICONF), _NULL)


def poll_body(check_after: int, request_id: int = 0) -> bytes:
    """Return a pollRep; ``check_after`` in seconds."""
    entry = asn1.encode(asn1.PollRepEntry(cert_req_id=request_id, check_after=check_after))
    return asn1.wrap(asn1.context(BodyKind.POLL_REP), asn1.wrap(asn1.SEQUENCE, entry))


def poll_request_body() -> bytes:
    """Return a pollReq for certReqId 0."""
    entry = asn1.wrap(asn1.SEQUENCE, asn1.encode(0))
    return asn1.wrap(asn1.context(BodyKind.POLL_REQ), asn1.wrap(asn1.SEQUENCE, entry))


def cert_conf_body(certificate_hash: bytes, refusal: Refusal | None = None) -> bytes:
    """Return a certConf that accepts the certificate with this hash, or says why it is refused."""
    status = None if refusal is None else status_info(PKIStatus.REJECTION, refusal)
    entry = asn1.encode(asn1.CertStatus(cert_hash=certificate_hash, cert_req_id=0, status_info=status))
    return asn1.wrap(asn1.context(BodyKind.CERT_CONF), asn1.wrap(asn1.SEQUENCE, entry))
