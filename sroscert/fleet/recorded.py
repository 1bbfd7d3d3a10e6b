"""Run a change on many routers and leave a record of it: the one way for every command that changes routers.

What is written of each step is ``workflow.journal``'s; here a run begins and ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sroscert.errors import ExitCode
from sroscert.fleet.run import RouterOutcome, exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.intent.digest import intent_digest
from sroscert.values import endpoint
from sroscert.workflow.job import Job
from sroscert.workflow.journal import Journal, Member, Request

Result = TypeVar("Result")


@dataclass(frozen=True)
class Record:
    """The record of a run that is over: its name, and whether all of it could be written."""

    run: str
    complete: bool


def run_recorded(
    jobs: Sequence[Job],
    work: Callable[[Job], Result],
    request: Request,
    describe: Callable[[Result], str],
    *,
    workers: int,
    max_failures: int | None = None,
    stop: threading.Event | None = None,
    left: Callable[[Result], bool] = lambda result: False,
) -> tuple[list[RouterOutcome[Result]], ExitCode, Record]:
    """Do ``work`` as ``fleet.run`` does; return the outcomes, the exit code, and what tells the record.

    ``describe`` says in a line what a result is, ``left`` whether it leaves something due. Raises RecordError,
    before any router is met, where no record can be kept. A run that is interrupted leaves one that is not finished.
    """
    if not jobs:
        return [], ExitCode.OK, Record("", complete=True)
    members = [
        Member(job.router.name, endpoint(job.router.address, job.router.login.ports.netconf), digest_of(job))
        for job in jobs
    ]
    journal = Journal.begin(jobs[0].settings.state_folder, request, members)

    def ended(outcome: RouterOutcome[Result]) -> None:
        said = describe(outcome.result) if outcome.result is not None else ""
        journal.router_ended(outcome.router, outcome.state, said, outcome.error)

    outcomes = run_fleet(
        [replace(job, journal=journal) for job in jobs],
        work,
        workers=workers,
        max_failures=max_failures,
        on_outcome=ended,
        stop=stop,
    )
    code = exit_code(outcomes, changes=any(left(item.result) for item in outcomes if item.result is not None))
    journal.end(code)
    return outcomes, code, Record(journal.run, complete=not journal.incomplete)


def digest_of(job: Job) -> str:
    """Return the digest of what is wanted of a job's router."""
    return intent_digest(job.router, job.base)
