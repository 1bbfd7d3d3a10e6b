"""The store of run records: one SQLite file in the state folder, for any number of processes and threads.

Owns the file, its version and its tables; what is written when is ``journal``'s work, and how it is shown the command
line's. The router is the record; this only explains (law 6), so nothing that is done to a router is decided from here,
but for what a run that is taken up was asked to do once and shows as done (``runs.issued_in``).
Locks and marks of pending commits are not in it (``record``): they must hold also where this file cannot be read.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sroscert.errors import RecordError

STORE_NAME = "runs.sqlite"
KEPT = timedelta(days=400)
"""How long a run that changed something is kept; it is asked for when a certificate of a year ends."""
KEPT_IDLE = timedelta(days=30)
"""How long a run is kept in which nothing was to be done."""

_APPLICATION = 0x5352_4F53
_MIGRATIONS = (
    """
    CREATE TABLE run (
        id TEXT PRIMARY KEY, command TEXT NOT NULL, options TEXT NOT NULL, resumes TEXT NOT NULL, began TEXT NOT NULL,
        ended TEXT, user TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, version TEXT NOT NULL,
        exit_code INTEGER
    );
    CREATE TABLE router (
        run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, name TEXT NOT NULL, address TEXT NOT NULL,
        place INTEGER NOT NULL, intent TEXT NOT NULL, state TEXT NOT NULL, began TEXT, ended TEXT, plans TEXT NOT NULL,
        said TEXT NOT NULL, error TEXT, PRIMARY KEY (run, name)
    );
    CREATE TABLE step (
        run TEXT NOT NULL, router TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
        began TEXT NOT NULL, ended TEXT, outcome TEXT NOT NULL, said TEXT NOT NULL, PRIMARY KEY (run, router, number),
        FOREIGN KEY (run, router) REFERENCES router (run, name) ON DELETE CASCADE
    );
    CREATE TABLE answer (
        run TEXT NOT NULL, router TEXT NOT NULL, step INTEGER NOT NULL, at TEXT NOT NULL, operation TEXT NOT NULL,
        outcome TEXT NOT NULL, text TEXT NOT NULL,
        FOREIGN KEY (run, router, step) REFERENCES step (run, router, number) ON DELETE CASCADE
    );
    CREATE INDEX answer_step ON answer (run, router, step);
    CREATE TABLE issued (
        address TEXT NOT NULL, issuer TEXT NOT NULL, serial TEXT NOT NULL, router TEXT NOT NULL, file TEXT NOT NULL,
        subject TEXT NOT NULL, not_after TEXT NOT NULL, run TEXT NOT NULL, seen TEXT NOT NULL, used TEXT,
        PRIMARY KEY (address, issuer, serial)
    );
    """,
    """
    CREATE TABLE asked (
        number INTEGER PRIMARY KEY, address TEXT NOT NULL, router TEXT NOT NULL, ca_profile TEXT NOT NULL,
        request TEXT NOT NULL, key TEXT NOT NULL, file TEXT NOT NULL, run TEXT NOT NULL, at TEXT NOT NULL,
        before TEXT NOT NULL, fate TEXT NOT NULL, open INTEGER NOT NULL, serial TEXT NOT NULL
    );
    """,
)


def new_run_id(now: datetime) -> str:
    """Return a name for a run: its beginning, and four letters that tell two of one second apart."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def lock_file(folder: Path, run: str) -> Path:
    """Return the file whose lock a run holds while its process lives."""
    return folder / f"run-{run}.lock"


