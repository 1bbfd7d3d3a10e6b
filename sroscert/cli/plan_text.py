"""A plan as text. Pure: values in, lines out. As JSON it is ``plan.document``'s."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sroscert.errors import ExitCode
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import HASH
from sroscert.plan.steps import CheckAndImport, Commit, Enrol, ImportKey, Step
from sroscert.render.diff import change_lines, change_texts

_SHOWN = 6
_MARKS = {Severity.STOP: "x", Severity.UNVERIFIED: "x", Severity.WARNING: "!", Severity.NOTE: "i"}
_BACKENDS = {"raw": "raw commands", "action": "YANG actions", "cli": "CLI over SSH"}


def plan_lines(plan: Plan, full: bool, idle: str = "") -> list[str]:
    """Return the plan of one router as lines, the first being its headline; ``idle`` says that there is none."""
    observed = plan.observed
    via = _BACKENDS.get(observed.backend, observed.backend)
    lines = [f"{plan.router.name}  {plan.router.address}  SR OS {observed.release}  via NETCONF, {via}"]
    lines += finding_lines(plan.findings)
    if plan.at_rest:
        lines.append(f"  {idle or 'in sync: nothing to do'}")
    elif plan.idle:
        lines.append("  nothing to do, but not as it must be: see x above")
    said = ""
    for number, step in enumerate(plan.steps, 1):
        lines += _step_lines(number, step, plan, full, said)
        said = step.reason
    methods = [f"{name}: {method} ({why})" for name, (method, why) in plan.desired.renewal_methods.items()]
    if methods and plan.steps:
        lines.append(f"  renewal   {'; '.join(methods)}")
    return lines


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Return findings as lines, each with its hint below it."""
    lines = []
    for item in findings:
        lines.append(f"  {_MARKS[item.severity]} {item.message}")
        if item.hint:
            lines += [f"      {line}" for line in item.hint.splitlines()]
    return lines


def finding_codes(plans: Iterable[Plan]) -> set[ExitCode]:
    """Return the exit codes that the findings of plans ask for: 5 for a guard, 6 for a service that fails."""
    codes = set()
    for plan in plans:
        codes |= {ExitCode.GUARD} if plan.stops else set()
        codes |= {ExitCode.VERIFICATION} if plan.unverified else set()
    return codes


def _step_lines(number: int, step: Step, plan: Plan, full: bool, said: str) -> list[str]:
    """Return a step as lines; a reason that was ``said`` of the step before is not said again."""
    lines = [f"  {number:>2}  {step.title}"] + [f"        because {step.reason}"] * (step.reason != said)
    if isinstance(step, Commit):
        shown = [f"        {text}" for text in change_texts(step.changes, plan.schema)]
        hidden = 0 if full else max(0, len(shown) - _SHOWN)
        lines += shown[: len(shown) - hidden]
        if hidden:
            lines.append(f"          … {hidden} more lines (--full)")
        lines.append(f"        kept only if: {'; '.join(check.value for check in step.checks)}")
        lines += [f"        not checked: {text}" for text in step.notes]
        lines += [f"        ! {text}" for text in step.interrupts]
    if isinstance(step, Enrol):
        lines += _enrol_lines(step, plan)
    return lines


def _enrol_lines(step: Enrol, plan: Plan) -> list[str]:
    item = plan.router.certificates[step.certificate]
    names = [*(f"IP:{ip}" for ip in item.san_ips), *(f"DNS:{dns}" for dns in item.san_dns)]
    how = f"reference {item.enrolment.reference}" if step.signer is None else HASH.upper().replace("SHA", "SHA-")
    lines = [f"        {item.subject_dn}  {' '.join(names)}  {how}"]
    return lines + ([f"        needs that {step.precondition}"] if step.precondition else [])


def total_line(plans: Sequence[Plan]) -> str:
    """Return the one line under a plan of many routers."""
    steps = [step for plan in plans for step in plan.steps]
    keys = sum(isinstance(step, ImportKey) for step in steps)
    certificates = sum(isinstance(step, CheckAndImport) for step in steps)
    lines = sum(len(change_lines(step.changes, plan.schema)) for plan in plans for step in _commits(plan))
    idle = sum(plan.in_sync for plan in plans)
    parts = [_count(len(plans), "router")]
    parts += [_count(number, noun) for number, noun in ((keys, "key"), (certificates, "certificate")) if number]
    parts += [_count(lines, "line") + " of configuration"] if lines else []
    parts += [f"{idle} in sync"] if idle else []
    digest = "-".join(plan.digest for plan in plans[:1]) if len(plans) == 1 else ""
    return ", ".join(parts) + ". Nothing has been changed." + (f"   plan {digest}" if digest else "")


def _commits(plan: Plan) -> list[Commit]:
    return [step for step in plan.steps if isinstance(step, Commit)]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
