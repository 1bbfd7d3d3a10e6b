"""``sroscert run``: the options of the commands on run records. The work is in ``runs`` and ``resuming``."""

from __future__ import annotations

from typing import Annotated

import typer

from sroscert.cli.interrupts import importing
from sroscert.cli.options import Full, Output, OutputOption, Yes, option

run_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Records of what was done: list, show, resume, prune."
)
_Run = Annotated[str, typer.Argument(metavar="RUN", help="Name of a run, the beginning of it, or: last.")]


@run_app.command("list", short_help="List the runs that changed routers, or tried to.")
def run_list(
    count: Annotated[int, option("How many, the newest first.", "--count", "-n", metavar="N", min=1)] = 20,
    output: OutputOption = Output.TEXT,
) -> None:
    """List the runs that changed routers, or tried to, with what became of them. No router is contacted."""
    with importing():
        from sroscert.cli import runs as work

    raise typer.Exit(work.show_list(count, output))


@run_app.command("show", short_help="Show one run: plan, steps, answers, errors.")
def run_show(run: _Run, full: Full = False, output: OutputOption = Output.TEXT) -> None:
    """Show what one run planned, did and was answered, router by router. No router is contacted."""
    with importing():
        from sroscert.cli import runs as work

    raise typer.Exit(work.show_one(run, full, output))


@run_app.command("resume", short_help="Take up what a run did not finish.")
def run_resume(
    context: typer.Context,
    run: _Run,
    changed_intent: Annotated[
        bool,
        option("Go on although the intent of a router is not that of the run.", "--changed-intent"),
    ] = False,
    yes: Yes = False,
) -> None:
    """Do a run's command again, with its options and its intent file, on the routers that it did not see done."""
    with importing():
        from sroscert.cli import resuming as work

    raise typer.Exit(work.run(context, run, changed_intent, yes))


@run_app.command("prune", short_help="Forget old runs.")
def run_prune(
    days: Annotated[int, option("Forget runs of more days ago.", "--older-than", metavar="DAYS", min=0)] = 90,
    output: OutputOption = Output.TEXT,
) -> None:
    """Forget runs that began longer ago. Each new run does so for those of 400 days, and of 30 without any step."""
    with importing():
        from sroscert.cli import runs as work

    raise typer.Exit(work.prune(days, output))
