"""The checks that keep a confirmed commit, made on new sessions; each can fail because of that very commit.

A check returns the sentences of what does not hold; an empty tuple means that it was seen to hold.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sroscert.errors import DeviceError, SroscertError, VerificationError
from sroscert.intent import RouterIntent
from sroscert.intent.desired import Phase, phase_of
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.leftover import ended
from sroscert.plan.ownership import ownership
from sroscert.plan.plan import Plan
from sroscert.plan.service import is_ours, served_file, service_of, wrong_certificate
from sroscert.plan.steps import Check, Commit
from sroscert.render.diff import Change, change_lines, diff
from sroscert.render.xml import from_xml, subtree_filter
from sroscert.values import ConfigTree, Path, Segment, endpoint
from sroscert.workflow.observe import read_config

if TYPE_CHECKING:
    from sroscert.workflow.link import RouterLink

_PKI = Path.of("state", "system", "security", "pki")
_TLS = Path.of("state", "system", "security", "tls")
_LOG = Path.of("state", "log")
_PYTHON = Path.of("state", "python", "python-script")
_HANDLERS = _LOG / "event-handling"
_NO_FLAGS = {"", "none"}


@dataclass(frozen=True)
class Expected:
    """What is known of the certificates in system-pki, by file: as displayed before, or imported by this run."""

    certificates: Mapping[str, CertificateInfo]


@dataclass(frozen=True)
class Verdict:
    """What does not hold after a commit, and the certificate file that was seen to be served."""

    failures: tuple[str, ...]
    served: str = ""


def checks_hold(plan: Plan, step: Commit, link: RouterLink, expected: Expected, confirm_by: float) -> Verdict:
    """Run every check of ``step`` until all hold or ``verify_timeout_s`` has passed; return what does not hold.

    ``confirm_by`` (monotonic seconds) is the last moment at which a confirmation still means this commit: checks that
    end later did not hold, since the router may have undone it by itself.
    """
    deadline = min(time.monotonic() + link.settings.verify_timeout_s, confirm_by)
    while True:
        verdict = _run(plan, step, link, expected)
        if not verdict.failures and time.monotonic() >= confirm_by:
            return Verdict(("the checks took longer than the router waits for a confirmation",))
        if not verdict.failures or time.monotonic() >= deadline:
            return verdict
        time.sleep(link.settings.retry_interval_s)


def _run(plan: Plan, step: Commit, link: RouterLink, expected: Expected) -> Verdict:
    failures: list[str] = []
    try:
        session = link.fresh_session()
        try:
            paths = tuple(path for path in (_PKI, _TLS, _LOG, _PYTHON) if plan.schema.node(path) is not None)
            state = from_xml(session.get_state(subtree_filter(paths, plan.schema)), plan.schema)
            running = read_config(session, plan.schema)
        finally:
            session.close()
    except DeviceError as error:
        return Verdict((f"{Check.NEW_SESSION.value}: {error}",))
    if Check.RUNNING in step.checks:
        failures += running_shows(plan, step, running)
    if Check.CA_PROFILE_UP in step.checks:
        failures += ca_profiles_up(plan.router, state)
    if Check.TLS_PROFILES_UP in step.checks:
        failures += tls_profiles_up(plan.target or plan.router, state)
    if Check.RENEWAL_UP in step.checks:
        failures += renewal_up(plan.desired.tree, state, running)
    if Check.RENEWAL_GONE in step.checks:
        failures += renewal_gone(step.changes, state)
    failures += was_healthy(plan.observed.state, state, running)
    served = ""
    if not failures and {Check.HANDSHAKE, Check.SHOWN} & set(step.checks):
        failures, served = service_answers(plan, step, link, expected, running)
    return Verdict(tuple(failures), served)


def running_shows(plan: Plan, step: Commit, running: ConfigTree) -> list[str]:
    """Say what of a commit's phase running does not show."""
    moved = {change.path for change in step.changes}
    left = [
        change
        for change in diff(plan.desired.tree, running, plan.schema, owned=ownership(plan.desired))
        if (change.path in moved or (_phase(change, plan) is step.phase and not plan.renewing.only))
        and not change.implied
    ]
    return [f"running does not show: {sign} {line}" for sign, line in change_lines(left, plan.schema)]


def _phase(change: Change, plan: Plan) -> Phase:
    retiring = any(change.path.is_within(entry) for entry in plan.desired.retiring)
    return Phase.RETIREMENT if retiring else phase_of(change.path)


def ca_profiles_up(router: RouterIntent, state: ConfigTree) -> list[str]:
    """Say which CA profiles of the intent are not up, or carry flags."""
    failures = []
    for name, profile in router.ca_profiles.items():
        if profile.retired:
            continue
        entry = _PKI.entry("ca-profile", ca_profile_name=name)
        oper, flags = state.text(entry / "oper-state"), state.text(entry / "oper-flags")
        if oper != "up" or flags not in _NO_FLAGS:
            why = f" ({flags})" if flags not in _NO_FLAGS else ""
            failures.append(f"CA profile {name} is {oper or 'not shown'}{why}")
    return failures


