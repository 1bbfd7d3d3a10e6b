from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from sroscert.errors import PKIError
from sroscert.pki.certificate import from_display, key_kind, read
from tests.support.certificates import make_ca
from tests.support.minting import CA, dn, key_usage, rsa_key
from tests.support.transcripts import CERTIFICATE

_YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
CA_TRANSCRIPT = """Certificate:
    Data:
        Version: 3 (0x2)
        Serial Number:
            22:41:be:6b:87:94:a6:34:06:ce:73:63:01:6e:e5:80:d2:34:2d:5c
        Signature Algorithm: sha256WithRSAEncryption
        Issuer: UID=c-0gkhtv71ootnm60rn, CN=ManagementCA, O=EJBCA Container Quickstart
<SNIPPED>
"""


@pytest.fixture(scope="module")
def ca() -> CA:
    """One CA for the whole module."""
    return CA.make()


def openssl_text(der: bytes) -> str:
    """Return what OpenSSL prints of a certificate."""
    return subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-text"], input=der, check=True, capture_output=True
    ).stdout.decode()


def test_the_transcript_of_the_tutorial_is_read() -> None:
    """The router's display of a certificate, parts of it left out, gives all that it shows."""
    info = from_display(CERTIFICATE)

    assert info.serial == 0x089270571ED6F7935F1A26D49ECFBE6688078007
    assert info.subject == (("CN", "sr"), ("O", "Nokia"), ("ST", "ZH"), ("C", "NL"))
    assert info.issuer[0] == ("UID", "c-0gkhtv71ootnm60rn")
    assert info.not_before == datetime(2021, 3, 30, 19, 24, 28, tzinfo=UTC)
    assert info.not_after == datetime(2023, 3, 30, 19, 24, 28, tzinfo=UTC)
    assert info.san_ips == {"172.20.20.6"}
    assert (info.key_type, info.key_bits, info.public_key_sha256) == ("", 0, "")


@pytest.mark.parametrize(
    "text", ["", "MINOR: CLI #2004: no such file", CA_TRANSCRIPT, CERTIFICATE.replace("Mar 30", "Foo 30"),
             CERTIFICATE.replace("Mar 30", "Feb 30"), CERTIFICATE.replace("08:92", "zz:92"),
             CERTIFICATE.replace("Subject: ", "Subjekt: ")],
)
def test_a_display_that_lacks_something_needed_is_an_error(text: str) -> None:
    """Text without serial, names or dates never becomes a certificate."""
    with pytest.raises(PKIError) as caught:
        from_display(text)

    assert caught.value.code == "display-unreadable"


@pytest.mark.parametrize("serial", [1, 0x7F, 4096, 2**63 - 1, 2**64, 0x089270571ED6F7935F1A26D49ECFBE6688078007])
def test_display_agrees_with_the_certificate_for_short_and_long_serials(ca: CA, serial: int) -> None:
    """What OpenSSL prints of an RSA certificate is read to the same value as the certificate itself."""
    der = ca.issue(
        serial=serial, ips=("172.20.20.5", "2001:db8::1"), domains=("SR.example.net", "b.example.net"),
        usage=key_usage("digital_signature", "key_encipherment"), extended=(ExtendedKeyUsageOID.SERVER_AUTH,),
    )

    assert from_display(openssl_text(der)) == replace(read(der), fingerprint_sha256="")
    assert read(der).serial == serial
    assert read(der).san_dns == {"sr.example.net", "b.example.net"}


def test_display_agrees_for_an_elliptic_curve_key(ca: CA) -> None:
    """The public key of an ECDSA certificate is rebuilt from the display."""
    der = ca.issue(key=ec.generate_private_key(ec.SECP384R1()), ips=())
    info = from_display(openssl_text(der))

    assert (info.key_type, info.key_bits) == ("ecdsa", 384)
    assert info == replace(read(der), fingerprint_sha256="")


def test_display_agrees_for_a_ca_certificate() -> None:
    """A CA certificate with key usage is recognised as one in the display."""
    made = CA.make(usage=key_usage("key_cert_sign", "crl_sign"))
    info = from_display(openssl_text(made.certificate.public_bytes(Encoding.DER)))

    assert info.is_ca
    assert info.key_usage == {"keyCertSign", "cRLSign"}
    assert info == replace(read(made.pem), fingerprint_sha256="")


@pytest.mark.parametrize("value", ["Nokia, Inc", 'a "b" c', "a+b", "Ü & Söhne", "a\\b", "a=b, CN", "a, b=c"])
def test_display_agrees_for_awkward_subjects(ca: CA, value: str) -> None:
    """A subject with characters that OpenSSL quotes or escapes is read to the certificate's own value."""
    der = ca.issue(subject=dn(("C", "NL"), ("O", value), ("CN", "sr")))

    assert from_display(openssl_text(der)).subject == read(der).subject == (("C", "NL"), ("O", value), ("CN", "sr"))


