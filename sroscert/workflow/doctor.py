"""One router examined before a change: the plan that apply would make, and what stands around it. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sroscert.plan import health_looks, health_pki
from sroscert.plan.build import build
from sroscert.plan.health import Check, Contact, Subject, Topic, examine
from sroscert.plan.plan import Plan
from sroscert.workflow.job import Job
from sroscert.workflow.observe import observe
from sroscert.workflow.preflight import contacts, reaches, url_of, with_contacts
from sroscert.workflow.router import with_referrers, with_secrets

TOPICS = tuple(
    Topic(name, frozenset(codes), look) for name, (codes, look) in {**health_looks.LOOKS, **health_pki.LOOKS}.items()
)
"""Everything that is examined, in the order in which it is told."""


@dataclass(frozen=True)
class Examined:
    """The checks of one router, and the plan that they were made with."""

    plan: Plan
    checks: tuple[Check, ...]


def doctor_router(job: Job) -> Examined:
    """Examine a router. Raises SroscertError.

    The same observation as a plan's, in as many round trips; besides, the last request of each CA profile, a ping from
    the router to the host of each CA, and one HTTP HEAD from us to it. A commit that may still be undone is told and
    does not end the examination.
    """
    with job.link() as link:
        cas = link.cas
        now = datetime.now(UTC)
        observed, schema = observe(link, job.record(), now, all_requests=True, renewing=job.renewing)
        plan = build(job.router, observed, schema, cas, now, job.renewing)
        plan = with_secrets(with_referrers(plan, job, link), job, link)
        asked = {name for name, profile in job.router.ca_profiles.items() if not profile.retired}
        seen = contacts(job.router, asked, job.settings)
        reached = reaches(plan, asked, link)
        plan = with_contacts(plan, seen, job.settings)
    told = {
        name: Contact(url_of(job.router, name), contact.answered, contact.ahead, contact.reason)
        for name, contact in seen.items()
    }
    return Examined(plan, examine(Subject(plan, now, told, job.settings.allow_interrupt, reached), TOPICS))
