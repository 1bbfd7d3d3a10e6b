"""Commands with a plan of their own, ``clean`` and ``rollback``: show the plan, ask, carry it out, tell the end."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sroscert.cli.approval import anything, ask, stop_on_signal
from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.plan_text import finding_codes, plan_lines, total_line
from sroscert.cli.planfiles import Saved, save_plans
from sroscert.cli.progress import Progress, Quiet
from sroscert.cli.results import print_document, print_errors, print_record, print_table
from sroscert.errors import ExitCode, UsageError
from sroscert.fleet.recorded import run_recorded
from sroscert.fleet.run import RouterOutcome, exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.document import plan_document, taken_pairs
from sroscert.plan.plan import Plan
from sroscert.plan.planfile import Asked
from sroscert.workflow.job import Job
from sroscert.workflow.journal import Observer, Request
from sroscert.workflow.router import Applied
from sroscert.workflow.settings import Settings
from sroscert.workflow.tasks import Planning, cleaner, do_task, plan_task, roller


@dataclass(frozen=True)
class Task:
    """A command: its name, what makes its plans, and its words for a router without work and for one that is done.

    ``still`` says more of a router without work, ``left`` whether a plan leaves something due, and ``check`` raises for
    options that mean nothing here. ``more`` is what the JSON of a router has beside the plan; ``asked`` what a saved
    plan has of the options.
    """

    name: str
    planning: Planning
    idle: str
    done: Callable[[Applied], str]
    total: Callable[[Sequence[Plan]], str]
    still: Callable[[Plan], str] | None = None
    left: Callable[[Plan], bool] = lambda plan: False
    check: Callable[[Sequence[Job]], None] = lambda jobs: None
    more: Callable[[Plan], dict[str, Any]] = lambda plan: {}
    asked: Asked = field(default_factory=Asked)


@dataclass(frozen=True)
class How:
    """The options that such commands share; with ``save`` the plan is written there, and nothing else is done."""

    files: Sequence[Path]
    limit: Sequence[str] | None
    dry_run: bool
    yes: bool
    workers: int
    max_fail: int | None
    full: bool
    output: Output
    timing: Settings
    request: Request
    save: Path | None = None


def clean(how: How, keep: int) -> int:
    """Remove what is left over of earlier generations; return the exit code."""
    return run(clean_task(keep), how)


def clean_task(keep: int) -> Task:
    """Return the clean-up that leaves ``keep`` pairs on each side of the one in use."""

    def done(applied: Applied) -> str:
        return f"{_files(applied.steps_done)} removed, seen to be gone"

    def total(plans: Sequence[Plan]) -> str:
        return f"{_files(sum(len(plan.steps) for plan in plans))} to be removed. Nothing has been changed."

    asked = Asked(command="clean", keep=keep)
    return Task("clean", cleaner(keep), "nothing to clean up", done, total, asked=asked)


def rollback(
    how: How, names: Sequence[str], number: int | None, others: bool = False,
    pairs: Mapping[str, Mapping[str, int]] | None = None,
) -> int:
    """Put an earlier pair back into use; return the exit code. Raises UsageError for a certificate nobody declares.

    ``pairs`` are those of a run that is taken up.
    """
    jobs = load_jobs(how.files, how.limit, how.timing)
    known = {name for job in jobs for name in job.router.certificates}
    if unknown := sorted(set(names) - known):
        hint = f"there are: {', '.join(sorted(known))}"
        raise UsageError(f"no certificate is called {', '.join(unknown)}", hint=hint)
    return run(rollback_task(names, number, others, pairs), how)


def rollback_task(
    names: Sequence[str], number: int | None, others: bool, pairs: Mapping[str, Mapping[str, int]] | None = None
) -> Task:
    """Return the rollback of certificates (all without names), to a generation where one is given.

    ``pairs`` gives one for each certificate of each router, as a saved plan or the record of a run has it.
    """

    def done(applied: Applied) -> str:
        chosen = applied.plan.renewing.names
        files = [item.generation.certificate for item in applied.plan.decisions if item.certificate.name in chosen]
        back = f"{', '.join(files)} {'is' if len(files) == 1 else 'are'} back in use"
        if applied.served not in files or applied.served_until is None:
            return f"{back}, as running shows"
        which = "" if len(files) == 1 else f"{applied.served} "
        return f"{back}, {which}seen to be served; valid until {applied.served_until:%Y-%m-%d}"

    idle = "nothing to roll back: it is in use already"
    asked = Asked(command="rollback", names=list(names), to=number, move_others=others)
    return Task("rollback", roller(names, number, others, pairs or {}), idle, done, total_line, asked=asked)


def run(task: Task, how: How, saved: Saved | None = None) -> int:
    """Plan, ask and carry out; return the exit code of ARCHITECTURE.md. A ``saved`` plan is agreed to already."""
    jobs = load_jobs(how.files, how.limit, how.timing, changing=True)
    task.check(jobs)
    approve: Callable[[Plan], None] = anything
    if saved is not None:
        jobs, approve = saved.chosen(jobs, limited=bool(how.limit)), saved.require

    def make(job: Job) -> Plan:
        return plan_task(job, task.planning)

    if how.dry_run or how.save is not None:
        outcomes = run_fleet(jobs, make, workers=how.workers)
        if how.save is not None:
            plans = [outcome.result for outcome in outcomes if outcome.result is not None]
            save_plans(how.save, plans, jobs, how.files, pinned(task.asked, plans))
        return _show(task, how, outcomes)
    if not how.yes:
        look = f"sroscert {task.name} --dry-run"
        agreed = ask(task.name, jobs, make, how.workers, how.full, how.output, look, task.idle, task.total, task.left)
        if isinstance(agreed, int):
            return agreed
        approve = agreed.require
    stop = threading.Event()
    stop_on_signal(stop)
    observer: Observer = Quiet() if how.output is Output.JSON else Progress(many=len(jobs) > 1)

    def work(job: Job) -> Applied:
        return do_task(job, task.planning, observer, approve, stop.is_set)

    done, code, record = run_recorded(
        jobs, work, how.request, words(task), workers=how.workers, max_failures=how.max_fail, stop=stop,
        left=lambda applied: task.left(applied.plan),
    )
    _tell(task, how, done, code)
    if how.output is not Output.JSON:
        print_record(record, code)
    return code


def pinned(asked: Asked, plans: Sequence[Plan]) -> Asked:
    """Return a rollback as one to the generations that it was planned to: said again it must not go further back."""
    if asked.command != "rollback" or asked.to is not None:
        return asked
    return asked.model_copy(update={"pairs": {plan.router.name: taken_pairs(plan) for plan in plans}})


def _show(task: Task, how: How, outcomes: Sequence[RouterOutcome[Plan]]) -> int:
    plans = [outcome.result for outcome in outcomes if outcome.result is not None]
    changes = any(not plan.idle or task.left(plan) for plan in plans)
    code = exit_code(outcomes, changes=changes, more=finding_codes(plans))
    if how.output is Output.JSON:
        print_document(task.name, outcomes, code, lambda plan: plan_document(plan) | task.more(plan))
        return code
    for plan in plans:
        idle = task.still(plan) if task.still is not None and not task.left(plan) else task.idle
        sys.stdout.write("\n".join(plan_lines(plan, how.full, idle)) + "\n\n")
    print_errors(outcomes)
    if plans:
        sys.stdout.write(task.total(plans) + "\n")
    return code


def words(task: Task) -> Callable[[Applied], str]:
    """Return what says in a line how a router ended."""

    def said(applied: Applied) -> str:
        if applied.steps_done:
            return task.done(applied)
        return task.still(applied.plan) if task.still is not None else task.idle

    return said


def _tell(task: Task, how: How, outcomes: Sequence[RouterOutcome[Applied]], code: ExitCode) -> int:
    if how.output is Output.JSON:
        print_document(task.name, outcomes, code, lambda applied: _document(applied) | task.more(applied.plan))
        return code
    print_errors(outcomes)

    if len(outcomes) > 1:
        print_table(outcomes, words(task))
        return code
    for outcome in outcomes:
        if outcome.result is not None:
            sys.stdout.write(f"{outcome.router}: {words(task)(outcome.result)} ({outcome.seconds:.1f} s)\n")
    return code


def _document(applied: Applied) -> dict[str, Any]:
    return plan_document(applied.plan) | {"steps_done": applied.steps_done}


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"
