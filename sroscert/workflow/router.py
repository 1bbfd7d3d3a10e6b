"""What can be asked of one router: plan, apply, drift. Each opens its own connections and closes them.

``check``, which reads no configuration, has a module of its own.

Raises SroscertError; turning that into a result for a fleet is ``fleet.run``'s work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sroscert.errors import OutcomeUnknownError, SecretError, VerificationError, standing
from sroscert.intent.rules.secrets import peeking
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.build import build
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.findings_intent import secret_errors
from sroscert.plan.flip import flips
from sroscert.plan.observed import unsettled_until
from sroscert.plan.others import beyond
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import NEVER
from sroscert.plan.secrets import needed, set_already
from sroscert.plan.service import served_file, service_of
from sroscert.plan.sharing import disturbed, shared
from sroscert.plan.steps import Commit
from sroscert.render.diff import Change
from sroscert.render.mentions import naming
from sroscert.render.referrers import Referrer, referrers
from sroscert.workflow.execute import Execution, refuse_stops
from sroscert.workflow.job import Job
from sroscert.workflow.journal import Observer
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import observe, settle_message
from sroscert.workflow.preflight import preflight
from sroscert.workflow.record import RunRecord
from sroscert.workflow.secretlook import at_hand

_KNOWN = ("configure/system/security/pki/", "configure/system/security/tls/")
"""Parts of running that our models reach: who names a file there is known without a search."""


@dataclass(frozen=True)
class Applied:
    """The end of an apply: what was planned, whether anything was done, and what was seen to be served at the end.

    ``served`` is the certificate file that clients of the gNMI port are shown, empty where that was not seen.
    """

    plan: Plan
    steps_done: int
    served_until: datetime | None = None
    served: str = ""


Planner = Callable[[Job, RouterLink], Plan]
"""What makes a plan for one router over open connections."""


def plan_router(job: Job) -> Plan:
    """Return the plan of one router. Writes nothing. Raises OutcomeUnknownError while "in sync" could be a lie."""
    with job.link() as link:
        return make_plan(job, link)


def make_plan(job: Job, link: RouterLink) -> Plan:
    """Return the plan of one router over connections that are the caller's, with all that may keep it from going on."""
    cas = link.cas  # a file that is wrong is told before anybody is asked anything
    now = datetime.now(UTC)
    observed, schema = observe(link, job.record(), now, renewing=job.renewing, set_secrets=job.set_secrets)
    plan = build(job.router, observed, schema, cas, now, job.renewing)
    if not any(isinstance(step, Commit) for step in plan.steps):
        refuse_unsettled(plan, job)
    return preflight(with_secrets(with_referrers(plan, job, link), job, link), job.settings, link)


def with_secrets(plan: Plan, job: Job, link: RouterLink) -> Plan:
    """Stop at a secret of a coming step that a file or a variable should hold and does not, and at one that the router
    would not take as it is meant; nobody is asked here."""
    missing = []
    for reference in needed(plan):
        if reference.startswith(("file:", "env:")):
            try:
                link.secret(reference)
            except SecretError as error:
                missing.append(Finding(Severity.STOP, error.code, error.message, error.hint))
    wrong = secret_errors(plan.router, plan.schema, peeking(job.base))
    return replace(plan, findings=(*plan.findings, *missing, *wrong))


def with_referrers(plan: Plan, job: Job, link: RouterLink) -> Plan:
    """Look for others that depend on what the plan disturbs; reads the whole of running only when there is need."""
    profiles = disturbed(plan)
    if not profiles:
        return plan
    found: list[Referrer] = []
    moving = flips(plan.router, plan.decisions, plan.observed)
    leaving = {flip.old.certificate.lower(): flip.decision.generation.certificate for flip in moving}
    named: dict[str, str] = {}
    for configure in link.config.get_config():
        found += referrers(configure, profiles, plan.schema)
        named |= naming(configure, frozenset(leaving), plan.schema, _KNOWN) if leaving else {}
    allowed = job.settings.allow_interrupt
    return replace(plan, findings=(*plan.findings, *beyond(named, leaving), *shared(plan, found, allowed)))


def refuse_unsettled(plan: Plan, job: Job) -> None:
    """Keep from calling running right while a pending confirmed commit may undo it, and from saving it (law 2).

    With a commit still to come there is no such danger: the router lets nobody commit while another's is pending.
    Raises OutcomeUnknownError.
    """
    until = unsettled_until(plan.observed, timedelta(seconds=job.settings.confirm_timeout_s))
    if until is not None:
        raise OutcomeUnknownError(
            settle_message(until),
            code="commit-pending",
            router=job.router.name,
            state="running shows the intent, but may be rolled back by itself",
            hint=f"run again after {until:%H:%M:%S} UTC",
        )


_AGAIN = "run it again once the router answers: it takes up from what the router shows"


