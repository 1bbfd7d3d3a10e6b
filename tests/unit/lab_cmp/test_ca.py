"""What the CA decides, asked without a socket."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
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
from sroscert_lab.cmp.status import BodyKind, PKIStatus, Refusal

from tests.support.cmp_messages import SECRET, SUBJECT, Answer, body, enrol, mac, read, seal, signed


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


# --- cr and kur -----------------------------------------------------------------------------------------------------


@pytest.mark.clause("RFC 9483 4.1.3 template")
def test_a_renewal_keeps_the_identity(coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey) -> None:
    """A kur without subject and SAN gets those of the certificate that signs it; the answer is signed by the CA."""
    certificate = enrol(coded, router_key)
    new_key = ec.generate_private_key(ec.SECP256R1())
    content = body(new_key, kind=BodyKind.KUR, subject=None, ips=(), old=certificate)
    answer = read(coded.handle(signed(content, router_key, certificate)))
    message = answer.message
    assert answer.certificate is not None and message.algorithm and message.protection
    assert answer.certificate.subject == certificate.subject
    assert answer.certificate.public_key() == new_key.public_key()
    renewed, present = (
        item.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        for item in (answer.certificate, certificate)
    )
    assert renewed == present
    assert signature_is_right(
        coded.certificate().public_key(), message.algorithm, message.protected_part, message.protection,
        accept_sha1=False,
    )


@pytest.mark.clause("own identity")
def test_a_requester_may_renew_only_itself(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """Another subject or a wider SAN is not authorized, whatever the signature."""
    certificate = enrol(coded, router_key)
    for number, wish in enumerate(({"subject": "CN=other"}, {"ips": ("10.0.0.1", "10.0.0.9")})):
        content = body(router_key, kind=BodyKind.CR, **wish)  # type: ignore[arg-type]
        answer = read(coded.handle(signed(content, router_key, certificate, tid=bytes([number]) * 16)))
        assert (answer.kind, answer.fail_info) == (BodyKind.CP, {FailInfo.NOT_AUTHORIZED})


def test_an_open_code_widens_what_a_cr_may_ask_for_once(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """Names that an unused code of the same subject has are given to a cr, which uses the code up; a kur gets none."""
    certificate = enrol(coded, router_key)
    coded.codes.issue("wider", subject=SUBJECT, san_ips=("10.0.0.1", "10.0.0.9"))
    coded.codes.issue("other", subject="CN=other", san_ips=("10.0.0.7",))
    key = ec.generate_private_key(ec.SECP256R1())

    def ask(number: int, kind: BodyKind, *ips: str) -> Answer:
        content = body(key, kind=kind, ips=ips)
        return read(coded.handle(signed(content, router_key, certificate, tid=bytes([number]) * 16)))

    assert ask(1, BodyKind.KUR, "10.0.0.1", "10.0.0.9").fail_info == {FailInfo.NOT_AUTHORIZED}
    assert ask(2, BodyKind.CR, "10.0.0.7").fail_info == {FailInfo.NOT_AUTHORIZED}
    assert ask(3, BodyKind.CR, "10.0.0.1").certificate is not None
    assert [code.reference for code in coded.codes.open_for(certificate.subject)] == ["wider"]
    assert ask(4, BodyKind.CR, "10.0.0.1", "10.0.0.9").certificate is not None
    assert ask(5, BodyKind.CR, "10.0.0.1", "10.0.0.9").fail_info == {FailInfo.NOT_AUTHORIZED}


@pytest.mark.clause("RFC 9483 4.1.3 new key", "RFC 9483 4.1.2 signed")
def test_an_update_needs_a_new_key_and_a_signature(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """The same key is badCertTemplate in a kur, and allowed in a cr; the wrong protection is wrongIntegrity."""
    certificate = enrol(coded, router_key)
    same = read(coded.handle(signed(body(router_key, kind=BodyKind.KUR), router_key, certificate)))
    again = read(coded.handle(signed(body(router_key, kind=BodyKind.CR), router_key, certificate, tid=b"x" * 16)))
    macs = read(coded.handle(seal(body(router_key, kind=BodyKind.KUR), mac(), tid=b"w" * 16)))
    first = read(coded.handle(signed(body(router_key), router_key, certificate, tid=b"y" * 16)))
    assert (first.kind, first.fail_info) == (BodyKind.ERROR, {FailInfo.WRONG_INTEGRITY})
    assert same.fail_info == {FailInfo.BAD_CERT_TEMPLATE}
    assert again.certificate is not None
    assert (macs.kind, macs.fail_info) == (BodyKind.ERROR, {FailInfo.WRONG_INTEGRITY})


@pytest.mark.clause(
    "RFC 9483 3.5 signer unknown", "RFC 9483 3.5 signer expired", "RFC 9483 3.5 signer revoked",
    "RFC 9483 3.1 sender of a signature", "RFC 4210 5.1.3 checked",
)
def test_signers_that_are_strange_revoked_or_expired_are_refused(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime]
) -> None:
    """Each has the failInfo of its own reason."""
    certificate = enrol(coded, router_key)
    content = body(router_key, kind=BodyKind.CR)
    stranger = ec.generate_private_key(ec.SECP256R1())
    forged = (
        x509.CertificateBuilder(certificate.issuer, certificate.subject, stranger.public_key(), 5)
        .not_valid_before(clock[0])
        .not_valid_after(clock[0] + datetime.timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(stranger.public_key()), critical=False)
        .sign(stranger, hashes.SHA256())
    )
    assert read(coded.handle(signed(content, stranger, forged))).fail_info == {FailInfo.SIGNER_NOT_TRUSTED}
    assert read(coded.handle(signed(content, stranger, certificate))).fail_info == {FailInfo.BAD_MESSAGE_CHECK}
    assert read(coded.handle(signed(content, router_key, certificate, sender="CN=x"))).fail_info == {
        FailInfo.BAD_MESSAGE_CHECK
    }
    now, clock[0] = clock[0], clock[0] + datetime.timedelta(days=366)
    assert read(coded.handle(signed(content, router_key, certificate))).fail_info == {FailInfo.SIGNER_NOT_TRUSTED}
    clock[0] = now
    coded.certificates.revoke(f"{certificate.serial_number:x}")
    assert read(coded.handle(signed(content, router_key, certificate))).fail_info == {FailInfo.CERT_REVOKED}
    assert x509.load_der_x509_crl(coded.crl_der()).get_revoked_certificate_by_serial_number(certificate.serial_number)


@pytest.mark.clause("RFC 4211 6.5 oldCertID")
def test_the_old_certificate_of_an_update_must_be_the_signing_one(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """An oldCertID with another serial number is badCertId."""
    certificate = enrol(coded, router_key)
    new_key = ec.generate_private_key(ec.SECP256R1())
    content = body(new_key, kind=BodyKind.KUR, old=coded.certificate())
    assert read(coded.handle(signed(content, router_key, certificate))).fail_info == {FailInfo.BAD_CERT_ID}


# --- confirmation ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("RFC 9483 3.5 recipNonce of a later message", "RFC 4210 5.3.18 twice")
def test_confirmation_ends_the_transaction(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """A wrong nonce and a wrong hash are refused, the right certConf gets pkiConf, a second one certConfirmed."""
    first = read(coded.handle(seal(body(router_key), mac())))
    nonce = first.message.header.sender_nonce
    assert first.certificate is not None
    right = messages.cert_conf_body(first.certificate.fingerprint(hashes.SHA256()))
    wrong = messages.cert_conf_body(b"\0" * 32)
    assert read(coded.handle(seal(right, mac(), recip_nonce=b"z" * 16))).fail_info == {FailInfo.BAD_RECIPIENT_NONCE}
    assert read(coded.handle(seal(wrong, mac(), recip_nonce=nonce))).fail_info == {FailInfo.BAD_CERT_ID}
    assert read(coded.handle(seal(right, mac(), recip_nonce=nonce))).kind == BodyKind.PKICONF
    assert read(coded.handle(seal(right, mac(), recip_nonce=nonce))).fail_info == {FailInfo.CERT_CONFIRMED}


@pytest.mark.clause("RFC 4210 5.3.18 rejection")
def test_a_rejected_certificate_is_revoked(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """The client's refusal is answered with pkiConf, and the code stays consumed."""
    first = read(coded.handle(seal(body(router_key), mac())))
    assert first.certificate is not None
    no = messages.cert_conf_body(
        first.certificate.fingerprint(hashes.SHA256()), Refusal(FailInfo.INCORRECT_DATA, "not mine")
    )
    answer = read(coded.handle(seal(no, mac(), recip_nonce=first.message.header.sender_nonce)))
    code = coded.codes.find("sr-1")
    assert answer.kind == BodyKind.PKICONF
    assert [item.revoked for item in coded.certificates.all()] == [True]
    assert code is not None and code.consumed is not None


