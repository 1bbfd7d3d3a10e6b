"""Which secrets the steps of a plan need, so that one that is missing is found before the first step; which are set on
a router already. Pure.

Only references are handled here, never a secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from sroscert.plan.certificate import Request
from sroscert.plan.plan import Plan
from sroscert.plan.steps import Commit, Enrol
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path


def needed(plan: Plan) -> tuple[str, ...]:
    """Return the references that the steps of ``plan`` resolve, each once, in order."""
    return tuple(dict.fromkeys(_references(plan)))


def set_already(wanted: ConfigTree, running: ConfigTree, schema: Schema) -> dict[Path, str]:
    """Return the references of the secrets that are wanted and, whatever they are, are on the router."""
    found = {}
    for path, value in wanted.items():
        node = schema.node(path)
        if node is not None and node.secret and isinstance(value, str) and path in running:
            found[path] = value
    return found


def set_by(commit: Commit, schema: Schema) -> dict[Path, str]:
    """Return the references of the secrets that a commit sets."""
    found = {}
    for change in commit.changes:
        node = schema.node(change.path)
        if node is not None and node.secret and isinstance(change.after, str):
            found[change.path] = change.after
    return found


def _references(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if isinstance(step, Enrol) and not step.resume and step.request is Request.INITIAL:
            yield plan.router.certificates[step.certificate].enrolment.secret
        if isinstance(step, Commit):
            yield from set_by(step, plan.schema).values()
