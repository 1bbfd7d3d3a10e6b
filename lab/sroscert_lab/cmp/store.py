"""The CA's memory on disk: enrolment codes, transactions, issued certificates and the journal, in one SQLite file.

Everything that keeps a replayed request from being served a second time survives a restart here. Owns tables and
locking; what the rows mean belongs to ``codes``, ``ca`` and ``journal``.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS code (
  reference TEXT PRIMARY KEY, secret TEXT NOT NULL, subject TEXT NOT NULL, ips TEXT NOT NULL, dns TEXT NOT NULL,
  expires TEXT, consumed TEXT, serial TEXT, bad_macs INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS certificate (
  serial TEXT PRIMARY KEY, key_id BLOB NOT NULL, der BLOB NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS revocation (serial TEXT PRIMARY KEY, time TEXT NOT NULL, reason INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS crl (
  number INTEGER PRIMARY KEY AUTOINCREMENT, made TEXT NOT NULL, revoked TEXT NOT NULL, der BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS txn (
  tid BLOB PRIMARY KEY, kind INTEGER NOT NULL, credential TEXT NOT NULL, state TEXT NOT NULL,
  server_nonces BLOB NOT NULL DEFAULT x'', client_nonce BLOB NOT NULL DEFAULT x'', request BLOB, serial TEXT,
  polls_left INTEGER, approved INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS confirmation (tid BLOB PRIMARY KEY, until TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS vendor_root (der BLOB PRIMARY KEY);
CREATE TABLE IF NOT EXISTS vendor_device (
  name TEXT PRIMARY KEY, subject TEXT NOT NULL, ips TEXT NOT NULL, dns TEXT NOT NULL, consumed TEXT, serial TEXT);
CREATE TABLE IF NOT EXISTS journal (
  number INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, peer TEXT NOT NULL, kind TEXT NOT NULL,
  tid TEXT NOT NULL, credential TEXT NOT NULL, subject TEXT NOT NULL, names TEXT NOT NULL, serial TEXT NOT NULL,
  result TEXT NOT NULL, fail_info TEXT NOT NULL, text TEXT NOT NULL);
"""


class Store:
    """One SQLite database, used by many threads one at a time. The file is readable by its owner only."""

    def __init__(self, path: Path) -> None:
        # Created by us first: SQLite gives its own files the mode of the database.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the store; all statements take effect together, or none when an exception leaves the block."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
            except BaseException:
                if outermost:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the store for one statement that changes nothing; within a transaction it sees what that has done."""
        with self._lock:
            yield self._connection

    def forget_what_was_deleted(self) -> None:
        """Write the file anew, so that nothing is left in it of what was replaced or deleted."""
        with self._lock:
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the database; the store is of no use afterwards."""
        with self._lock:
            self._connection.close()
