"""Read run records: which there are, what one says, what it left undone. Writes nothing but on ``prune``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sroscert.errors import ExitCode, RecordError, UsageError
from sroscert.plan.reconcile import Issued
from sroscert.workflow.runstore import STORE_NAME, RunStore, is_alive, unreadable

_DONE = "done"


@dataclass(frozen=True)
class RunSummary:
    """One run in a line. ``routers`` counts its routers by what became of them."""

    id: str
    command: str
    options: Mapping[str, Any]
    resumes: str
    began: str
    ended: str
    user: str
    host: str
    pid: int
    version: str
    exit_code: int | None
    alive: bool
    routers: Mapping[str, int]
    steps: int

    @property
    def state(self) -> str:
        """``running``, ``not finished`` (its process is gone), ``done``, ``interrupted`` or ``failed``."""
        if self.exit_code is None:
            return "running" if self.alive else "not finished"
        if self.exit_code == ExitCode.INTERRUPTED:
            return "interrupted"
        return "done" if self.exit_code in {ExitCode.OK, ExitCode.CHANGES} else "failed"


@dataclass(frozen=True)
class RunRouter:
    """One router of a run: its state, its plans, its steps with their answers, and its error, as JSON data."""

    name: str
    address: str
    intent: str
    state: str
    began: str
    ended: str
    said: str
    plans: tuple[Mapping[str, Any], ...]
    error: Mapping[str, Any] | None
    steps: tuple[Mapping[str, Any], ...]

    @property
    def where(self) -> str:
        """Where the work stands, in words: the step that was begun and not seen to end, if there is one."""
        last = self.steps[-1] if self.steps else None
        if last is not None and last["outcome"] == "begun":
            return f"in step {last['number']} of {self.planned}: {last['title']}"
        if self.state == "working":
            return f"after step {len(self.steps)} of {self.planned}"
        return self.said

    @property
    def planned(self) -> int:
        """How many steps the plans have."""
        return sum(len(plan["steps"]) for plan in self.plans)


def list_runs(folder: Path) -> list[RunSummary]:
    """Return every run in the store, the newest first; nothing where there is no store. Raises RecordError."""
    if not (folder / STORE_NAME).exists():
        return []
    with RunStore(folder) as store:
        return [_summary(folder, store, row) for row in store.rows("SELECT * FROM run ORDER BY began DESC, rowid DESC")]


def load_run(folder: Path, wanted: str) -> tuple[RunSummary, tuple[RunRouter, ...]]:
    """Return one run by its name, the beginning of it, or ``last``. Raises UsageError, RecordError."""
    found = list_runs(folder)
    names = [run.id for run in found]
    matching = names[:1] if wanted == "last" else [name for name in names if name.startswith(wanted)]
    if len(matching) != 1:
        raise UsageError(
            f"{'no run is' if not matching else f'{len(matching)} runs are'} called {wanted}",
            code="run-unknown",
            hint="sroscert run list shows them; a beginning that only one has is enough",
        )
    with RunStore(folder) as store:
        return next(run for run in found if run.id == matching[0]), _routers(store, matching[0])


def left_undone(folder: Path, run: str) -> tuple[RunRouter, ...]:
    """Return the routers of a run that neither it nor a run that took it up saw done."""
    with RunStore(folder) as store:
        chain = store.rows(
            "WITH RECURSIVE chain (id) AS (SELECT ? UNION SELECT run.id FROM run JOIN chain ON run.resumes = chain.id)"
            " SELECT DISTINCT name FROM router JOIN chain ON router.run = chain.id WHERE state = ?",
            run, _DONE,
        )
        done = {row["name"] for row in chain}
        return tuple(router for router in _routers(store, run) if router.name not in done)


def list_issued(folder: Path) -> list[Issued]:
    """Return the certificates that runs fetched and that have not ended yet. Raises RecordError."""
    if not (folder / STORE_NAME).exists():
        return []
    with RunStore(folder) as store:
        rows = store.rows("SELECT * FROM issued ORDER BY seen")
    return [
        Issued(
            row["address"], row["issuer"], row["serial"], row["router"], row["file"], row["subject"],
            datetime.fromisoformat(row["not_after"]), row["run"], row["used"] is not None,
        )
        for row in rows
    ]


def issued_in(folder: Path, run: str) -> frozenset[tuple[str, str]]:
    """Return issuer and serial of each certificate that a run fetched, or one that it takes up or that took it up."""
    with RunStore(folder) as store:
        rows = store.rows(
            "WITH RECURSIVE chain (id) AS (SELECT ? UNION"
            " SELECT CASE run.id WHEN chain.id THEN run.resumes ELSE run.id END FROM run JOIN chain"
            " ON chain.id <> '' AND chain.id IN (run.id, run.resumes))"
            " SELECT DISTINCT issuer, serial FROM issued JOIN chain ON issued.run = chain.id WHERE chain.id <> ''",
            run,
        )
    return frozenset((row["issuer"], row["serial"]) for row in rows)


def prune_runs(folder: Path, older_than: timedelta) -> int:
    """Forget runs that began before ``older_than`` ago; return how many. Raises RecordError."""
    if not (folder / STORE_NAME).exists():
        return 0
    with RunStore(folder) as store:
        try:
            return store.prune(older_than, older_than, datetime.now(UTC))
        except sqlite3.Error as error:
            raise unreadable(store.path, error) from error


def _summary(folder: Path, store: RunStore, row: Mapping[str, Any]) -> RunSummary:
    counted = store.rows("SELECT state, count(*) AS count FROM router WHERE run = ? GROUP BY state", row["id"])
    (steps,) = store.rows("SELECT count(*) AS count FROM step WHERE run = ?", row["id"])
    return RunSummary(
        row["id"], row["command"], _json(row["options"], folder), row["resumes"], row["began"], row["ended"] or "",
        row["user"], row["host"], row["pid"], row["version"], row["exit_code"],
        row["ended"] is None and is_alive(folder, row["id"]),
        {item["state"]: item["count"] for item in counted}, steps["count"],
    )


def _routers(store: RunStore, run: str) -> tuple[RunRouter, ...]:
    answers: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in store.rows("SELECT * FROM answer WHERE run = ? ORDER BY rowid", run):
        kept = {name: row[name] for name in ("at", "operation", "outcome", "text")}
        answers.setdefault((row["router"], row["step"]), []).append(kept)
    steps: dict[str, list[dict[str, Any]]] = {}
    for row in store.rows("SELECT * FROM step WHERE run = ? ORDER BY router, number", run):
        kept = {name: row[name] for name in ("number", "kind", "title", "began", "ended", "outcome", "said")}
        kept["answers"] = answers.get((row["router"], row["number"]), [])
        steps.setdefault(row["router"], []).append(kept)
    return tuple(
        RunRouter(
            row["name"], row["address"], row["intent"], row["state"], row["began"] or "", row["ended"] or "",
            row["said"], tuple(_json(row["plans"], store.path)),
            _json(row["error"], store.path) if row["error"] else None, tuple(steps.get(row["name"], ())),
        )
        for row in store.rows("SELECT * FROM router WHERE run = ? ORDER BY place", run)
    )


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise RecordError(f"the run records in {path} are damaged: {error}", hint="move the file away") from error
