"""The ``sroscert`` command line: its commands in the order that ``--help`` lists them, and what each is in one line.

Their options are in ``*_commands``, the work of each in a module of its own, imported when the command runs, so that
``--help`` costs nothing. How errors become exit codes is ``running``'s matter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sroscert import __version__
from sroscert.cli import changing_commands as changing
from sroscert.cli import looking_commands as looking
from sroscert.cli import offline_commands as offline
from sroscert.cli.init_command import init
from sroscert.cli.interrupts import importing
from sroscert.cli.options import option
from sroscert.cli.run_commands import run_app
from sroscert.cli.schema_commands import schema_app

app = typer.Typer(
    name="sroscert",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Certificates for a fleet of Nokia SR OS routers, kept right by declaration.",
)


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
        Path | None, option("Write a log, without secrets, here.", "--log-file", metavar="FILE")
    ] = None,
) -> None:
    """Bring a fleet of SR OS routers to the certificates and TLS that an intent file declares."""
    del version
    if log_file is not None:
        from sroscert.cli.logfile import begin

        begin(log_file)


def lab(context: typer.Context) -> None:
    """Simulated routers and a CMPv2 CA on this machine: lab up, lab down, lab status …"""
    with importing():
        from sroscert.cli import lab as work

    raise typer.Exit(work.run(list(context.args)))


app.command(short_help="Write a first intent by asking.")(init)
app.command(short_help="Find what is wrong or doubtful in an intent, offline.")(offline.lint)
app.command(short_help="Print the configuration that an intent means, offline.")(offline.render)
app.command(short_help="Say what a node or key is, and since which release.")(offline.explain)
app.command(short_help="Show what apply would do, in order, with reasons.")(looking.plan)
app.command(short_help="Bring routers to the intent; keep what passes its checks.")(changing.apply)
app.command(short_help="Compare running, or a saved file, with the intent.")(looking.drift)
app.command(short_help="Look at TLS and gNMI from outside, as clients do.")(looking.check)
app.command(short_help="Show where each certificate stands.")(looking.status)
app.command(short_help="Write status and drift as one HTML page.")(looking.report)
app.command(short_help="Look for what would stop a change; changes nothing.")(looking.doctor)
app.command("needs-renewal", short_help="Ask, for scripts: exit code 0 no, 2 yes.")(looking.needs_renewal)
app.command(short_help="Renew certificates that are due; change nothing else.")(changing.renew)
app.command(short_help="Put the certificate before the one in use back into use.")(changing.rollback)
app.command(short_help="Remove old generations and work files of ours.")(changing.clean)
app.command(short_help="List certificates that were issued and are not used.")(looking.reconcile)
app.command(short_help="Show SSH host keys, and write them to known_hosts.")(looking.trust)
app.command("import", short_help="Make an intent from saved configurations, or from routers.")(offline.import_)
app.add_typer(run_app, name="run")
app.add_typer(schema_app, name="schema")
app.command(
    short_help="Simulated routers and a CMPv2 CA: lab up, status, down.",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)(lab)
