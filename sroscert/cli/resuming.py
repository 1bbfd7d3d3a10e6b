"""``sroscert run resume``: a run's command again, with its options, on the routers that it did not see done.

Nothing is taken from the record but who is left, how the command was given, and to which pair a rollback was: what is
done is planned from what the router shows now (law 6).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
import typer.main

from sroscert.cli.jobs import Resumed, load_jobs, settings
from sroscert.cli.run_text import was_said
from sroscert.errors import ExitCode, GuardError, LockedError, UsageError
from sroscert.fleet.recorded import digest_of
from sroscert.workflow.runs import RunRouter, RunSummary, left_undone, load_run
from sroscert.workflow.settings import default_state_folder

_LIMIT = "limit"


def run(context: typer.Context, wanted: str, changed_intent: bool, yes: bool) -> int:
    """Take a run up; ``yes`` asks nobody, though the run itself did.

    Raises GuardError when the intent of a router that is left is not what it was.
    """
    folder = default_state_folder()
    summary, _ = load_run(folder, wanted)
    if summary.alive:
        raise LockedError(
            f"run {summary.id} is still under way (process {summary.pid} on {summary.host})",
            hint="wait for it, or interrupt it",
            state="untouched by this run",
        )
    left = left_undone(folder, summary.id)
    if not left:
        sys.stdout.write(f"run {summary.id}: every router is done; nothing to take up\n")
        return ExitCode.OK
    pairs = _pairs(folder, summary) if summary.command == "rollback" and summary.options.get("to") is None else {}
    if not changed_intent:
        _refuse_changed(summary, left)
    changes = {_LIMIT: [router.name for router in left]} | ({"yes": True} if yes else {})
    return _again(context, summary, changes, pairs)


def _pairs(folder: Path, summary: RunSummary) -> dict[str, Mapping[str, int]]:
    """Return the pairs that a rollback was to: each goes one pair further back, so it is not planned from now.

    They are those of the first plan of each router, also where the run itself had taken up another one. A router
    without a plan was not touched. Raises UsageError where a record does not tell.
    """
    pairs: dict[str, Mapping[str, int]] = {}
    run = summary.id
    while run:
        try:
            found, routers = load_run(folder, run)
            pairs |= {router.name: router.plans[0]["pairs"] for router in routers if router.plans}
        except (UsageError, KeyError):
            raise UsageError(
                f"run {summary.id} was a rollback, and each goes one pair further back: it cannot be taken up, since "
                f"the record of run {run} does not tell to which",
                hint="sroscert status shows which pair is in use; then rollback --to N",
            ) from None
        run = found.resumes
    return pairs


def _refuse_changed(summary: RunSummary, left: Sequence[RunRouter]) -> None:
    """Compare the intent of now with that of the run, for the routers that are left."""
    files = [Path(file) for file in summary.options.get("files") or ()]
    now = {job.router.name: digest_of(job) for job in load_jobs(files, None, settings())}
    gone = [router.name for router in left if router.name not in now]
    other = [router.name for router in left if now.get(router.name, router.intent) != router.intent]
    if gone or other:
        words = [f"is another for {', '.join(other)}"] * bool(other)
        words += [f"has no {', '.join(gone)} any more"] * bool(gone)
        raise GuardError(
            f"the intent {' and '.join(words)} since run {summary.id}",
            code="intent-changed",
            state="untouched: nothing was sent",
            hint="look at sroscert plan; then run apply, or say --changed-intent",
        )


def _again(
    context: typer.Context, summary: RunSummary, changes: Mapping[str, Any], pairs: Mapping[str, Mapping[str, int]]
) -> int:
    from sroscert.cli.commands import app

    group: Any = typer.main.get_command(app)
    command = group.commands.get(summary.command)
    if command is None:
        raise UsageError(f"run {summary.id} was of {summary.command}, which this sroscert does not know")
    for parameter in command.params:
        if isinstance(parameter.envvar, str):
            os.environ.pop(parameter.envvar, None)  # the options are those of the run, and no others
    words = list(command_words(command, {**summary.options, **changes}))
    made = command.make_context(summary.command, words, parent=context.parent, obj=Resumed(summary.id, pairs))
    with made:
        result = command.invoke(made)
    return int(result) if isinstance(result, int) else ExitCode.OK


def command_words(command: Any, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the words of a command line that stands for recorded options; what was not said then is not said now."""
    arguments = []
    for parameter in command.params:
        value = options.get(parameter.name)
        if not was_said(value):
            continue
        values = value if isinstance(value, list) else [value]
        if not parameter.opts[0].startswith("-"):
            arguments += [str(item) for item in values]
        elif value is True:
            yield parameter.opts[0]
        else:
            for item in values:
                yield from (parameter.opts[0], str(item))
    if arguments:
        yield from ("--", *arguments)
