"""Plans of their own beside that of ``apply``, on one router: renewal, clean-up of what is left, rollback to a pair.

Each is made from the same observation and the same first plan, carried out and seen to be done in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sroscert.plan.build import build
from sroscert.plan.cleanup import cleaning, leftovers
from sroscert.plan.held import held
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import Renewing
from sroscert.plan.rollback import rolling_back, targets
from sroscert.plan.steps import Commit
from sroscert.render.mentions import mentions
from sroscert.workflow.job import Job
from sroscert.workflow.journal import Observer
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import observe
from sroscert.workflow.preflight import preflight
from sroscert.workflow.router import (
    Applied,
    Planner,
    carry_out,
    make_plan,
    plan_again,
    refuse_unsettled,
    with_referrers,
)


@dataclass(frozen=True)
class Planning:
    """How a task is planned, and planned again by the first plan to see that nothing of it is left to do."""

    make: Planner
    again: Callable[[Job, RouterLink, Plan], Plan]


def plan_task(job: Job, planning: Planning) -> Plan:
    """Return the plan of one router. Writes nothing. Raises OutcomeUnknownError while running may still be undone."""
    with job.link() as link:
        return planning.make(job, link)


def do_task(
    job: Job, planning: Planning, observer: Observer, approve: Callable[[Plan], None], interrupted: Callable[[], bool]
) -> Applied:
    """Carry out what is planned, and see that nothing of it is left to do."""
    return carry_out(job, observer, approve, interrupted, make=planning.make, again=planning.again)


def renewer(renewing: Renewing) -> Planning:
    """Return how a renewal is planned, and nothing else; what was forced once is not forced again."""

    def make(job: Job, link: RouterLink) -> Plan:
        return make_plan(replace(job, renewing=renewing), link)

    def again(job: Job, link: RouterLink, before: Plan) -> Plan:
        return plan_again(replace(job, renewing=renewing), link, before)

    return Planning(make, again)


def cleaner(keep: int) -> Planning:
    """Return how a clean-up is planned that leaves ``keep`` pairs on each side of the one in use."""

    def make(job: Job, link: RouterLink) -> Plan:
        plan = _plan(job, link)
        refuse_unsettled(plan, job)  # what running shows may be undone: a file of the pair before is needed then
        found = leftovers(plan, keep, link.cas)
        words = {item.url: item.word for item in found}
        mentioned: dict[str, str] = {}
        for configure in link.config.get_config() if words else ():
            mentioned |= mentions(configure, words, plan.schema)
        newer = held(plan.router, plan.observed, plan.schema, link.cas, datetime.now(UTC))
        return cleaning(plan, found, mentioned, newer)

    return Planning(make, lambda job, link, before: make(job, link))


def roller(
    names: Collection[str], number: int | None, others: bool = False,
    pairs: Mapping[str, Mapping[str, int]] | None = None,
) -> Planning:
    """Return how a rollback is planned: of the certificates of ``names`` (all without) to generation ``number``.

    ``pairs`` gives the generation of each certificate of a router, by their names. ``others`` has entries outside the
    intent go back with them.
    """

    def make(job: Job, link: RouterLink) -> Plan:
        plan, now = _plan(job, link, history=True), datetime.now(UTC)
        chosen, refused = targets(plan, link.cas, now, names, number, (pairs or {}).get(job.router.name, {}))
        back = rolling_back(plan, chosen, refused, link.cas, now, others)
        if not any(isinstance(step, Commit) for step in back.steps):
            refuse_unsettled(back, job)  # the pair that is back may only be so until the router undoes it
        return preflight(with_referrers(back, job, link), job.settings, link)

    def again(job: Job, link: RouterLink, before: Plan) -> Plan:
        names = before.renewing.names
        chosen = {
            item.certificate.name: item.generation for item in before.decisions if item.certificate.name in names
        }
        return rolling_back(_plan(job, link, history=True), chosen, (), link.cas, datetime.now(UTC), others)

    return Planning(make, again)


def _plan(job: Job, link: RouterLink, *, history: bool = False) -> Plan:
    now = datetime.now(UTC)
    observed, schema = observe(link, job.record(), now, probe=history, all_requests=not history, history=history)
    return build(job.router, observed, schema, link.cas, now)
