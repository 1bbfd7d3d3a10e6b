"""Print what became of many routers: JSON of a stable shape, error blocks, and the result table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sroscert.cli.options import Output
from sroscert.cli.output import error_document, error_lines, print_json
from sroscert.cli.table import table_lines
from sroscert.errors import ExitCode
from sroscert.fleet.recorded import Record
from sroscert.fleet.run import RouterOutcome

Result = TypeVar("Result")
_STYLES = {"done": "green", "failed": "red", "unknown": "yellow", "skipped": "dim"}


def print_document(
    command: str,
    outcomes: Sequence[RouterOutcome[Result]],
    code: ExitCode,
    describe: Callable[[Result], dict[str, Any]],
) -> None:
    """Print the outcomes as one JSON document: command, exit_code, and one entry a router."""
    print_json(result_document(command, outcomes, code, describe))


def result_document(
    command: str,
    outcomes: Sequence[RouterOutcome[Result]],
    code: ExitCode,
    describe: Callable[[Result], dict[str, Any]],
) -> dict[str, Any]:
    """Return the outcomes as JSON data."""
    routers = []
    for outcome in outcomes:
        entry: dict[str, Any] = {
            "router": outcome.router,
            "address": outcome.address,
            "state": outcome.state,
            "seconds": round(outcome.seconds, 3),
        }
        if outcome.result is not None:
            entry |= describe(outcome.result)
        if outcome.error is not None:
            entry["error"] = error_document(outcome.error)
        routers.append(entry)
    return {"command": command, "exit_code": int(code), "routers": routers}


def print_outcomes(
    command: str,
    outcomes: Sequence[RouterOutcome[Result]],
    code: ExitCode,
    output: Output,
    *,
    lines: Callable[[str, str, Result], list[str]],
    document: Callable[[Result], dict[str, Any]],
) -> None:
    """Print the outcomes as JSON, or lines for each router (of its name, address and result) and the failures."""
    if output is Output.JSON:
        print_document(command, outcomes, code, document)
        return
    for outcome in outcomes:
        if outcome.result is not None:
            sys.stdout.write("\n".join(lines(outcome.router, outcome.address, outcome.result)) + "\n")
    print_errors(outcomes)


def print_errors(outcomes: Sequence[RouterOutcome[Result]]) -> None:
    """Print each failure: what happened, the router's state, what to do."""
    for outcome in outcomes:
        if outcome.error is not None:
            lines = [f"{outcome.router}  {outcome.address}", *error_lines(outcome.error, "  ")]
            sys.stderr.write("\n".join(lines) + "\n")


def print_record(record: Record, code: ExitCode) -> None:
    """Say where a run that did not end well can be looked at, and where its record lacks something."""
    if code not in {ExitCode.OK, ExitCode.CHANGES}:
        sys.stderr.write(f"to look at it again: sroscert run show {record.run}\n")
    if not record.complete:
        sys.stderr.write(f"the record of run {record.run} is not complete: --log-file says why\n")


def print_table(outcomes: Sequence[RouterOutcome[Result]], describe: Callable[[Result], str]) -> None:
    """Print a line a router: what became of it, and why. Words are never broken; a terminal wraps by itself."""
    rows = []
    for outcome in outcomes:
        said = describe(outcome.result) if outcome.result is not None else ""
        if outcome.error is not None:
            said = f"[{outcome.error.code}] {str(outcome.error).splitlines()[0]}"
        rows.append((outcome.router, outcome.address, outcome.state, f"{outcome.seconds:.1f} s", said))
    styles = [_STYLES[row[2]] for row in rows]
    lines = table_lines(("router", "address", "result", "time", ""), rows, styles, styled_column=2)
    sys.stdout.write("\n".join(lines) + "\n")