def tls_profiles_up(router: RouterIntent, state: ConfigTree) -> list[str]:
    """Say which TLS profiles of the intent are not up, with the router's reasons."""
    failures = []
    for name in router.tls.cert_profiles:
        entry = _TLS.entry("cert-profile", cert_profile_name=name)
        failures += _down(state, entry, f"cert-profile {name}")
    for name in router.tls.server_profiles:
        entry = _TLS.entry("server-tls-profile", server_profile_name=name)
        failures += _down(state, entry, f"server-tls-profile {name}")
    return failures


def _down(state: ConfigTree, entry: Path, what: str) -> list[str]:
    oper = state.text(entry / "oper-state")
    if oper == "up":
        return []
    reasons = [
        str(value)
        for path, value in state.subtree(entry).items()
        if path.last.name == "down-reasons" and value not in _NO_FLAGS
    ]
    return [f"{what} is {oper or 'not shown'}" + (f" ({', '.join(reasons)})" if reasons else "")]


def renewal_up(desired: ConfigTree, state: ConfigTree, running: ConfigTree) -> list[str]:
    """Say which handlers, triggers and native renewals of the intent, as far as configured, do not show as up."""
    failures = []
    handlers = Path.of("configure", "log", "event-handling")
    for path in desired.entries(handlers, "handler"):
        entry = Path((*(_LOG / "event-handling").segments, path.last))
        if path in running and state.text(entry / "oper-state") != "up":
            failures.append(
                f"event handler {path.last.keys[0][1]} is {state.text(entry / 'oper-state') or 'not shown'}"
            )
    pki = Path.of("configure", "system", "security", "pki")
    for path in desired.entries(pki, "certificate-auto-update"):
        entry = Path((*_PKI.segments, path.last))
        found = state.text(entry / "update-state")
        # One that waits for its next try is in force: its CA failed, not this commit.
        if path in running and found not in {"scheduled", "in-progress", "wait-for-retry"}:
            failures.append(f"native renewal of {path.last.keys[0][1]} is {found or 'not shown'}")
    return failures


def renewal_gone(changes: Iterable[Change], state: ConfigTree) -> list[str]:
    """Say which handlers and native renewals that changes took away are still at work, by what state shows."""
    return [
        f"{entry.name} {entry.keys[0][1]} was taken away and is still shown"
        for entry in ended(changes)
        if state.subtree(Path((*(_PKI if entry.name.startswith("certificate") else _HANDLERS).segments, entry)))
    ]


def was_healthy(before: ConfigTree, after: ConfigTree, running: ConfigTree) -> list[str]:
    """Say which profiles were up before, are still configured, and are not up now."""
    failures = []
    for path, value in before.items():
        profile = path.parent.last if len(path.segments) > 1 else None
        if path.last.name != "oper-state" or value != "up" or profile is None or not profile.keys:
            continue
        configured = Path((Segment("configure"), *path.parent.segments[1:]))
        if configured in running and after.text(path) != "up":
            failures.append(f"{profile.name} {profile.keys[0][1]} was up and is {after.text(path) or 'not shown'}")
    return failures


def service_answers(
    plan: Plan, step: Commit, link: RouterLink, expected: Expected, running: ConfigTree
) -> tuple[list[str], str]:
    """Look at the gNMI port as ``step`` says; return why it does not hold, and which certificate file is served."""
    service = service_of(running)
    if service is None:
        return [], ""
    router = plan.router
    handshake = link.probe()
    if not handshake.verified and (Check.HANDSHAKE in step.checks or handshake.certificate is None):
        where = endpoint(router.address, router.login.ports.gnmi)
        return [f"TLS at {where}: {handshake.reason.value} {handshake.detail}".strip()], ""
    wrong = wrong_certificate(service, handshake.certificate, expected.certificates)
    if wrong:
        return [wrong], ""
    if Check.GNMI in step.checks:
        try:
            answer = link.capabilities(handshake)
            if is_ours(service, plan.desired.tree, plan.decisions):
                compare_capabilities(router, [model.name for model in answer.models])
        except SroscertError as error:
            return [f"gNMI: {error}"], ""
    served = handshake.certificate
    return [], served_file(service, served, expected.certificates) if served is not None else ""


def compare_capabilities(router: RouterIntent, models: list[str]) -> None:
    """Raise VerificationError when gNMI does not offer what ``verify`` asks for."""
    wanted = router.verify.gnmi.models if router.verify.gnmi else ()
    missing = [model for model in wanted if model not in models]
    if missing:
        raise VerificationError(
            f"gNMI does not offer the model{'s' if len(missing) != 1 else ''} {', '.join(missing)}",
            hint=f"it offers {', '.join(models)}",
        )
