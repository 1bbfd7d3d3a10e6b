"""``sroscert run list``, ``show`` and ``prune``: the records of what was done. No router is met."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sroscert.cli.options import Output
from sroscert.cli.output import print_json
from sroscert.cli.run_text import run_lines, run_row
from sroscert.cli.table import table_lines
from sroscert.errors import ExitCode
from sroscert.workflow.runs import RunRouter, RunSummary, list_runs, load_run, prune_runs
from sroscert.workflow.settings import default_state_folder

_STYLES = {"done": "green", "failed": "red", "interrupted": "yellow", "not finished": "yellow", "running": ""}


def show_list(count: int, output: Output) -> int:
    """Print the newest runs, a line each."""
    found = list_runs(default_state_folder())
    shown = found[:count]
    if output is Output.JSON:
        print_json({"command": "run list", "exit_code": 0, "runs": [_summary_document(run) for run in shown]})
        return ExitCode.OK
    if not found:
        sys.stdout.write("no run has left a record yet\n")
        return ExitCode.OK
    head = ("run", "began (UTC)", "command", "by", "state", "routers", "steps")
    rows = [run_row(run) for run in shown]
    lines = table_lines(head, rows, [_STYLES[run.state] for run in shown], styled_column=4)
    if len(found) > len(shown):
        lines.append(f"… and {len(found) - len(shown)} older (--count)")
    sys.stdout.write("\n".join(lines) + "\n")
    return ExitCode.OK


def show_one(wanted: str, full: bool, output: Output) -> int:
    """Print one run."""
    run, routers = load_run(default_state_folder(), wanted)
    if output is Output.JSON:
        document = _summary_document(run) | {"routers": [_router_document(router) for router in routers]}
        print_json({"command": "run show", "exit_code": 0, "run": document})
    else:
        sys.stdout.write("\n".join(run_lines(run, routers, full)) + "\n")
    return ExitCode.OK


def prune(days: int, output: Output) -> int:
    """Forget old runs and say how many."""
    removed = prune_runs(default_state_folder(), timedelta(days=days))
    if output is Output.JSON:
        print_json({"command": "run prune", "exit_code": 0, "removed": removed})
    else:
        sys.stdout.write(f"{removed} run{'' if removed == 1 else 's'} forgotten\n")
    return ExitCode.OK


def _summary_document(run: RunSummary) -> dict[str, Any]:
    document = asdict(run)
    document["state"] = run.state
    document["recorded_exit_code"] = document.pop("exit_code")
    del document["alive"]
    return document


def _router_document(router: RunRouter) -> dict[str, Any]:
    return asdict(router) | {"where": router.where}
