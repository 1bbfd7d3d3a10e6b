"""``sroscert plan``: what apply would do, per router. Writes nothing anywhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.plan_text import finding_codes, plan_lines, total_line
from sroscert.cli.planfiles import save_plans
from sroscert.cli.releases import given_release
from sroscert.cli.results import print_document, print_errors
from sroscert.cli.reverse_text import reverse_document, reverse_lines
from sroscert.errors import UsageError
from sroscert.fleet.run import exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.document import plan_document
from sroscert.plan.plan import Plan
from sroscert.plan.planfile import Asked
from sroscert.plan.renewal import AS_DUE, NEVER
from sroscert.workflow.router import plan_router
from sroscert.workflow.settings import Settings


def run(
    files: Sequence[Path],
    limit: Sequence[str] | None,
    workers: int,
    full: bool,
    output: Output,
    timing: Settings,
    release: str | None = None,
    save: Path | None = None,
    backwards: bool = False,
    renewing: bool = True,
    set_secrets: bool = False,
    move_others: bool = False,
) -> int:
    """Print the plans and return the exit code: 0 in sync, 2 changes pending, else the gravest failure or finding.

    ``save`` also writes them into a file; ``backwards`` prints what would undo them in their place. Without
    ``renewing`` what is due and otherwise as intended stays. Raises UsageError, IntentError.
    """
    if save is not None and (backwards or release):
        raise UsageError(
            f"--save does not go with {'--reverse' if backwards else '--release'}",
            hint="the file is for apply" if backwards else "routers: NAME: release in the intent",
        )
    asked = replace(AS_DUE if renewing else NEVER, others=move_others)
    jobs = load_jobs(
        files, limit, timing, given_release(release), changing=True, renewing=asked, set_secrets=set_secrets
    )
    outcomes = run_fleet(jobs, plan_router, workers=workers)
    plans = [outcome.result for outcome in outcomes if outcome.result is not None]
    code = exit_code(outcomes, changes=any(not plan.idle for plan in plans), more=finding_codes(plans))
    if save is not None:
        options = Asked(no_renew=not renewing, set_secrets=set_secrets, move_others=move_others)
        save_plans(save, plans, jobs, files, options)
    if output is Output.JSON:
        print_document("plan", outcomes, code, reverse_document if backwards else plan_document)
        return code
    if backwards:
        sys.stdout.write("".join(f"{line}\n" for plan in plans for line in [*reverse_lines(plan, full), ""]))
    else:
        _print_folded(plans, full)
    print_errors(outcomes)
    if plans:
        sys.stdout.write(total_line(plans) + "\n")
    return code


def _print_folded(plans: Sequence[Plan], full: bool) -> None:
    """Print each plan; routers that are in sync without a finding share one line."""
    quiet = [plan for plan in plans if plan.in_sync and not plan.findings]
    for plan in plans:
        if plan not in quiet or len(quiet) == 1:
            sys.stdout.write("\n".join(plan_lines(plan, full)) + "\n\n")
    if len(quiet) > 1:
        names = ", ".join(plan.router.name for plan in quiet[:6])
        more = f" and {len(quiet) - 6} more" if len(quiet) > 6 else ""
        sys.stdout.write(f"in sync, nothing to do: {names}{more}\n\n")
