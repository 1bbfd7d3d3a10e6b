"""What can be asked of one router: plan, apply, drift, check. Each opens its own connections and closes them.

Raises SroscertError; turning that into a result for a fleet is ``fleet.run``'s work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sroscert.device.ports import GNMICapabilities, Handshake
from sroscert.errors import OutcomeUnknownError, TLSProbeError
from sroscert.intent import RouterIntent
from sroscert.pki.checks import satisfies
from sroscert.plan.build import Plan, build
from sroscert.plan.observed import unsettled_until
from sroscert.plan.sharing import disturbed, shared
from sroscert.plan.steps import Commit
from sroscert.render.diff import Change
from sroscert.render.referrers import Referrer, referrers
from sroscert.values import endpoint
from sroscert.workflow.execute import Execution, Observer
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import observe, settle_message
from sroscert.workflow.record import RunRecord
from sroscert.workflow.settings import Settings
from sroscert.workflow.verify import compare_capabilities, grpc_certificate


@dataclass(frozen=True)
class Job:
    """One router of a run: its intent, the timings, and the folder that relative secret files are found from."""

    router: RouterIntent
    settings: Settings
    base: Path

    def link(self) -> RouterLink:
        """Return connections that are not yet open."""
        return RouterLink(self.router, self.settings, self.base)

    def record(self) -> RunRecord:
        """Return the router's lock and marks."""
        return RunRecord(self.settings.state_folder, self.router.address, self.router.login.ports.netconf)


@dataclass(frozen=True)
class Applied:
    """The end of an apply: what was planned, and whether anything was done."""

    plan: Plan
    steps_done: int
    served_until: datetime | None = None


@dataclass(frozen=True)
class Checked:
    """A passed check: the handshake and what gNMI answered."""

    handshake: Handshake
    capabilities: GNMICapabilities


def plan_router(job: Job) -> Plan:
    """Return the plan of one router. Writes nothing. Raises OutcomeUnknownError while "in sync" could be a lie."""
    with job.link() as link:
        return _plan(job, link)


def _plan(job: Job, link: RouterLink) -> Plan:
    cas = link.cas  # a file that is wrong is told before anybody is asked anything
    now = datetime.now(UTC)
    observed, schema = observe(link, job.record(), now)
    plan = build(job.router, observed, schema, cas, now)
    if not any(isinstance(step, Commit) for step in plan.steps):
        _refuse_unsettled(plan, job)
    return _with_referrers(plan, job, link)


def _with_referrers(plan: Plan, job: Job, link: RouterLink) -> Plan:
    """Look for others that depend on what the plan disturbs; reads the whole of running only when there is need."""
    profiles = disturbed(plan)
    if not profiles:
        return plan
    found: list[Referrer] = []
    for configure in link.config.get_config():
        found += referrers(configure, profiles, plan.schema)
    return replace(plan, findings=(*plan.findings, *shared(plan, found, job.settings.allow_interrupt)))


def _refuse_unsettled(plan: Plan, job: Job) -> None:
    """Keep from calling running right while a pending confirmed commit may undo it, and from saving it (law 2).

    With a commit still to come there is no such danger: the router lets nobody commit while another's is pending.
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


def apply_router(
    job: Job, observer: Observer, approve: Callable[[Plan], None], interrupted: Callable[[], bool]
) -> Applied:
    """Bring one router to its intent. ``approve`` is given the plan before anything is written, and raises to stop.

    Nothing is written when the plan is empty or not approved. Afterwards the router is observed and planned again: a
    run is only called done when that second plan is empty (law 10).
    """
    record = job.record()
    with record.exclusive(), job.link() as link:
        plan = _plan(job, link)
        if plan.in_sync:
            return Applied(plan, 0, _served_until(plan))
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
        after = _reobserve(job, link)
    return Applied(plan, len(plan.steps), _served_until(after))


def _reobserve(job: Job, link: RouterLink) -> Plan:
    now = datetime.now(UTC)
    observed, schema = observe(link, job.record(), now)
    after = build(job.router, observed, schema, link.cas, now)
    if not after.in_sync:
        raise OutcomeUnknownError(
            "every step was done, and yet the router is not in sync: " + "; ".join(step.title for step in after.steps),
            code="not-in-sync",
            state="as the steps above left it",
            hint="sroscert plan shows what is missing",
        )
    return after


def _served_until(plan: Plan) -> datetime | None:
    served = plan.observed.served
    return served.certificate.not_after if served is not None and served.certificate is not None else None


def drift_router(job: Job) -> tuple[Plan, tuple[Change, ...]]:
    """Return the plan and how running differs from the intent, leaf by leaf. Writes nothing."""
    plan = plan_router(job)
    return plan, tuple(change for change in plan.changes if not change.implied)


def check_router(job: Job) -> Checked:
    """Verify the gNMI service from outside: TLS with our own probe, then Capabilities. Touches no configuration.

    Raises TLSProbeError with the exact reason, before a password is sent when TLS does not hold.
    """
    with job.link() as link:
        handshake = link.probe()
        if not handshake.verified:
            raise TLSProbeError(
                f"TLS at {endpoint(job.router.address, job.router.login.ports.gnmi)} does not hold: "
                f"{handshake.reason.value}{f' ({handshake.detail})' if handshake.detail else ''}",
                reason=handshake.reason.value,
                hint=_hint(handshake),
                router=job.router.name,
            )
        _served_is_intended(job.router, handshake)
        answer = link.capabilities(handshake)
        compare_capabilities(job.router, [model.name for model in answer.models])
    return Checked(handshake, answer)


def _served_is_intended(router: RouterIntent, handshake: Handshake) -> None:
    """Compare the served certificate with the intent's."""
    name = next(iter(router.certificates), None) if len(router.certificates) == 1 else None
    if name is None or handshake.certificate is None:
        return
    item = router.certificates[name]
    wrong = satisfies(
        handshake.certificate,
        subject=item.subject,
        san_ips=frozenset(item.san_ips),
        san_dns=frozenset(item.san_dns),
        issuer=None,
        now=datetime.now(UTC),
    )
    if wrong:
        words = "; ".join(f"{entry.field} is {entry.found}, wanted {entry.wanted}" for entry in wrong)
        raise TLSProbeError(
            f"the served certificate is not the intended one: {words}",
            reason="certificate",
            router=router.name,
            hint="sroscert plan shows what to do",
        )


def _hint(handshake: Handshake) -> str:
    hints = {
        "unknown-ca": "the served certificate is not from the CA of the intent; no password was sent",
        "refused": "gRPC is not enabled, or not on this port; sroscert plan shows what is missing",
        "timeout": "is the address right, and the port open?",
        "plaintext-server": "gRPC runs without TLS on this router; sroscert apply secures it",
        "no-shared-cipher": "the router offers only ciphers that our client does not speak; see server_cipher_lists",
    }
    return hints.get(handshake.reason.value, "no password was sent")


def intended_certificate(plan: Plan) -> str | None:
    """Return the name of the certificate that the gNMI port must serve."""
    return grpc_certificate(plan.router, plan.desired.tree)
