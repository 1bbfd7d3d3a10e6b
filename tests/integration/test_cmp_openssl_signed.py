"""Interoperability: signatures of all kinds between ``openssl cmp`` and the lab's CA, and a vendor's certificate."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from sroscert_lab.cmp import parse_dn
from sroscert_lab.cmp.signatures import SigningKey

from tests.support.cmp_vendors import DEVICE, make_vendor
from tests.support.openssl_cmp import IP, IR, SLASHED, SUBJECT, now, open_bench, pem

PEM = serialization.Encoding.PEM
pytestmark = [
    pytest.mark.client("openssl cmp"),
    pytest.mark.timeout(90),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command"),
]


@pytest.fixture(scope="module")
def keys() -> tuple[SigningKey, ...]:
    """A router's keys, one of each kind."""
    return (
        rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    )


@pytest.mark.clause("RFC 9481 3 answers", "RFC 9481 3.3 certHash")
@pytest.mark.parametrize("kind", ["rsa-pss-2048", "ecdsa-p384", "ed25519"])
def test_openssl_and_the_ca_sign_with_keys_of_all_kinds(
    tmp_path: Path, keys: tuple[SigningKey, ...], kind: str
) -> None:
    """ir by MAC, then kur with RSA, and kur, genm and rr with ECDSA; openssl verifies the CA's answers."""
    with open_bench(tmp_path, keys, kind) as bench:
        first = bench.cmp(*IR, "-sans", IP)
        assert first.returncode == 0, first.stdout
        for number in (0, 1):
            signer = ("-trusted", "ca.pem", "-cert", f"c{number}", "-key", f"k{number}")
            run = bench.cmp("-cmd", "kur", *signer, "-newkey", f"k{number + 1}", "-certout", f"c{number + 1}")
            assert run.returncode == 0, run.stdout
        # OpenSSL 3.0 asks for certificates with Ed25519 keys, but cannot protect a message with one.
        last = ("-trusted", "ca.pem", "-cert", "c1", "-key", "k1")
        told = bench.cmp("-cmd", "genm", *last, "-infotype", "caCerts")
        assert "genp contains ITAV of type: id-it-caCerts" in told.stdout
        revoked = bench.cmp("-cmd", "rr", *last, "-oldcert", "c2")
        assert revoked.returncode == 0, revoked.stdout
        results = [entry.result for entry in bench.server.ca.journal.entries()]
    assert results == ["issued", "confirmed"] * 3 + ["told", "revoked"]


@pytest.mark.clause("TS 33.310 9 vendor certificate")
def test_openssl_enrols_with_a_vendors_certificate(tmp_path: Path, keys: tuple[SigningKey, ...]) -> None:
    """3GPP TS 33.310 section 9: ir signed with the vendor's key, then a kur with the operator's certificate."""
    vendor = make_vendor(now())
    with open_bench(tmp_path, keys) as bench:
        ca = bench.server.ca
        ca.vendors.trust(vendor.root.certificate)
        (bench.folder / "vk").write_bytes(pem(vendor.key))
        (bench.folder / "vc").write_bytes(vendor.certificate.public_bytes(PEM) + vendor.intermediate.public_bytes(PEM))
        ir = ("-cmd", "ir", "-trusted", "ca.pem", "-cert", "vc", "-key", "vk", "-extracerts", "vc", "-subject", SLASHED,
              "-newkey", "k0", "-certout", "c0", "-sans", IP)
        unknown = bench.cmp(*ir)
        ca.vendors.expect(DEVICE, subject=SUBJECT, san_ips=(IP,))
        first = bench.cmp(*ir)
        again = bench.cmp(*ir)
        assert first.returncode == 0, first.stdout
        renewed = bench.cmp(
            "-cmd", "kur", "-trusted", "ca.pem", "-cert", "c0", "-key", "k0", "-newkey", "k1", "-certout", "c1"
        )
        assert renewed.returncode == 0, renewed.stdout
        assert bench.certificate("c0").subject == parse_dn(SUBJECT)
    for refused in (unknown, again):
        assert (refused.returncode, "notAuthorized" in refused.stdout) == (1, True), refused.stdout


def test_openssl_sees_a_ca_that_has_expired(tmp_path: Path, keys: tuple[SigningKey, ...]) -> None:
    """The refusal is signed by the key that is known, under a certificate that has ended; to trust that is no help."""
    with open_bench(tmp_path, keys) as bench:
        assert bench.cmp(*IR, "-sans", IP).returncode == 0
        bench.server.ca.faults.set(expired=True)
        signer = ("-cert", "c0", "-key", "k0")
        told = bench.cmp("-cmd", "genm", *signer, "-trusted", "ca.pem", "-extracertsout", "shown.pem")
        assert told.returncode == 0, told.stdout
        shown, known = bench.certificate("shown.pem"), bench.certificate("ca.pem")
        assert shown.not_valid_after_utc < now() < known.not_valid_after_utc
        assert (shown.subject, shown.public_key()) == (known.subject, known.public_key())
        kur = ("-cmd", "kur", *signer, "-newkey", "k1", "-certout", "c1", "-trusted")
        assert "the certificate of the CA has expired" in bench.cmp(*kur, "ca.pem").stdout
        refused = bench.cmp(*kur, "shown.pem")
        assert refused.returncode != 0
        assert "error validating protection" in refused.stdout
        assert "the certificate of the CA has expired" not in refused.stdout
        bench.server.ca.faults.clear("expired")
        assert bench.cmp(*kur, "ca.pem").returncode == 0
