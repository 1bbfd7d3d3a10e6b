"""The expiry timeline of the report: certificates as bars on one scale of time. Pure: status in, positions out.

A position is a part of the scale in per cent, so that the page needs neither scripts nor measured widths.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sroscert.cli.status_text import left, title
from sroscert.plan.status import CertificateStatus, Condition, Role, RouterStatus

SHOWN = 25
"""So many certificates have a line at once; those that end later are folded."""

_SLICES = 60
_MANY = 24
"""From so many certificates on, a profile of how many end when stands over the lines."""
_SHORTEST = timedelta(days=60)
_LONGEST = timedelta(days=1200)
_TICKS = 8
_APART = 9.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STEPS = (1, 2, 3, 6, 12, 24)

TONES = {
    Condition.OK: "good", Condition.DUE: "warn", Condition.UNUSED: "warn", Condition.UNREAD: "dim",
}
"""How grave a condition looks; what is not here is bad."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A date on the scale, and where."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One certificate: from now to its end, with the renewal window at its end, and when the router acts next.

    ``routers`` is the number of the router among those shown, or None for a CA certificate that several have.
    ``beyond`` says that it ends after the scale does.
    """

    router: str
    number: int | None
    name: str
    condition: str
    tone: str
    start: float
    end: float
    due: float | None
    next: float | None
    beyond: bool
    until: str
    left: str
    is_ca: bool = False

    @property
    def window(self) -> float:
        """The part of the bar that is the renewal window, in per cent."""
        wide = self.end - self.start
        return round(100 * (self.end - self.due) / wide, 2) if self.due is not None and wide > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Slice:
    """So many certificates of each tone end in one slice of time; heights are parts of the fullest one."""

    at: float
    width: float
    counts: tuple[tuple[str, int, float], ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture: ``now`` is a position too; ``later`` are the bars that are folded."""

    now: float
    ticks: tuple[Tick, ...]
    slices: tuple[Slice, ...]
    bars: tuple[Bar, ...]
    later: tuple[Bar, ...]
    most: int


@dataclass(frozen=True, slots=True)
class _Scale:
    begin: datetime
    end: datetime

    def at(self, moment: datetime) -> float:
        part = (moment - self.begin) / (self.end - self.begin)
        return round(100 * min(max(part, 0.0), 1.0), 2)


def timeline(found: Sequence[tuple[int, RouterStatus]], now: datetime) -> Timeline | None:
    """Return the timeline of numbered routers, the earliest end first; None where no certificate is known."""
    rows = [(number, one, row) for number, one in found for row in one.certificates if row.info is not None]
    leaves = [(number, one, row) for number, one, row in rows if row.role is not Role.CA]
    if not rows:
        return None
    scale = _scale([row.info.not_after for _, _, row in leaves or rows if row.info is not None], now)
    bars = [bar for number, one, row in leaves for bar in _bar(number, one, row, scale, now)]
    bars += _authorities(rows, scale, now)
    bars.sort(key=lambda bar: (bar.until, bar.router, bar.name))
    many = len(leaves) >= _MANY
    slices, most = _slices(leaves, scale) if many else ((), 0)
    cut = SHOWN if len(bars) > SHOWN + 5 else len(bars)
    return Timeline(scale.at(now), _spaced(list(_ticks(scale))), slices, tuple(bars[:cut]), tuple(bars[cut:]), most)


def _scale(ends: Sequence[datetime], now: datetime) -> _Scale:
    """Return a scale that the usual certificate fills; one of ten years does not flatten the others."""
    ahead = [end - now for end in ends if end > now]
    usual = statistics.median(span.total_seconds() for span in ahead) if ahead else 0.0
    wide = min(max(ahead, default=_SHORTEST), max(timedelta(seconds=2.5 * usual), timedelta(days=400)))
    length = min(max(wide * 1.04, _SHORTEST), _LONGEST)
    past = max((now - end for end in ends if end <= now), default=timedelta())
    return _Scale(now - min(max(past * 1.1, length * 0.02 if past else timedelta()), length * 0.15), now + length)


