"""The CA's audit record: one entry for each decision about a transaction. Never a secret, never a MAC key."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from .store import Store


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What the CA decided. ``time`` is lab time.

    ``kind`` is ir, cr, kur, certConf, pollReq …; ``credential`` says who asked (``mac:<reference>`` or
    ``signature:<serial>``); ``result`` is issued, waiting, confirmed, rejected-by-client, revoked,
    told, not-confirmed or refused; ``fail_info`` is the name in PKIFailureInfo.
    """

    time: datetime.datetime
    peer: str
    kind: str
    transaction_id: str
    credential: str
    subject: str
    names: str
    serial: str
    result: str
    fail_info: str = ""
    text: str = ""


class Journal:
    """The entries of one CA, in the order in which they were made."""

    def __init__(self, store: Store, now: Callable[[], datetime.datetime]) -> None:
        self._store = store
        self._now = now

    def add(
        self, *, peer: str, kind: str, transaction_id: str, credential: str, result: str, subject: str = "",
        names: str = "", serial: str = "", fail_info: str = "", text: str = "",
    ) -> None:
        """Append an entry."""
        values = (
            self._now().isoformat(), peer, kind, transaction_id, credential, subject, names, serial, result, fail_info,
            text,
        )
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO journal (time, peer, kind, tid, credential, subject, names, serial, result, fail_info,"
                " text) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                values,
            )

    def entries(self, limit: int | None = None) -> tuple[JournalEntry, ...]:
        """Return the entries, oldest first; with ``limit`` only the last ones."""
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT * FROM journal ORDER BY number DESC LIMIT ?", (-1 if limit is None else limit,)
            ).fetchall()
        return tuple(
            JournalEntry(
                datetime.datetime.fromisoformat(row["time"]), row["peer"], row["kind"], row["tid"], row["credential"],
                row["subject"], row["names"], row["serial"], row["result"], row["fail_info"], row["text"],
            )
            for row in reversed(rows)
        )
