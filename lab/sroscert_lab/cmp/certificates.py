"""The certificates that a CA has issued and revoked, and the CRLs that say so, across restarts.

Owns those rows, and when a new CRL is due. Who may revoke what is decided in ``revoking``.
"""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from . import issuing
from .store import Store

_CRL_INTERVAL = datetime.timedelta(days=1)
#: Beyond the year that a CRL is valid for.
_STALE = datetime.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Revocation:
    """When a certificate was revoked, in lab time, and the CRLReason of RFC 5280 section 5.3.1 (0: not said)."""

    time: datetime.datetime
    reason: int


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate that this CA made."""

    certificate: x509.Certificate
    revoked: bool
    revocation: Revocation | None = None


def serial_text(certificate: x509.Certificate) -> str:
    """Return the serial number in hexadecimal, the form in which it is kept and shown."""
    return f"{certificate.serial_number:x}"


_SELECT = "SELECT c.*, r.time, r.reason FROM certificate c LEFT JOIN revocation r ON r.serial = c.serial "


class Certificates:
    """The certificates that one CA has issued."""

    def __init__(self, store: Store, now: Callable[[], datetime.datetime]) -> None:
        self._store = store
        self._now = now

    def add(self, certificate: x509.Certificate) -> None:
        """Keep a certificate."""
        key_id = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        der = certificate.public_bytes(serialization.Encoding.DER)
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO certificate (serial, key_id, der) VALUES (?,?,?)",
                (serial_text(certificate), key_id, der),
            )

    def find(self, serial: str) -> IssuedCertificate | None:
        """Return the certificate with this hexadecimal serial number."""
        with self._store.reading() as db:
            row = db.execute(_SELECT + "WHERE c.serial = ?", (serial,)).fetchone()
        return None if row is None else self._issued(row)

    def find_by_key_id(self, key_id: bytes) -> IssuedCertificate | None:
        """Return the newest certificate with this subject key identifier."""
        with self._store.reading() as db:
            row = db.execute(_SELECT + "WHERE c.key_id = ? ORDER BY c.rowid DESC LIMIT 1", (key_id,)).fetchone()
        return None if row is None else self._issued(row)

    def count(self) -> int:
        """Return how many certificates there are."""
        with self._store.transaction() as db:
            return int(db.execute("SELECT COUNT(*) FROM certificate").fetchone()[0])

    def all(self) -> tuple[IssuedCertificate, ...]:
        """Return all certificates, oldest first."""
        with self._store.reading() as db:
            rows = db.execute(_SELECT + "ORDER BY c.rowid").fetchall()
        return tuple(self._issued(row) for row in rows)

    def revoke(self, serial: str, reason: int = 0) -> bool:
        """Mark a certificate as revoked; the first reason stays. Tell False when there is no such certificate."""
        with self._store.transaction() as db:
            if db.execute("UPDATE certificate SET revoked = 1 WHERE serial = ?", (serial,)).rowcount != 1:
                return False
            db.execute(
                "INSERT OR IGNORE INTO revocation (serial, time, reason) VALUES (?,?,?)",
                (serial, self._now().isoformat(), reason),
            )
            return True

    @staticmethod
    def _issued(row: sqlite3.Row) -> IssuedCertificate:
        revocation = None
        if row["time"] is not None:
            revocation = Revocation(datetime.datetime.fromisoformat(row["time"]), row["reason"])
        return IssuedCertificate(x509.load_der_x509_certificate(row["der"]), bool(row["revoked"]), revocation)


class RevocationLists:
    """The CRLs of one CA: numbered one after the other (RFC 5280 section 5.2.3), and kept."""

    def __init__(
        self, authority: issuing.Authority, store: Store, certificates: Certificates,
        now: Callable[[], datetime.datetime], real_now: Callable[[], datetime.datetime],
    ) -> None:
        self._authority = authority
        self._store = store
        self._certificates = certificates
        self._now = now
        self._real_now = real_now

    def current(self) -> bytes:
        """Return the DER of the CRL in force: the last one, or a new one when more is revoked or a day has gone by."""
        entries = tuple(
            issuing.RevokedSerial(item.certificate.serial_number, *_when_and_why(item))
            for item in self._certificates.all() if item.revoked
        )
        revoked = json.dumps([f"{entry.serial:x}" for entry in entries])
        now = self._now()
        with self._store.transaction() as db:
            last = db.execute("SELECT * FROM crl ORDER BY number DESC LIMIT 1").fetchone()
            if last is not None and last["revoked"] == revoked:
                made = datetime.datetime.fromisoformat(last["made"])
                if made <= now < made + _CRL_INTERVAL:
                    return bytes(last["der"])
            row = db.execute("INSERT INTO crl (made, revoked, der) VALUES (?,?,x'')", (now.isoformat(), revoked))
            number = row.lastrowid or 0
            since = None if last is None else x509.load_der_x509_crl(last["der"]).last_update_utc
            der = issuing.revocation_list(self._authority, entries, number, now, self._real_now(), since)
            db.execute("UPDATE crl SET der = ? WHERE number = ?", (der, number))
        return der


    def stale(self) -> bytes:
        """Return the DER of an old CRL, whose next update is over; it is not kept."""
        long_ago = self._now() - _STALE
        return issuing.revocation_list(self._authority, (), 1, long_ago, long_ago)


def _when_and_why(item: IssuedCertificate) -> tuple[datetime.datetime | None, int]:
    return (None, 0) if item.revocation is None else (item.revocation.time, item.revocation.reason)
