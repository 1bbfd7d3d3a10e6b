"""The rules about headers, clause by clause, each with its failInfo: RFC 4210 section 5.1.1, RFC 9483 section 3."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import CertificationAuthority, FailInfo, Policy, asn1, messages, parse_dn
from sroscert_lab.cmp.protection import Protector
from sroscert_lab.cmp.status import BodyKind

from tests.support.cmp_messages import NULL_SENDER, SECRET, SUBJECT, Answer, body, mac, read, seal

NAMED = asn1.wrap(0xA4, parse_dn("CN=sr-1").public_bytes())


@pytest.fixture
def strict(tmp_path: Path, clock: list[datetime.datetime]) -> Iterator[CertificationAuthority]:
    """A CA that holds its clients to RFC 9483."""
    authority = CertificationAuthority.create_or_load(
        tmp_path / "strict", "CA", lambda: clock[0], key_kind="ecdsa-p256", policy=Policy(strict=True)
    )
    authority.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",))
    yield authority
    authority.close()


def info(oid: str, value: bytes) -> list[asn1.TLV]:
    """Return an element of generalInfo."""
    return [asn1.tlv(asn1.encode(x509.ObjectIdentifier(oid))), asn1.tlv(value)]


IMPLICIT = "1.3.6.1.5.5.7.4.13"
WAIT = "1.3.6.1.5.5.7.4.14"
TIME = asn1.encode(asn1.GeneralizedTime(datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)))


def with_info(content: bytes, protector: Protector, general_info: list[list[asn1.TLV]]) -> bytes:
    """Return a request with this generalInfo."""
    header = asn1.encode(
        asn1.PKIHeader(
            pvno=2, sender=asn1.tlv(NULL_SENDER), recipient=asn1.tlv(NULL_SENDER),
            protection_alg=asn1.parts(protector.algorithm()), sender_kid=protector.key_id, transaction_id=b"t" * 16,
            sender_nonce=b"n" * 16, general_info=general_info,
        )
    )
    bits = asn1.wrap(0x03, b"\x00" + protector.protect(asn1.wrap(asn1.SEQUENCE, header + content)))
    return asn1.wrap(asn1.SEQUENCE, header + content + asn1.wrap(asn1.context(0), bits))


@pytest.mark.clause(
    "RFC 4210 5.1.1.1 implicitConfirm", "RFC 4210 5.1.1.2 confirmWaitTime", "RFC 4210 5.1.1 generalInfo",
)
@pytest.mark.parametrize(
    ("general_info", "fail_info"),
    [
        ([info(IMPLICIT, b"\x05\x00"), info(WAIT, TIME)], {FailInfo.BAD_REQUEST}),
        ([info(IMPLICIT, b"\x01\x01\xff")], {FailInfo.BAD_DATA_FORMAT}),
        ([info("1.2.3", b"\x05\x00")] * 17, {FailInfo.BAD_DATA_FORMAT}),
        ([info(WAIT, TIME)], set()),
        ([info("1.2.3", b"\x05\x00"), info(IMPLICIT, b"\x05\x00")], set()),
    ],
)
def test_general_info(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, general_info: list[list[asn1.TLV]],
    fail_info: set[FailInfo],
) -> None:
    """RFC 4210 sections 5.1.1.1 and 5.1.1.2, RFC 9483 section 3.1; what is unknown is passed over, in bounds."""
    assert read(coded.handle(with_info(body(router_key), mac(), general_info))).fail_info == fail_info


@pytest.mark.clause("RFC 9810 7 unsupported", "RFC 9483 3.5 senderNonce", "RFC 9483 3.3 extraCerts of requests")
@pytest.mark.parametrize(
    ("changes", "fail_info"),
    [
        ({"pvno": 1}, FailInfo.UNSUPPORTED_VERSION),
        ({"pvno": 4}, FailInfo.UNSUPPORTED_VERSION),
        ({"nonce": b"n" * 15}, FailInfo.BAD_SENDER_NONCE),
        ({"nonce": b"n" * 129}, FailInfo.BAD_SENDER_NONCE),
        ({"tid": b""}, FailInfo.BAD_DATA_FORMAT),
        ({"certificates": (b"\x30\x00",) * 17}, FailInfo.BAD_DATA_FORMAT),
    ],
)
def test_bounds(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, changes: dict[str, object],
    fail_info: FailInfo,
) -> None:
    """RFC 9483 section 3.5, and RFC 9810 section 7 for the version of the answer."""
    answer = read(coded.handle(seal(body(router_key), mac(), **changes)))  # type: ignore[arg-type]
    assert (answer.kind, answer.fail_info) == (BodyKind.ERROR, {fail_info})
    assert answer.message.header.pvno in (2, 3)


@pytest.mark.clause("RFC 9810 7 version")
@pytest.mark.parametrize("version", [2, 3])
def test_the_answer_has_the_version_of_the_request(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, version: int
) -> None:
    """RFC 9810 section 7."""
    answer = read(coded.handle(seal(body(router_key), mac(), pvno=version)))
    assert (answer.message.header.pvno, answer.certificate is not None) == (version, True)


@pytest.mark.clause("RFC 9483 3.5 recipNonce of a first message")
def test_a_first_message_has_no_recip_nonce(
    strict: CertificationAuthority, coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """RFC 9483 section 3.5: badRecipientNonce; the compat policy lets it pass."""
    message = seal(body(router_key), mac(), recip_nonce=b"r" * 16, sender=NAMED)
    assert read(strict.handle(message)).fail_info == {FailInfo.BAD_RECIPIENT_NONCE}
    assert read(coded.handle(message)).certificate is not None


@pytest.mark.clause("RFC 9483 3.5 messageTime")
@pytest.mark.parametrize(("minutes", "fail_info"), [(4, set()), (-4, set()), (6, {FailInfo.BAD_TIME})])
def test_the_time_of_a_message(
    strict: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime],
    minutes: int, fail_info: set[FailInfo],
) -> None:
    """RFC 9483 section 3.5: badTime when the clocks are more than five minutes apart."""
    message = messages.build(
        sender=NAMED, recipient=NULL_SENDER, body=body(router_key), protector=mac(), transaction_id=b"t" * 16,
        sender_nonce=b"n" * 16, time=clock[0] + datetime.timedelta(minutes=minutes),
    )
    assert read(strict.handle(message)).fail_info == fail_info


@pytest.mark.clause("RFC 9483 3.1 sender of a MAC")
@pytest.mark.parametrize(
    ("sender", "fail_info"),
    [
        (NAMED, set()),
        (NULL_SENDER, {FailInfo.BAD_MESSAGE_CHECK}),
        (asn1.wrap(0xA4, parse_dn("CN=sr-2").public_bytes()), {FailInfo.BAD_MESSAGE_CHECK}),
        (asn1.wrap(0x82, b"sr-1"), {FailInfo.BAD_DATA_FORMAT}),
    ],
)
def test_the_sender_of_a_mac(
    strict: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, sender: bytes, fail_info: set[FailInfo]
) -> None:
    """RFC 9483 section 3.1: a directory name whose common name is the senderKID."""
    assert read(strict.handle(seal(body(router_key), mac(), sender=sender))).fail_info == fail_info


@pytest.mark.clause("RFC 9483 3.5 transactionID unknown", "RFC 9483 3.5 transactionID missing")
def test_a_confirmation_without_its_transaction(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """RFC 9483 section 3.5: an unknown or missing transactionID in a later message is badRequest."""
    content = messages.cert_conf_body(b"\0" * 32)
    answers: list[Answer] = [
        read(coded.handle(seal(content, mac(), tid=tid, recip_nonce=b"r" * 16))) for tid in (b"z" * 16, None)
    ]
    assert [answer.fail_info for answer in answers] == [{FailInfo.BAD_REQUEST}, {FailInfo.BAD_REQUEST}]
