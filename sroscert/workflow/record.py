"""What a run leaves behind locally: one lock a router, a mark while a confirmed commit of ours is pending, and marks of
the secrets that were set (``secretmarks``).

The router is the record; this only explains (law 6). A mark never holds configuration or secrets.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sroscert.errors import LockedError, RecordError
from sroscert.workflow.secretmarks import SecretMarks


class RunRecord:
    """Locks and marks of one router, in ``folder``; made when first needed, readable by the user only."""

    def __init__(self, folder: Path, address: str, port: int) -> None:
        self._folder = folder
        readable = re.sub(r"[^A-Za-z0-9.-]", "_", address)
        digest = hashlib.sha256(f"{address}|{port}".encode()).hexdigest()[:8]
        self._name = f"{readable}-{port}-{digest}"
        self._address = address

    @property
    def secrets(self) -> SecretMarks:
        """What is remembered of the secrets that were set on the router."""
        return SecretMarks(self._folder, self._name)

    @property
    def _mark(self) -> Path:
        return self._folder / f"{self._name}.pending.json"

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the router's lock. Raises LockedError when another run of ours has it, RecordError."""
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._folder / f"{self._name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LockedError(
                    f"another run of sroscert works on {self._address}",
                    hint="wait for it; the lock goes away with its process",
                    state="untouched by this run",
                ) from error
            yield
        finally:
            os.close(descriptor)

    def mark_pending(self, until: datetime) -> None:
        """Remember, across our own death, that a commit may be pending until ``until``. Raises RecordError."""
        with self._writing("no change of this step stays: the router drops what our session does not confirm"):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self._mark.with_suffix(".tmp")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump({"address": self._address, "until": until.isoformat()}, stream)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(self._mark)

    def clear_pending(self) -> None:
        """Forget the mark: the end of the commit was seen. One that cannot be removed counts until its time is over."""
        with contextlib.suppress(OSError):
            self._mark.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _writing(self, state: str = "") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RecordError(
                f"locks and marks in {self._folder} cannot be written: {error}",
                state=state,
                hint="mend what is said (is the disk full?), then run it again: it takes up from what the router shows",
            ) from error

    def pending_until(self) -> datetime | None:
        """Return until when a confirmed commit of ours may be pending, or None."""
        try:
            data = json.loads(self._mark.read_text(encoding="utf-8"))
            return datetime.fromisoformat(data["until"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            self._mark.unlink(missing_ok=True)
            return None
