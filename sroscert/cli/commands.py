"""The ``sroscert`` command line: commands and their options.

Owns nothing else: the work of each command is in a module of its own, imported when the command runs, so that
``--help`` costs nothing. How errors become exit codes is ``running``'s matter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sroscert import __version__
from sroscert.cli import lifecycle
from sroscert.cli.init_command import init
from sroscert.cli.interrupts import importing
from sroscert.cli.options import (
    AllowInterrupt,
    ConfirmTimeout,
    ConnectTimeout,
    Files,
    FilesOrPlan,
    Format,
    Full,
    Limit,
    LintOutput,
    MaxFail,
    NoRenew,
    Output,
    OutputOption,
    Override,
    PlanArgument,
    PlanOutput,
    ReleaseOption,
    Reverse,
    SavedConfig,
    SavePlan,
    SetSecrets,
    SettleTimeout,
    StatusOutput,
    VerifyTimeout,
    Workers,
    Yes,
)
from sroscert.cli.run_commands import run_app
from sroscert.cli.schema_commands import schema_app

app = typer.Typer(
    name="sroscert",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Certificates for a fleet of Nokia SR OS routers, kept right by declaration.",
)
app.add_typer(schema_app, name="schema")
app.add_typer(run_app, name="run")
app.add_typer(lifecycle.app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sroscert {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    log_file: Annotated[
        Path | None, typer.Option("--log-file", envvar="SROSCERT_LOG_FILE", help="Write a log, without secrets, here.")
    ] = None,
) -> None:
    """Bring a fleet of SR OS routers to the certificates and TLS that an intent file declares."""
    del version
    if log_file is not None:
        from sroscert.cli.logfile import begin

        begin(log_file)


app.command(short_help="Write a first intent by asking.")(init)


@app.command(short_help="Find what is wrong or doubtful in an intent, offline.")
def lint(
    files: Files,
    release: ReleaseOption = None,
    client: Annotated[
        list[str] | None,
        typer.Option(
            "--client", envvar="SROSCERT_CLIENT", help="A client that must be able to connect: grpcio, gnmic, java …"
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", envvar="SROSCERT_STRICT", help="Warnings fail too.")] = False,
    output: Annotated[
        LintOutput, typer.Option("--output", "-o", envvar="SROSCERT_OUTPUT", help="Form of the output.")
    ] = LintOutput.TEXT,
) -> None:
    """Find what is wrong or doubtful in an intent.

    Everything at once: each with its place, the reason and the fix. No router is contacted. Exit code 65 when there is
    an error.
    """
    with importing():
        from sroscert.cli import lint as work

    raise typer.Exit(work.run(files, release, client or (), strict, output))


@app.command(short_help="Print the configuration that an intent means, offline.")
def render(
    files: Files,
    limit: Limit = None,
    release: ReleaseOption = None,
    form: Annotated[
        Format, typer.Option("--format", envvar="SROSCERT_FORMAT", help="Form of the configuration.")
    ] = Format.MD_CLI,
    output: OutputOption = Output.TEXT,
) -> None:
    """Print the configuration that an intent means, without touching a router.

    With -o json it stands in one document with an entry for each router.
    """
    with importing():
        from sroscert.cli import render as work

    raise typer.Exit(work.run(files, limit, release, form, output))


@app.command(short_help="Say what a node or key is, and since which release.")
def explain(
    word: Annotated[str, typer.Argument(help="A path of the models, a key of an intent, or a part of a name.")],
    release: ReleaseOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Say what a node of the router's models or a key of an intent is, and since which release."""
    with importing():
        from sroscert.cli import explain as work

    raise typer.Exit(work.run(word, release, output))


