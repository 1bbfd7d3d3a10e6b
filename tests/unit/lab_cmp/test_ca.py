"""What the CA decides, asked without a socket."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sroscert_lab.cmp import (
    AlternativeNames,
    CertificationAuthority,
    FailInfo,
    Policy,
    UnreadableRequest,
    asn1,
    messages,
    parse_dn,
)
from sroscert_lab.cmp.macs import mac_is_right, mac_parameters
from sroscert_lab.cmp.signatures import sign, signature_algorithm, signature_is_right
from sroscert_lab.cmp.status import BodyKind, PKIStatus

from tests.support.cmp_messages import SECRET, SUBJECT, body, enrol, mac, read, seal


@pytest.mark.clause("RFC 4210 5.1.3.1 answers")
def test_an_ir_with_a_code_is_granted(coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey) -> None:
    """The answer is protected the way the request was, with a fresh salt, and belongs to it."""
    request = seal(body(router_key), mac(iterations=321))
    answer = read(coded.handle(request))
    header, asked = answer.message.header, messages.parse(request).header
    assert (answer.kind, answer.status) == (BodyKind.IP, PKIStatus.ACCEPTED)
    assert (header.transaction_id, header.recip_nonce, header.sender_kid) == (b"t" * 16, b"n" * 16, b"sr-1")
    mine, theirs = (mac_parameters(asn1.join(h.protection_alg or [])) for h in (asked, header))
    assert mine is not None and theirs is not None and answer.message.protection is not None
    assert dataclasses.replace(theirs, salt=mine.salt) == mine and theirs.salt != mine.salt
    assert mac_is_right(theirs, SECRET.encode(), answer.message.protected_part, answer.message.protection)
    assert not answer.message.asks_implicit_confirmation()
    assert answer.message.has_confirm_wait_time()


def test_a_lifetime_that_is_asked_for_is_the_cas_to_decide(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """RFC 4210 section 5.2.3: what is certified otherwise than asked is granted with modifications."""
    public = router_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    plain = messages.certificate_request_der(parse_dn(SUBJECT).public_bytes(), public, [])
    request = asn1.decode(asn1.CertRequest, plain)
    until = asn1.wrap(asn1.context(1), b"\x18\x0f20991231235959Z")
    request.template.validity = [asn1.tlv(until)]
    asked = asn1.encode(request)
    signed = messages.request_body(
        BodyKind.IR, asked, signature_algorithm(router_key, "sha256"), sign(router_key, "sha256", asked)
    )

    answer = read(coded.handle(seal(signed, mac())))

    assert (answer.kind, answer.status) == (BodyKind.IP, PKIStatus.GRANTED_WITH_MODS)
    assert answer.certificate is not None and answer.certificate.not_valid_after_utc.year < 2099


@pytest.mark.clause("RFC 4211 5 publicKey")
def test_the_certificate_is_as_asked(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime]
) -> None:
    """Subject in the order asked, SAN, usages and identifiers are there, and its validity begins five minutes ago."""
    certificate = enrol(coded, router_key)
    extensions = certificate.extensions
    issuer = coded.certificate()
    issuer_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert certificate.subject == parse_dn(SUBJECT)
    assert extensions.get_extension_for_class(x509.SubjectAlternativeName).value == AlternativeNames(
        ("10.0.0.1",)
    ).as_extension()
    assert usage.digital_signature and not usage.key_cert_sign
    assert [oid.dotted_string for oid in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value] == [
        "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2",
    ]
    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == issuer_id
    assert certificate.not_valid_before_utc == clock[0] - datetime.timedelta(minutes=5)
    assert certificate.not_valid_after_utc == clock[0] + datetime.timedelta(days=365)
    certificate.verify_directly_issued_by(issuer)


def test_the_ca_certificate_may_sign_messages(ca: CertificationAuthority) -> None:
    """The CA certificate has digitalSignature, keyCertSign, cRLSign and CA:TRUE."""
    extensions = ca.certificate().extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and usage.key_cert_sign and usage.crl_sign
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_lifetime_of_seconds_in_advanced_time_starts_in_real_time(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime]
) -> None:
    """notBefore follows the earlier clock, notAfter lab time."""
    real = clock[0]
    clock[0] += datetime.timedelta(days=100)
    coded.lifetime = datetime.timedelta(seconds=7)
    certificate = enrol(coded, router_key)
    assert certificate.not_valid_before_utc == real - datetime.timedelta(minutes=5)
    assert certificate.not_valid_after_utc == clock[0] + datetime.timedelta(seconds=7)


@pytest.mark.clause("RFC 9810 8.7 once")
def test_a_consumed_code_is_refused(coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey) -> None:
    """A second ir with the same code, in a transaction of its own, is not authorized."""
    enrol(coded, router_key)
    answer = read(coded.handle(seal(body(router_key), mac(), tid=b"v" * 16)))
    assert (answer.kind, answer.status, answer.fail_info) == (
        BodyKind.IP, PKIStatus.REJECTION, {FailInfo.NOT_AUTHORIZED}
    )
    assert len(coded.certificates.all()) == 1


@pytest.mark.clause("RFC 9483 3.5 transactionID in use")
def test_a_replayed_ir_does_not_issue_after_a_restart(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, tmp_path: Path,
    clock: list[datetime.datetime],
) -> None:
    """Even with the code restored, the transaction identifier is known for ever."""
    request = seal(body(router_key), mac(), implicit=True)
    assert read(coded.handle(request)).certificate is not None
    coded.codes.restore("sr-1")
    coded.close()
    again = CertificationAuthority.create_or_load(tmp_path / "ca", "Lab CA", lambda: clock[0])
    try:
        answer = read(again.handle(request))
        assert (answer.kind, answer.fail_info) == (BodyKind.ERROR, {FailInfo.TRANSACTION_ID_IN_USE})
        assert len(again.certificates.all()) == 1
    finally:
        again.close()


@pytest.mark.clause("RFC 9810 8.7 once")
def test_the_consumed_code_is_remembered_after_a_restart(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, tmp_path: Path,
    clock: list[datetime.datetime],
) -> None:
    """A new transaction with the used code is refused by the restarted CA."""
    enrol(coded, router_key)
    coded.close()
    again = CertificationAuthority.create_or_load(tmp_path / "ca", "Lab CA", lambda: clock[0])
    try:
        assert read(again.handle(seal(body(router_key), mac(), tid=b"v" * 16))).fail_info == {FailInfo.NOT_AUTHORIZED}
    finally:
        again.close()


@pytest.mark.clause("codes are not told apart", "RFC 4210 5.1.3 checked")
def test_a_wrong_secret_and_an_unknown_reference_look_the_same(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """Bodies are equal, and so are all header fields that do not differ by chance."""
    answers = [
        read(coded.handle(seal(body(router_key), protector)))
        for protector in (mac(secret="wrong"), mac(reference="sr-2"))
    ]
    wrong, unknown = answers
    assert wrong.fail_info == {FailInfo.BAD_MESSAGE_CHECK}
    assert wrong.message.body == unknown.message.body
    assert wrong.message.algorithm == unknown.message.algorithm
    assert wrong.message.extra_certs == unknown.message.extra_certs
    for name in ("pvno", "sender_kid", "recip_kid", "transaction_id", "recip_nonce", "message_time", "general_info"):
        assert getattr(wrong.message.header, name) == getattr(unknown.message.header, name), name


@pytest.mark.clause("codes are deleted")
@pytest.mark.parametrize("secret", [SECRET, ""])
def test_a_code_whose_secret_is_deleted_is_as_one_that_never_was(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime], secret: str
) -> None:
    """No secret is right, the empty one neither."""
    assert coded.codes.consume("sr-1", "abc")
    clock[0] += datetime.timedelta(days=1)
    coded.codes.issue("sr-2", subject=SUBJECT)

    answer = read(coded.handle(seal(body(router_key), mac(secret=secret))))

    assert answer.fail_info == {FailInfo.BAD_MESSAGE_CHECK}


@pytest.mark.clause("RFC 9483 3.6 before authentication", "RFC 4210 5.1.3 protected")
def test_an_answer_before_authentication_is_signed(
    ca: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """The CA's key signs what no secret can protect."""
    answer = read(ca.handle(seal(body(router_key), None)))
    message = answer.message
    assert answer.fail_info == {FailInfo.BAD_MESSAGE_CHECK}
    assert message.algorithm is not None and message.protection is not None
    assert signature_is_right(
        ca.certificate().public_key(), message.algorithm, message.protected_part, message.protection,
        accept_sha1=False,
    )