def test_only_the_first_certificate_of_a_display_is_read(ca: CA) -> None:
    """A second certificate in the text does not lend the first one its extensions."""
    first, second = ca.issue(ips=()), ca.issue(ips=("192.0.2.9",))

    assert from_display(openssl_text(first) + openssl_text(second)).san_ips == frozenset()


def test_carriage_returns_do_not_matter(ca: CA) -> None:
    """A display with the line ends of a terminal is read like any other."""
    text = openssl_text(ca.issue())

    assert from_display(text.replace("\n", "\r\n")) == from_display(text)


def test_a_negative_serial_is_read() -> None:
    """Both forms in which OpenSSL prints a negative serial number give that number."""
    assert from_display(CERTIFICATE.replace("08:92", "(Negative)08:92")).serial < -(2**150)
    one_line = re.sub(r"Serial Number:\s+\S+", "Serial Number: -4096 (-0x1000)", CERTIFICATE)
    assert from_display(one_line).serial == -4096


@pytest.mark.parametrize("serial", ["", "4096 (0x10", "x"])
def test_a_serial_that_cannot_be_read_is_an_error(serial: str) -> None:
    """A garbled serial number is never read as another one."""
    text = re.sub(r"Serial Number:\s+\S+", f"Serial Number: {serial}", CERTIFICATE)

    with pytest.raises(PKIError, match="serial"):
        from_display(text)


@pytest.mark.parametrize(
    "text", [CERTIFICATE.replace("CN=sr, O=Nokia", "nonsense"), CERTIFICATE.replace("CN=sr", "=sr")]
)
def test_a_subject_that_cannot_be_read_is_an_error(text: str) -> None:
    """A garbled subject is never read as a shorter one."""
    with pytest.raises(PKIError, match="subject"):
        from_display(text)


def test_a_cut_public_key_counts_as_not_shown(ca: CA) -> None:
    """A modulus that lost its tail gives the size that the display names and no digest."""
    text = openssl_text(ca.issue(key=ec.generate_private_key(ec.SECP256R1())))
    info = from_display(re.sub(r"(pub:\s+(\S+))\s+\S+", r"\1", text))

    assert (info.key_type, info.key_bits, info.public_key_sha256) == ("ecdsa", 256, "")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (ed25519.Ed25519PrivateKey.generate(), ("ed25519", 256)), (ed448.Ed448PrivateKey.generate(), ("ed448", 456)),
        (dsa.generate_private_key(2048), ("dsa", 2048)), (x25519.X25519PrivateKey.generate(), ("", 0)),
    ],
)
def test_every_kind_of_key_has_a_name_or_none(key: Any, kind: tuple[str, int]) -> None:
    """Keys of other kinds are named, and a kind without a name is unknown, not an error."""
    assert key_kind(key.public_key()) == kind


def test_pem_and_der_are_read_alike(ca: CA) -> None:
    """Both encodings of a certificate give the same value."""
    assert read(ca.pem) == read(ca.certificate.public_bytes(Encoding.DER))


@pytest.mark.parametrize("data", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_an_error(data: bytes) -> None:
    """Bytes that hold no certificate are refused with a code of their own."""
    with pytest.raises(PKIError) as caught:
        read(data)

    assert caught.value.code == "certificate-unreadable"


def test_key_digest_is_that_of_the_public_key(ca: CA) -> None:
    """Two certificates for one key have the same public key digest and different fingerprints."""
    key = rsa_key()
    one, two = read(ca.issue(key=key)), read(ca.issue(key=key))

    assert one.public_key_sha256 == two.public_key_sha256 != ""
    assert one.fingerprint_sha256 != two.fingerprint_sha256


@pytest.mark.parametrize("prefix", ["", "keyid:"])
def test_display_agrees_on_key_identifiers(prefix: str) -> None:
    """Issuer's and own, as OpenSSL 3 writes them and as OpenSSL 1.1 did; what is absent is empty."""
    authority = make_ca()
    key = authority.certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signed = (
        x509.CertificateBuilder(authority.certificate.subject, dn(("CN", "sr")), key, 7, *_YEAR)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    text = openssl_text(signed.public_bytes(Encoding.DER))
    old = re.sub(r"(Authority Key Identifier: *\n\s*)", rf"\g<1>{prefix}", text)

    shown, own = from_display(old), read(authority.certificate.public_bytes(Encoding.DER))

    assert shown.authority_key_id == own.subject_key_id != ""
    assert (shown.subject_key_id, own.authority_key_id) == ("", "")
    assert shown.authority_key_id == read(signed.public_bytes(Encoding.DER)).authority_key_id
