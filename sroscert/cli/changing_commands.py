"""The commands that change routers: ``apply``, ``renew``, ``rollback``, ``clean``.

Their options, and nothing else; the work is in ``apply``, ``renew`` and ``task``, imported when a command runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sroscert.cli.interrupts import importing
from sroscert.cli.options import (
    AllowInterrupt,
    Certificates,
    ConfirmTimeout,
    ConnectTimeout,
    DryRun,
    Files,
    FilesOrPlan,
    Full,
    Limit,
    MaxFail,
    MoveOthers,
    NoRenew,
    Output,
    OutputOption,
    Override,
    Save,
    SetSecrets,
    SettleTimeout,
    VerifyTimeout,
    Workers,
    Yes,
    option,
)


def apply(
    context: typer.Context,
    plan_file: Annotated[
        Path | None,
        typer.Argument(metavar="PLAN", help="A plan that plan --save wrote: do exactly that, or nothing."),
    ] = None,
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
    move_others: MoveOthers = False,
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
            set_secrets, move_others,
        )
    )


def renew(
    context: typer.Context,
    files: Files,
    limit: Limit = None,
    certificate: Certificates = None,
    force: Annotated[bool, option("Also what is not due, or what its router renews.", "--force")] = False,
    by_code: Annotated[bool, option("Ask with the enrolment code, not the pair in use.", "--by-code")] = False,
    new_profile: Annotated[
        bool,
        option("Make the cert-profile anew, for a router that goes on serving the old pair.", "--new-profile"),
    ] = False,
    move_others: MoveOthers = False,
    dry_run: DryRun = False,
    save: Save = None,
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
    how = How(files, limit, dry_run, yes, workers, max_fail, full, output, timing, requested(context), save)
    asked = Renewing(
        names=tuple(certificate or ()), force=force, by_code=by_code, new_profile=new_profile, others=move_others
    )
    raise typer.Exit(work.run(how, asked))


def rollback(
    context: typer.Context,
    files: Files,
    limit: Limit = None,
    certificate: Certificates = None,
    to: Annotated[int | None, option("This generation, earlier or later.", "--to", metavar="N", min=1)] = None,
    move_others: MoveOthers = False,
    dry_run: DryRun = False,
    save: Save = None,
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
        from sroscert.cli.jobs import overrides, requested, resumed_pairs, settings

    timing = settings(
        connect_timeout_s=connect_timeout,
        confirm_timeout_s=confirm_timeout,
        verify_timeout_s=verify_timeout,
        allow_interrupt=allow_interrupt,
        overrides=overrides(override),
    )
    how = work.How(files, limit, dry_run, yes, workers, max_fail, full, output, timing, requested(context), save)
    raise typer.Exit(work.rollback(how, certificate or (), to, move_others, resumed_pairs(context)))


def clean(
    context: typer.Context,
    files: Files,
    limit: Limit = None,
    keep: Annotated[int, option("Earlier pairs to keep.", "--keep", metavar="N", min=0, max=100)] = 1,
    dry_run: DryRun = False,
    save: Save = None,
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
    how = work.How(files, limit, dry_run, yes, workers, max_fail, True, output, timing, requested(context), save)
    raise typer.Exit(work.clean(how, keep))
