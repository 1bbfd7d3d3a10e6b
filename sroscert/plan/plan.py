"""What a plan of one router is: what was seen, what is wanted, the steps, and by what two plans are the same. Pure.

How it comes about is ``plan/build``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from sroscert.intent import RouterIntent
from sroscert.intent.desired import Desired
from sroscert.plan.certificate import Decision
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.observed import Observed
from sroscert.plan.renewal import AS_DUE, Renewing
from sroscert.plan.steps import Commit, Step, UploadFile
from sroscert.render.diff import Change
from sroscert.schema import Schema

OPEN = "open gRPC connection"
"""The words for what a commit ends; how many there are is no part of a fingerprint."""


@dataclass(frozen=True)
class Plan:
    """What will be done to one router, in order, and what should be known before."""

    router: RouterIntent
    observed: Observed
    schema: Schema
    desired: Desired
    decisions: tuple[Decision, ...]
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    renewing: Renewing = AS_DUE
    target: RouterIntent | None = None
    """The intent with the cert-profiles that it will have, where a flip makes one anew."""

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do."""
        return not self.steps

    @property
    def at_rest(self) -> bool:
        """Whether what was looked at is as it must be: nothing is left to do or stops us, and the service verifies."""
        return self.idle and not self.stops and not self.unverified

    @property
    def in_sync(self) -> bool:
        """Whether the router is as intended; a plan that only renews does not look at all of it (law 10)."""
        return self.at_rest and not self.renewing.only

    @property
    def unverified(self) -> tuple[Finding, ...]:
        """What the service does not hold although nothing is planned that would change it."""
        return tuple(item for item in self.findings if item.severity is Severity.UNVERIFIED)

    @property
    def stops(self) -> tuple[Finding, ...]:
        """The findings that keep the steps from being carried out."""
        return tuple(item for item in self.findings if item.severity is Severity.STOP)

    @property
    def digest(self) -> str:
        """Six hex digits that change when the plan does: the beginning of its fingerprint."""
        return self.fingerprint[:6]

    @property
    def fingerprint(self) -> str:
        """A hash of everything that will be done: two plans of one router with the same one do the same."""
        whole = hashlib.sha256(self.router.name.encode())
        for step in self.steps:
            whole.update(f"\n{fingerprint_of(step)}".encode())
        return whole.hexdigest()


def fingerprint_of(step: Step) -> str:
    """Return a hash of what a step does; why it does it does not count."""
    whole = hashlib.sha256(f"{step.title}|{_settled(step)!r}|".encode())
    if isinstance(step, UploadFile):
        whole.update(hashlib.sha256(step.content).digest())
    return whole.hexdigest()


def _settled(step: Step) -> Step:
    """Return a step without what changes by itself: the time in a reason, and how many gRPC connections are open, but
    not whether there are."""
    step = replace(step, reason="")
    if isinstance(step, Commit):
        texts = (OPEN if OPEN in text else text for text in step.interrupts)
        return replace(step, interrupts=tuple(texts))
    return step
