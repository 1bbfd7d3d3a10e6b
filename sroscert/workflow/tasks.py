"""Plans of their own beside that of ``apply``, on one router: the clean-up of what is left over.

Each is made from the same observation and the same first plan, carried out and seen to be done in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sroscert.plan.build import Plan, build
from sroscert.plan.cleanup import cleaning, leftovers, names_file
from sroscert.render.mentions import mentions
from sroscert.workflow.journal import Observer
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import observe
from sroscert.workflow.router import Applied, Job, Planner, carry_out, refuse_unsettled


def plan_task(job: Job, make: Planner) -> Plan:
    """Return the plan of one router. Writes nothing. Raises OutcomeUnknownError while running may still be undone."""
    with job.link() as link:
        return make(job, link)


def do_task(
    job: Job, make: Planner, observer: Observer, approve: Callable[[Plan], None], interrupted: Callable[[], bool]
) -> Applied:
    """Carry out what ``make`` plans, and see that nothing of it is left to do."""
    return carry_out(job, observer, approve, interrupted, make=make, again=make)


def cleaner(keep: int) -> Planner:
    """Return what plans a clean-up that leaves ``keep`` pairs on each side of the one in use."""

    def make(job: Job, link: RouterLink) -> Plan:
        plan = _plan(job, link)
        refuse_unsettled(plan, job)  # what running shows may be undone: a file of the pair before is needed then
        found = leftovers(plan, keep)
        words = {item.name.lower(): names_file(item.name) for item in found}
        mentioned: dict[str, str] = {}
        for configure in link.config.get_config() if words else ():
            mentioned |= mentions(configure, words, plan.schema)
        return cleaning(plan, found, mentioned)

    return make


def _plan(job: Job, link: RouterLink) -> Plan:
    now = datetime.now(UTC)
    observed, schema = observe(link, job.record(), now, probe=False, all_requests=True)
    return build(job.router, observed, schema, link.cas, now)
