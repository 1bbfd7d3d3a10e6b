"""``sroscert schema …``: the commands about releases and the intent's JSON Schema. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sroscert.cli.interrupts import importing
from sroscert.cli.options import Output, OutputOption, option

schema_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Release schemas and the intent's JSON Schema."
)


@schema_app.command("compile", short_help="Compile Nokia's YANG of one release into a file.")
def schema_compile(
    folder: Annotated[Path, typer.Argument(help="Folder of one release of Nokia's YANG, e.g. sros-25.10.")],
    target: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Write here instead of printing.")] = None,
    search: Annotated[
        Path | None, option("Folder of modules missing in the release.", "--stand-in", metavar="FOLDER")
    ] = None,
) -> None:
    """Compile the part of Nokia's YANG that we touch into one JSON file."""
    with importing():
        from sroscert.cli import schema as work

    raise typer.Exit(work.compile_release(folder, target, search))


@schema_app.command("add", short_help="Make a newer release known, from your own YANG.")
def schema_add(
    source: Annotated[Path, typer.Argument(help="Your copy of one release of Nokia's YANG: a folder or an archive.")],
    release: Annotated[
        str | None,
        option("The release, e.g. 26.7, where its name does not say it.", "--release", metavar="RELEASE"),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Compile a release again that was added before.")] = False,
) -> None:
    """Make a newer release known: compile your own copy of its YANG into your data folder."""
    with importing():
        from sroscert.cli import schema as work

    raise typer.Exit(work.add_release(source, release, replace))


@schema_app.command("intent")
def schema_intent() -> None:
    """Print the JSON Schema of intent files, for editors."""
    with importing():
        from sroscert.cli import schema as work

    raise typer.Exit(work.print_intent_schema())


@schema_app.command("list", short_help="List the known releases and where each is from.")
def schema_list(output: OutputOption = Output.TEXT) -> None:
    """List the SR OS releases that are known, and where each schema is from."""
    with importing():
        from sroscert.cli import schema as work

    raise typer.Exit(work.list_releases(output))
