"""What one run writes down while it works: for each router the plan, the steps, what the router answered, the end.

Written as it goes, so that a run which is killed leaves where it was. Owns when what is written, and that no secret is
in it (law 8); the file is ``runstore``'s. A store that fails in the middle of a run is noted and never stops a router.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import getpass
import json
import logging
import os
import platform
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sroscert import __version__
from sroscert.commands.operations import Operation
from sroscert.errors import DeviceError, Outcome, PKIError, SroscertError
from sroscert.pki import names
from sroscert.pki.certificate import CertificateInfo, read
from sroscert.plan.document import plan_document
from sroscert.plan.plan import Plan
from sroscert.plan.steps import Step
from sroscert.plan.unanswered import Fate
from sroscert.workflow.asked import Requests
from sroscert.workflow.runstore import KEPT, KEPT_IDLE, RunStore, lock_file, new_run_id, stamp, unreadable

log = logging.getLogger("sroscert")
_LONGEST = 4000
"""How much of a router's answer is kept."""


@dataclass(frozen=True)
class Request:
    """What was asked for: the command's name, its options as JSON data, and the run that it takes up, if any."""

    command: str
    options: Mapping[str, Any] = field(default_factory=dict)
    resumes: str = ""


@dataclass(frozen=True)
class Member:
    """One router of a run: its name, where it is reached, and the digest of what is wanted of it."""

    name: str
    address: str
    intent: str


class Journal:
    """The record of one run, open while the run lasts. ``incomplete`` tells that something could not be written."""

    def __init__(self, folder: Path, store: RunStore, run: str) -> None:
        self.run = run
        self.incomplete = False
        self._store = store
        self.folder = folder
        self._scrubs: dict[str, Callable[[str], str]] = {}
        self._lock = os.open(lock_file(folder, run), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @classmethod
    def begin(cls, folder: Path, request: Request, members: Sequence[Member]) -> Journal:
        """Write down that a run begins. Raises RecordError when that is not possible: nothing was sent yet."""
        now = datetime.now(UTC)
        store = RunStore(folder)
        try:
            journal = cls(folder, store, new_run_id(now))
            store.look()
            store.prune(KEPT, KEPT_IDLE, now)
            store.write(
                "INSERT INTO run VALUES (?, ?, ?, ?, ?, NULL, ?, ?, ?, ?, NULL)",
                journal.run, request.command, json.dumps(request.options, sort_keys=True), request.resumes, stamp(now),
                _user(), platform.node(), os.getpid(), __version__,
            )
            store.write_many(
                "INSERT INTO router VALUES (?, ?, ?, ?, ?, 'waiting', NULL, NULL, '[]', '', NULL)",
                [(journal.run, item.name, item.address, place, item.intent) for place, item in enumerate(members)],
            )
        except (OSError, sqlite3.Error) as error:
            store.close()
            raise unreadable(store.path, error) from error
        return journal

    def router(self, name: str, address: str, scrub: Callable[[str], str]) -> RouterJournal:
        """Return the part of one router; ``scrub`` takes secrets out of a text."""
        self._scrubs[name] = scrub
        return RouterJournal(self, name, address, scrub)

    def router_ended(self, name: str, state: str, said: str, error: SroscertError | None) -> None:
        """Write down what became of a router."""
        scrub = self._scrubs.get(name, str)
        words = {key: scrub(text) for key, text in error.as_dict().items()} if error is not None else None
        self.note(
            "UPDATE router SET state = ?, said = ?, error = ?, ended = ? WHERE run = ? AND name = ?",
            state, scrub(said), json.dumps(words, sort_keys=True) if words else None, stamp(), self.run, name,
        )

    def end(self, exit_code: int) -> None:
        """Write down that the run is over, and close the record."""
        self.note("UPDATE run SET ended = ?, exit_code = ? WHERE id = ?", stamp(), exit_code, self.run)
        self._store.close()
        with contextlib.suppress(OSError):
            lock_file(self.folder, self.run).unlink()
        os.close(self._lock)

    def note(self, sql: str, *values: Any) -> None:
        """Write; a failure is remembered and logged, since no router may be left half way for the record's sake."""
        try:
            self._store.write(sql, *values)
        except sqlite3.Error as error:
            self.incomplete = True
            log.warning("run %s: the record is not complete: %s", self.run, error)


@dataclass
class Asked:
    """Something that was sent to a router: what became of it, and what was said. ``sent`` is one without an answer."""

    outcome: str = "sent"
    text: str = ""


class RouterJournal:
    """What is written down of one router of a run; an observer of its steps. Never raises."""

    def __init__(self, journal: Journal | None, name: str, address: str, scrub: Callable[[str], str]) -> None:
        self._journal = journal
        self._name = name
        self._address = address
        self._scrub = scrub
        self.requests = Requests(
            self._note, journal.folder if journal is not None else None, self._run, name, address
        )
        self._plans: list[dict[str, Any]] = []
        self._number = 0

    def planned(self, plan: Plan) -> None:
        """Write down what is going to be done; a router that is planned anew in one run gets a further plan."""
        if self._journal is None:
            return
        self._plans.append(plan_document(plan))
        self._note(
            "UPDATE router SET plans = ?, state = 'working', began = coalesce(began, ?) WHERE run = ? AND name = ?",
            self._scrub(json.dumps(self._plans)), stamp(), self._journal.run, self._name,
        )

    def started(self, router: str, step: Step) -> None:
        """Write down that a step begins."""
        self._number += 1
        self._note(
            "INSERT INTO step VALUES (?, ?, ?, ?, ?, ?, NULL, 'begun', '')",
            self._run, self._name, self._number, type(step).__name__, self._scrub(step.title), stamp(),
        )

    def finished(self, router: str, step: Step, detail: str, seconds: float) -> None:
        """Write down that the step is done, and what was seen."""
        self._ended("done", detail)

    def failed(self, router: str, step: Step, message: str, seconds: float) -> None:
        """Write down that the step failed, or that its outcome is unknown."""
        self._ended("failed", message)

    @contextlib.contextmanager
    def asking(self, what: str) -> Iterator[Asked]:
        """Write down that something is sent in the step at hand, and at the end what became of it.

        A run that is killed in between leaves it without an answer; so does one whose session is lost.
        """
        asked = Asked()
        self._note(
            "INSERT INTO answer VALUES (?, ?, ?, ?, ?, 'sent', '')",
            self._run, self._name, self._number, stamp(), self._scrub(what),
        )
        try:
            yield asked
        except DeviceError as error:
            asked.outcome = "unknown" if error.outcome is Outcome.UNKNOWN else "failed"
            asked.text = str(error)
            raise
        finally:
            self._answered(asked)

    def _answered(self, asked: Asked) -> None:
        text = self._scrub(asked.text)
        kept = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text)} characters)"
        self._note(
            "UPDATE answer SET outcome = ?, text = ? WHERE rowid = (SELECT max(rowid) FROM answer"
            " WHERE run = ? AND router = ? AND step = ? AND outcome = 'sent')",
            asked.outcome, kept, self._run, self._name, self._number,
        )

    def issued(self, file: str, data: bytes) -> None:
        """Write down the certificate that a CA issued, before anybody judges it: from here on it exists."""
        try:
            info = read(data)
        except PKIError:
            return
        self._note(
            "INSERT OR IGNORE INTO issued VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            self._address, names.text(info.issuer), f"{info.serial:x}", self._name, file, names.text(info.subject),
            stamp(info.not_after), self._run, stamp(),
        )
        self.requests.became(file, Fate.FETCHED, f"{info.serial:x}")

    def in_use(self, certificates: Iterable[CertificateInfo]) -> None:
        """Write down that certificates were seen to be used: when they are gone one day, they were replaced.

        That a router renewed by itself becomes known so: no run fetched its certificate.
        """
        for info in certificates:
            self._note(
                "INSERT OR IGNORE INTO issued VALUES (?, ?, ?, ?, '', ?, ?, '', ?, NULL)",
                self._address, names.text(info.issuer), f"{info.serial:x}", self._name, names.text(info.subject),
                stamp(info.not_after), stamp(),
            )
            self._note(
                "UPDATE issued SET used = coalesce(used, ?) WHERE address = ? AND serial = ?",
                stamp(), self._address, f"{info.serial:x}",
            )

    @property
    def _run(self) -> str:
        return self._journal.run if self._journal is not None else ""

    def _ended(self, outcome: str, said: str) -> None:
        self._note(
            "UPDATE step SET ended = ?, outcome = ?, said = ? WHERE run = ? AND router = ? AND number = ?",
            stamp(), outcome, self._scrub(said), self._run, self._name, self._number,
        )

    def _note(self, sql: str, *values: Any) -> None:
        if self._journal is not None:
            self._journal.note(sql, *values)


