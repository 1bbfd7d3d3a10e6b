"""What an intent puts up with: ``lint: {accept: {CODE: why}}``. Accepted findings stay visible; errors cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sroscert.errors import Grade, Problem
from sroscert.intent.catalogue import RULES, grade_of
from sroscert.intent.layers import locate
from sroscert.intent.source import Node
from sroscert.intent.spelling import did_you_mean
from sroscert.intent.values import RouterIntent

if TYPE_CHECKING:
    from sroscert.intent.loading import Loaded


def accepted(router: RouterIntent, code: str) -> str:
    """Return why the router's intent puts up with ``code``, or an empty text."""
    return "" if grade_of(code) is Grade.ERROR else router.lint.accept.get(code, "")


def accept_problems(router: RouterIntent, scope: Node) -> Iterator[Problem]:
    """Yield what stands under ``accept`` and cannot be accepted."""
    for code in router.lint.accept:
        if code not in RULES:
            near = did_you_mean(code, [name for name, rule in RULES.items() if rule.grade is not Grade.ERROR])
            yield _at(scope, "accept-unknown", code, f"lint knows no {code}", near)
        elif RULES[code].grade is Grade.ERROR:
            yield _at(scope, "accept-error", code, f"{code} is an error: it would fail on the router", "correct it")


def unused(loaded: Loaded, found: Iterable[Problem]) -> Iterator[Problem]:
    """Yield what is accepted and was found for none of the routers that accept it there."""
    met = {(problem.code, name) for problem in found if problem.accepted for name in problem.routers}
    places: dict[tuple[str, int, int], tuple[Problem, bool]] = {}
    for name, router in loaded.routers.items():
        for code in router.lint.accept:
            if code not in RULES or RULES[code].grade is Grade.ERROR:
                continue
            problem = _at(loaded.scopes[name], "accept-unused", code, f"{code} was not found", "leave it out")
            key = (problem.file, problem.line, problem.column)
            _, used = places.get(key, (problem, False))
            places[key] = (problem, used or (code, name) in met)
    yield from (problem for problem, used in places.values() if not used)


def _at(scope: Node, code: str, accepted_code: str, message: str, suggestion: str) -> Problem:
    loc = ("lint", "accept", accepted_code)
    mark, _ = locate(scope, loc, key=True)
    return Problem(
        code, message, file=mark.file, line=mark.line, column=mark.column, path=".".join(loc), suggestion=suggestion,
        severity=grade_of(code),
    )
