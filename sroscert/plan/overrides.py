"""The guards that give way to an operator's explicit word, each by its code (``--override``). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from sroscert.plan.findings import Finding, Severity

OVERRIDABLE = frozenset(
    {"ca-clock-skew", "certificate-ends", "crl-stale", "flash-full", "script-user-other", "standby-out-of-sync"}
)
"""The guards that ``--override`` puts aside, each by its name. All others guard what no word of an operator changes."""


def overridden(findings: Iterable[Finding], codes: Collection[str]) -> tuple[Finding, ...]:
    """Return the findings with those stops as warnings that the operator put aside; a hint on how is dropped."""
    return tuple(
        replace(item, severity=Severity.WARNING, hint="put aside by --override")
        if item.severity is Severity.STOP and item.code in codes and item.code in OVERRIDABLE else item
        for item in findings
    )


def override_hint(code: str) -> str:
    """Return the hint of a stop that gives way."""
    return f"to go on all the same: --override {code}"
