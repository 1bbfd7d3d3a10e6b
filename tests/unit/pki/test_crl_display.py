"""The dates of a revocation list in the text that OpenSSL prints, which is what SR OS prints of certificates."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sroscert.commands.operations import DisplayCRL
from sroscert.commands.replies import read_raw
from sroscert.errors import PKIError
from sroscert.pki.display import CRLDates, parse_crl

ISSUED = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)


def as_openssl_prints(folder: Path, next_update: datetime) -> str:
    """A list with one revoked certificate, printed by openssl."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ManagementCA")])
    revoked = x509.RevokedCertificateBuilder(serial_number=7, revocation_date=ISSUED - timedelta(days=3)).build()
    builder = x509.CertificateRevocationListBuilder(name, ISSUED, next_update).add_revoked_certificate(revoked)
    crl = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    file = folder / "ca.crl"
    file.write_bytes(crl.public_bytes(serialization.Encoding.DER))
    command = ["openssl", "crl", "-inform", "DER", "-in", str(file), "-noout", "-text"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_both_dates_are_read_from_openssls_text(tmp_path: Path) -> None:
    """The date of a revocation is neither of them; line ends do not matter."""
    text = as_openssl_prints(tmp_path, ISSUED + timedelta(days=7))

    expected = CRLDates(ISSUED, ISSUED + timedelta(days=7))
    assert parse_crl(text) == expected
    assert parse_crl(text.replace("\n", "\r\n")) == expected
    assert read_raw(DisplayCRL("cf3:/system-pki/ca.crl"), text).crl == expected


def test_a_list_without_a_next_one_has_none(tmp_path: Path) -> None:
    """OpenSSL prints NONE."""
    text = as_openssl_prints(tmp_path, ISSUED + timedelta(days=7))
    lines = [line if "Next Update" not in line else "        Next Update: NONE" for line in text.splitlines()]

    assert parse_crl("\n".join(lines)).next_update is None


@pytest.mark.parametrize(
    "text", ["", "Certificate:\n  Data:\n", "Certificate Revocation List (CRL):\n  Last Update: soon"]
)
def test_what_is_no_list_tells_nothing(text: str) -> None:
    """A display that cannot be read is unknown, never a date."""
    with pytest.raises(PKIError):
        parse_crl(text)
    reply = read_raw(DisplayCRL("cf3:/system-pki/ca.crl"), text)
    assert (reply.outcome, reply.crl) == ("unknown", None)
