"""What is written down of each request to a CA: before it is sent, and what became of it as far as that was seen.

A run that is killed, or loses its session, leaves a request of which nobody knows whether the CA issued for it. Owns
those rows of the run records; what they mean is judged in ``plan.unanswered``. Nothing is decided from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sroscert.commands.requests import RequestStatus
from sroscert.errors import RecordError, UsageError
from sroscert.plan.steps import Enrol
from sroscert.plan.unanswered import OPEN, Fate, Sent, seen_since
from sroscert.workflow.runstore import STORE_NAME, RunStore, stamp, unreadable

ALL = "all"
"""The word for every run."""

_SET = "UPDATE asked SET fate = ?, open = ?, serial = ? WHERE number = ?"
_SET_NEWEST = (
    "UPDATE asked SET fate = ?, open = ?, serial = ? WHERE number ="
    " (SELECT max(number) FROM asked WHERE address = ? AND file = ? AND open = 1)"
)
_OPEN = (
    "SELECT *, number = (SELECT max(number) FROM asked AS other WHERE other.address = asked.address"
    " AND other.file = asked.file) AS last FROM asked WHERE open = 1 ORDER BY number"
)


@dataclass(frozen=True)
class Requests:
    """The requests that one run sends to the CAs of one router. Never raises: ``note`` remembers what went wrong.

    ``folder`` is that of the records, None for a run that keeps none.
    """

    note: Callable[..., None]
    folder: Path | None
    run: str
    router: str
    address: str

    def sending(self, step: Enrol, shown: RequestStatus | None) -> None:
        """Write down that a request is about to be sent; ``shown`` is the last one that the router knows of.

        The router will forget it for this one: what it tells of earlier requests is written down now.
        """
        for number, fate in seen_since(self._earlier(), shown).items():
            self.note(_SET, fate, fate in OPEN, "", number)
        before = shown.started if shown is not None else None
        self.note(
            "INSERT INTO asked VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, '')",
            self.address, self.router, step.ca_profile, step.request.value, step.generation.key,
            f"cf3:/{step.generation.save_as}", self.run, stamp(), before.isoformat() if before else "", Fate.UNSEEN,
        )

    def became(self, file: str, fate: Fate, serial: str = "") -> None:
        """Write down what became of the newest request whose answer was to be saved in ``file``."""
        self.note(_SET_NEWEST, fate, fate in OPEN, serial, self.address, file)

    def _earlier(self) -> list[Sent]:
        try:
            return list_asked(self.folder, self.address) if self.folder is not None else []
        except RecordError:
            return []


def list_asked(folder: Path, address: str = "") -> list[Sent]:
    """Return the requests of which it is not known what became of them, oldest first. Raises RecordError."""
    if not (folder / STORE_NAME).exists():
        return []
    with RunStore(folder) as store:
        rows = store.rows(_OPEN)
    return [_sent(row) for row in rows if address in {"", row["address"]}]


def close(folder: Path, run: str, addresses: Collection[str]) -> int:
    """Note that the requests of a run, or of ``all``, are accounted for; return how many there were.

    Raises RecordError, UsageError.
    """
    mine = [item for item in list_asked(folder) if item.address in addresses]
    if run != ALL:
        mine = [item for item in mine if run and item.run.startswith(run)]
    if not mine:
        raise UsageError(
            "there is no request without an answer" + ("" if run == ALL else f" of a run called {run}"),
            code="run-unknown",
            hint="sroscert reconcile names the run of each; a beginning of the name is enough",
        )
    with RunStore(folder) as store:
        try:
            store.write_many(_SET, [(Fate.CLOSED.value, False, "", item.number) for item in mine])
        except sqlite3.Error as error:
            raise unreadable(store.path, error) from error
    return len(mine)


def _sent(row: dict[str, Any]) -> Sent:
    before = datetime.fromisoformat(row["before"]) if row["before"] else None
    return Sent(
        row["number"], row["address"], row["ca_profile"], row["request"], row["key"], row["file"], row["run"],
        datetime.fromisoformat(row["at"]), before, Fate(row["fate"]), bool(row["last"]),
    )
