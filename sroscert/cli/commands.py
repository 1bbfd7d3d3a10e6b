"""The ``sroscert`` command line: commands, their options, and how errors become exit codes.

Owns nothing else: the work of each command is in a module of its own, imported when the command runs, so that
``--help`` costs nothing.
"""

from __future__ import annotations

import io
import itertools
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sroscert import __version__
from sroscert.cli import streams
from sroscert.cli.interrupts import importing
from sroscert.cli.options import (
    AllowInterrupt,
    ConfirmTimeout,
    ConnectTimeout,
    DryRun,
    Files,
    Format,
    Full,
    Limit,
    LintOutput,
    MaxFail,
    Output,
    OutputOption,
    ReleaseOption,
    SavedConfig,
    SettleTimeout,
    StatusOutput,
    VerifyTimeout,
    Workers,
    Yes,
)
from sroscert.cli.run_commands import run_app
from sroscert.errors import ExitCode, SroscertError

app = typer.Typer(
    name="sroscert",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Certificates for a fleet of Nokia SR OS routers, kept right by declaration.",
)
schema_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Release schemas and the intent's JSON Schema."
)
app.add_typer(schema_app, name="schema")
app.add_typer(run_app, name="run")


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
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
    release: ReleaseOption = None,
) -> None:
    """Show what apply would do to each router, in order and with reasons. Changes nothing."""
    with importing():
        from sroscert.cli import plan as work
        from sroscert.cli.jobs import settings

    timing = settings(connect_timeout_s=connect_timeout, confirm_timeout_s=confirm_timeout)
    raise typer.Exit(work.run(files, limit, workers, full, output, timing, release))


@app.command(short_help="Bring routers to the intent; keep what passes its checks.")
def apply(
    context: typer.Context,
    files: Files,
    limit: Limit = None,
    yes: Yes = False,
    workers: Workers = 10,
    max_fail: MaxFail = None,
    allow_interrupt: AllowInterrupt = False,
    full: Full = False,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
    verify_timeout: VerifyTimeout = 30.0,
    settle_timeout: SettleTimeout = 120.0,
) -> None:
    """Bring each router to the intent; a commit stays only if its checks hold."""
    with importing():
        from sroscert.cli import apply as work
        from sroscert.cli.jobs import requested, settings

    timing = settings(
        connect_timeout_s=connect_timeout,
        confirm_timeout_s=confirm_timeout,
        verify_timeout_s=verify_timeout,
        settle_timeout_s=settle_timeout,
        allow_interrupt=allow_interrupt,
    )
    raise typer.Exit(work.run(files, limit, yes, workers, max_fail, full, output, timing, requested(context)))


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
        Path, typer.Option("--out", envvar="SROSCERT_OUT", help="Write here; - is standard output.")
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


@app.command(short_help="Remove old generations and work files of ours.")
def clean(
    context: typer.Context,
    files: Files,
    limit: Limit = None,
    keep: Annotated[
        int, typer.Option("--keep", envvar="SROSCERT_KEEP", min=0, max=100, help="Earlier pairs to keep.")
    ] = 1,
    dry_run: DryRun = False,
    yes: Yes = False,
    workers: Workers = 10,
    max_fail: MaxFail = None,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
) -> None:
    """Remove what is left over on routers: old generations of certificates and keys, clear copies, work files.

    Only files that are provably of the intent's certificates and that no configuration names; never the pair in use.
    """
    with importing():
        from sroscert.cli import task as work
        from sroscert.cli.jobs import requested, settings

    timing = settings(connect_timeout_s=connect_timeout, confirm_timeout_s=confirm_timeout)
    how = work.How(files, limit, dry_run, yes, workers, max_fail, True, output, timing, requested(context))
    raise typer.Exit(work.clean(how, keep))


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
    target: Annotated[Path | None, typer.Option("--output", "-o", help="Write here; never over a file.")] = None,
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
    connect_timeout: ConnectTimeout = 10.0,
) -> None:
    """Make an intent from saved configurations, or from routers."""
    with importing():
        from sroscert.cli import importing as work
        from sroscert.cli.jobs import settings

    access = work.Access(username, password_ref, known_hosts, port)
    timing = settings(connect_timeout_s=connect_timeout)
    raise typer.Exit(work.run(files or [], router or [], access, release, target, timing))


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


@schema_app.command("compile", short_help="Compile Nokia's YANG of one release into a file.")
def schema_compile(
    folder: Annotated[Path, typer.Argument(help="Folder of one release of Nokia's YANG, e.g. sros-25.10.")],
    target: Annotated[Path | None, typer.Option("--to", help="Write here instead of printing.")] = None,
    search: Annotated[
        Path | None,
        typer.Option("--stand-in", envvar="SROSCERT_STAND_IN", help="Folder of modules missing in the release."),
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
        typer.Option(
            "--release", envvar="SROSCERT_RELEASE", help="The release, e.g. 26.7, where its name does not say it."
        ),
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


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code (also raised as SystemExit when run as a script)."""
    if arguments is None and isinstance(sys.stdout, io.TextIOWrapper):
        streams.prepare()
    code = _run(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        if code == ExitCode.INTERRUPTED:
            # Threads that wait for a router would keep the process; nothing that they do needs to be finished.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        sys.exit(code)
    return code


def _run(arguments: list[str]) -> int:
    try:
        result = app(args=arguments, prog_name="sroscert", standalone_mode=False)
        if result == ExitCode.INTERRUPTED and not isinstance(result, ExitCode):
            # What typer makes of an interrupt; a command that was interrupted has said so, and gives an ExitCode.
            return _interrupted()
        return int(result) if isinstance(result, int) else ExitCode.OK
    except typer.Exit as error:
        return int(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted()
    except typer.TyperException as error:
        from sroscert.cli.usage import print_usage

        print_usage(error, arguments, _wants_json(arguments))
        return ExitCode.USAGE
    except SroscertError as error:
        from sroscert.cli.output import print_error

        print_error(error, json_output=_wants_json(arguments))
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 - the top of the command line: a bug of ours is exit 1
        from sroscert.cli.logfile import report_bug

        report_bug(error)
        return ExitCode.BUG


def _interrupted() -> int:
    sys.stderr.write("interrupted\n")
    return ExitCode.INTERRUPTED


def _wants_json(arguments: list[str]) -> bool:
    """Tell whether errors shall be JSON: as the command line says, else as the environment does."""
    said = [after for before, after in itertools.pairwise(arguments) if before in {"-o", "--output"}]
    said += [word.removeprefix(start) for word in arguments for start in ("-o", "--output=") if word.startswith(start)]
    forms = [word for word in said if word] or [os.environ.get("SROSCERT_OUTPUT", "")]
    return "json" in forms
