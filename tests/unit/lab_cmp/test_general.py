"""General messages: RFC 9810 sections 5.3.19.14 to 5.3.19.17, RFC 9483 section 4.3."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import AlternativeNames, CertificationAuthority, FailInfo, Policy, asn1, general, parse_dn
from sroscert_lab.cmp.names import template_contents
from sroscert_lab.cmp.status import BodyKind

from tests.support.cmp_messages import NULL_SENDER, SECRET, SUBJECT, Answer, body, enrol, mac, read, seal

DER = serialization.Encoding.DER
_KEY = ec.generate_private_key(ec.SECP256R1())
_NAME, _TIME = parse_dn("CN=x"), datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
VERSION_50 = (
    x509.CertificateBuilder(_NAME, _NAME, _KEY.public_key(), 1, _TIME, _TIME)
    .sign(_KEY, hashes.SHA256())
    .public_bytes(DER)
    .replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x32", 1)
)


def question(*items: tuple[str, bytes | None]) -> bytes:
    """Return the body of a genm."""
    content = b"".join(
        asn1.wrap(asn1.SEQUENCE, asn1.encode(x509.ObjectIdentifier(oid)) + (value or b"")) for oid, value in items
    )
    return asn1.wrap(asn1.context(BodyKind.GENM), asn1.wrap(asn1.SEQUENCE, content))


def ask(ca: CertificationAuthority, *items: tuple[str, bytes | None], tid: bytes = b"g" * 16) -> Answer:
    """Ask with the code of a router."""
    return read(ca.handle(seal(question(*items), mac(), tid=tid)))


def told(answer: Answer) -> list[tuple[str, bytes | None]]:
    """Return what a genp says."""
    assert answer.kind == BodyKind.GENP, answer.text
    return general.read_items(answer.message.body, exactly_one=False)


@pytest.mark.clause("RFC 9483 4.3.1 caCerts")
def test_ca_certs(coded: CertificationAuthority) -> None:
    """RFC 9483 section 4.3.1: a list of certificates, under the type that was asked for."""
    ((oid, value),) = told(ask(coded, (general.CA_CERTS, None)))
    assert oid == "1.3.6.1.5.5.7.4.17"
    assert asn1.children(value or b"") == [coded.certificate().public_bytes(DER)]


@pytest.mark.clause("RFC 9483 4.3.2 rootCaCert")
def test_root_ca_update(coded: CertificationAuthority) -> None:
    """RFC 9483 section 4.3.2: no value for whoever has our root; ours, as newWithNew, for whoever has another."""
    own = coded.certificate().public_bytes(DER)
    other = ec.generate_private_key(ec.SECP256R1())
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    name = parse_dn("CN=older")
    older = (
        x509.CertificateBuilder(name, name, other.public_key(), 1, start, start + datetime.timedelta(days=9))
        .sign(other, coded.certificate().signature_hash_algorithm)  # type: ignore[arg-type]
        .public_bytes(DER)
    )
    assert told(ask(coded, (general.ROOT_CA_CERT, own))) == [("1.3.6.1.5.5.7.4.18", None)]
    ((oid, value),) = told(ask(coded, (general.ROOT_CA_CERT, older), tid=b"h" * 16))
    assert (oid, asn1.children(value or b"")) == ("1.3.6.1.5.5.7.4.18", [own])
    bad = ask(coded, (general.ROOT_CA_CERT, b"\x30\x03\x02\x01\x01"), tid=b"i" * 16)
    assert bad.fail_info == {FailInfo.BAD_DATA_FORMAT}


@pytest.mark.clause("RFC 9483 4.3.3 certReqTemplate")
def test_the_request_template_holds_the_registered_names(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """RFC 9483 section 4.3.3: subject and SAN filled in, no public key; absent once the code is used."""
    ((oid, value),) = told(ask(coded, (general.CERT_REQ_TEMPLATE, None)))
    template_der, keys = asn1.children(value or b"")
    template = asn1.decode(asn1.CertTemplate, template_der)
    contents = template_contents(template)
    assert (oid, template.public_key, contents.subject) == ("1.3.6.1.5.5.7.4.19", None, parse_dn(SUBJECT))
    assert contents.extensions().get_extension_for_class(x509.SubjectAlternativeName).value == AlternativeNames(
        ("10.0.0.1",)
    ).as_extension()
    controls = [asn1.children(item) for item in asn1.children(keys)]
    assert [asn1.object_identifier(item[0]) for item in controls] == ["1.3.6.1.5.5.7.5.1.12", "1.3.6.1.5.5.7.5.1.11"]
    assert asn1.decode(int, controls[0][1]) == 2048
    enrol(coded, router_key)
    assert told(ask(coded, (general.CERT_REQ_TEMPLATE, None), tid=b"h" * 16)) == [(general.CERT_REQ_TEMPLATE, None)]


def crl_status(issuer: x509.Name, since: datetime.datetime | None = None) -> bytes:
    """Return a CRLStatusListValue for one issuer."""
    names = asn1.wrap(asn1.SEQUENCE, asn1.wrap(asn1.context(4), issuer.public_bytes()))
    time = b"" if since is None else asn1.encode(asn1.UTCTime(since))
    return asn1.wrap(asn1.SEQUENCE, asn1.wrap(asn1.SEQUENCE, asn1.wrap(asn1.context(1), names) + time))


@pytest.mark.clause("RFC 9483 4.3.4 crlStatusList")
def test_a_crl_is_told_to_whoever_has_an_older_one(coded: CertificationAuthority) -> None:
    """RFC 9483 section 4.3.4: the CRL when there is none or an older one, no value when it is the same."""
    issuer = coded.certificate().subject
    have = x509.load_der_x509_crl(coded.crl_der()).last_update_utc
    older = have - datetime.timedelta(seconds=1)
    for number, since in enumerate((None, older)):
        wish = (general.CRL_STATUS_LIST, crl_status(issuer, since))
        ((oid, value),) = told(ask(coded, wish, tid=bytes([number]) * 16))
        assert oid == "1.3.6.1.5.5.7.4.23"
        assert asn1.children(value or b"") == [coded.crl_der()]
    same = ask(coded, (general.CRL_STATUS_LIST, crl_status(issuer, have)))
    assert told(same) == [("1.3.6.1.5.5.7.4.23", None)]


@pytest.mark.clause("RFC 9483 4.3.1 caCerts", "RFC 9483 4.3.2 rootCaCert", "RFC 9483 4.3.4 crlStatusList")
@pytest.mark.parametrize(
    ("oid", "value", "fail_info"),
    [
        (general.CRL_STATUS_LIST, None, FailInfo.BAD_REQUEST),
        (general.CRL_STATUS_LIST, crl_status(parse_dn("CN=other")), FailInfo.BAD_REQUEST),
        (general.CRL_STATUS_LIST, b"\x30\x02\x30\x00", FailInfo.BAD_DATA_FORMAT),
        (general.CA_CERTS, b"\x02\x01\x05", FailInfo.BAD_REQUEST),
        (general.ROOT_CA_CERT, VERSION_50, FailInfo.BAD_DATA_FORMAT),
        ("1.2.3", b"\x05\x00\x05\x00", FailInfo.BAD_DATA_FORMAT),
    ],
)
def test_strange_questions_have_a_reason(
    coded: CertificationAuthority, oid: str, value: bytes | None, fail_info: FailInfo
) -> None:
    """RFC 9810 sections 5.3.19.14 to 17 say which question has a value."""
    answer = ask(coded, (oid, value))
    assert (answer.kind, answer.fail_info) == (BodyKind.ERROR, {fail_info})


def test_what_is_not_known_is_left_out_and_nothing_asks_for_all(coded: CertificationAuthority) -> None:
    """RFC 4210 sections 5.3.19 and 5.3.20."""
    assert told(ask(coded, ("1.2.3.4", None), (general.CA_CERTS, None)))[0][0] == general.CA_CERTS
    assert len(told(ask(coded, tid=b"h" * 16))) == 3


@pytest.mark.clause("RFC 9483 4.3 one question")
def test_the_strict_policy_wants_one_known_question(tmp_path: Path, clock: list[datetime.datetime]) -> None:
    """RFC 9483 section 4.3: exactly one InfoTypeAndValue."""
    strict = CertificationAuthority.create_or_load(
        tmp_path / "strict", "CA", lambda: clock[0], key_kind="ecdsa-p256", policy=Policy(strict=True)
    )
    strict.codes.issue("sr-1", SECRET, subject=SUBJECT)
    sender = asn1.wrap(0xA4, parse_dn("CN=sr-1").public_bytes())
    for number, items in enumerate(((), ((general.CA_CERTS, None),) * 2, (("1.2.3", None),))):
        answer = read(strict.handle(seal(question(*items), mac(), tid=bytes([number]) * 16, sender=sender)))
        assert answer.fail_info == {FailInfo.BAD_REQUEST}
    strict.close()


def test_a_question_must_be_authentic_and_is_not_asked_twice(coded: CertificationAuthority) -> None:
    """RFC 9483 section 3.5: badMessageCheck, transactionIdInUse."""
    stranger = seal(question((general.CA_CERTS, None)), mac(secret="guess"))
    bare = seal(question((general.CA_CERTS, None)), None, sender=NULL_SENDER)
    for message in (stranger, bare):
        assert read(coded.handle(message)).fail_info == {FailInfo.BAD_MESSAGE_CHECK}
    right = seal(question((general.CA_CERTS, None)), mac())
    assert read(coded.handle(right)).kind == BodyKind.GENP
    assert read(coded.handle(right)).fail_info == {FailInfo.TRANSACTION_ID_IN_USE}
    assert [entry.result for entry in coded.journal.entries()] == ["refused", "refused", "told", "refused"]


def test_a_question_does_not_use_up_the_code(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """The router asks first and enrols then."""
    ask(coded, (general.CA_CERTS, None))
    assert read(coded.handle(seal(body(router_key), mac()))).certificate is not None
