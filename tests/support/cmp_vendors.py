"""A vendor of routers with its own small PKI, for first enrolments that are signed with a vendor's key."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import parse_dn
from sroscert_lab.cmp.issuing import Authority, new_authority

DEVICE = "O=Vendor,CN=BOX,SERIALNUMBER=NS1234567"


@dataclass(frozen=True)
class Vendor:
    """The vendor's root and intermediate CA, and one device's key and certificate."""

    root: Authority
    intermediate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def make_vendor(
    start: datetime.datetime, *, name: str = DEVICE, root: Authority | None = None, issuer: Authority | None = None
) -> Vendor:
    """Make a vendor; ``issuer`` signs the device's certificate in place of the intermediate CA."""
    root = root or new_authority("O=Vendor,CN=Vendor Root", "ecdsa-p256", start, start)
    middle_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    intermediate = _certificate("O=Vendor,CN=Vendor Line", middle_key, root, start, ca=True)
    signer = issuer or Authority(middle_key, intermediate)
    return Vendor(root, intermediate, key, _certificate(name, key, signer, start, ca=False))


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: Authority, start: datetime.datetime, *, ca: bool
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
    )
    own_id = x509.SubjectKeyIdentifier.from_public_key(issuer.key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(parse_dn(name))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - datetime.timedelta(days=1))
        .not_valid_after(start + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own_id), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
