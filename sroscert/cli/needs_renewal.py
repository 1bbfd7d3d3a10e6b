"""``sroscert needs-renewal``: a question for scripts, answered by the exit code. Writes nothing anywhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.results import print_document, print_errors
from sroscert.cli.status_text import title
from sroscert.errors import ExitCode
from sroscert.fleet.run import exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.status import CertificateStatus, Condition, Role, RouterStatus
from sroscert.workflow.settings import Settings
from sroscert.workflow.status import status_router


def run(files: Sequence[Path], limit: Sequence[str] | None, workers: int, output: Output, timing: Settings) -> int:
    """Say which certificates of the intent must be made anew. Return 0 for none and 2 for some.

    A certificate that cannot be judged is neither: it counts as a router whose outcome is unknown (3). So does a "no"
    that a pending confirmed commit may undo (law 2).
    """
    outcomes = run_fleet(load_jobs(files, limit, timing), status_router, workers=workers)
    found = [(outcome.router, row) for outcome in outcomes if outcome.result for row in asked(outcome.result)]
    unknown = any(row.needed is None for _, row in found)
    code = exit_code(outcomes, changes=any(row.needed for _, row in found), more={ExitCode.FAILED} if unknown else ())
    if output is Output.JSON:
        print_document("needs-renewal", outcomes, code, _document)
        return code
    for router, row in found:
        if row.needed is not False:
            word = "cannot be judged" if row.needed is None else row.condition.value
            sys.stdout.write(f"{router}  {title(row)}  {word}: {why(row)}\n")
    if not any(row.needed is not False for _, row in found) and code is ExitCode.OK:
        sys.stdout.write(f"no certificate needs renewal ({len(found)} looked at)\n")
    print_errors(outcomes)
    return code


def asked(one: RouterStatus) -> list[CertificateStatus]:
    """Return the certificates that the question is about; a "no" that may yet be undone is none."""
    rows = [row for row in one.certificates if row.role is Role.INTENDED]
    until = one.unsettled_until
    if until is None:
        return rows
    why = f"a confirmed commit may still be pending, until {until:%H:%M:%S} UTC"
    return [replace(row, needed=None, reason=why) if row.needed is False else row for row in rows]


def why(row: CertificateStatus) -> str:
    """Return why a certificate must be made anew, or cannot be judged."""
    if row.info is not None and row.needed and not row.mismatches and row.condition is not Condition.EXPIRED:
        return f"valid until {row.info.not_after:%Y-%m-%d %H:%M} UTC, inside its renewal window"
    return row.reason


def _document(one: RouterStatus) -> dict[str, Any]:
    return {
        "needs_renewal": any(row.needed for row in asked(one)),
        "certificates": [
            {
                "name": row.name,
                "file": row.file,
                "needs_renewal": row.needed,
                "condition": row.condition.value,
                "reason": row.reason,
                "not_after": row.info.not_after.isoformat() if row.info is not None else None,
            }
            for row in asked(one)
        ],
    }
