"""p10cr, a PKCS#10 request in a CMP message: RFC 9483 section 4.1.4, RFC 2986."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import AlternativeNames, CertificationAuthority, FailInfo, asn1, messages, parse_dn
from sroscert_lab.cmp.status import BodyKind, PKIStatus

from tests.support.cmp_messages import SUBJECT, mac, read, seal, signed


def csr(key: ec.EllipticCurvePrivateKey, subject: str = SUBJECT, ip: str = "10.0.0.1", *, ca: bool = False) -> bytes:
    """Return the DER of a PKCS#10 request."""
    builder = x509.CertificateSigningRequestBuilder(parse_dn(subject) if subject else x509.Name([]))
    builder = builder.add_extension(AlternativeNames.of((ip,)).as_extension(), critical=False)
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def p10cr(request: bytes) -> bytes:
    """Return the body of a p10cr."""
    return asn1.wrap(asn1.context(BodyKind.P10CR), request)


def ids(answer: messages.Message) -> list[int]:
    """Return the certReqIds of a cp."""
    return [item.cert_req_id for item in asn1.decode(asn1.CertRepMessage, answer.body).response]


@pytest.mark.clause("RFC 9483 4.1.4 certReqId")
def test_the_answer_is_a_cp_for_request_minus_one(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """RFC 9483 section 4.1.4: certReqId -1 in cp and certConf; 0 in the certConf is badRequest."""
    answer = read(coded.handle(seal(p10cr(csr(router_key)), mac())))
    assert (answer.kind, answer.status, ids(answer.message)) == (BodyKind.CP, PKIStatus.ACCEPTED, [-1])
    assert answer.certificate is not None and answer.certificate.public_key() == router_key.public_key()
    nonce = answer.message.header.sender_nonce
    digest = answer.certificate.fingerprint(hashes.SHA256())
    zero = read(coded.handle(seal(messages.cert_conf_body(digest), mac(), recip_nonce=nonce)))
    entry = asn1.encode(asn1.CertStatus(cert_hash=digest, cert_req_id=-1))
    right = asn1.wrap(asn1.context(BodyKind.CERT_CONF), asn1.wrap(asn1.SEQUENCE, entry))
    assert zero.fail_info == {FailInfo.BAD_REQUEST}
    assert read(coded.handle(seal(right, mac(), recip_nonce=nonce))).kind == BodyKind.PKICONF


def test_a_code_is_good_for_one_request_of_either_kind(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey
) -> None:
    """The code that a p10cr used is used; the certificate then asks for the next one."""
    first = read(coded.handle(seal(p10cr(csr(router_key)), mac(), implicit=True))).certificate
    again = read(coded.handle(seal(p10cr(csr(router_key)), mac(), tid=b"v" * 16)))
    assert first is not None
    renewed = read(coded.handle(signed(p10cr(csr(router_key)), router_key, first)))
    assert (again.fail_info, renewed.certificate is not None) == ({FailInfo.NOT_AUTHORIZED}, True)


@pytest.mark.clause("RFC 2986 4.2 signature")
@pytest.mark.parametrize(
    ("case", "fail_info"),
    [
        ("forged", FailInfo.BAD_POP),
        ("subject", FailInfo.NOT_AUTHORIZED),
        ("no subject", FailInfo.BAD_CERT_TEMPLATE),
        ("names", FailInfo.NOT_AUTHORIZED),
        ("ca", FailInfo.BAD_CERT_TEMPLATE),
        ("version", FailInfo.BAD_DATA_FORMAT),
        ("no request", FailInfo.BAD_DATA_FORMAT),
    ],
)
def test_the_rules_are_those_of_an_ir(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, case: str, fail_info: FailInfo
) -> None:
    """Possession (RFC 2986 section 4.2), registered names, no CA certificate."""
    good = csr(router_key)
    request = {
        "forged": good[:-1] + bytes([good[-1] ^ 1]),
        "subject": csr(router_key, "CN=other"),
        "no subject": csr(router_key, ""),
        "names": csr(router_key, ip="10.0.0.2"),
        "ca": csr(router_key, ca=True),
        "version": good.replace(b"\x02\x01\x00", b"\x02\x01\x05", 1),
        "no request": b"\x30\x03\x02\x01\x01",
    }[case]
    answer = read(coded.handle(seal(p10cr(request), mac())))
    assert (answer.kind, answer.status, answer.fail_info) == (BodyKind.CP, PKIStatus.REJECTION, {fail_info})
    assert ids(answer.message) == [-1]
    assert coded.certificates.all() == ()