@pytest.mark.clause("RFC 9483 3.5 transactionID unknown")
def test_nobody_else_can_confirm(coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey) -> None:
    """Another code's holder is told the same as for a transaction that does not exist."""
    coded.codes.issue("sr-2", "other secret", subject="CN=sr2")
    first = read(coded.handle(seal(body(router_key), mac())))
    assert first.certificate is not None
    content = messages.cert_conf_body(first.certificate.fingerprint(hashes.SHA256()))
    nonce = first.message.header.sender_nonce
    foreign = read(coded.handle(seal(content, mac("sr-2", "other secret"), recip_nonce=nonce)))
    missing = read(coded.handle(seal(content, mac("sr-2", "other secret"), recip_nonce=nonce, tid=b"q" * 16)))
    assert foreign.fail_info == missing.fail_info == {FailInfo.BAD_REQUEST}
    assert foreign.text == missing.text


@pytest.mark.clause("RFC 4210 5.1.1.1 granted")
def test_implicit_confirmation_is_granted_by_policy(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, tmp_path: Path,
    clock: list[datetime.datetime],
) -> None:
    """Granted means that the answer repeats implicitConfirm; a CA that does not grant it waits for certConf."""
    granted = read(coded.handle(seal(body(router_key), mac(), implicit=True)))
    other = CertificationAuthority.create_or_load(
        tmp_path / "other", "CA", lambda: clock[0], key_kind="ecdsa-p256", policy=Policy(implicit_confirm=False)
    )
    other.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",))
    explicit = read(other.handle(seal(body(router_key), mac(), implicit=True)))
    assert granted.message.asks_implicit_confirmation()
    assert explicit.certificate is not None and not explicit.message.asks_implicit_confirmation()
    other.close()