def apply_router(
    job: Job, observer: Observer, approve: Callable[[Plan], None], interrupted: Callable[[], bool]
) -> Applied:
    """Bring one router to its intent."""
    return carry_out(job, observer, approve, interrupted, make=make_plan, again=plan_again)


def carry_out(
    job: Job, observer: Observer, approve: Callable[[Plan], None], interrupted: Callable[[], bool],
    *, make: Planner, again: Callable[[Job, RouterLink, Plan], Plan],
) -> Applied:
    """Carry out what ``make`` plans. ``approve`` is given the plan before anything is written, and raises to stop.

    Nothing is written when the plan is empty or not approved. Afterwards the router is observed and planned ``again``:
    a run is only called done when that second plan is empty (law 10).
    """
    record = job.record()
    with standing("untouched: nothing was sent", _AGAIN), record.exclusive(), job.link() as link:
        plan = make(job, link)
        if plan.idle:
            wanted = "" if plan.renewing.only else "running is as the intent wants it; "
            _refuse_unverified(plan, f"{wanted}nothing was changed")
            _take_secrets(plan, link, record)
            link.journal.in_use(_in_use(plan))
            return _applied(plan, 0, plan)
        until = unsettled_until(plan.observed, timedelta(seconds=job.settings.confirm_timeout_s))
        if until is not None and record.pending_until() is not None:
            raise OutcomeUnknownError(
                settle_message(until),
                code="commit-pending",
                router=job.router.name,
                state="a commit of an earlier run was never seen to end",
                hint=f"run again after {until:%H:%M:%S} UTC",
            )
        approve(plan)
        Execution(plan, link, record, observer, interrupted).run()
        with standing("every step was done and kept; the router was not seen again", "look at it: sroscert plan"):
            after = _reobserve(job, lambda: again(job, link, plan))
        link.journal.in_use(_in_use(after))
        with standing("every step was done and kept; the router was seen to be as it should be"):
            _take_secrets(after, link, record)
    return _applied(plan, len(plan.steps), after)


def _take_secrets(plan: Plan, link: RouterLink, record: RunRecord) -> None:
    """Take the secrets that were set by others as those of the intent, which the plan said: from now on a change of one
    is seen. A run that only renews takes nothing."""
    if plan.renewing.only or not plan.observed.unmarked:
        return
    there = set_already(plan.desired.tree, plan.observed.running, plan.schema)
    record.secrets.remember(at_hand(link, {path: there[path] for path in plan.observed.unmarked if path in there}))


def _reobserve(job: Job, again: Callable[[], Plan]) -> Plan:
    """Observe and plan again; a service that does not answer yet gets the time that checks get."""
    deadline = time.monotonic() + job.settings.verify_timeout_s
    after = again()
    while after.idle and after.unverified and time.monotonic() < deadline:
        time.sleep(job.settings.retry_interval_s)
        after = again()
    if not after.idle:
        raise OutcomeUnknownError(
            "every step was done, and yet the router is not in sync: " + "; ".join(step.title for step in after.steps),
            code="not-in-sync",
            state="as the steps above left it",
            hint="sroscert plan shows what is missing",
        )
    _refuse_unverified(after, "every step was done and kept")
    return after


def plan_again(job: Job, link: RouterLink, before: Plan) -> Plan:
    """Plan once more after the steps of ``before``, which asks for the same but for what is forced once."""
    del before
    now = datetime.now(UTC)
    observed, schema = observe(link, job.record(), now, renewing=job.renewing.afterwards)
    return build(job.router, observed, schema, link.cas, now, job.renewing.afterwards)


def _refuse_unverified(plan: Plan, state: str) -> None:
    """Keep from calling a router in sync over what stops us, or when its service does not verify (law 10)."""
    refuse_stops(plan, state)
    if plan.unverified:
        first = plan.unverified[0]
        raise VerificationError(
            "; ".join(item.message for item in plan.unverified), code=first.code, hint=first.hint, state=state
        )


def _in_use(plan: Plan) -> list[CertificateInfo]:
    """Return the certificates that were seen to be used: those of the pairs that running names, and the one served."""
    shown = plan.observed.displayed
    pairs = [shown.get(decision.generation.certificate) for decision in plan.decisions if decision.in_use]
    served = plan.observed.served.certificate if plan.observed.served is not None else None
    return [info for info in (*pairs, served) if info is not None]


def _applied(plan: Plan, steps_done: int, after: Plan) -> Applied:
    seen, service = after.observed.served, service_of(after.observed.running)
    info = seen.certificate if seen is not None else None
    file = served_file(service, info, after.observed.displayed) if info is not None and service is not None else ""
    return Applied(plan, steps_done, info.not_after if info is not None else None, file)


def drift_router(job: Job) -> tuple[Plan, tuple[Change, ...]]:
    """Return the plan and how running differs from the intent, leaf by leaf. Writes nothing."""
    plan = plan_router(replace(job, renewing=NEVER))
    return plan, tuple(change for change in plan.changes if not change.implied)
