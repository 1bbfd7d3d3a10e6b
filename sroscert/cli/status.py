"""``sroscert status``: where every certificate of every router stands. Writes nothing anywhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import StatusOutput
from sroscert.cli.prometheus import metrics
from sroscert.cli.results import print_document, print_errors
from sroscert.cli.status_json import status_document
from sroscert.cli.status_text import block_lines, note_lines, table_lines, total_line
from sroscert.fleet.run import RouterOutcome, exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.status import RouterStatus
from sroscert.workflow.settings import Settings
from sroscert.workflow.status import status_router


def run(
    files: Sequence[Path], limit: Sequence[str] | None, workers: int, full: bool, output: StatusOutput, timing: Settings
) -> int:
    """Print the status and return 0 whatever it says; 3 or 4 where routers could not be looked at."""
    outcomes = run_fleet(load_jobs(files, limit, timing), status_router, workers=workers)
    code = exit_code(outcomes)
    match output:
        case StatusOutput.JSON:
            print_document("status", outcomes, code, status_document)
        case StatusOutput.PROMETHEUS:
            sys.stdout.write(metrics([(outcome.router, outcome.result) for outcome in outcomes]))
            print_errors(outcomes)
        case StatusOutput.TEXT:
            _print_text(outcomes, full)
    return code


def _print_text(outcomes: Sequence[RouterOutcome[RouterStatus]], full: bool) -> None:
    found = [outcome.result for outcome in outcomes if outcome.result is not None]
    lines = [line for one in found for line in ("", *block_lines(one))][1:] if full else table_lines(found)
    lines += [] if full else note_lines(found)
    if found:
        sys.stdout.write("\n".join([*lines, "", total_line(found, len(outcomes))]) + "\n")
    print_errors(outcomes)