def is_alive(folder: Path, run: str) -> bool:
    """Tell whether a run's process still lives: the kernel frees its lock when it is gone, however it went."""
    try:
        descriptor = os.open(lock_file(folder, run), os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def stamp(moment: datetime | None = None) -> str:
    """Return a moment, or now, as it is written in the store: UTC, to the millisecond, in an order that sorts."""
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")


class RunStore:
    """The open store. Usable from several threads; every write is a transaction of its own."""

    def __init__(self, folder: Path) -> None:
        """Open the store of a state folder; make it, readable by its owner only, where there is none.

        Raises RecordError when it cannot be made or read, or is of a newer sroscert. What is there is never replaced.
        """
        self.path = folder / STORE_NAME
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _alone(folder / "runs.lock"):
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
                self._connection = sqlite3.connect(
                    self.path, timeout=10.0, isolation_level=None, check_same_thread=False
                )
                try:
                    self._prepare()
                except BaseException:
                    self._connection.close()
                    raise
        except (OSError, sqlite3.Error) as error:
            raise unreadable(self.path, error) from error

    def _prepare(self) -> None:
        self._connection.row_factory = sqlite3.Row
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        application = int(self._connection.execute("PRAGMA application_id").fetchone()[0])
        tables = int(self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        if tables and application != _APPLICATION:
            raise sqlite3.DatabaseError("it is a database of something else")
        if version > len(_MIGRATIONS):
            raise RecordError(
                f"the run records in {self.path} are of a newer sroscert (version {version}, this one knows"
                f" {len(_MIGRATIONS)})",
                code="run-store-newer",
                state="untouched: nothing was sent",
                hint="use that sroscert, or give this one a state folder of its own: XDG_STATE_HOME",
            )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        for number, script in enumerate(_MIGRATIONS[version:], version + 1):
            self._connection.executescript(
                f"BEGIN IMMEDIATE; PRAGMA application_id = {_APPLICATION}; {script}"
                f" PRAGMA user_version = {number}; COMMIT;"
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> RunStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, sql: str, *values: Any) -> int:
        """Change the store in one transaction; return how many rows were changed. Raises sqlite3.Error."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def write_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Change the store for each of ``rows``, in one transaction. Raises sqlite3.Error."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(sql, rows)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Return what a question finds. Raises RecordError when the file cannot be read."""
        with self._lock:
            try:
                return [dict(row) for row in self._connection.execute(sql, values)]
            except sqlite3.Error as error:
                raise unreadable(self.path, error) from error

    def look(self) -> None:
        """See that each table is there and can be read. Raises RecordError."""
        for table in ("run", "router", "step", "answer", "issued", "asked"):
            self.rows(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - the names are these

    def prune(self, changed: timedelta, idle: timedelta, now: datetime) -> int:
        """Forget runs that are older, but none whose process lives; return how many. Raises RecordError, sqlite3.Error.

        ``idle`` is for runs that ended well and in which nothing was to be done. What certificates were issued is kept
        until they end, so that ``reconcile`` can count them; requests without an answer until somebody closes them.
        """
        old = self.rows(
            "SELECT id FROM run WHERE began < ? OR (began < ? AND exit_code = 0 AND NOT EXISTS"
            " (SELECT 1 FROM step WHERE step.run = run.id))",
            stamp(now - changed), stamp(now - idle),
        )
        gone = [row["id"] for row in old if not is_alive(self.path.parent, row["id"])]
        self.write_many("DELETE FROM run WHERE id = ?", [(run,) for run in gone])
        self.write("DELETE FROM issued WHERE not_after < ?", stamp(now))
        self.write(
            "DELETE FROM asked WHERE at < ? AND open = 0 AND NOT EXISTS (SELECT 1 FROM asked AS other"
            " WHERE other.open = 1 AND other.address = asked.address AND other.file = asked.file)",
            stamp(now - changed),
        )
        for run in gone:
            lock_file(self.path.parent, run).unlink(missing_ok=True)
        return len(gone)


def unreadable(path: Path, error: BaseException) -> RecordError:
    """Build the error for a store that cannot be used."""
    return RecordError(
        f"the run records in {path} cannot be used: {error}",
        code="run-store-unreadable",
        state="untouched: nothing was sent",
        hint=f"mend what is said; a file that is damaged can be moved away ({STORE_NAME}* in that folder): a new one is"
        " made, and no router depends on the old one",
    )


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock between processes: two that make the store at once would see each other's half."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
