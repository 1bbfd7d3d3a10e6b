"""One router looked at for its certificates: what it shows, joined by ``plan.status``. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sroscert.plan.build import Plan, build
from sroscert.plan.renewal import NEVER
from sroscert.plan.status import RouterStatus, status
from sroscert.workflow.observe import observe
from sroscert.workflow.router import Job


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
    return Looked(status(plan, cas, now, timedelta(seconds=job.settings.confirm_timeout_s)), drift)
