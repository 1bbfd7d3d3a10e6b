"""A plan as JSON data: for ``-o json``, run records and saved plans. Pure; the shapes are stable, secrets are stars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sroscert.plan.plan import Plan
from sroscert.plan.steps import Commit, Enrol, Step
from sroscert.render.diff import Change, change_lines, told, value_now
from sroscert.schema import Schema


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return the plan of one router as JSON data; the shape is stable."""
    return {
        "router": plan.router.name,
        "address": plan.router.address,
        "release": str(plan.observed.release),
        "backend": plan.observed.backend,
        "in_sync": None if plan.renewing.only else plan.in_sync,
        "digest": plan.digest,
        "steps": [step_document(step, plan.schema) for step in plan.steps],
        "findings": [
            {"severity": item.severity.value, "code": item.code, "message": item.message, "hint": item.hint}
            for item in plan.findings
        ],
        "renewal": {
            name: {"method": method, "reason": why} for name, (method, why) in plan.desired.renewal_methods.items()
        },
        "pairs": taken_pairs(plan),
    }


def taken_pairs(plan: Plan) -> dict[str, int]:
    """Return the generation that each certificate takes which the plan renews or puts back by name."""
    return {
        item.certificate.name: item.generation.number
        for item in plan.decisions
        if item.certificate.name in plan.renewing.names
    }


def step_document(step: Step, schema: Schema) -> dict[str, Any]:
    """Return one step as JSON data."""
    document: dict[str, Any] = {
        "kind": type(step).__name__,
        "title": step.title,
        "reason": step.reason,
        "undo": step.undo,
    }
    if isinstance(step, Commit):
        document |= {
            "phase": step.phase.value,
            "changes": change_documents(step.changes, schema),
            "checks": [check.value for check in step.checks],
            "interrupts": list(step.interrupts),
            "notes": list(step.notes),
        }
    if isinstance(step, Enrol):
        document |= {
            "request": step.request.value,
            "signed_by": step.signer.certificate if step.signer is not None else "",
            "precondition": step.precondition,
        }
    return document


def change_documents(changes: Sequence[Change], schema: Schema) -> list[dict[str, str]]:
    """Return changes as JSON data: a sign, the MD-CLI line, and what a leaf that changes has now; secrets are stars."""
    return [
        {"sign": sign, "line": line, "now": value_now(change, schema)}
        for change in told(changes) for sign, line in change_lines((change,), schema)
    ]