@app.command(short_help="Show what apply would do, in order, with reasons.")
def plan(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    full: Full = False,
    output: PlanOutput = "text",
    save: SavePlan = None,
    reverse: Reverse = False,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
    release: ReleaseOption = None,
    override: Override = None,
    no_renew: NoRenew = False,
    set_secrets: SetSecrets = False,
) -> None:
    """Show what apply would do to each router, in order and with reasons. Changes nothing."""
    with importing():
        from sroscert.cli import plan as work
        from sroscert.cli.jobs import overrides, settings
        from sroscert.cli.planfiles import output_or_file

    timing = settings(
        connect_timeout_s=connect_timeout, confirm_timeout_s=confirm_timeout, overrides=overrides(override)
    )
    form, target = output_or_file(output, save)
    raise typer.Exit(
        work.run(files, limit, workers, full, form, timing, release, target, reverse, not no_renew, set_secrets)
    )


@app.command(short_help="Bring routers to the intent; keep what passes its checks.")
def apply(
    context: typer.Context,
    plan_file: PlanArgument = None,
    files: FilesOrPlan = None,
    limit: Limit = None,
    yes: Yes = False,
    workers: Workers = 10,
    max_fail: MaxFail = None,
    allow_interrupt: AllowInterrupt = False,
    override: Override = None,
    full: Full = False,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
    verify_timeout: VerifyTimeout = 30.0,
    settle_timeout: SettleTimeout = 120.0,
    no_renew: NoRenew = False,
    set_secrets: SetSecrets = False,
) -> None:
    """Bring each router to the intent; a commit stays only if its checks hold.

    With a saved PLAN just that is done, on routers that have not moved in what it touches; no question is asked.
    """
    with importing():
        from sroscert.cli import apply as work
        from sroscert.cli.jobs import overrides, requested, settings

    timing = settings(
        connect_timeout_s=connect_timeout,
        confirm_timeout_s=confirm_timeout,
        verify_timeout_s=verify_timeout,
        settle_timeout_s=settle_timeout,
        allow_interrupt=allow_interrupt,
        overrides=overrides(override),
    )
    asked = requested(context)
    raise typer.Exit(
        work.run(
            files or (), limit, yes, workers, max_fail, full, output, timing, asked, plan_file, not no_renew,
            set_secrets,
        )
    )


@app.command(short_help="Compare running, or a saved file, with the intent.")
def drift(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
    config: SavedConfig = None,
    release: ReleaseOption = None,
) -> None:
    """Compare running, or a saved configuration, with the intent and print the difference as MD-CLI with + - ~."""
    if config is not None:
        with importing():
            from sroscert.cli import drift_saved

        raise typer.Exit(drift_saved.run(files, config, limit, release, workers, output))
    with importing():
        from sroscert.cli import drift as work
        from sroscert.cli.jobs import settings

    timing = settings(connect_timeout_s=connect_timeout, confirm_timeout_s=confirm_timeout)
    raise typer.Exit(work.run(files, limit, workers, output, timing))


@app.command(short_help="Look at TLS and gNMI from outside, as clients do.")
def check(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 5.0,
) -> None:
    """Verify each router from outside: TLS handshake, certificate, gNMI Capabilities."""
    with importing():
        from sroscert.cli import check as work
        from sroscert.cli.jobs import settings

    timing = settings(probe_timeout_s=connect_timeout)
    raise typer.Exit(work.run(files, limit, workers, output, timing))


@app.command(short_help="Show where each certificate stands.")
def status(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    full: Annotated[
        bool, typer.Option("--full", envvar="SROSCERT_FULL", help="Show everything of each certificate.")
    ] = False,
    output: Annotated[
        StatusOutput, typer.Option("--output", "-o", envvar="SROSCERT_OUTPUT", help="Form of the output.")
    ] = StatusOutput.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
) -> None:
    """Show where each certificate of each router stands: file, served, intended, what remains, renewal.

    Changes nothing. Exit code 0 whatever is shown; 3 or 4 when a router could not be looked at.
    """
    with importing():
        from sroscert.cli import status as work
        from sroscert.cli.jobs import settings

    timing = settings(connect_timeout_s=connect_timeout, confirm_timeout_s=confirm_timeout)
    raise typer.Exit(work.run(files, limit, workers, full, output, timing))


