"""Which secrets the steps of a plan will need, so that one that is missing is found before the first step. Pure.

Only references are handled here, never a secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from sroscert.plan.build import Plan
from sroscert.plan.certificate import Request
from sroscert.plan.steps import Commit, Enrol


def needed(plan: Plan) -> tuple[str, ...]:
    """Return the references that the steps of ``plan`` resolve, each once, in order."""
    return tuple(dict.fromkeys(_references(plan)))


def _references(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if isinstance(step, Enrol) and not step.resume and step.request is Request.INITIAL:
            yield plan.router.certificates[step.certificate].enrolment.secret
        if isinstance(step, Commit):
            for change in step.changes:
                node = plan.schema.node(change.path)
                if node is not None and node.secret and isinstance(change.after, str):
                    yield change.after
