"""The problems of an intent as GitHub workflow commands, which show them beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sroscert.errors import Problem

_KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Yield one command a problem; what is accepted is a notice."""
    for problem in problems:
        kind = "notice" if problem.accepted else _KINDS[problem.severity]
        fields = {
            "file": problem.file, "line": problem.line, "col": problem.column, "title": f"sroscert {problem.code}",
        }
        given = ",".join(f"{name}={_property(str(value))}" for name, value in fields.items() if value)
        yield f"::{kind} {given}::{_data(words(problem))}"


def words(problem: Problem) -> str:
    """Return reason, fix and for whom, in one text."""
    text = f"{problem.path}: {problem.message}" if problem.path else problem.message
    if problem.suggestion:
        text += f"\nfix: {problem.suggestion}"
    if problem.accepted:
        text += f"\naccepted: {problem.accepted}"
    if len(problem.routers) > 1:
        text += f"\nfor {problem.routers[0]} and {len(problem.routers) - 1} more"
    return text


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
