"""``sroscert apply``: bring routers to the intent, showing each step as it is done."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.plan_text import finding_codes, plan_document, plan_lines, total_line
from sroscert.cli.progress import Progress, Quiet
from sroscert.cli.results import print_document, print_errors, print_table
from sroscert.errors import ExitCode, GuardError, UsageError
from sroscert.fleet.run import RouterOutcome, exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.build import Plan
from sroscert.workflow.execute import Observer
from sroscert.workflow.router import Applied, Job, apply_router, plan_router
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
) -> int:
    """Apply and return the exit code of ARCHITECTURE.md. Without ``--yes`` the plans are shown and a y is asked for."""
    jobs = load_jobs(files, limit, timing, changing=True)
    approve: Callable[[Plan], None] = _anything
    if not yes:
        agreed = _ask(jobs, workers, full, output)
        if isinstance(agreed, int):
            return agreed
        approve = agreed.require
    stop = threading.Event()
    _stop_on_signal(stop)
    observer: Observer = Quiet() if output is Output.JSON else Progress(many=len(jobs) > 1)

    def work(job: Job) -> Applied:
        return apply_router(job, observer, approve, stop.is_set)

    outcomes = run_fleet(jobs, work, workers=workers, max_failures=max_fail, stop=stop)
    code = exit_code(outcomes)
    if output is Output.JSON:
        print_document("apply", outcomes, code, _document)
        return code
    print_errors(outcomes)
    if len(jobs) > 1:
        print_table(outcomes, _words)
    else:
        _print_single(outcomes)
    return code


def _print_single(outcomes: Sequence[RouterOutcome[Applied]]) -> None:
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


def _anything(plan: Plan) -> None:
    """Approve in advance (``--yes``)."""


@dataclass(frozen=True)
class _Approved:
    """The plans that were shown and agreed to, by router: what is carried out must be exactly these."""

    plans: Mapping[str, Plan]

    def require(self, plan: Plan) -> None:
        """Raise GuardError when the plan, made again now, is not the one that was agreed to."""
        name = plan.router.name
        shown = self.plans.get(name)
        if shown is None:
            raise GuardError(
                f"no plan of {name} was shown, since it could not be made then",
                code="not-approved", state="untouched: nothing was sent", hint="run apply again and look at the plan",
            )
        if shown.fingerprint != plan.fingerprint:
            raise GuardError(
                f"{name} has changed since its plan was shown: the plan was {shown.digest}, now it is {plan.digest}"
                f" ({_difference(shown, plan)})",
                code="plan-changed", state="untouched: nothing was sent",
                hint="run apply again and look at the new plan",
            )


def _difference(shown: Plan, now: Plan) -> str:
    """Say in a few words where two plans part."""
    before, after = ([step.title for step in plan.steps] for plan in (shown, now))
    gone = [title for title in before if title not in after]
    new = [title for title in after if title not in before]
    words = [f"no longer: {', '.join(gone)}"] * bool(gone) + [f"new: {', '.join(new)}"] * bool(new)
    return "; ".join(words) or "the same steps with other contents"


def _ask(jobs: Sequence[Job], workers: int, full: bool, output: Output) -> int | _Approved:
    """Show the plans and ask; return what was agreed to, or an exit code when there is nothing to go on with."""
    if output is Output.JSON or not sys.stdin.isatty():
        raise UsageError(
            "apply changes routers and nobody is there to be asked", hint="look at sroscert plan, then say --yes"
        )
    outcomes = run_fleet(jobs, plan_router, workers=workers)
    plans: list[Plan] = [outcome.result for outcome in outcomes if outcome.result is not None]
    for plan in plans:
        sys.stdout.write("\n".join(plan_lines(plan, full)) + "\n\n")
    print_errors(outcomes)
    if all(plan.idle for plan in plans):
        if plans:
            sys.stdout.write(total_line(plans) + "\n")
        return exit_code(outcomes, more=finding_codes(plans))
    sys.stdout.write(total_line(plans) + "\nGo on? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        sys.stdout.write("Nothing has been changed.\n")
        return ExitCode.GUARD
    return _Approved({plan.router.name: plan for plan in plans})


def _stop_on_signal(stop: threading.Event) -> None:
    """Finish the step at hand and stop on the first Ctrl-C or SIGTERM; the second one ends the process."""

    def note(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        sys.stderr.write("\nstopping after the step at hand; once more to stop at once\n")

    handler: Callable[[int, Any], None] = note
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)
