"""Enrolment codes and the files they live in."""

from __future__ import annotations

import datetime
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sroscert_lab.cmp import CertificationAuthority

SUBJECT = "C=NL,O=Nokia,CN=sr"
_NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


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


@pytest.mark.clause("codes are deleted")
def test_the_secret_of_a_used_code_is_deleted_a_day_later(
    ca: CertificationAuthority, clock: list[datetime.datetime], tmp_path: Path
) -> None:
    """Until then it can be restored; another code, or a start of the CA, is when it is looked for."""
    for reference in ("sr-1", "sr-2"):
        ca.codes.issue(reference, subject=SUBJECT)
    used = clock[0]
    assert ca.codes.consume("sr-1", "abc")

    clock[0] = used + datetime.timedelta(days=1, seconds=-1)
    assert ca.codes.consume("sr-2", "def")
    assert all(code.secret for code in ca.codes.all())

    clock[0] = used + datetime.timedelta(days=1)
    ca.codes.issue("sr-3", subject=SUBJECT)
    assert [bool(code.secret) for code in ca.codes.all()] == [False, True, True]
    found = ca.codes.find("sr-1")
    assert found is not None and (found.serial, ca.codes.restore("sr-1")) == ("abc", False)

    ca.close()
    with closing(_load(tmp_path / "ca", clock[0] + datetime.timedelta(days=1))) as again:
        assert [bool(code.secret) for code in again.codes.all()] == [False, False, True]


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
    assert {"ca-key.pem", "ca.pem", "ca.sqlite", "codes.key"} <= {path.name for path in files}


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


def _load(folder: Path, now: datetime.datetime | None = None) -> CertificationAuthority:
    return CertificationAuthority.create_or_load(folder, "Lab CA", lambda: now or _NOW)


def _bytes_of(folder: Path) -> bytes:
    """All that the CA's folder holds."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


@pytest.mark.clause("files")
def test_no_file_of_the_ca_has_a_secret_in_clear(ca: CertificationAuthority, tmp_path: Path) -> None:
    """Neither while the CA runs, nor of a code that was replaced, nor afterwards; two seals of one secret differ."""
    for reference in ("sr-1", "sr-1", "sr-2"):
        ca.codes.issue(reference, f"in clear for {reference}", subject=SUBJECT)
    assert ca.codes.consume("sr-1", "abc")
    assert b"in clear" not in _bytes_of(tmp_path / "ca")
    ca.close()
    assert b"in clear" not in _bytes_of(tmp_path / "ca")
    with closing(_load(tmp_path / "ca")) as again:
        assert [code.secret for code in again.codes.all()] == ["in clear for sr-1", "in clear for sr-2"]


def test_a_database_with_secrets_in_clear_still_opens(ca: CertificationAuthority, tmp_path: Path) -> None:
    """Its codes are good, used ones stay used, and nothing in clear is left in any file."""
    ca.codes.issue("sr-1", subject=SUBJECT)
    ca.codes.issue("sr-2", subject=SUBJECT)
    ca.codes.consume("sr-2", "abc")
    ca.close()
    (tmp_path / "ca" / "codes.key").unlink()
    with closing(sqlite3.connect(tmp_path / "ca" / "ca.sqlite")) as old, old:
        old.execute("UPDATE code SET secret = 'in clear for ' || reference")
        old.execute("PRAGMA user_version = 0")
    assert b"in clear" in _bytes_of(tmp_path / "ca")
    for _ in range(2):
        with closing(_load(tmp_path / "ca")) as again:
            assert b"in clear" not in _bytes_of(tmp_path / "ca")
            assert [(code.secret, code.serial) for code in again.codes.all()] == [
                ("in clear for sr-1", ""), ("in clear for sr-2", "abc"),
            ]


@pytest.mark.parametrize("wrong", [None, b"", b"x" * 32], ids=["gone", "empty", "another"])
def test_a_missing_or_wrong_key_is_told(ca: CertificationAuthority, tmp_path: Path, wrong: bytes | None) -> None:
    """The CA does not start, says which file is missing, and has the codes again when it is back."""
    secret = ca.codes.issue("sr-1", subject=SUBJECT).secret
    ca.close()
    file = tmp_path / "ca" / "codes.key"
    key = file.read_bytes()
    file.unlink()
    if wrong is not None:
        file.write_bytes(wrong)
    with pytest.raises(ValueError, match=r"codes\.key that belongs to them"):
        _load(tmp_path / "ca")
    file.write_bytes(key)
    with closing(_load(tmp_path / "ca")) as again:
        assert [code.secret for code in again.codes.all()] == [secret]


def test_a_sealed_secret_belongs_to_its_reference(ca: CertificationAuthority, tmp_path: Path) -> None:
    """Who can write into the database cannot give one router's secret to another's code."""
    ca.codes.issue("sr-1", "one", subject=SUBJECT)
    ca.codes.issue("sr-2", "two", subject=SUBJECT)
    ca.close()
    with closing(sqlite3.connect(tmp_path / "ca" / "ca.sqlite")) as file, file:
        file.execute("UPDATE code SET secret = (SELECT secret FROM code WHERE reference = 'sr-1')")
    with pytest.raises(ValueError, match=r"codes\.key"):
        _load(tmp_path / "ca")
