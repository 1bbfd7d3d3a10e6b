"""Revocation requests and CRLs: RFC 4210 sections 5.3.9 and 5.3.10, RFC 9483 section 4.2, RFC 5280 section 5."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import CertificationAuthority, FailInfo, asn1, messages, parse_dn
from sroscert_lab.cmp.status import BodyKind, PKIStatus, Refusal

from tests.support.cmp_messages import Answer, body, enrol, mac, read, seal, signed

OTHER = "C=NL,ST=ZH,O=Nokia,CN=other"


def request(
    serial: int | None, issuer: x509.Name | None, reason: int | None = None, *, count: int = 1
) -> bytes:
    """Return the body of an rr."""
    template = asn1.CertTemplate(
        serial_number=serial, issuer=None if issuer is None else asn1.parts(issuer.public_bytes())
    )
    entry = None
    if reason is not None:
        code = asn1.wrap(0x04, asn1.wrap(0x0A, bytes([reason])))
        oid = asn1.encode(x509.ObjectIdentifier("2.5.29.21"))
        entry = [asn1.tlv(asn1.wrap(asn1.SEQUENCE, oid + code))]
    details = asn1.encode(asn1.RevDetails(details=template, entry=entry)) * count
    return asn1.wrap(asn1.context(BodyKind.RR), asn1.wrap(asn1.SEQUENCE, details))


def status(answer: Answer) -> tuple[int, set[int]]:
    """Return status and failInfo of an rp."""
    assert answer.kind == BodyKind.RP, answer.text
    statuses, = asn1.children(answer.message.body)
    info, = asn1.children(statuses)
    read_info = asn1.decode(asn1.PKIStatusInfo, info)
    return read_info.status, asn1.bits_of(read_info.fail_info)


def crl(ca: CertificationAuthority) -> x509.CertificateRevocationList:
    """Return the CRL in force, whose signature is the CA's."""
    found = x509.load_der_x509_crl(ca.crl_der())
    assert found.is_signature_valid(ca.certificate().public_key())  # type: ignore[arg-type]
    return found


def test_a_router_revokes_its_certificate(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, clock: list[datetime.datetime]
) -> None:
    """The certificate is on the next CRL with its reason and time, and signs nothing any more."""
    certificate = enrol(coded, router_key)
    before = crl(coded)
    clock[0] += datetime.timedelta(hours=2)
    wish = request(certificate.serial_number, certificate.issuer, 1)
    assert status(read(coded.handle(signed(wish, router_key, certificate)))) == (PKIStatus.ACCEPTED, set())
    after = crl(coded)
    entry = after.get_revoked_certificate_by_serial_number(certificate.serial_number)
    assert entry is not None
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason == x509.ReasonFlags.key_compromise
    numbers = [item.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for item in (before, after)]
    assert numbers == [1, 2] and after.last_update_utc > before.last_update_utc
    renewal = body(router_key, kind=BodyKind.CR)
    assert read(coded.handle(signed(renewal, router_key, certificate, tid=b"x" * 16))).fail_info == {
        FailInfo.CERT_REVOKED
    }
    assert coded.journal.entries()[1].result == "revoked"