@pytest.mark.clause("codes are locked")
def test_a_reference_is_locked_after_ten_wrong_macs(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """After ten guesses the right secret does not help either, until an operator restores the code."""
    content = body(router_key)
    for number in range(10):
        coded.handle(seal(content, mac(secret=f"guess {number}"), tid=bytes([number]) * 16))
    assert read(coded.handle(seal(content, mac()))).fail_info == {FailInfo.BAD_MESSAGE_CHECK}
    coded.codes.restore("sr-1")
    assert read(coded.handle(seal(content, mac()))).certificate is not None


@pytest.mark.clause("codes are bound")
@pytest.mark.parametrize(
    ("ips", "subject", "fail_info"),
    [
        (("10.0.0.2",), SUBJECT, FailInfo.NOT_AUTHORIZED),
        (("10.0.0.1", "10.0.0.2"), SUBJECT, FailInfo.NOT_AUTHORIZED),
        (("10.0.0.1",), "C=NL,ST=ZH,O=Nokia,CN=other", FailInfo.NOT_AUTHORIZED),
        (("10.0.0.1",), None, FailInfo.BAD_CERT_TEMPLATE),
    ],
)
def test_names_other_than_the_codes_are_refused(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, ips: tuple[str, ...], subject: str | None,
    fail_info: FailInfo,
) -> None:
    """The code is for one subject and its alternative names, and stays unused when others are asked for."""
    answer = read(coded.handle(seal(body(router_key, ips=ips, subject=subject), mac())))
    assert (answer.kind, answer.fail_info, answer.certificate) == (BodyKind.IP, {fail_info}, None)
    code = coded.codes.find("sr-1")
    assert code is not None and code.consumed is None


def test_other_kinds_of_alternative_names_are_refused(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """A URI cannot be registered, so it cannot be asked for."""
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("https://example")])
    answer = read(coded.handle(seal(body(router_key, ips=(), extensions=(names,)), mac())))
    assert answer.fail_info == {FailInfo.NOT_AUTHORIZED}


