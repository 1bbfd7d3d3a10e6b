"""The kinds of key that the CA itself may have, and what it then signs with them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from sroscert_lab.cmp import CertificationAuthority, FailInfo, asn1, messages
from sroscert_lab.cmp.issuing import new_key
from sroscert_lab.cmp.signatures import signature_is_right
from sroscert_lab.cmp.status import BodyKind

from tests.support.cmp_messages import SECRET, SUBJECT, body, enrol, mac, read, seal, signed

PSS = "1.2.840.113549.1.1.10"
KINDS = [
    ("rsa-2048", "1.2.840.113549.1.1.11"),
    ("rsa-pss-2048", PSS),
    ("ecdsa-p256", "1.2.840.10045.4.3.2"),
    ("ecdsa-p384", "1.2.840.10045.4.3.3"),
    ("ecdsa-p521", "1.2.840.10045.4.3.4"),
    ("ed25519", "1.3.101.112"),
]


@pytest.mark.clause("RFC 9481 3 answers", "RFC 9481 3.3 certHash")
@pytest.mark.parametrize(("kind", "oid"), KINDS)
def test_messages_certificates_and_crls_have_the_cas_signature(
    tmp_path: Path, clock: list[datetime.datetime], router_key: ec.EllipticCurvePrivateKey, kind: str, oid: str
) -> None:
    """From first code to confirmed renewal, also after a restart; the certHash is of the certificate's own hash."""
    CertificationAuthority.create_or_load(tmp_path / "ca", "CA", lambda: clock[0], key_kind=kind).close()
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "CA", lambda: clock[0])
    ca.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",))
    first = enrol(ca, router_key)
    renewal = body(ec.generate_private_key(ec.SECP256R1()), kind=BodyKind.KUR, old=first)
    answer = read(ca.handle(signed(renewal, router_key, first)))
    message, issued = answer.message, answer.certificate
    assert issued is not None and message.algorithm is not None and message.protection is not None
    assert signature_is_right(
        ca.certificate().public_key(), message.algorithm, message.protected_part, message.protection, accept_sha1=False
    )
    issued.verify_directly_issued_by(ca.certificate())
    crl = x509.load_der_x509_crl(ca.crl_der())
    assert crl.is_signature_valid(ca.certificate().public_key())  # type: ignore[arg-type]
    oids = {item.signature_algorithm_oid.dotted_string for item in (ca.certificate(), issued, crl)}
    assert oids == {oid} == {asn1.object_identifier(asn1.children(message.algorithm)[0])}
    digest = issued.fingerprint(issued.signature_hash_algorithm or hashes.SHA512())
    conf = signed(
        messages.cert_conf_body(digest), router_key, first, recip_nonce=message.header.sender_nonce
    )
    assert read(ca.handle(conf)).kind == BodyKind.PKICONF
    ca.close()


@pytest.mark.clause("RFC 9481 3.3 certHash")
def test_a_hash_of_another_kind_is_not_that_of_an_ed25519_certificate(
    tmp_path: Path, clock: list[datetime.datetime], router_key: ec.EllipticCurvePrivateKey
) -> None:
    """RFC 9481 section 3.3: SHA-512 and nothing else."""
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "CA", lambda: clock[0], key_kind="ed25519")
    ca.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",))
    first = read(ca.handle(seal(body(router_key), mac())))
    assert first.certificate is not None
    conf = messages.cert_conf_body(first.certificate.fingerprint(hashes.SHA256()))
    answer = read(ca.handle(seal(conf, mac(), recip_nonce=first.message.header.sender_nonce)))
    assert answer.fail_info == {FailInfo.BAD_CERT_ID}
    ca.close()


@pytest.mark.parametrize("kind", ["rsa", "rsa-pss", "dsa-1024", "ecdsa-p192", "pss-2048"])
def test_an_unknown_kind_is_named(kind: str) -> None:
    """The message lists the kinds there are."""
    with pytest.raises(ValueError, match="rsa-pss-<bits>"):
        new_key(kind)


def test_an_ed25519_key_is_kept(tmp_path: Path, clock: list[datetime.datetime]) -> None:
    """The file holds the key of the certificate."""
    CertificationAuthority.create_or_load(tmp_path / "ca", "CA", lambda: clock[0], key_kind="ed25519").close()
    key = serialization.load_pem_private_key((tmp_path / "ca" / "ca-key.pem").read_bytes(), None)
    assert isinstance(key, ed25519.Ed25519PrivateKey)
