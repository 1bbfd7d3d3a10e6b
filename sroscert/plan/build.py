"""From intent and observation to a plan: the ordered steps of one router, with reasons. Pure.

The order is that of a first enrolment: CA certificate, CA profile, key, enrolment, check and import, TLS and gRPC in
one commit, renewal on the box, save, work files. What renewed on the router and is over goes before its CA is asked
for the same certificate, else with renewal on the box. A step whose result is already there is not in the plan. Here
is the order; the steps themselves are ``plan/files``, ``plan/enrolment``, ``plan/commits`` and ``plan/closing``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sroscert.intent import RouterIntent
from sroscert.intent.desired import Phase
from sroscert.pki.cafile import LocalCA
from sroscert.plan import leftover, renewal
from sroscert.plan.certificate import Decision, Need
from sroscert.plan.closing import closing_steps, ours_unsaved
from sroscert.plan.commits import commit_of
from sroscert.plan.enrolment import certificate_steps, knows_keys
from sroscert.plan.files import ca_steps, script_steps
from sroscert.plan.findings_of_plan import findings_of
from sroscert.plan.flip import Flip, flips, replaced
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.profiles import moved, placed, shared_entries
from sroscert.plan.renewal import AS_DUE, Renewing
from sroscert.plan.service import after, look_at
from sroscert.plan.standby import copies
from sroscert.plan.steps import Step
from sroscert.plan.wanted import by_phase, wanted_of
from sroscert.schema import Schema
from sroscert.values import ConfigTree


def build(
    router: RouterIntent, observed: Observed, schema: Schema, cas: Mapping[str, LocalCA], now: datetime,
    renewing: Renewing = AS_DUE,
) -> Plan:
    """Return the plan for one router. ``cas`` has the local CA certificate of each CA profile by its name."""
    router = placed(router, observed.running)
    return assemble(
        router, observed, schema, cas, now, renewal.decisions(router, observed, schema, cas, now, renewing), renewing
    )


def assemble(
    router: RouterIntent, observed: Observed, schema: Schema, cas: Mapping[str, LocalCA], now: datetime,
    decisions: tuple[Decision, ...], renewing: Renewing,
) -> Plan:
    """Return the plan that follows from what was decided for each certificate."""
    router = placed(router, observed.running)
    target = moved(router, decisions, observed, renewing.new_profile)
    wanted, changes, said = wanted_of(router, target, observed, schema, cas, decisions, renewing)
    moving = flips(router, decisions, observed)
    concerned = tuple(flip.decision for flip in moving) if renewing.only else decisions
    plan = Plan(router, observed, schema, wanted, decisions, (), (), changes, renewing, target)
    future = after(observed.running, changes)
    plan = replace(plan, steps=tuple(_steps(plan, cas, future, moving, concerned)))
    return replace(
        plan,
        findings=(
            *findings_of(plan, cas, future, concerned, now),
            *said,
            *shared_entries(router, target, observed.running),
        ),
    )


def _steps(
    plan: Plan, cas: Mapping[str, LocalCA], future: ConfigTree, moving: tuple[Flip, ...],
    concerned: Sequence[Decision],
) -> list[Step]:
    """Return the steps of ``plan`` in their order. ``future`` is running with its changes made."""
    observed, schema, wanted, renewing = plan.observed, plan.schema, plan.desired, plan.renewing
    username = plan.router.login.username
    look = look_at(observed, future, wanted.tree, plan.decisions)
    ending = leftover.before_asking(wanted, plan.router, plan.decisions, observed)
    parts = by_phase(plan.changes, wanted, moving, ending)
    active = [item for item in plan.decisions if item.need is not Need.NOTHING or item in concerned]
    known = knows_keys(schema, observed)
    steps = [] if renewing.only else ca_steps(plan.router, observed, cas)
    steps += commit_of(Phase.CA, parts, observed, schema, look)
    steps += commit_of(Phase.ENDING, parts, observed, schema, look)
    for decision in active:
        steps += certificate_steps(decision, observed, known)
    steps += script_steps((upload for upload in wanted.uploads if upload.first), observed)
    steps += commit_of(Phase.TLS, parts, observed, schema, look, replaced(moving) if renewing.only else "")
    steps += script_steps((upload for upload in wanted.uploads if not upload.first), observed)
    steps += commit_of(Phase.RENEWAL, parts, observed, schema, look)
    steps += commit_of(Phase.RETIREMENT, parts, observed, schema, look)
    renewed = any(decision.in_use and decision.generation.number > 1 for decision in plan.decisions)
    # A renewed pair that an earlier run took into use and could not save would be gone after a reboot.
    if steps or not renewing.only or (renewed and ours_unsaved(observed, username)):
        steps += closing_steps(steps, active, observed, username)
    # Last: a standby CPM that does not take its copy keeps nothing else from being done.
    return [*steps, *copies(wanted.uploads, observed, steps)]
