"""``sroscert report``: the status and the drift of every router as one HTML page. Changes no router."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sroscert import __version__
from sroscert.cli.files import check_replaceable, replace
from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.output import print_json
from sroscert.cli.report_view import as_mapping, page
from sroscert.cli.results import print_errors, result_document
from sroscert.cli.status_json import status_document
from sroscert.cli.status_text import total_line
from sroscert.errors import UsageError
from sroscert.fleet.run import RouterOutcome, exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.render.templates import page_environment
from sroscert.workflow.settings import Settings
from sroscert.workflow.status import Looked, report_router

MARK = '<meta name="generator" content="sroscert '
"""At the beginning of each page: only a file with it is replaced."""

_STANDARD_OUTPUT = Path("-")


def run(
    files: Sequence[Path], limit: Sequence[str] | None, workers: int, target: Path, output: Output, timing: Settings
) -> int:
    """Write the page and return 0 whatever it says; 3 or 4 where routers could not be looked at: it says so too.

    Raises UsageError, also for a file that is no report.
    """
    if target == _STANDARD_OUTPUT and output is Output.JSON:
        raise UsageError("--out - and -o json both want standard output", hint="give --out a file")
    if target != _STANDARD_OUTPUT:
        check_replaceable(target, MARK)
    outcomes = run_fleet(load_jobs(files, limit, timing), report_router, workers=workers)
    text = page_text(outcomes, datetime.now(UTC), [file.name for file in files])
    code = exit_code(outcomes)
    if target == _STANDARD_OUTPUT:
        sys.stdout.write(text)
        print_errors(outcomes)
        return code
    replace(target, text, MARK)
    if output is Output.JSON:
        document = result_document("report", outcomes, code, lambda one: status_document(one.status))
        print_json({**document, "written": str(target)})
        return code
    found = [outcome.result.status for outcome in outcomes if outcome.result is not None]
    sys.stdout.write(f"{total_line(found, len(outcomes))}\nwritten to {target}\n")
    print_errors(outcomes)
    return code


def page_text(outcomes: Sequence[RouterOutcome[Looked]], now: datetime, sources: Sequence[str]) -> str:
    """Return the page of many routers as HTML."""
    template = page_environment().get_template("report/page.html.j2")
    return template.render(as_mapping(page(outcomes, now)), version=__version__, sources=list(sources))
