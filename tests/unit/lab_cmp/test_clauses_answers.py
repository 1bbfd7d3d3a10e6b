"""What every answer of the CA looks like: header, protection and statuses, whatever was asked."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import CertificationAuthority, FailInfo, asn1, general, messages, parse_dn
from sroscert_lab.cmp.macs import MacParameters, MacProtector
from sroscert_lab.cmp.signatures import SignatureProtector, signature_is_right
from sroscert_lab.cmp.status import BodyKind, PKIStatus

from tests.support.cmp_messages import NULL_SENDER, SECRET, SUBJECT, Answer, body, enrol, mac, read, seal, signed

DER = serialization.Encoding.DER
NAMED = asn1.wrap(0xA4, parse_dn("C=NL,O=Nokia,CN=sr").public_bytes())


def question() -> bytes:
    """Return the body of a genm for caCerts."""
    item = asn1.wrap(asn1.SEQUENCE, asn1.encode(x509.ObjectIdentifier(general.CA_CERTS)))
    return asn1.wrap(asn1.context(BodyKind.GENM), asn1.wrap(asn1.SEQUENCE, item))


def some_answers(ca: CertificationAuthority, key: ec.EllipticCurvePrivateKey) -> dict[str, Answer]:
    """Return answers of all kinds, to requests with the transaction ``<n>...`` and the nonce ``n``."""
    certificate = enrol(ca, key, b"0" * 16)
    new = ec.generate_private_key(ec.SECP256R1())
    return {
        "told": read(ca.handle(seal(question(), mac(), tid=b"t" * 16, sender=NAMED))),
        "refused": read(ca.handle(seal(body(key), mac(), tid=b"2" * 16))),
        "error": read(ca.handle(seal(body(key), mac(secret="wrong"), tid=b"3" * 16))),
        "signed": read(ca.handle(signed(body(new, kind=BodyKind.KUR, old=certificate), key, certificate))),
    }


@pytest.mark.clause(
    "RFC 4210 5.1.1 sender", "RFC 4210 5.1.1 recipient", "RFC 9483 3.1 transactionID", "RFC 4210 5.1.1 recipNonce",
    "RFC 4210 5.1.1 fresh nonces", "RFC 4210 5.1.1 messageTime", "RFC 9483 3.3 extraCerts of answers",
)
def test_the_header_of_every_answer(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime]
) -> None:
    """Who answers whom, in which transaction, to which message, and when; with the CA's certificate enclosed."""
    answers = some_answers(coded, router_key)
    own = coded.certificate().subject.public_bytes()
    for name, answer in answers.items():
        header = answer.message.header
        assert asn1.raw(header.sender) == asn1.wrap(asn1.context(4), own), name
        assert header.recip_nonce == b"n" * 16 and len(header.sender_nonce or b"") == 16, name
        assert answer.message.extra_certs[0] == coded.certificate().public_bytes(DER), name
        assert b"\x18\x0f" + clock[0].strftime("%Y%m%d%H%M%SZ").encode() in answer.message.header_der, name
    recipients = {name: asn1.raw(answer.message.header.recipient) for name, answer in answers.items()}
    assert recipients["told"] == NAMED and recipients["refused"] == recipients["error"] == NULL_SENDER
    assert recipients["signed"] == asn1.wrap(asn1.context(4), parse_dn(SUBJECT).public_bytes())
    tids = [answer.message.header.transaction_id for answer in answers.values()]
    assert tids == [b"t" * 16, b"2" * 16, b"3" * 16, b"u" * 16]
    assert len({answer.message.header.sender_nonce for answer in answers.values()}) == len(answers)


