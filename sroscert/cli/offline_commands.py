"""The commands that read files, not routers: ``lint``, ``render``, ``explain``; and ``import``, which may read either.

Their options, and nothing else; the work of each is in the module of its name, imported when it runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sroscert.cli.interrupts import importing
from sroscert.cli.options import (
    ConnectTimeout,
    Files,
    Format,
    Limit,
    LintForm,
    LintOutput,
    Output,
    OutputOption,
    ReleaseOption,
    option,
)


def lint(
    files: Files,
    release: ReleaseOption = None,
    client: Annotated[
        list[str] | None,
        option("A client that must be able to connect: grpcio, gnmic, java …", "--client", metavar="NAME"),
    ] = None,
    strict: Annotated[bool, option("Warnings fail too.", "--strict")] = False,
    output: LintForm = LintOutput.TEXT,
) -> None:
    """Find what is wrong or doubtful in an intent.

    Everything at once: each with its place, the reason and the fix. No router is contacted. Exit code 65 when there is
    an error.
    """
    with importing():
        from sroscert.cli import lint as work

    raise typer.Exit(work.run(files, release, client or (), strict, output))


def render(
    files: Files,
    limit: Limit = None,
    release: ReleaseOption = None,
    form: Annotated[Format, option("Form of the configuration.", "--format")] = Format.MD_CLI,
    output: OutputOption = Output.TEXT,
) -> None:
    """Print the configuration that an intent means, without touching a router.

    With -o json it stands in one document with an entry for each router.
    """
    with importing():
        from sroscert.cli import render as work

    raise typer.Exit(work.run(files, limit, release, form, output))


def explain(
    word: Annotated[str, typer.Argument(help="A path of the models, a key of an intent, or a part of a name.")],
    release: ReleaseOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Say what a node of the router's models or a key of an intent is, and since which release."""
    with importing():
        from sroscert.cli import explain as work

    raise typer.Exit(work.run(word, release, output))


def import_(
    files: Annotated[list[Path] | None, typer.Argument(help="Saved MD-CLI configurations, one a router.")] = None,
    target: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the intent here; never over a file.")
    ] = None,
    router: Annotated[
        list[str] | None,
        option("Address of a router to read over NETCONF; several times.", "--router", metavar="ADDRESS"),
    ] = None,
    username: Annotated[str | None, option("Who logs in.", "--username", metavar="NAME")] = None,
    password_ref: Annotated[
        str | None, option("env:NAME, file:PATH, prompt:", "--password-ref", metavar="REFERENCE")
    ] = None,
    known_hosts: Annotated[
        Path, option("File of known SSH host keys.", "--known-hosts", metavar="FILE")
    ] = Path("~/.ssh/known_hosts"),
    port: Annotated[int, option("NETCONF port.", "--port", metavar="N", min=1, max=65535)] = 830,
    release: ReleaseOption = None,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
) -> None:
    """Make an intent from saved configurations, or from routers.

    With -o json the report is one document, and holds the intent when it is written nowhere.
    """
    with importing():
        from sroscert.cli import importing as work
        from sroscert.cli.jobs import settings

    access = work.Access(username, password_ref, known_hosts, port)
    timing = settings(connect_timeout_s=connect_timeout)
    raise typer.Exit(work.run(files or [], router or [], access, release, target, output, timing))
