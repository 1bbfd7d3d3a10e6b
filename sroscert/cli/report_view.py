"""What the report shows, as finished words: outcomes of ``status`` in, values for the template out. Pure.

How it looks is the template's matter (templates/report); every text is escaped there, not here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sroscert.cli.drift_text import beyond_configuration, notes
from sroscert.cli.report_timeline import TONES, Timeline, timeline
from sroscert.cli.status_text import details, left, next_word, reason_of, renewal_word, served_word, title
from sroscert.errors import SroscertError
from sroscert.fleet.run import RouterOutcome
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.plan import Plan
from sroscert.plan.status import CertificateStatus, Condition, Role, RouterStatus
from sroscert.render.diff import change_texts
from sroscert.workflow.status import Looked

_GRAVE = {Severity.STOP: "bad", Severity.UNVERIFIED: "bad", Severity.WARNING: "warn", Severity.NOTE: "note"}
_ORDER = ("bad", "dim", "warn", "note", "good")


@dataclass(frozen=True)
class CertificateView:
    """One certificate: the cells of its line in the table, and everything as label and text."""

    title: str
    role: str
    condition: str
    tone: str
    reason: str
    until: str
    left: str
    served: str
    renewal: str
    next: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FindingView:
    """One finding, or the error of a router that could not be looked at."""

    tone: str
    severity: str
    code: str
    message: str
    hint: str
    state: str = ""


@dataclass(frozen=True)
class RouterView:
    """One router; ``differences`` are lines of MD-CLI with their signs, ``beyond`` what no line can say."""

    number: int
    name: str
    address: str
    release: str
    state: str
    tone: str
    certificates: tuple[CertificateView, ...] = ()
    findings: tuple[FindingView, ...] = ()
    differences: tuple[tuple[str, str], ...] = ()
    beyond: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unsettled_until: str = ""

    @property
    def leaves(self) -> tuple[CertificateView, ...]:
        """The certificates that are not a CA's."""
        return tuple(row for row in self.certificates if row.role != Role.CA.value)


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong, and where: each router with its own reason, or ``why`` for all of them."""

    tone: str
    what: str
    why: str
    hint: str
    routers: tuple[tuple[RouterView, str], ...]


@dataclass(frozen=True)
class Count:
    """A number with its word and tone."""

    number: int
    word: str
    tone: str


@dataclass(frozen=True)
class Page:
    """Everything on the page."""

    made_at: datetime
    routers: tuple[RouterView, ...]
    router_counts: tuple[Count, ...]
    certificate_counts: tuple[Count, ...]
    next_end: tuple[RouterView, CertificateView] | None
    differing: int
    lines: int
    troubles: tuple[Trouble, ...]
    timeline: Timeline | None


def page(outcomes: Sequence[RouterOutcome[Looked]], now: datetime) -> Page:
    """Return the page of many routers."""
    routers = tuple(_router(number, outcome) for number, outcome in enumerate(outcomes, 1))
    found = [
        (number, outcome.result.status) for number, outcome in enumerate(outcomes, 1) if outcome.result is not None
    ]
    conditions = Counter(row.condition for _, one in found for row in one.certificates if row.role is not Role.CA)
    differences = [len(router.differences) + len(router.beyond) for router in routers]
    return Page(
        made_at=now,
        routers=routers,
        router_counts=_router_counts(routers),
        certificate_counts=tuple(
            Count(conditions[condition], condition.value, TONES.get(condition, "bad"))
            for condition in reversed(Condition) if conditions[condition]
        ),
        next_end=_next_end(routers, found),
        differing=sum(number > 0 for number in differences),
        lines=sum(differences),
        troubles=tuple(_troubles(routers)),
        timeline=timeline(found, now),
    )


def _router_counts(routers: Iterable[RouterView]) -> tuple[Count, ...]:
    words = {"good": "in sync", "warn": "with work to do", "bad": "to be looked at", "dim": "not looked at"}
    tones = Counter(router.tone for router in routers)
    return tuple(Count(tones[tone], word, tone) for tone, word in words.items() if tones[tone])


def _next_end(
    routers: Sequence[RouterView], found: Sequence[tuple[int, RouterStatus]]
) -> tuple[RouterView, CertificateView] | None:
    """Return the certificate that ends next of those that still hold."""
    ends = [
        (row.info.not_after, number, place)
        for number, one in found for place, row in enumerate(one.certificates)
        if row.role is not Role.CA and row.info is not None and row.info.not_after >= one.at
    ]
    if not ends:
        return None
    _, number, place = min(ends)
    return routers[number - 1], routers[number - 1].certificates[place]


def _router(number: int, outcome: RouterOutcome[Looked]) -> RouterView:
    if outcome.result is None:
        failed = _failure(outcome.error)
        return RouterView(
            number, outcome.router, outcome.address, "", failed.code, "dim", findings=(failed,)
        )
    one, drift = outcome.result.status, outcome.result.drift
    plan = one.plan
    rows = tuple(_certificate(one, row) for row in one.certificates)
    findings = tuple(_finding(item) for item in plan.findings if item.severity is not Severity.NOTE)
    state, tone = _state(one, rows)
    return RouterView(
        number=number,
        name=plan.router.name,
        address=plan.router.address,
        release=str(plan.observed.release),
        state=state,
        tone=tone,
        certificates=rows,
        findings=findings,
        differences=tuple(_differences(drift)),
        beyond=tuple(beyond_configuration(drift)),
        notes=tuple(notes(drift)),
        unsettled_until=f"{one.unsettled_until:%Y-%m-%d %H:%M:%S} UTC" if one.unsettled_until is not None else "",
    )


def _differences(drift: Plan) -> list[tuple[str, str]]:
    """Return the lines of the difference, each behind its sign."""
    texts = change_texts([change for change in drift.changes if not change.implied], drift.schema)
    return [(text[0], text[2:]) for text in texts]


def _state(one: RouterStatus, rows: Iterable[CertificateView]) -> tuple[str, str]:
    tones = {row.tone for row in rows}
    grave = bool(one.plan.stops or one.plan.unverified) or "bad" in tones
    if one.plan.steps:
        count = len(one.plan.steps)
        return f"{count} step{'' if count == 1 else 's'} to do", "bad" if grave else "warn"
    if one.unsettled_until is not None:
        return "not settled", "bad" if grave else "warn"
    if not one.in_sync or grave:
        return "not well", "bad"
    return ("not all read", "warn") if "dim" in tones else ("in sync", "good")


def _failure(error: SroscertError | None) -> FindingView:
    if error is None:
        return FindingView("dim", "error", "skipped", "it was not looked at", "")
    return FindingView("dim", "error", error.code, str(error), error.hint, error.state)


def _finding(item: Finding) -> FindingView:
    return FindingView(_GRAVE[item.severity], item.severity.value, item.code, item.message, item.hint)


def _certificate(one: RouterStatus, row: CertificateStatus) -> CertificateView:
    return CertificateView(
        title=title(row),
        role=row.role.value,
        condition=row.condition.value,
        tone=TONES.get(row.condition, "bad"),
        reason=reason_of(row),
        until=f"{row.info.not_after:%Y-%m-%d}" if row.info is not None else "",
        left=left(row.info, one.at) if row.info is not None else "",
        served=served_word(row.served) if row.served is not None else "",
        renewal=renewal_word(row.renewal),
        next=next_word(row.renewal),
        details=tuple((label, text) for label, text in details(one, row) if text),
    )


def _troubles(routers: Iterable[RouterView]) -> Iterable[Trouble]:
    """Return what is wrong, the gravest first; the same thing on many routers is told once."""
    groups: dict[tuple[str, str, str], list[tuple[RouterView, str]]] = {}
    for router in routers:
        for tone, what, why, hint in dict.fromkeys(_told(router)):
            groups.setdefault((tone, what, hint), []).append((router, why))
    return sorted((_trouble(*key, rows) for key, rows in groups.items()), key=lambda item: _ORDER.index(item.tone))


def _trouble(tone: str, what: str, hint: str, rows: Sequence[tuple[RouterView, str]]) -> Trouble:
    reasons = {why for _, why in rows}
    if len(reasons) == 1:
        return Trouble(tone, what, reasons.pop(), hint, tuple((router, "") for router, _ in rows))
    return Trouble(tone, what, "", hint, tuple(rows))


def _told(router: RouterView) -> Iterable[tuple[str, str, str, str]]:
    for row in router.certificates:
        if row.condition != Condition.OK.value:
            yield row.tone, f"{row.title}: {row.condition}", row.reason, ""
        elif row.reason:
            yield "warn", f"{row.title}: not renewed", row.reason, ""
    for item in router.findings:
        if item.code != "renewal-due":
            yield item.tone, item.code, item.message, item.hint
    if router.unsettled_until:
        yield "warn", "not settled", f"what it shows may still be undone until {router.unsettled_until}", ""


def as_mapping(view: Page) -> Mapping[str, object]:
    """Return the page's parts by name, as the template takes them."""
    return {name: getattr(view, name) for name in Page.__dataclass_fields__}
