"""One router looked at for its certificates: what it shows, joined by ``plan.status``. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sroscert.commands.eventlog import LogEvent
from sroscert.commands.operations import ShowLog
from sroscert.errors import DeviceError
from sroscert.plan.build import build
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import NEVER
from sroscert.plan.status import RouterStatus, status
from sroscert.plan.status_log import MAIN, STREAM, is_wanted, joined, lacks_system, with_log
from sroscert.schema import Schema
from sroscert.workflow.job import Job
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import observe

_LONGEST = 300


@dataclass(frozen=True)
class Looked:
    """One router at one moment: where its certificates stand, and how it differs from the intent.

    ``drift`` is the plan without renewals: that a certificate is due is no difference from the intent.
    """

    status: RouterStatus
    drift: Plan


def status_router(job: Job) -> RouterStatus:
    """Return where each certificate of a router stands. Raises SroscertError.

    A router whose running may still be undone is told too: the status carries until when. Nobody is asked for a secret
    but the login's, and none of a coming step is looked for.
    """
    return report_router(job).status


def report_router(job: Job) -> Looked:
    """Return the status of a router and its drift, from one look at it. Raises SroscertError."""
    with job.link() as link:
        cas = link.cas
        now = datetime.now(UTC)
        observed, schema = observe(link, job.record(), now, all_requests=True)
        plan = build(job.router, observed, schema, cas, now)
        drift = build(job.router, observed, schema, cas, now, NEVER)
        found = status(plan, cas, now, timedelta(seconds=job.settings.confirm_timeout_s))
        return Looked(_with_log(found, link, schema), drift)


def _with_log(found: RouterStatus, link: RouterLink, schema: Schema) -> RouterStatus:
    """Read the router's log where it renews by itself. Everything else is known by then: that it fails is told only."""
    if not is_wanted(found) or found.plan.observed.backend == "none":
        return found
    stream = _events(STREAM, link, schema)
    main = _events(MAIN, link, schema) if lacks_system(found, stream) else ()
    if isinstance(stream, str) and isinstance(main, str):
        return replace(found, log_unread=stream)
    return with_log(found, joined(stream, main))


def _events(log: str, link: RouterLink, schema: Schema) -> tuple[LogEvent, ...] | str:
    """Return the events of a log, or why it could not be read."""
    try:
        reply = link.executor(schema).run(ShowLog(log), link.settings.rpc_timeout_s)
    except DeviceError as error:
        return str(error)
    if reply.outcome != "done":
        return reply.text.strip()[:_LONGEST] or "no answer that can be read"
    return reply.events
