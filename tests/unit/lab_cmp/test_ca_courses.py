"""What the CA decides beyond a first certificate: cr and kur, confirmation, waiting, faults; asked without a socket."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import (
    CertificationAuthority,
    FailInfo,
    Policy,
    asn1,
    messages,
    parse_dn,
)
from sroscert_lab.cmp.signatures import signature_is_right
from sroscert_lab.cmp.status import BodyKind, PKIStatus, Refusal

from tests.support.cmp_messages import SECRET, SUBJECT, Answer, body, enrol, mac, read, seal, signed

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
