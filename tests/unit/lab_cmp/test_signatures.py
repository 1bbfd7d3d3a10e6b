"""RSASSA-PSS and Ed25519: RFC 4055 section 3.1, RFC 9481 sections 3.1 and 3.3, RFC 8410."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from sroscert_lab.cmp import AlternativeNames, CertificationAuthority, FailInfo, asn1, messages, parse_dn
from sroscert_lab.cmp.signatures import signature_is_right
from sroscert_lab.cmp.status import BodyKind, Refusal

from tests.support.cmp_messages import SUBJECT, mac, read, seal

ED25519 = asn1.algorithm("1.3.101.112")


@pytest.fixture(scope="module")
def certificate() -> x509.Certificate:
    """A certificate whose signature is PSS: its AlgorithmIdentifier is not of our making."""
    key = rsa.generate_private_key(65537, 2048)
    name = parse_dn("CN=pss")
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, moment, moment)
    return builder.sign(key, hashes.SHA256(), rsa_padding=padding.PSS(padding.MGF1(hashes.SHA256()), 32))


def pss(certificate: x509.Certificate) -> bytes:
    """Return the AlgorithmIdentifier of the certificate's signature."""
    return asn1.children(certificate.public_bytes(serialization.Encoding.DER))[1]


def right(certificate: x509.Certificate, identifier: bytes, signature: bytes) -> bool:
    """Check the certificate's own signature under an AlgorithmIdentifier."""
    return signature_is_right(
        certificate.public_key(), identifier, certificate.tbs_certificate_bytes, signature, accept_sha1=False
    )


@pytest.mark.clause("RFC 9481 3.1 PSS")
def test_a_pss_signature_is_checked(certificate: x509.Certificate) -> None:
    """The right one passes, a changed one does not."""
    signature = certificate.signature
    assert right(certificate, pss(certificate), signature)
    assert not right(certificate, pss(certificate), signature[:-1] + bytes([signature[-1] ^ 1]))


@pytest.mark.clause("RFC 9481 3.1 PSS")
@pytest.mark.parametrize(
    ("parameters", "fail_info"),
    [
        (b"\x30\x00", FailInfo.BAD_ALG),
        (b"\x05\x00", FailInfo.BAD_DATA_FORMAT),
        (b"", FailInfo.BAD_DATA_FORMAT),
        ("salt", FailInfo.BAD_ALG),
    ],
)
def test_other_parameters_are_refused(
    certificate: x509.Certificate, parameters: bytes | str, fail_info: FailInfo
) -> None:
    """RFC 4055 section 3.1: absent means SHA-1, which is refused; a salt of 120 bytes has no sense."""
    if isinstance(parameters, str):
        identifier = pss(certificate).replace(b"\xa2\x03\x02\x01\x20", b"\xa2\x03\x02\x01\x78")
        assert identifier != pss(certificate)
    else:
        identifier = asn1.algorithm("1.2.840.113549.1.1.10", parameters)
    with pytest.raises(Refusal) as caught:
        right(certificate, identifier, certificate.signature)
    assert caught.value.fail_info is fail_info


@pytest.mark.clause("RFC 9481 3.3 Ed25519")
def test_an_ed25519_key_is_certified(coded: CertificationAuthority) -> None:
    """Possession is proven by an Ed25519 signature without parameters; a wrong one is badPOP, others badAlg."""
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    names = [messages.extension_der(AlternativeNames.of(("10.0.0.1",)).as_extension())]
    request = messages.certificate_request_der(parse_dn(SUBJECT).public_bytes(), public, names)
    answers = [
        read(coded.handle(seal(messages.request_body(BodyKind.IR, request, identifier, signature), mac(), tid=tid)))
        for tid, identifier, signature in (
            (b"a" * 16, ED25519, key.sign(request + b"!")),
            (b"b" * 16, asn1.algorithm("1.3.101.112", b"\x05\x00"), key.sign(request)),
            (b"c" * 16, ED25519, key.sign(request)),
        )
    ]
    assert [answer.fail_info for answer in answers] == [{FailInfo.BAD_POP}, {FailInfo.BAD_ALG}, set()]
    assert answers[2].certificate is not None and answers[2].certificate.public_key() == key.public_key()
