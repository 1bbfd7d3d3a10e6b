"""``sroscert drift``: how running differs from the intent, as MD-CLI with + - ~. Writes nothing anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sroscert.cli.drift_text import beyond_configuration, notes
from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.plan_text import finding_codes, finding_lines
from sroscert.cli.results import print_outcomes
from sroscert.fleet.run import exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.document import change_documents
from sroscert.plan.plan import Plan
from sroscert.render.diff import Change, change_texts
from sroscert.workflow.router import drift_router
from sroscert.workflow.settings import Settings

Drift = tuple[Plan, tuple[Change, ...]]


def run(files: Sequence[Path], limit: Sequence[str] | None, workers: int, output: Output, timing: Settings) -> int:
    """Print the differences and return 0 when there are none, 2 when there are, else the gravest failure."""
    outcomes = run_fleet(load_jobs(files, limit, timing), drift_router, workers=workers)
    found = [outcome.result for outcome in outcomes if outcome.result is not None]
    # What stands in the way of a change is no matter where there are differences to tell.
    findings = finding_codes(plan for plan, _ in found if plan.idle)
    code = exit_code(outcomes, changes=any(not plan.idle for plan, _ in found), more=findings)
    print_outcomes("drift", outcomes, code, output, lines=_lines, document=_document)
    return code


def _lines(router: str, address: str, drift: Drift) -> list[str]:
    plan, changes = drift
    remarks = [f"  i {text}" for text in notes(plan)]
    if plan.in_sync:
        return [f"{router}  {address}  in sync", *remarks]
    if plan.idle:
        lines = [f"{router}  {address}  SR OS {plan.observed.release}  no difference in configuration, but:"]
        return [*lines, *finding_lines((*plan.stops, *plan.unverified)), *remarks]
    count = f"{len(changes)} difference{'' if len(changes) == 1 else 's'} in configuration"
    lines = [f"{router}  {address}  SR OS {plan.observed.release}  {count}"]
    lines += [f"  {text}" for text in change_texts(changes, plan.schema)]
    return lines + [f"  + {text}" for text in beyond_configuration(plan)] + remarks


def _document(drift: Drift) -> dict[str, Any]:
    plan, changes = drift
    return {
        "release": str(plan.observed.release),
        "in_sync": plan.in_sync,
        "changes": change_documents(changes, plan.schema),
        "other": [*beyond_configuration(plan), *(item.message for item in (*plan.stops, *plan.unverified))],
        "notes": notes(plan),
    }