# --- polling and faults ---------------------------------------------------------------------------------------------


@pytest.mark.clause("RFC 9483 4.4 waiting")
def test_a_waiting_request_is_issued_when_approved(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """Polls are told to come back until somebody approves; the code is consumed only then."""
    coded.faults.set(pending=-1, check_after=17)
    first = read(coded.handle(seal(body(router_key), mac())))
    code = coded.codes.find("sr-1")
    assert (first.status, first.certificate) == (PKIStatus.WAITING, None)
    assert code is not None and code.consumed is None
    poll = messages.poll_request_body()
    again = read(coded.handle(seal(poll, mac(), recip_nonce=first.message.header.sender_nonce)))
    entry = asn1.decode(asn1.PollRepEntry, asn1.children(again.message.body)[0])
    assert (again.kind, entry.check_after, coded.waiting()) == (BodyKind.POLL_REP, 17, (b"t" * 16,))
    assert coded.approve() == 1
    last = read(coded.handle(seal(poll, mac(), recip_nonce=again.message.header.sender_nonce)))
    assert (last.kind, last.certificate is not None) == (BodyKind.IP, True)


def test_a_waiting_request_survives_a_restart(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, tmp_path: Path,
    clock: list[datetime.datetime],
) -> None:
    """The restarted CA still knows what was asked."""
    coded.faults.set(pending=0)
    first = read(coded.handle(seal(body(router_key), mac())))
    coded.close()
    again = CertificationAuthority.create_or_load(tmp_path / "ca", "Lab CA", lambda: clock[0])
    nonce = first.message.header.sender_nonce
    assert read(again.handle(seal(messages.poll_request_body(), mac(), recip_nonce=nonce))).certificate is not None
    again.close()


def test_a_code_serves_one_of_two_waiting_requests(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """The second request to be approved finds the code consumed."""
    coded.faults.set(pending=0)
    nonces = [
        read(coded.handle(seal(body(router_key), mac(), tid=tid))).message.header.sender_nonce
        for tid in (b"a" * 16, b"b" * 16)
    ]
    one, two = (
        read(coded.handle(seal(messages.poll_request_body(), mac(), tid=tid, recip_nonce=nonce)))
        for tid, nonce in zip((b"a" * 16, b"b" * 16), nonces, strict=True)
    )
    assert one.certificate is not None
    assert (two.certificate, two.fail_info) == (None, {FailInfo.NOT_AUTHORIZED})


def test_faults_spoil_the_certificate(coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey) -> None:
    """Wrong SAN, subject and key are issued when told so, and only then."""
    coded.faults.set(wrong_san="10.9.9.9", wrong_subject=True, wrong_key=True)
    certificate = enrol(coded, router_key)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["10.9.9.9"]
    assert certificate.subject != parse_dn(SUBJECT)
    assert certificate.public_key() != router_key.public_key()


def test_a_rejecting_ca_gives_its_reason(coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey) -> None:
    """The failInfo is the one that was set; with unprotected_errors it comes as EJBCA sends it."""
    coded.faults.set(reject=FailInfo.SYSTEM_UNAVAIL)
    protected = read(coded.handle(seal(body(router_key), mac())))
    coded.faults.set(unprotected_errors=True)
    bare = read(coded.handle(seal(body(router_key), mac(), tid=b"v" * 16)))
    assert (protected.kind, protected.fail_info) == (BodyKind.IP, {FailInfo.SYSTEM_UNAVAIL})
    assert (bare.kind, bare.fail_info) == (BodyKind.ERROR, {FailInfo.SYSTEM_UNAVAIL})
    assert bare.message.protection is None and protected.message.protection is not None


def test_an_unknown_fault_is_a_mistake(ca: CertificationAuthority) -> None:
    """A misspelt switch raises TypeError instead of doing nothing."""
    with pytest.raises(TypeError):
        ca.faults.set(donw=True)


@pytest.mark.clause("journal")
def test_the_journal_tells_everything_but_secrets(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """Each decision has an entry with who, what and why."""
    enrol(coded, router_key)
    coded.handle(seal(body(router_key), mac(secret="wrong guess"), tid=b"v" * 16), peer="127.0.0.9")
    issued, refused = coded.journal.entries()
    assert (issued.kind, issued.result, issued.credential, issued.subject, issued.names) == (
        "ir", "issued", "mac:sr-1", SUBJECT, "10.0.0.1"
    )
    assert issued.serial == f"{coded.certificates.all()[0].certificate.serial_number:x}"
    assert (refused.peer, refused.result, refused.fail_info) == ("127.0.0.9", "refused", "badMessageCheck")
    assert SECRET not in repr(coded.journal.entries()) and "wrong guess" not in repr(coded.journal.entries())
    assert coded.journal.entries(limit=1) == (refused,)
