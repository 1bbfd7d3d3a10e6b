"""The commands that look at routers and change nothing: ``plan``, ``drift``, ``check``, ``status`` and their like.

Their options, and nothing else; the work of each is in the module of its name, imported when it runs. ``trust`` writes
on this machine only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sroscert.cli.interrupts import importing
from sroscert.cli.options import (
    ConfirmTimeout,
    ConnectTimeout,
    Files,
    Full,
    Limit,
    MoveOthers,
    NoRenew,
    Output,
    OutputOption,
    Override,
    PlanOutput,
    ReleaseOption,
    SetSecrets,
    StatusForm,
    StatusOutput,
    Workers,
    option,
)


def plan(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    full: Full = False,
    output: PlanOutput = "text",
    save: Annotated[
        Path | None, option("Write the plan into this file, for apply FILE.", "--save", metavar="FILE")
    ] = None,
    reverse: Annotated[bool, option("Show what would undo the plan instead.", "--reverse")] = False,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
    release: ReleaseOption = None,
    override: Override = None,
    no_renew: NoRenew = False,
    set_secrets: SetSecrets = False,
    move_others: MoveOthers = False,
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
        work.run(
            files, limit, workers, full, form, timing, release, target, reverse, not no_renew, set_secrets, move_others
        )
    )


def drift(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
    config: Annotated[
        Path | None,
        option(
            "Saved configuration that stands in for a router, or a folder of <router>.cfg; no network is used.",
            "--config", metavar="PATH",
        ),
    ] = None,
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


def status(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    full: Annotated[bool, option("Show everything of each certificate.", "--full")] = False,
    output: StatusForm = StatusOutput.TEXT,
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


def report(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    target: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Write here; - is standard output.")
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


def doctor(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    strict: Annotated[bool, option("Warnings, and what is not readable, fail too.", "--strict")] = False,
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


def reconcile(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
    close: Annotated[
        list[str] | None,
        typer.Option(metavar="RUN", help="Requests of this run (or: all) without an answer are accounted for."),
    ] = None,
) -> None:
    """List certificates that were issued and are not used: on routers, or known from run records and on none.

    Also requests to a CA whose answer nobody saw. Changes nothing on a router. Exit code 2 when there is one that
    should be revoked or taken into use, or such a request. What was replaced and is kept for a rollback, and what has
    ended, is listed and does not count.
    """
    with importing():
        from sroscert.cli import reconcile as work
        from sroscert.cli.jobs import settings

    timing = settings(connect_timeout_s=connect_timeout, confirm_timeout_s=confirm_timeout)
    raise typer.Exit(work.run(files, limit, workers, output, timing, close or ()))


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
