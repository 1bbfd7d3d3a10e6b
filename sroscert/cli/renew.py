"""``sroscert renew``: renew what is due, or what is asked for, and change nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sroscert.cli.plan_text import total_line
from sroscert.cli.task import How, Task
from sroscert.cli.task import run as run_task
from sroscert.errors import UsageError
from sroscert.plan.certificate import Need
from sroscert.plan.flip import Flip, flips
from sroscert.plan.plan import Plan
from sroscert.plan.planfile import Asked
from sroscert.plan.renewal import Renewing
from sroscert.workflow.job import Job
from sroscert.workflow.router import Applied
from sroscert.workflow.runs import issued_in
from sroscert.workflow.tasks import renewer

_TOLD = frozenset({"renewal-due", "not-enrolled", "generation-unused"})


def run(how: How, asked: Renewing) -> int:
    """Renew and return the exit code; 2 also where something is due and left to whom the intent says."""
    return run_task(renew_task(how, asked), how)


def renew_task(how: How, asked: Renewing) -> Task:
    """Return the renewal that was asked for; what the run that is taken up had made is not made again.

    Raises UsageError.
    """
    resumes = how.request.resumes
    made = issued_in(how.timing.state_folder, resumes) if resumes else frozenset()
    renewing, names = replace(asked, only=True, made=made), asked.names

    def check(jobs: Sequence[Job]) -> None:
        known = {name for job in jobs for name in job.router.certificates}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise UsageError(
                f"no chosen router has a certificate {', '.join(unknown)}",
                hint=f"the intent has: {', '.join(sorted(known)[:8]) or 'none'}",
            )

    said = Asked(
        command="renew", names=list(names), force=asked.force, by_code=asked.by_code, new_profile=asked.new_profile,
        move_others=asked.others,
    )
    return Task(
        "renew", renewer(renewing), "nothing to renew here", done, total_line, still=_still, left=_left, check=check,
        more=_certificates, asked=said,
    )


def done(applied: Applied) -> str:
    """Say in a line what was renewed, and until when it is valid where clients were seen to be shown it."""
    plan = applied.plan
    moved = [f"{item.old.certificate} gave way to {item.decision.generation.certificate}" for item in _flips(plan)]
    flipped = [item.decision for item in _flips(plan)]
    made = [item for item in plan.decisions if item.need is not Need.NOTHING and item not in flipped]
    moved += [f"{item.generation.certificate} is imported" for item in made]
    renewed = {item.generation.certificate for item in (*flipped, *made)}
    seen = applied.served_until if applied.served in renewed else None
    until = f"; certificate valid until {seen:%Y-%m-%d}" if seen is not None else ""
    return f"{', '.join(moved) or 'done'}{until}"


def _flips(plan: Plan) -> Sequence[Flip]:
    return flips(plan.router, plan.decisions, plan.observed)


def _certificates(plan: Plan) -> dict[str, Any]:
    """Return each certificate that was meant: the file before, the file after, and how the CA is asked for it."""
    moving = {flip.decision.certificate.name: flip.old.certificate for flip in _flips(plan)}
    meant = [item for item in plan.decisions if plan.renewing.means(item.certificate.name)]
    return {
        "certificates": [
            {
                "name": item.certificate.name,
                "before": moving.get(item.certificate.name, item.generation.certificate if item.in_use else ""),
                "after": item.generation.certificate,
                "renews": item.need is not Need.NOTHING or item.certificate.name in moving,
                "request": item.request.value if item.asks else "",
            }
            for item in meant
        ]
    }


def _left(plan: Plan) -> bool:
    return any(item.code == "renewal-due" for item in plan.findings)


def _still(plan: Plan) -> str:
    """Say in one line why nothing is renewed: what is left to others, or until when each certificate is good."""
    told = [item.message for item in plan.findings if item.code in _TOLD]
    if told:
        return "; ".join(told)
    good = []
    for item in plan.decisions:
        info = plan.observed.displayed.get(item.generation.certificate)
        if plan.renewing.means(item.certificate.name) and info is not None:
            opens = info.not_after - item.certificate.renewal.before
            good.append(
                f"{item.generation.certificate} is valid until {info.not_after:%Y-%m-%d}, renewed from {opens:%Y-%m-%d}"
            )
    return "; ".join(["nothing is due", *good])
