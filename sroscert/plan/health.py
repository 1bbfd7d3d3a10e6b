"""The checks of one router before a change, each with what was seen: ``sroscert doctor``. Pure.

A check is ok only by something that was observed. The findings of the plan decide what stops and what warns; where
they say nothing, ``health_looks`` says what was seen, or that it was not readable (law 10).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sroscert.plan.findings import Finding, Severity
from sroscert.plan.plan import Plan
from sroscert.plan.reach import Reach


class Grade(enum.Enum):
    """How a check came out, from good to bad."""

    OK = "ok"
    UNREAD = "not readable"
    WARNING = "warning"
    STOP = "stop"
    """A change would be stopped by it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """How the CA of a profile answered us: whether at all, its clock against ours where it tells, and why not."""

    url: str
    answered: bool
    ahead: timedelta | None = None
    reason: str = ""


@dataclass(frozen=True)
class Subject:
    """What is examined: the plan with its observation; by CA profile, the contacts with CAs and the router's pings."""

    plan: Plan
    now: datetime
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    allow_interrupt: bool = False
    reached: Mapping[str, Reach] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at one thing came to."""

    grade: Grade
    message: str
    code: str = ""
    hint: str = ""


Look = Callable[[Subject], list[Seen]]


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that is looked at: the codes of findings about it, and what is said where there is none."""

    name: str
    codes: frozenset[str]
    look: Look


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome about one topic; ``code`` is empty where there is nothing to look up."""

    topic: str
    grade: Grade
    message: str
    code: str = ""
    hint: str = ""


_GRADES = {
    Severity.STOP: Grade.STOP,
    Severity.UNVERIFIED: Grade.WARNING,
    Severity.WARNING: Grade.WARNING,
    Severity.NOTE: Grade.OK,
}
_REST = "plan"
"""The topic of every finding that no other topic has: none is left out."""


def examine(subject: Subject, topics: tuple[Topic, ...]) -> tuple[Check, ...]:
    """Return the checks in the order of ``topics``, each topic once or more, and last what no topic has."""
    findings = subject.plan.findings
    checks: list[Check] = []
    for topic in topics:
        said = [_check(topic.name, item) for item in findings if item.code in topic.codes]
        weighty = any(item.grade is not Grade.OK for item in said)
        # A note is beside what was seen, not in its place.
        looked = [] if weighty else [
            Check(topic.name, item.grade, item.message, item.code, item.hint) for item in topic.look(subject)
        ]
        checks += [*looked, *said]
    known = frozenset(code for topic in topics for code in topic.codes)
    return (*checks, *(_check(_REST, item) for item in findings if item.code not in known))


def _check(topic: str, item: Finding) -> Check:
    return Check(topic, _GRADES[item.severity], item.message, item.code, item.hint)


def worst(checks: tuple[Check, ...]) -> Grade:
    """Return the gravest grade."""
    order = list(Grade)
    return max((check.grade for check in checks), key=order.index, default=Grade.OK)
