"""The problems of an intent as SARIF 2.1.0 (OASIS), for code scanning services and editors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sroscert import __version__
from sroscert.cli.lint_github import words
from sroscert.errors import Problem
from sroscert.intent.catalogue import PAGE, RULES, Rule, grade_of

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def document(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the log with one run; rules are those that were broken."""
    codes = sorted({problem.code for problem in problems})
    index = {code: number for number, code in enumerate(codes)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "sroscert", "semanticVersion": __version__, "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, index) for problem in problems],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = RULES.get(code) or Rule(code, grade_of(code), code)
    return {
        "id": code,
        "shortDescription": {"text": rule.title},
        "help": {"text": f"{PAGE}#{code}"},
        "defaultConfiguration": {"level": str(rule.grade)},
    }


def _result(problem: Problem, index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": index[problem.code],
        "level": str(problem.severity),
        "message": {"text": words(problem)},
        "properties": {
            "path": problem.path, "routers": list(problem.routers), "releases": list(problem.releases),
        },
    }
    if problem.file:
        result["locations"] = [{"physicalLocation": _place(problem)}]
    if problem.accepted:
        # Without a status a suppression is an accepted one (section 3.35.3).
        result["suppressions"] = [{"kind": "inSource", "justification": problem.accepted}]
    return result


def _place(problem: Problem) -> dict[str, Any]:
    file = Path(problem.file)
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
    if problem.line:
        place["region"] = {"startLine": problem.line, "startColumn": max(1, problem.column)}
    return place


def _uri(file: Path) -> str:
    """Return a URI, relative (and encoded) where the name is relative."""
    if file.is_absolute():
        return file.as_uri()
    # `as_uri` encodes absolute names only.
    return (Path("/") / file).as_uri().removeprefix("file:///")
