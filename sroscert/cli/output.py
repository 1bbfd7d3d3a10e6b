"""How results are printed: errors, JSON and the colours of a terminal. Decides nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from sroscert.errors import IntentError, Problem, SroscertError


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def error_document(error: SroscertError) -> dict[str, Any]:
    """Return an error as JSON data."""
    document: dict[str, Any] = dict(error.as_dict())
    if isinstance(error, IntentError):
        document["problems"] = [problem_document(problem) for problem in error.problems]
    return document


def problem_document(problem: Problem) -> dict[str, Any]:
    """Return a problem of an intent as JSON data."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "suggestion": problem.suggestion,
        "routers": list(problem.routers),
        "releases": list(problem.releases),
        "accepted": problem.accepted,
    }


def error_lines(error: SroscertError, indent: str = "") -> list[str]:
    """Return what happened, the state of the router, and what to do, as lines."""
    first, *rest = str(error).splitlines() or [""]
    lines = [f"{indent}error: {first} [{error.code}]", *(f"{indent}{line}" for line in rest)]
    if error.state:
        lines.append(f"{indent}  state: {error.state}")
    if error.hint:
        advice, *more = error.hint.splitlines()
        lines += [f"{indent}  do: {advice}", *(f"{indent}      {line}" for line in more)]
    return lines


def print_error(error: SroscertError, json_output: bool) -> None:
    """Print an error that ended the command: as JSON on standard output when asked, else on standard error."""
    if json_output:
        print_json({"error": error_document(error), "exit_code": int(error.exit_code)})
    else:
        sys.stderr.write("\n".join(error_lines(error)) + "\n")
