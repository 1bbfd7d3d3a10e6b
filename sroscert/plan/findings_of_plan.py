"""Which findings a plan carries, in their order. Pure.

What each of them says is its own module's: ``plan/findings``, ``plan/findings_*``, and the modules that decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sroscert.intent.desired import Phase
from sroscert.pki.cafile import LocalCA
from sroscert.plan import findings as finding
from sroscert.plan import (
    findings_access,
    findings_intent,
    findings_renewal,
    findings_router,
    findings_scripts,
    held,
    others,
    renewal,
    rollover,
)
from sroscert.plan.certificate import Decision, Request
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.ownership import left_to_others
from sroscert.plan.plan import Plan
from sroscert.plan.service import unverified
from sroscert.plan.steps import Commit, Enrol
from sroscert.values import ConfigTree


def findings_of(
    plan: Plan, cas: Mapping[str, LocalCA], future: ConfigTree, concerned: Sequence[Decision], now: datetime
) -> tuple[Finding, ...]:
    """Return what should be known before ``plan`` is carried out. ``future`` is running with its changes made.

    ``concerned`` are the decisions that it is about: all of them, unless it only renews.
    """
    router, observed, schema, wanted = plan.router, plan.observed, plan.schema, plan.desired
    decisions, renewing = plan.decisions, plan.renewing
    return (
        *findings_intent.violations(wanted, schema, observed.running),
        *_before(plan, cas, now),
        *findings_router.found(router, observed, schema, decisions, future, plan.steps, now),
        *findings_scripts.found(wanted, observed),
        *renewal.findings(router, observed, schema, decisions, now, renewing),
        *_held(plan, cas, now),
        *left_to_others(wanted, observed.running),
        *others.findings(_others(plan), observed, moved=renewing.others),
        *findings_renewal.orphaned(wanted, router, concerned, future, schema),
        *findings_renewal.renewed_by(wanted, router, decisions, observed, schema, plan.changes, future),
        *rollover.findings(router, decisions, observed, cas),
        *(rollover.not_there(decisions, observed) if renewing.only else ()),
    )


def _before(plan: Plan, cas: Mapping[str, LocalCA], now: datetime) -> list[Finding]:
    """Return what is found of access, of the CAs, of what lies on the router, and of the service that stays."""
    router, observed, schema, decisions = plan.router, plan.observed, plan.schema, plan.decisions
    found = [*findings_access.backend(observed, router.login.username)]
    found += finding.router_findings(router, observed, schema)
    found += [*findings_intent.intent_errors(router), *findings_intent.release(router, schema)]
    commits = [step for step in plan.steps if isinstance(step, Commit)]
    if commits:
        found += finding.candidate(observed)
    found += findings_access.rights(router, observed, schema, plan.steps)
    found += findings_access.sessions(observed, plan.steps)
    found += finding.local_cas(router, cas, observed, now)
    found += finding.foreign_request(decisions)
    found += finding.unread(decisions)
    found += finding.clear_keys(decisions, observed)
    found += finding.scripts(observed)
    found += finding.unmarked_secrets(observed)
    if not any(step.phase is Phase.TLS for step in commits):
        found += unverified(observed, plan.desired.tree, decisions)
    return found + _code_in_log(plan)


def _others(plan: Plan) -> list[others.Elsewhere]:
    """Return the entries of others that the plan is about; of a run that only renews those whose pair gives way."""
    found = others.elsewhere(plan.desired, plan.router, plan.decisions, plan.observed)
    return [one for one in found if one.leaving or not plan.renewing.only]


def _held(plan: Plan, cas: Mapping[str, LocalCA], now: datetime) -> list[Finding]:
    """Return what is said of newer pairs that nothing uses, of the certificates that the plan is about."""
    router, observed, renewing = plan.router, plan.observed, plan.renewing
    meant = [item for item in plan.decisions if not renewing.only or renewing.means(item.certificate.name)]
    return held.findings(meant, observed, held.held(router, observed, plan.schema, cas, now))


def _code_in_log(plan: Plan) -> list[Finding]:
    """Warn of an enrolment code that goes to the router within a command."""
    coded = any(
        isinstance(step, Enrol) and not step.resume and step.request is Request.INITIAL for step in plan.steps
    )
    if plan.observed.backend not in {"raw", "cli"} or not coded:
        return []
    return [
        Finding(
            Severity.WARNING,
            "secret-in-router-log",
            "below 23.3 the enrolment code travels in a command: the router's own log will show it",
            hint="use a code that the CA accepts once only",
        )
    ]