def test_the_order_of_the_subject_is_the_requesters(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """The registered name in another order is the same name, and is certified as asked."""
    answer = read(coded.handle(seal(body(router_key, subject="CN=sr,O=Nokia,ST=ZH,C=NL"), mac())))
    assert answer.certificate is not None
    assert answer.certificate.subject == parse_dn("CN=sr,O=Nokia,ST=ZH,C=NL")


@pytest.mark.clause("codes expire")
def test_an_expired_code_is_refused(
    ca: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime]
) -> None:
    """The code ends at its time, in lab time."""
    ca.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",), expires=clock[0])
    assert read(ca.handle(seal(body(router_key), mac()))).fail_info == {FailInfo.NOT_AUTHORIZED}


def test_a_ca_whose_certificate_has_ended_certifies_nothing(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime]
) -> None:
    """By the lab's time; what it shows is the certificate that everybody has."""
    clock[0] = coded.certificate().not_valid_after_utc
    assert read(coded.handle(seal(body(router_key), mac(), tid=b"v" * 16))).certificate is not None
    coded.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",))
    clock[0] += datetime.timedelta(seconds=1)
    answer = read(coded.handle(seal(body(router_key), mac(), tid=b"w" * 16)))
    assert (answer.fail_info, answer.text) == ({FailInfo.BAD_REQUEST}, "the certificate of the CA has expired")


