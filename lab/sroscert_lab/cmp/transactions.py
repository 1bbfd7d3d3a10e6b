"""CMP transactions as the CA remembers them, across restarts.

A transaction identifier is claimed once and for ever: that is what makes a replayed request fail. Owns the rows; ``ca``
decides.
"""

from __future__ import annotations

import datetime
import enum
import sqlite3
from dataclasses import dataclass

from .messages import NONCE_BYTES
from .status import BodyKind
from .store import Store

_KEPT_NONCES = 8


class State(enum.Enum):
    """Where a transaction stands."""

    OPEN = "open"
    WAITING = "waiting"
    UNCONFIRMED = "unconfirmed"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction. ``server_nonces``: ours, the last one last. ``polls_left`` is None when it waits until approved;
    ``request`` is the DER that waits."""

    tid: bytes
    kind: BodyKind
    credential: str
    state: State
    server_nonces: tuple[bytes, ...]
    client_nonce: bytes
    request: bytes | None
    serial: str | None
    polls_left: int | None
    approved: bool


def _transaction(row: sqlite3.Row) -> Transaction:
    kept = row["server_nonces"]
    nonces = tuple(kept[start : start + NONCE_BYTES] for start in range(0, len(kept), NONCE_BYTES))
    return Transaction(
        row["tid"], BodyKind(row["kind"]), row["credential"], State(row["state"]), nonces,
        row["client_nonce"], row["request"], row["serial"], row["polls_left"], bool(row["approved"]),
    )


class Transactions:
    """The transactions of one CA."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim(self, tid: bytes, kind: BodyKind, credential: str) -> bool:
        """Begin a transaction; tell False when the identifier was ever used before."""
        with self._store.transaction() as db:
            done = db.execute(
                "INSERT OR IGNORE INTO txn (tid, kind, credential, state) VALUES (?,?,?,?)",
                (tid, int(kind), credential, State.OPEN.value),
            )
            return done.rowcount == 1

    def find(self, tid: bytes) -> Transaction | None:
        """Return the transaction with this identifier."""
        with self._store.reading() as db:
            row = db.execute("SELECT * FROM txn WHERE tid = ?", (tid,)).fetchone()
        return None if row is None else _transaction(row)

    def waiting(self) -> tuple[Transaction, ...]:
        """Return the transactions that wait."""
        with self._store.reading() as db:
            rows = db.execute("SELECT * FROM txn WHERE state = ?", (State.WAITING.value,)).fetchall()
        return tuple(_transaction(row) for row in rows)

    def all(self) -> tuple[Transaction, ...]:
        """Return all transactions, oldest first."""
        with self._store.reading() as db:
            rows = db.execute("SELECT * FROM txn ORDER BY rowid").fetchall()
        return tuple(_transaction(row) for row in rows)

    def move(self, tid: bytes, state: State, serial: str | None = None) -> None:
        """Bring a transaction into another state; what it waited for is forgotten."""
        with self._store.transaction() as db:
            db.execute(
                "UPDATE txn SET state = ?, serial = coalesce(?, serial), request = NULL WHERE tid = ?",
                (state.value, serial, tid),
            )
            db.execute("DELETE FROM confirmation WHERE tid = ?", (tid,))

    def wait(self, tid: bytes, request: bytes, polls_left: int | None) -> None:
        """Let a transaction wait with its request."""
        with self._store.transaction() as db:
            db.execute(
                "UPDATE txn SET state = ?, request = ?, polls_left = ? WHERE tid = ?",
                (State.WAITING.value, request, polls_left, tid),
            )

    def expect_confirmation(self, tid: bytes, until: datetime.datetime) -> None:
        """Note till when a certConf is awaited."""
        with self._store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO confirmation (tid, until) VALUES (?,?)", (tid, until.isoformat()))

    def overdue(self, now: datetime.datetime) -> tuple[Transaction, ...]:
        """Return the transactions whose certConf has not come in time."""
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT t.* FROM confirmation c JOIN txn t ON t.tid = c.tid WHERE c.until < ?", (now.isoformat(),)
            ).fetchall()
        return tuple(_transaction(row) for row in rows)

    def count_poll(self, tid: bytes) -> None:
        """Note that the client has asked in vain."""
        with self._store.transaction() as db:
            db.execute("UPDATE txn SET polls_left = polls_left - 1 WHERE tid = ?", (tid,))

    def add_nonces(self, tid: bytes, server_nonce: bytes, client_nonce: bytes) -> None:
        """Keep the client's last nonce and our last ones: an answer to a poll may have been lost on its way."""
        with self._store.transaction() as db:
            row = db.execute("SELECT server_nonces FROM txn WHERE tid = ?", (tid,)).fetchone()
            kept = (row["server_nonces"] + server_nonce)[-_KEPT_NONCES * NONCE_BYTES :] if row else b""
            db.execute("UPDATE txn SET server_nonces = ?, client_nonce = ? WHERE tid = ?", (kept, client_nonce, tid))

    def approve(self, tid: bytes | None) -> int:
        """Let the next poll of one waiting transaction, or of all, succeed; return how many there are."""
        with self._store.transaction() as db:
            return db.execute(
                "UPDATE txn SET approved = 1 WHERE state = ? AND (? IS NULL OR tid = ?)",
                (State.WAITING.value, tid, tid),
            ).rowcount
