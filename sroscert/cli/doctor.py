"""``sroscert doctor``: what would stand in the way of a change, check by check. Writes nothing anywhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.plan_text import finding_codes
from sroscert.cli.progress import styled
from sroscert.cli.results import print_document, print_errors
from sroscert.errors import ExitCode
from sroscert.fleet.run import RouterOutcome, exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.health import Check, Grade, worst
from sroscert.workflow.doctor import Examined, doctor_router
from sroscert.workflow.settings import Settings

_STYLES = {Grade.OK: "32", Grade.UNREAD: "2", Grade.WARNING: "33", Grade.STOP: "31"}
_GRADE = max(len(grade.value) for grade in Grade)
_NAMES_SHOWN = 6


def run(
    files: Sequence[Path], limit: Sequence[str] | None, workers: int, strict: bool, output: Output, timing: Settings
) -> int:
    """Print the checks and return 0 when nothing stops a change, 5 when something does, 6 when the service fails.

    With ``strict`` a warning, and what could not be read, count as a stop.
    """
    outcomes = run_fleet(load_jobs(files, limit, timing), doctor_router, workers=workers)
    found = [outcome.result for outcome in outcomes if outcome.result is not None]
    codes = finding_codes(one.plan for one in found)
    bar = Grade.UNREAD if strict else Grade.STOP
    grades = list(Grade)
    if any(grades.index(worst(one.checks)) >= grades.index(bar) for one in found):
        codes.add(ExitCode.GUARD)
    code = exit_code(outcomes, more=codes)
    if output is Output.JSON:
        print_document("doctor", outcomes, code, _document)
        return code
    for group in groups(outcomes):
        sys.stdout.write("\n".join(_lines(group)) + "\n\n")
    if found:
        sys.stdout.write(_total(found) + "\n")
    print_errors(outcomes)
    return code


Group = tuple[list[str], Examined]


def groups(outcomes: Sequence[RouterOutcome[Examined]]) -> list[Group]:
    """Return the routers of which the same is said together, in the order in which they came."""
    found: dict[object, Group] = {}
    for outcome in outcomes:
        if outcome.result is not None:
            key = (outcome.result.plan.observed.release, outcome.result.checks)
            found.setdefault(key, ([], outcome.result))[0].append(outcome.router)
    return list(found.values())


def _lines(group: Group) -> list[str]:
    names, one = group
    shown = ", ".join(names[:_NAMES_SHOWN]) + (f" and {len(names) - _NAMES_SHOWN} more" * (len(names) > _NAMES_SHOWN))
    many = f"  ({len(names)} routers)" if len(names) > 1 else f"  {one.plan.router.address}"
    lines = [f"{shown}{many}  SR OS {one.plan.observed.release}"]
    width = max(len(check.topic) for check in one.checks)
    for check in one.checks:
        word = styled(f"{check.grade.value:<{_GRADE}}", _STYLES[check.grade])
        code = f" [{check.code}]" if check.code else ""
        lines.append(f"  {word}  {check.topic:<{width}}  {check.message}{code}")
        lines += [f"  {'':<{_GRADE}}  {'':<{width}}    {line}" for line in check.hint.splitlines()]
    return lines


def _total(found: Sequence[Examined]) -> str:
    checks: list[Check] = [check for one in found for check in one.checks]
    counts = [(grade, sum(check.grade is grade for check in checks)) for grade in reversed(Grade)]
    routers = f"{len(found)} router{'' if len(found) == 1 else 's'}"
    return f"{routers}: {', '.join(f'{count} {grade.value}' for grade, count in counts if count)}. Nothing was changed."


def _document(one: Examined) -> dict[str, Any]:
    return {
        "release": str(one.plan.observed.release),
        "backend": one.plan.observed.backend,
        "grade": _word(worst(one.checks)),
        "checks": [
            {
                "topic": check.topic,
                "grade": _word(check.grade),
                "code": check.code,
                "message": check.message,
                "hint": check.hint,
            }
            for check in one.checks
        ],
    }


def _word(grade: Grade) -> str:
    return grade.value.replace(" ", "-")
