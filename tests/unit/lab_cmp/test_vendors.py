"""A first enrolment signed with a vendor's certificate: 3GPP TS 33.310 section 9."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import CertificationAuthority, FailInfo, asn1, messages, parse_dn
from sroscert_lab.cmp.issuing import Authority, new_authority
from sroscert_lab.cmp.signatures import SignatureProtector
from sroscert_lab.cmp.status import BodyKind, PKIStatus

from tests.support.cmp_messages import SUBJECT, Answer, body, read, seal
from tests.support.cmp_vendors import DEVICE, Vendor, make_vendor

START = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def vendor() -> Vendor:
    """A vendor with a root, an intermediate CA and one device."""
    return make_vendor(START)


@pytest.fixture
def trusting(ca: CertificationAuthority, vendor: Vendor) -> CertificationAuthority:
    """A CA that trusts the vendor and expects the device."""
    ca.vendors.trust(vendor.root.certificate)
    ca.vendors.expect(DEVICE, subject=SUBJECT, san_ips=("10.0.0.1",))
    return ca


def ask(
    ca: CertificationAuthority, vendor: Vendor, content: bytes, *, tid: bytes = b"t" * 16,
    certificates: tuple[x509.Certificate, ...] | None = None, sender: str = DEVICE, recip_nonce: bytes | None = None,
    implicit: bool = False,
) -> Answer:
    """Send a message signed with the device's key."""
    enclosed = (vendor.certificate, vendor.intermediate) if certificates is None else certificates
    return read(
        ca.handle(
            seal(
                content, SignatureProtector(vendor.key, None), tid=tid, recip_nonce=recip_nonce, implicit=implicit,
                sender=asn1.wrap(0xA4, parse_dn(sender).public_bytes()),
                certificates=tuple(item.public_bytes(serialization.Encoding.DER) for item in enclosed),
            )
        )
    )


@pytest.mark.clause("TS 33.310 9 vendor certificate")
def test_the_device_gets_the_certificate_that_is_kept_for_it(
    trusting: CertificationAuthority, vendor: Vendor, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """Signed by the CA, with its root enclosed; confirmed with the vendor's key; and once only."""
    answer = ask(trusting, vendor, body(router_key))
    assert answer.certificate is not None and answer.certificate.subject == parse_dn(SUBJECT)
    assert answer.message.extra_certs[0] == trusting.certificate().public_bytes(serialization.Encoding.DER)
    assert answer.certificate.public_key() == router_key.public_key()
    conf = messages.cert_conf_body(answer.certificate.fingerprint(hashes.SHA256()))
    nonce = answer.message.header.sender_nonce
    assert ask(trusting, vendor, conf, recip_nonce=nonce).kind == BodyKind.PKICONF
    again = ask(trusting, vendor, body(router_key), tid=b"v" * 16)
    assert (again.status, again.fail_info) == (PKIStatus.REJECTION, {FailInfo.NOT_AUTHORIZED})
    assert [entry.result for entry in trusting.journal.entries()] == ["issued", "confirmed", "refused"]
    assert trusting.journal.entries()[0].credential.startswith("vendor:")
    device, = trusting.vendors.all()
    assert device.serial == f"{answer.certificate.serial_number:x}"
    trusting.vendors.expect(DEVICE, subject=SUBJECT, san_ips=("10.0.0.1",))
    assert ask(trusting, vendor, body(router_key), tid=b"w" * 16).certificate is not None


@pytest.mark.clause("TS 33.310 9 vendor certificate")
@pytest.mark.parametrize(
    ("wish", "fail_info"),
    [({"subject": "CN=other"}, FailInfo.NOT_AUTHORIZED), ({"ips": ("10.0.0.2",)}, FailInfo.NOT_AUTHORIZED)],
)
def test_a_device_gets_no_other_names(
    trusting: CertificationAuthority, vendor: Vendor, router_key: ec.EllipticCurvePrivateKey, wish: dict[str, str],
    fail_info: FailInfo,
) -> None:
    """What the operator said of it is all that it may have."""
    assert ask(trusting, vendor, body(router_key, **wish)).fail_info == {fail_info}  # type: ignore[arg-type]


@pytest.mark.clause("TS 33.310 9 only ir")
@pytest.mark.parametrize("kind", [BodyKind.CR, BodyKind.KUR])
def test_a_vendors_certificate_is_good_for_an_ir_only(
    trusting: CertificationAuthority, vendor: Vendor, router_key: ec.EllipticCurvePrivateKey, kind: BodyKind
) -> None:
    """cr and kur want a certificate of this CA: wrongIntegrity; so does a p10cr, and an rr."""
    answers = [ask(trusting, vendor, body(router_key, kind=kind))]
    answers.append(ask(trusting, vendor, asn1.wrap(asn1.context(BodyKind.P10CR), b"\x05\x00"), tid=b"p" * 16))
    answers.append(ask(trusting, vendor, asn1.wrap(asn1.context(BodyKind.RR), b"\x30\x00"), tid=b"r" * 16))
    assert [answer.fail_info for answer in answers] == [{FailInfo.WRONG_INTEGRITY}] * 3
    assert trusting.certificates.all() == ()


@pytest.mark.clause("TS 33.310 9 vendor root")
def test_only_a_chain_to_a_trusted_root_counts(
    trusting: CertificationAuthority, vendor: Vendor, router_key: ec.EllipticCurvePrivateKey,
    clock: list[datetime.datetime],
) -> None:
    """Another vendor, a missing link, an expired device and a CA made by the device are signerNotTrusted."""
    stranger = make_vendor(START)
    own = Authority(vendor.key, vendor.certificate)
    made = make_vendor(START, issuer=own)
    content = body(router_key)
    answers = [
        ask(trusting, stranger, content),
        ask(trusting, vendor, content, certificates=(vendor.certificate,)),
        ask(trusting, vendor, content, certificates=(new_authority("CN=x", "ecdsa-p256", START, START).certificate,)),
        ask(trusting, made, content, certificates=(made.certificate, vendor.certificate, vendor.intermediate)),
        ask(trusting, vendor, content, certificates=()),
    ]
    clock[0] += datetime.timedelta(days=4000)
    answers.append(ask(trusting, vendor, content))
    assert [answer.fail_info for answer in answers] == [{FailInfo.SIGNER_NOT_TRUSTED}] * 6


@pytest.mark.clause("TS 33.310 9 vendor certificate")
def test_who_signs_is_who_sends_and_is_expected(
    ca: CertificationAuthority, trusting: CertificationAuthority, vendor: Vendor, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """Another sender or key is badMessageCheck, a device that nobody expects notAuthorized."""
    content = body(router_key)
    assert ask(trusting, vendor, content, sender="CN=x").fail_info == {FailInfo.BAD_MESSAGE_CHECK}
    forged = Vendor(vendor.root, vendor.intermediate, router_key, vendor.certificate)
    assert ask(trusting, forged, content).fail_info == {FailInfo.BAD_MESSAGE_CHECK}
    other = make_vendor(START, name="O=Vendor,CN=BOX,SERIALNUMBER=2", root=vendor.root)
    unknown = ask(trusting, other, content, sender="O=Vendor,CN=BOX,SERIALNUMBER=2")
    assert (unknown.kind, unknown.fail_info) == (BodyKind.IP, {FailInfo.NOT_AUTHORIZED})


def test_nobody_is_vouched_for_without_a_root(
    ca: CertificationAuthority, vendor: Vendor, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """A CA that trusts no vendor says signerNotTrusted."""
    assert ask(ca, vendor, body(router_key)).fail_info == {FailInfo.SIGNER_NOT_TRUSTED}
