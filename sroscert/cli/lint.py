"""``sroscert lint``: every problem of an intent at once. Touches no router."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sroscert.cli.options import Output
from sroscert.cli.output import print_json, problem_document
from sroscert.cli.releases import given_release
from sroscert.errors import ExitCode
from sroscert.intent import lint
from sroscert.pki import cafile
from sroscert.schema import load


def run(files: Sequence[Path], release: str | None, output: Output) -> int:
    """Print the problems and return 65 when any is an error, else 0."""
    now = datetime.now(UTC)
    problems = lint(
        files, release=given_release(release), schema_for=load,
        checks=(lambda router: cafile.findings(router, now),),
    )
    errors = [problem for problem in problems if problem.severity == "error"]
    code = ExitCode.INTENT if errors else ExitCode.OK
    if output is Output.JSON:
        print_json(
            {
                "command": "lint",
                "exit_code": int(code),
                "problems": [problem_document(item) for item in problems],
            }
        )
        return code
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    warnings = len(problems) - len(errors)
    sys.stdout.write(
        f"{len(errors)} error{'' if len(errors) == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}\n"
    )
    return code