@pytest.mark.clause("RFC 4210 5.1.1 senderKID", "RFC 4210 5.1.3.3 answers", "RFC 9483 4.1.3 no caPubs")
def test_a_signed_answer_names_the_cas_key(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """A MAC's answer names its reference, a signature's the key identifier of the CA; a kup brings no caPubs."""
    answers = some_answers(coded, router_key)
    own = coded.certificate().extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    kids = {name: answer.message.header.sender_kid for name, answer in answers.items()}
    assert kids == {"told": b"sr-1", "refused": b"sr-1", "error": own, "signed": own}
    message = answers["signed"].message
    assert message.algorithm is not None and message.protection is not None
    assert signature_is_right(
        coded.certificate().public_key(), message.algorithm, message.protected_part, message.protection,
        accept_sha1=False,
    )
    assert asn1.decode(asn1.CertRepMessage, message.body).ca_pubs is None


@pytest.mark.clause("RFC 9483 4.1 answers", "RFC 4210 5.2.3 statusString")
def test_refusals_stand_where_they_belong(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """A request that was read is refused in the answer of its kind, with a text; a bad header in an error."""
    answers = some_answers(coded, router_key)
    assert (answers["refused"].kind, answers["refused"].status) == (BodyKind.IP, PKIStatus.REJECTION)
    assert (answers["error"].kind, answers["error"].status) == (BodyKind.ERROR, PKIStatus.REJECTION)
    certificate = x509.load_der_x509_certificate(coded.certificates.all()[0].certificate.public_bytes(DER))
    for kind, answer_kind in ((BodyKind.CR, BodyKind.CP), (BodyKind.KUR, BodyKind.KUP)):
        other = body(router_key, kind=kind, subject="CN=other", old=certificate if kind == BodyKind.KUR else None)
        answer = read(coded.handle(signed(other, router_key, certificate, tid=bytes([kind]) * 16)))
        assert (answer.kind, answer.status, len(answer.fail_info)) == (answer_kind, PKIStatus.REJECTION, 1)
    for name in ("refused", "error"):
        text = answers[name].text.encode()
        assert text and bytes((0x0C, len(text))) + text in answers[name].message.body, name


@pytest.mark.clause("RFC 9483 3.1 senderKID absent", "RFC 9483 3.3 extraCerts of requests")
def test_a_signer_without_a_key_identifier_is_found_by_its_certificate(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """The leaf alone is enclosed; without it and without senderKID the signer is unknown."""
    certificate = enrol(coded, router_key)
    sender = asn1.wrap(0xA4, certificate.subject.public_bytes())
    content, protector = body(router_key, kind=BodyKind.CR), SignatureProtector(router_key, None)
    found = seal(content, protector, tid=b"a" * 16, sender=sender, certificates=(certificate.public_bytes(DER),))
    lost = seal(content, protector, tid=b"b" * 16, sender=sender)
    assert read(coded.handle(found)).certificate is not None
    assert read(coded.handle(lost)).fail_info == {FailInfo.SIGNER_NOT_TRUSTED}


@pytest.mark.clause("RFC 9483 3.5 signer not on record")
def test_a_certificate_that_the_ca_does_not_know_signs_nothing(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, tmp_path: Path
) -> None:
    """Signed with the CA's own key, for the registered subject, and never issued."""
    own = serialization.load_pem_private_key((tmp_path / "ca" / "ca-key.pem").read_bytes(), None)
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    made = (
        x509.CertificateBuilder(coded.certificate().subject, parse_dn(SUBJECT), router_key.public_key(), 77)
        .not_valid_before(coded.certificate().not_valid_before_utc)
        .not_valid_after(coded.certificate().not_valid_after_utc)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(router_key.public_key()), critical=False)
        .sign(own, hashes.SHA256())
    )
    made.verify_directly_issued_by(coded.certificate())
    answer = read(coded.handle(signed(body(router_key, kind=BodyKind.CR), router_key, made)))
    assert answer.fail_info == {FailInfo.SIGNER_NOT_TRUSTED}


@pytest.mark.clause("depth", "X.690 10.1 DER")
@pytest.mark.parametrize("size", [8, 30_000])
def test_elements_in_elements_end_in_an_answer(coded: CertificationAuthority, size: int) -> None:
    """A body of elements one in the other, to the bound of a message, and one whose length does not end."""
    nested = b""
    while len(nested) < size:
        nested = asn1.wrap(asn1.SEQUENCE, nested)
    for number, content in enumerate((nested, b"\x30\x80\x00\x00")):
        request = asn1.wrap(asn1.context(BodyKind.IR), content)
        answer = read(coded.handle(seal(request, mac(), tid=bytes([number]) * 16)))
        assert answer.fail_info == {FailInfo.BAD_DATA_FORMAT}


@pytest.mark.clause("RFC 4210 5.1.3.1 algorithms")
@pytest.mark.parametrize(
    ("oid", "fail_info"),
    [
        ("1.2.840.113549.2.7", set()),
        ("1.3.6.1.5.5.8.1.2", set()),
        ("1.3.6.1.5.5.8.1.1", {FailInfo.BAD_ALG}),
        ("1.2.3.4", {FailInfo.BAD_ALG}),
    ],
)
def test_the_names_of_the_mac(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, oid: str, fail_info: set[FailInfo]
) -> None:
    """HMAC-SHA1 has two names in use; HMAC-MD5 and strangers are refused, in an error."""
    good = MacParameters.fresh("sha256", 100)
    known = MacParameters(good.owf, asn1.algorithm("1.2.840.113549.2.7"), 100, good.salt)
    named = MacParameters(good.owf, asn1.algorithm(oid), 100, good.salt)

    class Renamed(MacProtector):
        """Computes HMAC-SHA1 and calls it by another name."""

        def algorithm(self) -> bytes:
            return named.algorithm()

    answer = read(coded.handle(seal(body(router_key), Renamed(b"sr-1", known, SECRET.encode()))))
    assert answer.fail_info == fail_info


@pytest.mark.clause("RFC 4210 5.1.1.2 in time")
def test_what_is_not_confirmed_in_time_is_revoked(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime]
) -> None:
    """An hour, as the answer says; a later certConf is badRequest, and the code stays used."""
    first = read(coded.handle(seal(body(router_key), mac())))
    header = first.message.header
    assert first.certificate is not None and header.general_info is not None
    ((_, value),) = header.general_info
    until = asn1.decode(asn1.GeneralizedTime, asn1.raw(value)).as_datetime()
    assert until == clock[0] + datetime.timedelta(hours=1)
    clock[0] = until
    coded.handle(seal(question(), mac(), tid=b"q" * 16))
    assert not coded.certificates.all()[0].revoked
    clock[0] += datetime.timedelta(seconds=1)
    conf = messages.cert_conf_body(first.certificate.fingerprint(hashes.SHA256()))
    late = read(coded.handle(seal(conf, mac(), recip_nonce=header.sender_nonce)))
    assert late.fail_info == {FailInfo.BAD_REQUEST}
    assert coded.certificates.all()[0].revoked
    assert [entry.result for entry in coded.journal.entries()] == ["issued", "told", "not-confirmed", "refused"]
