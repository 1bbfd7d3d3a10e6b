"""One-time enrolment codes: what lets a router without a certificate ask for its first one.

A code is a reference and a secret, bound to one subject and its alternative names, consumed when a certificate is
issued. Owns the codes' life; the MAC is checked in ``protection``.
"""

from __future__ import annotations

import datetime
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography import x509

from .codevault import CodeVault
from .names import AlternativeNames, parse_dn, same_name
from .store import Store

MAX_REFERENCE = 64
"""SR OS accepts references of 1 to 64 characters (nokia-conf, key-list key reference-number)."""
MAX_BAD_MACS = 10
KEPT_AFTER_USE = datetime.timedelta(days=1)
"""In lab time: so long whoever uses a code again is told why not, and an operator can restore it."""
_SECRET_BYTES = 16


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """A one-time code. ``consumed`` is when a certificate was issued for it, ``serial`` which one (hexadecimal).

    ``secret`` is empty once it has been deleted: then nobody knows it.
    """

    reference: str
    secret: str = field(repr=False)
    subject: str
    sans: AlternativeNames
    expires: datetime.datetime | None = None
    consumed: datetime.datetime | None = None
    serial: str = ""
    bad_macs: int = 0

    def is_expired(self, now: datetime.datetime) -> bool:
        """Tell whether the code's time is over."""
        return self.expires is not None and now >= self.expires

    @property
    def is_locked(self) -> bool:
        """Whether too many messages with a wrong MAC have named this reference."""
        return self.bad_macs >= MAX_BAD_MACS


def _code(row: sqlite3.Row, vault: CodeVault) -> EnrolmentCode:
    def time(text: str | None) -> datetime.datetime | None:
        return None if text is None else datetime.datetime.fromisoformat(text)

    sans = AlternativeNames(tuple(row["ips"].split()), tuple(row["dns"].split()))
    secret = vault.reveal(row["reference"], row["secret"]) if row["secret"] else ""
    return EnrolmentCode(
        row["reference"], secret, row["subject"], sans, time(row["expires"]),
        time(row["consumed"]), row["serial"] or "", row["bad_macs"],
    )


class EnrolmentCodes:
    """The codes of one CA. The database has their secrets sealed, and no more a day after use."""

    def __init__(self, store: Store, vault: CodeVault, now: Callable[[], datetime.datetime]) -> None:
        self._store = store
        self._vault = vault
        self._now = now
        with store.transaction() as db:
            self._delete_used(db)

    def issue(
        self, reference: str, secret: str | None = None, *, subject: str, san_ips: tuple[str, ...] = (),
        san_dns: tuple[str, ...] = (), expires: datetime.datetime | None = None,
    ) -> EnrolmentCode:
        """Make a code; without ``secret`` one of 128 random bits (22 characters). Raises ValueError.

        A reference can be issued anew: the new code takes the place of the old one.
        """
        if not 1 <= len(reference) <= MAX_REFERENCE or not reference.isascii() or not reference.isprintable():
            raise ValueError("a reference has 1 to 64 printable ASCII characters")
        if secret == "":
            raise ValueError("the secret is empty")
        parse_dn(subject)
        code = EnrolmentCode(
            reference, secret or secrets.token_urlsafe(_SECRET_BYTES), subject, AlternativeNames.of(san_ips, san_dns),
            expires,
        )
        with self._store.transaction() as db:
            self._delete_used(db)
            db.execute(
                "INSERT OR REPLACE INTO code (reference, secret, subject, ips, dns, expires) VALUES (?,?,?,?,?,?)",
                (
                    code.reference, self._vault.seal(code.reference, code.secret), code.subject,
                    " ".join(code.sans.ips), " ".join(code.sans.dns), expires and expires.isoformat(),
                ),
            )
        return code

    def find(self, reference: str) -> EnrolmentCode | None:
        """Return the code with this reference, used or not."""
        with self._store.reading() as db:
            row = db.execute("SELECT * FROM code WHERE reference = ?", (reference,)).fetchone()
        return None if row is None else _code(row, self._vault)

    def all(self) -> tuple[EnrolmentCode, ...]:
        """Return every code, by reference."""
        with self._store.reading() as db:
            return tuple(_code(row, self._vault) for row in db.execute("SELECT * FROM code ORDER BY reference"))

    def open_for(self, subject: x509.Name) -> tuple[EnrolmentCode, ...]:
        """Return the codes of a subject that are neither used up, expired nor locked: what it may still be given."""
        return tuple(
            code
            for code in self.all()
            if code.consumed is None
            and not code.is_expired(self._now())
            and not code.is_locked
            and same_name(parse_dn(code.subject), subject)
        )

    def consume(self, reference: str, serial: str) -> bool:
        """Mark a code as used; tell False when it already was."""
        with self._store.transaction() as db:
            self._delete_used(db)
            changed = db.execute(
                "UPDATE code SET consumed = ?, serial = ? WHERE reference = ? AND consumed IS NULL",
                (self._now().isoformat(), serial, reference),
            )
            return changed.rowcount == 1

    def is_expired(self, code: EnrolmentCode) -> bool:
        """Tell whether the time of a code is over, in lab time."""
        return code.is_expired(self._now())

    def restore(self, reference: str) -> bool:
        """Make a used or locked code usable again: an operator's decision. Tell False when there is none.

        One whose secret is deleted is none any more.
        """
        with self._store.transaction() as db:
            changed = db.execute(
                "UPDATE code SET consumed = NULL, serial = NULL, bad_macs = 0 WHERE reference = ? AND secret != ''",
                (reference,),
            )
            return changed.rowcount == 1

    def note_bad_mac(self, reference: str) -> None:
        """Count a message that named this reference and did not know its secret."""
        with self._store.transaction() as db:
            db.execute("UPDATE code SET bad_macs = bad_macs + 1 WHERE reference = ?", (reference,))

    def revoke(self, reference: str) -> bool:
        """Forget a code. Tell False when there is none."""
        with self._store.transaction() as db:
            return db.execute("DELETE FROM code WHERE reference = ?", (reference,)).rowcount == 1

    def _delete_used(self, db: sqlite3.Connection) -> None:
        """Delete the secrets of codes that were used a day ago."""
        used = db.execute("SELECT reference, consumed FROM code WHERE consumed IS NOT NULL AND secret != ''").fetchall()
        for row in used:
            if datetime.datetime.fromisoformat(row["consumed"]) + KEPT_AFTER_USE <= self._now():
                db.execute("UPDATE code SET secret = '' WHERE reference = ?", (row["reference"],))