def _bar(
    number: int | None, one: RouterStatus, row: CertificateStatus, scale: _Scale, now: datetime
) -> Iterable[Bar]:
    info, renewal = row.info, row.renewal
    if info is None:
        return
    start, end = sorted((now, info.not_after))
    due = renewal.due_at if renewal is not None else None
    upcoming = renewal.next_at if renewal is not None else None
    yield Bar(
        router=one.plan.router.name,
        number=number,
        name=title(row),
        condition=row.condition.value,
        tone=TONES.get(row.condition, "bad"),
        start=scale.at(start),
        end=scale.at(end),
        due=scale.at(max(due, now)) if due is not None and now < info.not_after and due < scale.end else None,
        next=scale.at(upcoming) if upcoming is not None and now <= upcoming < scale.end else None,
        beyond=info.not_after > scale.end,
        until=f"{info.not_after:%Y-%m-%d}",
        left=left(info, now),
        is_ca=row.role is Role.CA,
    )


def _authorities(
    rows: Sequence[tuple[int, RouterStatus, CertificateStatus]], scale: _Scale, now: datetime
) -> Iterable[Bar]:
    """Yield one bar for each CA certificate, however many routers have it."""
    groups: dict[tuple[object, ...], list[tuple[int, RouterStatus, CertificateStatus]]] = {}
    for number, one, row in rows:
        if row.role is Role.CA and row.info is not None:
            groups.setdefault((row.file, row.info.serial, row.info.issuer), []).append((number, one, row))
    for group in groups.values():
        worst = min(group, key=lambda item: list(Condition).index(item[2].condition))
        alone = worst[0] if len(group) == 1 else None
        for bar in _bar(alone, worst[1], worst[2], scale, now):
            if alone is not None:
                yield bar
            else:
                yield replace(bar, router=f"CA on {len(group)} routers")


def _slices(
    rows: Sequence[tuple[int, RouterStatus, CertificateStatus]], scale: _Scale
) -> tuple[tuple[Slice, ...], int]:
    width = 100 / _SLICES
    counts: dict[int, dict[str, int]] = {}
    for _, _, row in rows:
        if row.info is not None:
            place = min(int(scale.at(row.info.not_after) / width), _SLICES - 1)
            tone = TONES.get(row.condition, "bad")
            counts.setdefault(place, {}).setdefault(tone, 0)
            counts[place][tone] += 1
    most = max(sum(tones.values()) for tones in counts.values())
    return tuple(
        Slice(
            round(place * width, 2),
            round(width, 2),
            tuple(
                (tone, tones[tone], round(100 * tones[tone] / most, 2))
                for tone in ("bad", "dim", "warn", "good") if tone in tones
            ),
        )
        for place, tones in sorted(counts.items())
    ), most


def _spaced(ticks: Sequence[Tick]) -> tuple[Tick, ...]:
    """Leave out a tick whose text would run into the next one's."""
    return tuple(
        tick for tick, after in itertools.zip_longest(ticks, ticks[1:]) if after is None or after.at - tick.at >= _APART
    )


def _ticks(scale: _Scale) -> Iterable[Tick]:
    """Yield the beginnings of months, or of weeks on a short scale; never more than fit side by side."""
    days = (scale.end - scale.begin).days
    if days <= 100:
        step = 7 if days <= 7 * _TICKS else 14
        moment = scale.begin.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        while moment < scale.end:
            yield Tick(scale.at(moment), f"{moment.day} {_MONTHS[moment.month - 1]}")
            moment += timedelta(days=step)
        return
    step = next((step for step in _STEPS if days / (30.44 * step) <= _TICKS), _STEPS[-1])
    count = scale.begin.year * 12 + scale.begin.month
    for months in range(count, count + days // 28 + 2):
        if months % step == 0:
            moment = datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
            if scale.begin < moment < scale.end:
                text = str(moment.year) if step >= 12 else f"{_MONTHS[moment.month - 1]} {moment.year}"
                yield Tick(scale.at(moment), text)
