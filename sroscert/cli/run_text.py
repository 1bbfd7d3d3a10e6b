"""Run records as text. Pure: values in, lines out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sroscert.workflow.runs import RunRouter, RunSummary

_MARKS = {"done": "✓", "failed": "✗", "begun": "…"}
_LINES = 6


def run_row(run: RunSummary) -> tuple[str, ...]:
    """Return a run as the cells of one line of a table."""
    return (run.id, when(run.began), run.command, f"{run.user}@{run.host}", run.state, counts(run), str(run.steps))


def counts(run: RunSummary) -> str:
    """Return how many routers ended how, e.g. ``3 done, 1 failed``."""
    order = ("done", "working", "waiting", "failed", "unknown", "skipped")
    return ", ".join(f"{run.routers[state]} {state}" for state in order if state in run.routers)


def when(stamp: str) -> str:
    """Return a moment of the record for people, to the second."""
    return f"{datetime.fromisoformat(stamp):%Y-%m-%d %H:%M:%S}" if stamp else ""


def run_lines(run: RunSummary, routers: Sequence[RunRouter], full: bool) -> list[str]:
    """Return a run as lines: who and when, then each router with its steps. ``full`` shows all that was answered."""
    code = "" if run.exit_code is None else f", exit code {run.exit_code}"
    ended = f", ended {when(run.ended)}" if run.ended else ""
    lines = [
        f"run {run.id}: {run.command}, {run.state}{code}",
        f"  by {run.user}@{run.host} (process {run.pid}, sroscert {run.version}); began {when(run.began)} UTC{ended}",
    ]
    if run.resumes:
        lines.append(f"  takes up run {run.resumes}")
    options = {name: value for name, value in run.options.items() if was_said(value)}
    lines.append("  with " + ", ".join(f"{name} {_words(value)}" for name, value in options.items()))
    for router in routers:
        lines += ["", *_router_lines(router, full)]
    return lines


def was_said(value: Any) -> bool:
    """Tell whether the recorded value of an option stands for words of a command line; a zero does."""
    return value is not None and value is not False and value != []


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _router_lines(router: RunRouter, full: bool) -> list[str]:
    said = router.where or router.state
    lines = [f"{router.name}  {router.address}  {said if said.startswith(router.state) else f'{router.state}: {said}'}"]
    planned = [step for plan in router.plans for step in plan["steps"]]
    for step in router.steps:
        lines += _step_lines(step, full)
        place = step["number"] - 1
        if full and place < len(planned):
            lines += [f"            {change['sign']} {change['line']}" for change in planned[place].get("changes", ())]
            lines += [f"            check: {text}" for text in planned[place].get("checks", ())]
    lines += [f"   -              {step['title']}" for step in planned[len(router.steps):]]
    if router.error is not None:
        message, *rest = router.error["message"].splitlines() or [""]
        lines += [f"  error: {message} [{router.error['code']}]", *(f"  {line}" for line in rest)]
        lines += [f"  {name}: {router.error[name]}" for name in ("state", "hint") if router.error.get(name)]
    return lines


def _step_lines(step: Mapping[str, Any], full: bool) -> list[str]:
    time = _seconds(step)
    said = f"  {step['said']}" if step["said"] and step["outcome"] != "failed" else ""
    lines = [f"  {step['number']:>2} {_MARKS[step['outcome']]} {time:>8}  {step['title']}{said}"]
    for answer in step["answers"] if full or step["outcome"] != "done" else ():
        text = [line for line in answer["text"].splitlines() if line.strip()]
        shown = text if full else text[:_LINES]
        outcome = "sent, no answer" if answer["outcome"] == "sent" else answer["outcome"]
        lines.append(f"            {answer['operation']}: {outcome}")
        lines += [f"              {line}" for line in shown]
    return lines


def _seconds(step: Mapping[str, Any]) -> str:
    if not step["ended"]:
        return "begun"
    took = datetime.fromisoformat(step["ended"]) - datetime.fromisoformat(step["began"])
    return f"{took.total_seconds():.1f} s"
