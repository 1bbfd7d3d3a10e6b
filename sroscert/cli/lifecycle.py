"""The commands of a certificate's later life: ``renew``, ``rollback``, ``clean``; their options, and nothing else.

The work is in ``cli.task`` and ``cli.renew``, imported when a command runs.
"""

from __future__ import annotations

from typing import Annotated

import typer

from sroscert.cli.interrupts import importing
from sroscert.cli.options import (
    AllowInterrupt,
    ConfirmTimeout,
    ConnectTimeout,
    DryRun,
    Files,
    Full,
    Limit,
    MaxFail,
    Output,
    OutputOption,
    Override,
    SettleTimeout,
    VerifyTimeout,
    Workers,
    Yes,
)

app = typer.Typer(rich_markup_mode=None)


@app.command(short_help="Renew certificates that are due; change nothing else.")
def renew(
    context: typer.Context,
    files: Files,
    limit: Limit = None,
    certificate: Annotated[
        list[str] | None,
        typer.Option("--certificate", envvar="SROSCERT_CERTIFICATE", help="Only this certificate; several times."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", envvar="SROSCERT_FORCE", help="Also what is not due, or what its router renews."),
    ] = False,
    by_code: Annotated[
        bool,
        typer.Option("--by-code", envvar="SROSCERT_BY_CODE", help="Ask with the enrolment code, not the pair in use."),
    ] = False,
    new_profile: Annotated[
        bool,
        typer.Option(
            "--new-profile",
            envvar="SROSCERT_NEW_PROFILE",
            help="Make the cert-profile anew, for a router that goes on serving the old pair.",
        ),
    ] = False,
    dry_run: DryRun = False,
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
) -> None:
    """Renew the certificates that are due: a new key, a new certificate, and one confirmed commit that takes both up.

    What a router renews by itself is left to it, and what has drifted to apply. Exit code 2 when something is due and
    was not renewed.
    """
    with importing():
        from sroscert.cli import renew as work
        from sroscert.cli.jobs import overrides, requested, settings
        from sroscert.cli.task import How
        from sroscert.plan.renewal import Renewing

    timing = settings(
        connect_timeout_s=connect_timeout,
        confirm_timeout_s=confirm_timeout,
        verify_timeout_s=verify_timeout,
        settle_timeout_s=settle_timeout,
        allow_interrupt=allow_interrupt,
        overrides=overrides(override),
    )
    how = How(files, limit, dry_run, yes, workers, max_fail, full, output, timing, requested(context))
    asked = Renewing(names=tuple(certificate or ()), force=force, by_code=by_code, new_profile=new_profile)
    raise typer.Exit(work.run(how, asked))


@app.command(short_help="Put the certificate before the one in use back into use.")
def rollback(
    context: typer.Context,
    files: Files,
    limit: Limit = None,
    certificate: Annotated[
        list[str] | None,
        typer.Option("--certificate", envvar="SROSCERT_CERTIFICATE", help="Only this certificate; several times."),
    ] = None,
    to: Annotated[
        int | None, typer.Option("--to", envvar="SROSCERT_TO", min=1, help="This generation, earlier or later.")
    ] = None,
    dry_run: DryRun = False,
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
) -> None:
    """Put the pair of certificate and key before the one in use back into use, in one commit that its checks keep.

    It must still be imported, valid, and of the intent's CA; otherwise exit code 5, and nothing is changed.
    """
    with importing():
        from sroscert.cli import task as work
        from sroscert.cli.jobs import overrides, requested, settings

    timing = settings(
        connect_timeout_s=connect_timeout,
        confirm_timeout_s=confirm_timeout,
        verify_timeout_s=verify_timeout,
        allow_interrupt=allow_interrupt,
        overrides=overrides(override),
    )
    how = work.How(files, limit, dry_run, yes, workers, max_fail, full, output, timing, requested(context))
    raise typer.Exit(work.rollback(how, certificate or (), to))


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


@app.command(short_help="List certificates that were issued and are not used.")
def reconcile(
    files: Files,
    limit: Limit = None,
    workers: Workers = 10,
    output: OutputOption = Output.TEXT,
    connect_timeout: ConnectTimeout = 10.0,
    confirm_timeout: ConfirmTimeout = 120,
) -> None:
    """List certificates that were issued and are not used: on routers, or known from run records and on none.

    Changes nothing. Exit code 2 when there is one that should be revoked or taken into use. What was replaced and is
    kept for a rollback, and what has ended, is listed and does not count.
    """
    with importing():
        from sroscert.cli import reconcile as work
        from sroscert.cli.jobs import settings

    timing = settings(connect_timeout_s=connect_timeout, confirm_timeout_s=confirm_timeout)
    raise typer.Exit(work.run(files, limit, workers, output, timing))