def test_a_request_that_can_come_to_nothing_does_not_wait(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """A consumed code is refused at once by a CA that makes others wait."""
    enrol(coded, router_key)
    coded.faults.set(pending=-1)
    assert read(coded.handle(seal(body(router_key), mac(), tid=b"v" * 16))).status == PKIStatus.REJECTION


@pytest.mark.clause("RFC 4211 5 issuer")
def test_another_issuer_is_the_wrong_authority(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """A template may name this CA as issuer, and no other."""
    public = router_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    answers = []
    for number, issuer in enumerate((parse_dn("CN=Another CA"), coded.certificate().subject)):
        template = asn1.CertTemplate(
            issuer=asn1.parts(issuer.public_bytes()), subject=asn1.parts(parse_dn(SUBJECT).public_bytes()),
            public_key=asn1.decode(asn1.PublicKeyInfo, public),
        )
        request = asn1.encode(asn1.CertRequest(cert_req_id=0, template=template))
        algorithm = signature_algorithm(router_key, "sha256")
        content = messages.request_body(BodyKind.IR, request, algorithm, sign(router_key, "sha256", request))
        answers.append(read(coded.handle(seal(content, mac(), tid=bytes([number]) * 16))))
    assert answers[0].fail_info == {FailInfo.WRONG_AUTHORITY}
    assert answers[1].certificate is not None


def test_a_ca_certificate_cannot_be_had(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """basicConstraints CA:TRUE in the template is badCertTemplate."""
    wish = x509.BasicConstraints(ca=True, path_length=None)
    answer = read(coded.handle(seal(body(router_key, extensions=(wish,)), mac())))
    assert answer.fail_info == {FailInfo.BAD_CERT_TEMPLATE}


@pytest.mark.clause("RFC 4211 4.1 signature", "RFC 9481 2 SHA-1")
def test_the_proof_of_possession_must_be_of_the_key(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """A signature by another key is badPOP, one with SHA-1 badAlg."""
    other = ec.generate_private_key(ec.SECP256R1())
    wrong = read(coded.handle(seal(body(router_key, signing_key=other), mac())))
    weak = read(coded.handle(seal(body(router_key, hash_name="sha1"), mac(), tid=b"v" * 16)))
    assert (wrong.fail_info, weak.fail_info) == ({FailInfo.BAD_POP}, {FailInfo.BAD_ALG})


@pytest.mark.clause("RFC 4211 5 unknown key")
@pytest.mark.parametrize("bits", [1024, 2048])
def test_rsa_keys_have_a_least_size(coded: CertificationAuthority, bits: int) -> None:
    """1024 bits are badAlg, 2048 are certified and may encipher keys."""
    answer = read(coded.handle(seal(body(rsa.generate_private_key(65537, bits)), mac())))
    assert answer.fail_info == ({FailInfo.BAD_ALG} if bits < 2048 else set())
    if answer.certificate is not None:
        assert answer.certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_encipherment


@pytest.mark.clause("RFC 9483 3.5 transactionID missing", "RFC 9483 3.5 senderNonce")
@pytest.mark.parametrize(
    ("changes", "fail_info"),
    [
        ({"pvno": 1}, FailInfo.UNSUPPORTED_VERSION),
        ({"tid": None}, FailInfo.BAD_DATA_FORMAT),
        ({"tid": b"t" * 129}, FailInfo.BAD_DATA_FORMAT),
        ({"nonce": b"short"}, FailInfo.BAD_SENDER_NONCE),
    ],
)
def test_headers_are_checked(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, changes: dict[str, object],
    fail_info: FailInfo,
) -> None:
    """A header that RFC 4210 forbids is answered with the failInfo for it."""
    answer = read(coded.handle(seal(body(router_key), mac(), **changes)))  # type: ignore[arg-type]
    assert (answer.kind, answer.fail_info) == (BodyKind.ERROR, {fail_info})


def test_what_is_no_message_is_unreadable(ca: CertificationAuthority) -> None:
    """Without a header there is nothing to answer to."""
    with pytest.raises(UnreadableRequest):
        ca.handle(b"\x30\x03\x02\x01\x02")


def test_kinds_that_are_not_served_are_bad_requests(coded: CertificationAuthority) -> None:
    """A confirmation from a client gets an error, protected like the request."""
    answer = read(coded.handle(seal(asn1.wrap(0xA0 | BodyKind.PKICONF, b"\x05\x00"), mac())))
    assert answer.fail_info == {FailInfo.BAD_REQUEST}
    assert answer.message.header.sender_kid == b"sr-1"


@pytest.mark.clause("RFC 4210 5.1.1 empty sender")
def test_a_null_sender_needs_the_compat_policy(
    tmp_path: Path, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime]
) -> None:
    """Without it the empty sender of a stock SR OS is refused."""
    strict = CertificationAuthority.create_or_load(
        tmp_path / "strict", "CA", lambda: clock[0], key_kind="ecdsa-p256", policy=Policy(accept_null_sender=False)
    )
    strict.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",))
    answer = read(strict.handle(seal(body(router_key), mac())))
    named = seal(body(router_key), mac(), tid=b"v" * 16, sender=asn1.wrap(0xA4, parse_dn(SUBJECT).public_bytes()))
    assert answer.fail_info == {FailInfo.BAD_DATA_FORMAT}
    assert read(strict.handle(named)).certificate is not None
    strict.close()
