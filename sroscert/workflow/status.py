"""One router looked at for its certificates: what it shows, joined by ``plan.status``. Writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sroscert.plan.build import build
from sroscert.plan.status import RouterStatus, status
from sroscert.workflow.observe import observe
from sroscert.workflow.router import Job


def status_router(job: Job) -> RouterStatus:
    """Return where each certificate of a router stands. Raises SroscertError.

    A router whose running may still be undone is told too: the status carries until when. Nobody is asked for a secret
    but the login's, and none of a coming step is looked for.
    """
    with job.link() as link:
        cas = link.cas
        now = datetime.now(UTC)
        observed, schema = observe(link, job.record(), now, all_requests=True)
        plan = build(job.router, observed, schema, cas, now)
    return status(plan, cas, now, timedelta(seconds=job.settings.confirm_timeout_s))
