"""Requests to the lab's CA made by hand, and its answers taken apart."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import (
    AlternativeNames,
    CertificationAuthority,
    asn1,
    messages,
    parse_dn,
)
from sroscert_lab.cmp.macs import MacParameters, MacProtector
from sroscert_lab.cmp.protection import Protector
from sroscert_lab.cmp.signatures import SignatureProtector, SigningKey, sign, signature_algorithm
from sroscert_lab.cmp.status import BodyKind

SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"
SECRET = "correct horse"
NULL_SENDER = b"\xa4\x02\x30\x00"


@dataclass(frozen=True)
class Answer:
    """The parts of an answer that tests look at."""

    kind: int
    status: int | None
    fail_info: Set[int]
    text: str
    certificate: x509.Certificate | None
    message: messages.Message


def read(der: bytes) -> Answer:
    """Read an answer."""
    message = messages.parse(der)
    info, certificate = None, None
    if message.body_tag == BodyKind.ERROR:
        info = asn1.decode(asn1.ErrorContent, message.body).status
    elif message.body_tag in (BodyKind.IP, BodyKind.CP, BodyKind.KUP):
        response = asn1.decode(asn1.CertRepMessage, message.body).response[0]
        info = response.status
        if response.key_pair is not None:
            element = asn1.raw(response.key_pair.cert_or_enc_cert)
            certificate = x509.load_der_x509_certificate(asn1.content_of(element))
    fail_info = frozenset(asn1.bits_of(info.fail_info)) if info else frozenset()
    text = " ".join(info.status_string or []) if info else ""
    return Answer(message.body_tag, info.status if info else None, fail_info, text, certificate, message)


def mac(reference: str = "sr-1", secret: str = SECRET, iterations: int = 200) -> MacProtector:
    """Return a protector with an enrolment code."""
    return MacProtector(reference.encode(), MacParameters.fresh("sha256", iterations), secret.encode())


def body(
    key: SigningKey, *, kind: BodyKind = BodyKind.IR, subject: str | None = SUBJECT,
    ips: tuple[str, ...] = ("10.0.0.1",), extensions: tuple[x509.ExtensionType, ...] = (),
    signing_key: SigningKey | None = None, old: x509.Certificate | None = None,
    hash_name: str = "sha256",
) -> bytes:
    """Return the body of a request, signed by ``signing_key`` in place of ``key`` when given."""
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    values = ([AlternativeNames.of(ips).as_extension()] if ips else []) + list(extensions)
    request = messages.certificate_request_der(
        parse_dn(subject).public_bytes() if subject else None, public,
        [messages.extension_der(value) for value in values], old,
    )
    signer = signing_key or key
    algorithm = signature_algorithm(signer, hash_name)
    return messages.request_body(kind, request, algorithm, sign(signer, hash_name, request))


def seal(
    content: bytes, protector: Protector | None, *, tid: bytes | None = b"t" * 16, nonce: bytes = b"n" * 16,
    sender: bytes = NULL_SENDER, recip_nonce: bytes | None = None, pvno: int = 2, implicit: bool = False,
    certificates: tuple[bytes, ...] = (),
) -> bytes:
    """Return a request."""
    return messages.build(
        sender=sender, recipient=NULL_SENDER, body=content, protector=protector, transaction_id=tid,
        sender_nonce=nonce, recip_nonce=recip_nonce, pvno=pvno, extra_certs=certificates,
        general_info=messages.implicit_confirm_info() if implicit else None,
    )


def signed(
    content: bytes, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, *, tid: bytes = b"u" * 16,
    sender: str = SUBJECT, recip_nonce: bytes | None = None,
) -> bytes:
    """Return a request that is signed with this certificate's key."""
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    return seal(
        content, SignatureProtector(key, identifier), tid=tid, recip_nonce=recip_nonce,
        sender=asn1.wrap(0xA4, parse_dn(sender).public_bytes()),
        certificates=(certificate.public_bytes(serialization.Encoding.DER),),
    )


def enrol(ca: CertificationAuthority, key: ec.EllipticCurvePrivateKey, tid: bytes = b"t" * 16) -> x509.Certificate:
    """Return a certificate that the code got, confirmed implicitly."""
    answer = read(ca.handle(seal(body(key), mac(), tid=tid, implicit=True)))
    assert answer.certificate is not None
    return answer.certificate
