"""Enrolment codes and the files they live in."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from sroscert_lab.cmp import CertificationAuthority

SUBJECT = "C=NL,O=Nokia,CN=sr"


@pytest.mark.clause("RFC 9810 8.7 entropy")
def test_a_code_is_remembered_and_its_secret_not_shown(ca: CertificationAuthority) -> None:
    """An invented secret has 128 bits, and repr leaves it out."""
    code = ca.codes.issue("sr-1", subject=SUBJECT, san_ips=("10.0.0.1",), san_dns=("sr.example",))
    assert ca.codes.find("sr-1") == code
    assert len(code.secret) == 22
    assert code.secret not in repr(code)


def test_a_code_is_consumed_once(ca: CertificationAuthority) -> None:
    """The second consumer is told; an operator can restore the code."""
    ca.codes.issue("sr-1", "secret", subject=SUBJECT)
    assert ca.codes.consume("sr-1", "abc")
    assert not ca.codes.consume("sr-1", "def")
    found = ca.codes.find("sr-1")
    assert found is not None and found.serial == "abc" and found.consumed is not None
    assert ca.codes.restore("sr-1") and ca.codes.consume("sr-1", "def")


def test_expiry_is_a_moment(ca: CertificationAuthority, clock: list[datetime.datetime]) -> None:
    """A code is valid until its time, and not at it."""
    code = ca.codes.issue("sr-1", subject=SUBJECT, expires=clock[0])
    assert code.is_expired(clock[0])
    assert not code.is_expired(clock[0] - datetime.timedelta(seconds=1))


@pytest.mark.parametrize("reference", ["", "x" * 65, "a\nb", "é"])
def test_references_are_what_sr_os_accepts(ca: CertificationAuthority, reference: str) -> None:
    """1 to 64 printable ASCII characters."""
    with pytest.raises(ValueError, match="reference"):
        ca.codes.issue(reference, subject=SUBJECT)


@pytest.mark.clause("files")
def test_every_file_of_the_ca_is_its_owners_only(ca: CertificationAuthority, tmp_path: Path) -> None:
    """Key, certificate and database have mode 0600, the folder 0700."""
    ca.codes.issue("sr-1", subject=SUBJECT)
    files = list((tmp_path / "ca").iterdir())
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "ca").stat().st_mode & 0o777 == 0o700
    assert {"ca-key.pem", "ca.pem", "ca.sqlite"} <= {path.name for path in files}


def test_an_existing_ca_is_loaded_not_remade(ca: CertificationAuthority, tmp_path: Path) -> None:
    """The same folder gives the same certificate, and the codes are still there."""
    ca.codes.issue("sr-1", "secret", subject=SUBJECT)
    pem = ca.certificate_pem()
    ca.close()
    again = CertificationAuthority.create_or_load(
        tmp_path / "ca", "Another name", lambda: datetime.datetime.now(datetime.UTC)
    )
    assert again.certificate_pem() == pem
    assert [code.reference for code in again.codes.all()] == ["sr-1"]
    again.close()
