"""What a difference is besides lines of configuration, in words. Pure; ``drift`` and ``report`` say it alike."""

from __future__ import annotations

from sroscert.plan.certificate import Need
from sroscert.plan.findings import Severity
from sroscert.plan.plan import Plan
from sroscert.plan.steps import Commit, CopyToStandby, Save, UploadFile


def notes(plan: Plan) -> list[str]:
    """Say what is others' in our objects or in our place, and what could not be compared."""
    unread = {"script-unread", "ca-certificate-unread"}
    return [item.message for item in plan.findings if item.severity is Severity.NOTE or item.code in unread]


def beyond_configuration(plan: Plan) -> list[str]:
    """Say what is missing that is not configuration: certificates, files, a save."""
    texts = [
        f"certificate {decision.generation.certificate}: needs {decision.need.value}, because {decision.reason}"
        for decision in plan.decisions
        if decision.need is not Need.NOTHING
    ]
    files = (step for step in plan.steps if isinstance(step, UploadFile | CopyToStandby))
    texts += [f"file {step.target}: {step.reason}" for step in files]
    only_save = not any(isinstance(step, Commit) for step in plan.steps)
    return texts + [step.reason for step in plan.steps if isinstance(step, Save) and only_save]