@app.command(short_help="Write status and drift as one HTML page.")
def report(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    target: Annotated[
        Path, typer.Option("--out", help="Write here; - is standard output.")
    ] = Path("sroscert-report.html"),
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
) -> None:
    """Write one HTML page: when each certificate ends, its status, and how each router differs from the intent.

    The page loads nothing and needs no script. An earlier page is replaced, another file never. Changes no router. Exit
    code 0 whatever is shown; 3 or 4 when a router could not be looked at, and the page says which.
    """
    with importing():
        from sroscert.cli import report as work
        from sroscert.cli.jobs import settings

    timing = settings(connect_timeout_s=connect_timeout, confirm_timeout_s=confirm_timeout)
    raise typer.Exit(work.run(files, limit, workers, target, output, timing))


@app.command(short_help="Look for what would stop a change; changes nothing.")
def doctor(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    strict: Annotated[
        bool, typer.Option("--strict", envvar="SROSCERT_STRICT", help="Warnings, and what is not readable, fail too.")
    ] = False,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
) -> None:
    """Examine each router before a change: clocks, CAs, flash, standby CPM, sessions, rights, who else is at work.

    Each check is ok, a warning, a stop, or not readable: nothing is ok that was not seen. Changes nothing. Exit code 0
    when nothing would stop a change, 5 when something would, 6 when the service does not hold.
    """
    with importing():
        from sroscert.cli import doctor as work
        from sroscert.cli.jobs import settings

    timing = settings(connect_timeout_s=connect_timeout, confirm_timeout_s=confirm_timeout)
    raise typer.Exit(work.run(files, limit, workers, strict, output, timing))


@app.command("needs-renewal", short_help="Ask, for scripts: exit code 0 no, 2 yes.")
def needs_renewal(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
) -> None:
    """Ask whether a certificate of the intent must be made anew: due, ended, missing, or not as intended.

    Changes nothing. Exit code 0 no, 2 yes; 3 when a router or a certificate could not be looked at, 4 when every
    failure was "unreachable".
    """
    with importing():
        from sroscert.cli import needs_renewal as work
        from sroscert.cli.jobs import settings

    raise typer.Exit(work.run(files, limit, workers, output, settings(connect_timeout_s=connect_timeout)))


@app.command(short_help="Show SSH host keys, and write them to known_hosts.")
def trust(
    files: Files,
    limit: Limit = None,
    output: OutputOption = Output.TEXT,
    yes: Annotated[bool, typer.Option("--write", help="Add the keys shown to the intent's known_hosts file.")] = False,
) -> None:
    """Show the SSH host keys of routers, to be compared with what their console shows."""
    with importing():
        from sroscert.cli import trust as work

    raise typer.Exit(work.run(files, limit, output, yes))


@app.command("import")
def import_(
    files: Annotated[list[Path] | None, typer.Argument(help="Saved MD-CLI configurations, one a router.")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="Write the intent here; never over a file.")] = None,
    router: Annotated[
        list[str] | None,
        typer.Option(
            "--router", envvar="SROSCERT_ROUTER", help="Address of a router to read over NETCONF; several times."
        ),
    ] = None,
    username: Annotated[str | None, typer.Option("--username", envvar="SROSCERT_USERNAME", help="Who logs in.")] = None,
    password_ref: Annotated[
        str | None, typer.Option("--password-ref", envvar="SROSCERT_PASSWORD_REF", help="env:NAME, file:PATH, prompt:")
    ] = None,
    known_hosts: Annotated[
        Path, typer.Option("--known-hosts", envvar="SROSCERT_KNOWN_HOSTS", help="File of known SSH host keys.")
    ] = Path("~/.ssh/known_hosts"),
    port: Annotated[int, typer.Option("--port", envvar="SROSCERT_PORT", min=1, max=65535, help="NETCONF port.")] = 830,
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


@app.command(
    short_help="Simulated routers and a CMPv2 CA: lab up, status, down.",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def lab(context: typer.Context) -> None:
    """Simulated routers and a CMPv2 CA on this machine: lab up, lab down, lab status …"""
    with importing():
        from sroscert.cli import lab as work

    raise typer.Exit(work.run(list(context.args)))
