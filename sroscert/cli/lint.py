"""``sroscert lint``: every problem of an intent at once. Touches no router."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sroscert.cli.options import LintOutput
from sroscert.cli.output import print_json, problem_document
from sroscert.cli.releases import given_release
from sroscert.errors import ExitCode, Grade, Problem, UsageError
from sroscert.intent import lint
from sroscert.intent.spelling import did_you_mean
from sroscert.model.clients import CLIENTS
from sroscert.plan.preflight import authority_rule, command_texts, command_words
from sroscert.schema import load


def run(
    files: Sequence[Path], release: str | None, clients: Sequence[str], strict: bool, output: LintOutput
) -> int:
    """Print the problems and return 65 when any is an error, or a warning with ``strict``, else 0."""
    problems = lint(
        files, release=given_release(release), schema_for=load, clients=_known(clients),
        checks=(authority_rule(datetime.now(UTC)), command_texts), release_checks=(command_words,),
    )
    code = exit_code(problems, strict)
    match output:
        case LintOutput.JSON:
            print_json(
                {
                    "command": "lint",
                    "exit_code": int(code),
                    "problems": [problem_document(item) for item in problems],
                }
            )
        case LintOutput.SARIF:
            from sroscert.cli.lint_sarif import document

            print_json(document(problems))
        case LintOutput.GITHUB:
            from sroscert.cli.lint_github import lines as commands

            sys.stdout.writelines(f"{line}\n" for line in commands(problems))
        case LintOutput.TEXT:
            from sroscert.cli.lint_text import report

            sys.stdout.writelines(f"{line}\n" for line in report(problems))
    return code


def exit_code(problems: Sequence[Problem], strict: bool) -> ExitCode:
    """Return what the process tells its caller; what is accepted never fails."""
    failing = {Grade.ERROR, Grade.WARNING} if strict else {Grade.ERROR}
    bad = any(problem.severity in failing and not problem.accepted for problem in problems)
    return ExitCode.INTENT if bad else ExitCode.OK


def _known(clients: Sequence[str]) -> Sequence[str]:
    for name in clients:
        if name not in CLIENTS:
            near = did_you_mean(name, CLIENTS)
            raise UsageError(f"no client {name} is known", hint=near or f"one of {', '.join(CLIENTS)}")
    return clients
