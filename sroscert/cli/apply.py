"""``sroscert apply``: bring routers to the intent, showing each step as it is done."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sroscert.cli.approval import anything, ask, stop_on_signal
from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.planfiles import Saved
from sroscert.cli.progress import Progress, Quiet
from sroscert.cli.results import print_document, print_errors, print_record, print_table
from sroscert.cli.saved_tasks import carry_out
from sroscert.cli.task import How
from sroscert.errors import UsageError
from sroscert.fleet.recorded import run_recorded
from sroscert.fleet.run import RouterOutcome
from sroscert.plan.document import plan_document
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import AS_DUE, NEVER
from sroscert.workflow.job import Job
from sroscert.workflow.journal import Observer, Request
from sroscert.workflow.router import Applied, apply_router, plan_router
from sroscert.workflow.settings import Settings


def run(
    files: Sequence[Path],
    limit: Sequence[str] | None,
    yes: bool,
    workers: int,
    max_fail: int | None,
    full: bool,
    output: Output,
    timing: Settings,
    request: Request,
    plan_file: Path | None = None,
    renewing: bool = True,
    set_secrets: bool = False,
    move_others: bool = False,
) -> int:
    """Apply and return the exit code of ARCHITECTURE.md. Without ``--yes`` the plans are shown and a y is asked for.

    A saved plan is agreed to already: it is carried out exactly, or not at all. Without ``renewing`` what is due and
    otherwise as intended stays. Raises UsageError, IntentError.
    """
    saved = Saved.read(plan_file, rest=bool(request.resumes)) if plan_file is not None else None
    files = files or (saved.intent_files if saved is not None else ())
    if not files:
        raise UsageError("nothing says what is wanted", hint="-f FILE for an intent, or the file of a saved plan")
    if saved is not None:
        request = replace(request, options={**request.options, "files": [str(file) for file in files]})
        said = saved.file.asked
        if said.command != "apply":
            return carry_out(saved, How(files, limit, False, True, workers, max_fail, full, output, timing, request))
        renewing, set_secrets = renewing and not said.no_renew, set_secrets or said.set_secrets
        move_others = move_others or said.move_others
    asked = replace(AS_DUE if renewing else NEVER, others=move_others)
    jobs = load_jobs(files, limit, timing, changing=True, renewing=asked, set_secrets=set_secrets)
    approve: Callable[[Plan], None] = anything
    if saved is not None:
        jobs, approve = saved.chosen(jobs, limited=bool(limit)), saved.require
    elif not yes:
        agreed = ask("apply", jobs, plan_router, workers, full, output)
        if isinstance(agreed, int):
            return agreed
        approve = agreed.require
    stop = threading.Event()
    stop_on_signal(stop)
    observer: Observer = Quiet() if output is Output.JSON else Progress(many=len(jobs) > 1)

    def work(job: Job) -> Applied:
        return apply_router(job, observer, approve, stop.is_set)

    outcomes, code, record = run_recorded(
        jobs, work, request, _words, workers=workers, max_failures=max_fail, stop=stop
    )
    if output is Output.JSON:
        print_document("apply", outcomes, code, _document)
    else:
        _tell(outcomes)
        print_record(record, code)
    return code


def _tell(outcomes: Sequence[RouterOutcome[Applied]]) -> None:
    print_errors(outcomes)
    if len(outcomes) > 1:
        print_table(outcomes, _words)
        return
    for outcome in outcomes:
        if outcome.result is not None:
            sys.stdout.write(f"{outcome.router}: {_words(outcome.result)} ({outcome.seconds:.1f} s)\n")


def _words(applied: Applied) -> str:
    until = f"; certificate valid until {applied.served_until:%Y-%m-%d}" if applied.served_until else ""
    if applied.steps_done == 0:
        return f"in sync, nothing to do{until}"
    return f"done, {applied.steps_done} steps, seen to be in sync{until}"


def _document(applied: Applied) -> dict[str, Any]:
    document = plan_document(applied.plan)
    document["steps_done"] = applied.steps_done
    document["served_until"] = applied.served_until.isoformat() if applied.served_until else None
    return document