@pytest.mark.clause("RFC 9483 4.2 twice")
def test_the_successor_revokes_the_older_one_once(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """After a renewal the older certificate goes; a second time it is certRevoked."""
    old = enrol(coded, router_key)
    new_key = ec.generate_private_key(ec.SECP256R1())
    renewal = seal_renewal(new_key, router_key, old)
    new = read(coded.handle(renewal)).certificate
    assert new is not None
    wish = request(old.serial_number, old.issuer, 4)
    first = read(coded.handle(signed(wish, new_key, new, tid=b"r" * 16)))
    again = read(coded.handle(signed(wish, new_key, new, tid=b"s" * 16)))
    assert status(first) == (PKIStatus.ACCEPTED, set())
    assert status(again) == (PKIStatus.REJECTION, {FailInfo.CERT_REVOKED})
    assert [item.revoked for item in coded.certificates.all()] == [True, False]


def seal_renewal(
    new_key: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
) -> bytes:
    """Return a kur."""
    return signed(body(new_key, kind=BodyKind.KUR, old=certificate), key, certificate, tid=b"k" * 16)


@pytest.mark.clause("RFC 9483 4.2 rr")
@pytest.mark.parametrize(
    ("case", "fail_info"),
    [
        ("two", FailInfo.BAD_REQUEST),
        ("no serial", FailInfo.ADD_INFO_NOT_AVAILABLE),
        ("no issuer", FailInfo.ADD_INFO_NOT_AVAILABLE),
        ("another issuer", FailInfo.WRONG_AUTHORITY),
        ("unknown", FailInfo.BAD_CERT_ID),
        ("remove from CRL", FailInfo.BAD_REQUEST),
        ("no such reason", FailInfo.BAD_REQUEST),
        ("not an rr", FailInfo.BAD_DATA_FORMAT),
    ],
)
def test_wrong_requests_revoke_nothing(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, case: str, fail_info: FailInfo
) -> None:
    """RFC 9483 section 4.2: one RevDetails, with issuer and serial number of a certificate of this CA."""
    certificate = enrol(coded, router_key)
    serial, issuer = certificate.serial_number, certificate.issuer
    wish = {
        "two": request(serial, issuer, count=2),
        "no serial": request(None, issuer),
        "no issuer": request(serial, None),
        "another issuer": request(serial, parse_dn("CN=other")),
        "unknown": request(serial + 1, issuer),
        "remove from CRL": request(serial, issuer, 8),
        "no such reason": request(serial, issuer, 7),
        "not an rr": asn1.wrap(asn1.context(BodyKind.RR), b"\x30\x03\x02\x01\x01"),
    }[case]
    answer = read(coded.handle(signed(wish, router_key, certificate)))
    assert status(answer) == (PKIStatus.REJECTION, {fail_info})
    assert [item.revoked for item in coded.certificates.all()] == [False]


@pytest.mark.clause("RFC 9483 4.2 signed")
def test_nobody_revokes_for_somebody_else(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """Another subject's signature is notAuthorized, a MAC wrongIntegrity (RFC 9483 section 4.2)."""
    certificate = enrol(coded, router_key)
    coded.codes.issue("sr-2", "other secret", subject=OTHER)
    other_key = ec.generate_private_key(ec.SECP256R1())
    content = body(other_key, subject=OTHER, ips=())
    other = read(coded.handle(seal(content, mac("sr-2", "other secret"), tid=b"o" * 16))).certificate
    assert other is not None
    wish = request(certificate.serial_number, certificate.issuer)
    foreign = read(coded.handle(signed(wish, other_key, other, sender=OTHER)))
    by_mac = read(coded.handle(seal(wish, mac(), tid=b"m" * 16)))
    assert status(foreign) == (PKIStatus.REJECTION, {FailInfo.NOT_AUTHORIZED})
    assert (by_mac.kind, by_mac.fail_info) == (BodyKind.ERROR, {FailInfo.WRONG_INTEGRITY})
    assert not any(item.revoked for item in coded.certificates.all())


def test_the_crl_stays_until_something_is_revoked_or_a_day_has_gone_by(
    coded: CertificationAuthority, clock: list[datetime.datetime]
) -> None:
    """RFC 5280 section 5.2.3: each CRL has a number of its own; the same moment gives the same CRL."""
    first = coded.crl_der()
    clock[0] += datetime.timedelta(hours=23)
    assert coded.crl_der() == first
    clock[0] += datetime.timedelta(hours=1)
    second = coded.crl_der()
    found = [x509.load_der_x509_crl(der) for der in (first, second)]
    assert found[1].last_update_utc > found[0].last_update_utc
    assert [item.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for item in found] == [1, 2]


def test_a_client_that_gives_up_before_it_confirmed_leaves_no_valid_certificate(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """RFC 9483 section 4.1: an error in place of certConf ends the transaction."""
    first = read(coded.handle(seal(body(router_key), mac())))
    error = messages.error_body(Refusal(FailInfo.INCORRECT_DATA, "no"))
    answer = read(coded.handle(seal(error, mac(), recip_nonce=first.message.header.sender_nonce)))
    assert answer.kind == BodyKind.PKICONF
    assert len(list(crl(coded))) == 1