def sent(operation: Operation) -> str:
    """Return what was asked of the router, in words: a command's name and what it was given, but no secret's place."""
    given = {
        item.name: getattr(operation, item.name)
        for item in dataclasses.fields(operation)
        if not re.search("secret|password", item.name)
    }
    words = (f"{name}={_word(value)}" for name, value in given.items() if value not in (None, "", (), False))
    return " ".join((type(operation).__name__, *words))


def _word(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


class Observer(Protocol):
    """Told of each step as it begins and ends; must not raise."""

    def started(self, router: str, step: Step) -> None:
        """``step`` begins."""

    def finished(self, router: str, step: Step, detail: str, seconds: float) -> None:
        """``step`` is done; ``detail`` is what was seen."""

    def failed(self, router: str, step: Step, message: str, seconds: float) -> None:
        """``step`` failed or its outcome is unknown."""


@dataclass(frozen=True)
class Both:
    """Two observers as one; the first is told first."""

    first: Observer
    second: Observer

    def started(self, router: str, step: Step) -> None:
        """``step`` begins."""
        self.first.started(router, step)
        self.second.started(router, step)

    def finished(self, router: str, step: Step, detail: str, seconds: float) -> None:
        """``step`` is done; ``detail`` is what was seen."""
        self.first.finished(router, step, detail, seconds)
        self.second.finished(router, step, detail, seconds)

    def failed(self, router: str, step: Step, message: str, seconds: float) -> None:
        """``step`` failed or its outcome is unknown."""
        self.first.failed(router, step, message, seconds)
        self.second.failed(router, step, message, seconds)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
