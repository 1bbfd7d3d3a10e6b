"""Plans are shown and agreed to before routers are changed; what is carried out must be exactly what was agreed to.

Shared by the commands that change routers. Owns the question, the comparison, and what an interrupt means.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sroscert.cli.options import Output
from sroscert.cli.plan_text import finding_codes, plan_lines, total_line
from sroscert.cli.results import print_errors
from sroscert.errors import ExitCode, GuardError, UsageError
from sroscert.fleet.run import exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.document import plan_document
from sroscert.plan.moved import difference
from sroscert.plan.plan import Plan
from sroscert.workflow.job import Job

_SAME_S = 0.3
"""Interrupts closer than this are one, in seconds: nobody presses a key twice so fast to mean two things."""


def anything(plan: Plan) -> None:
    """Approve in advance (``--yes``)."""


@dataclass(frozen=True)
class Approved:
    """The plans that were shown and agreed to, by router: what is carried out must be exactly these."""

    plans: Mapping[str, Plan]

    def require(self, plan: Plan) -> None:
        """Raise GuardError when the plan, made again now, is not the one that was agreed to."""
        name = plan.router.name
        shown = self.plans.get(name)
        if shown is None:
            raise GuardError(
                f"no plan of {name} was shown, since it could not be made then",
                code="not-approved", state="untouched: nothing was sent", hint="run it again and look at the plan",
            )
        if shown.fingerprint != plan.fingerprint:
            raise GuardError(
                f"{name} has changed since its plan was shown: the plan was {shown.digest}, now it is {plan.digest}"
                f" ({difference(plan_document(shown), plan_document(plan))})",
                code="plan-changed", state="untouched: nothing was sent",
                hint="run it again and look at the new plan",
            )


def ask(
    command: str,
    jobs: Sequence[Job],
    make: Callable[[Job], Plan],
    workers: int,
    full: bool,
    output: Output,
    look: str = "sroscert plan",
    idle: str = "",
    total: Callable[[Sequence[Plan]], str] = total_line,
    left: Callable[[Plan], bool] = lambda plan: False,
) -> int | Approved:
    """Show the plans and ask; return what was agreed to, or an exit code when there is nothing to go on with.

    ``look`` is what shows the plan without asking, ``idle`` what is said where there is nothing to do, ``total`` the
    line under the plans, and ``left`` tells whether one leaves something due.
    Raises UsageError where nobody is there to be asked.
    """
    if output is Output.JSON or not sys.stdin.isatty():
        raise UsageError(
            f"{command} changes routers and nobody is there to be asked", hint=f"look at {look}, then say --yes"
        )
    outcomes = run_fleet(jobs, make, workers=workers)
    plans: list[Plan] = [outcome.result for outcome in outcomes if outcome.result is not None]
    for plan in plans:
        sys.stdout.write("\n".join(plan_lines(plan, full, idle)) + "\n\n")
    print_errors(outcomes)
    if all(plan.idle for plan in plans):
        if plans:
            sys.stdout.write(total(plans) + "\n")
        return exit_code(outcomes, changes=any(left(plan) for plan in plans), more=finding_codes(plans))
    sys.stdout.write(total(plans) + "\nGo on? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        sys.stdout.write("Nothing has been changed.\n")
        return ExitCode.GUARD
    return Approved({plan.router.name: plan for plan in plans})


def stop_on_signal(stop: threading.Event) -> None:
    """Finish the step at hand and stop on the first Ctrl-C, SIGTERM or SIGHUP; the second one ends the process.

    What follows within a moment is the same one: a terminal and its shell may both send it on. SIGHUP is never the
    second: when a terminal goes, its shell and the system tell of it in their own time. Where it is ignored (``nohup``)
    it stays so.
    """
    first = 0.0

    def note(number: int, frame: object) -> None:
        nonlocal first
        now = time.monotonic()
        if stop.is_set() and (now - first < _SAME_S or number == signal.SIGHUP):
            return
        first = first or now
        if stop.is_set():
            _say("\nwhere it stopped: sroscert run show last; to go on: sroscert run resume last\n")
            raise KeyboardInterrupt
        stop.set()
        _say("\nstopping after the step at hand; once more to stop at once\n")

    handler: Callable[[int, Any], None] = note
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _say(text: str) -> None:
    """Write to standard error from a signal's handler, which may come in the middle of a write of ours."""
    with contextlib.suppress(OSError):
        os.write(2, text.encode())
