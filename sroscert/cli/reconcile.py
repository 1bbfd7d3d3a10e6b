"""``sroscert reconcile``: certificates that were issued and are not used. Writes nothing anywhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.results import print_document, print_errors
from sroscert.cli.table import table_lines
from sroscert.fleet.run import RouterOutcome, exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.plan.reconcile import Kind, Reconciled, Unused
from sroscert.plan.unanswered import Sent
from sroscert.values import endpoint
from sroscert.workflow import asked
from sroscert.workflow.reconcile import reconcile_router
from sroscert.workflow.runs import list_issued
from sroscert.workflow.settings import Settings

_HEAD = ("router", "certificate", "state", "until", "serial", "issuer")
_STYLES = {Kind.ORPHAN: "red", Kind.LOST: "red", Kind.TURNED_AWAY: "red"}


def run(
    files: Sequence[Path], limit: Sequence[str] | None, workers: int, output: Output, timing: Settings,
    close: Sequence[str] = (),
) -> int:
    """Print what is not used; return 2 when something has to be done about one, 0 when not, else the failure.

    The requests of the runs in ``close`` are accounted for from now on.
    """
    jobs = load_jobs(files, limit, timing)
    addresses = [endpoint(job.router.address, job.router.login.ports.netconf) for job in jobs]
    for name in close:
        asked.close(timing.state_folder, name, addresses)
    records, sent = list_issued(timing.state_folder), asked.list_asked(timing.state_folder)
    outcomes = run_fleet(jobs, lambda job: reconcile_router(job, records, sent), workers=workers)
    results = [(outcome.router, outcome.result) for outcome in outcomes if outcome.result is not None]
    found = [(router, item) for router, result in results for item in result.unused]
    waiting = [(router, item) for router, result in results for item in result.unanswered]
    code = exit_code(outcomes, changes=any(result.counts for _, result in results))
    if output is Output.JSON:
        print_document("reconcile", outcomes, code, _document)
        return code
    if found or waiting:
        rows = [*(_cells_of_request(router, item) for router, item in waiting), *(_cells(*pair) for pair in found)]
        styles = ["red"] * len(waiting) + [_STYLES.get(item.kind, "") for _, item in found]
        lines = table_lines(_HEAD, rows, styles, styled_column=2)
        reasons = [f"  x {router}  key {item.key}: {item.reason}" for router, item in waiting]
        sys.stdout.write("\n".join([*lines, "", *reasons, *_reasons(found), ""]) + "\n")
    if results:
        sys.stdout.write("".join(f"{line}\n" for line in (*_unread(outcomes), _total(outcomes))))
    print_errors(outcomes)
    return code


def _cells(router: str, item: Unused) -> tuple[str, ...]:
    where = item.files[0] if item.files else f"({item.subject})"
    return (router, where, item.kind.value, f"{item.not_after:%Y-%m-%d}", item.serial, item.issuer)


def _cells_of_request(router: str, item: Sent) -> tuple[str, ...]:
    return (router, f"(key {item.key})", "unanswered", "-", f"asked {item.at:%Y-%m-%d %H:%M}", f"({item.ca_profile})")


def _reasons(found: Sequence[tuple[str, Unused]]) -> list[str]:
    lines = []
    for router, item in found:
        fetched = f" (fetched by run {item.run})" if item.run else ""
        where = ", ".join(item.files) or item.serial
        lines.append(f"  {'x' if item.kind.counts else 'i'} {router}  {where}: {item.reason}{fetched}")
    return lines


def _unread(outcomes: Sequence[RouterOutcome[Reconciled]]) -> list[str]:
    return [
        f"  i {outcome.router}  {url}: nothing can be read of it as a certificate"
        for outcome in outcomes
        if outcome.result is not None
        for url in outcome.result.unread
    ]


def _total(outcomes: Sequence[RouterOutcome[Reconciled]]) -> str:
    results = [outcome.result for outcome in outcomes if outcome.result is not None]
    count = sum(item.kind.counts for result in results for item in result.unused)
    looked_at = sum(result.looked_at for result in results)
    words = f"{count} issued and not used" if count else "none was issued and is not used"
    if waiting := sum(len(result.unanswered) for result in results):
        words += f", {waiting} request{'' if waiting == 1 else 's'} without an answer"
    ending = "" if looked_at == 1 else "s"
    return f"{looked_at} certificate{ending} on {len(results)} of {len(outcomes)} routers: {words}"


def _document(result: Reconciled) -> dict[str, Any]:
    return {
        "looked_at": result.looked_at,
        "unread": list(result.unread),
        "unanswered": [
            {
                "ca_profile": item.ca_profile, "request": item.request, "key": item.key, "file": item.file,
                "run": item.run, "at": item.at.isoformat(), "fate": item.fate.value, "reason": item.reason,
            }
            for item in result.unanswered
        ],
        "unused": [
            asdict(item)
            | {
                "kind": item.kind.value,
                "counts": item.kind.counts,
                "not_after": item.not_after.isoformat(),
                "since": item.since.isoformat() if item.since is not None else None,
            }
            for item in result.unused
        ],
    }
