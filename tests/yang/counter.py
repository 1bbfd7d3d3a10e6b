"""Count what yanglint has validated and what that proves, so that a run of nothing does not look like a good one.

The mutation table is kept here too: for each kind of bad value what our check and yanglint say of it, and where.
"""

from __future__ import annotations

import collections
from typing import Any

COUNTS: collections.Counter[str] = collections.Counter()
"""Validations by kind: ``config``, ``edit``, ``rpc``, ``reply``, ``state``, ``notification``."""

PROVEN: collections.Counter[str] = collections.Counter()
"""What was proven by such validations: ``payloads``, ``refusals``, ``actions``, ``replies``, ``states``, ``mutations``
and ``disagreements``."""

RELEASES: set[str] = set()
"""The releases that anything was proven on."""

MUTATIONS: dict[str, dict[str, tuple[str, str]]] = {}
"""Kind of value → release → our verdict and yanglint's."""


def count(kind: str) -> None:
    """Count one validation."""
    COUNTS[kind] += 1


def prove(what: str, release: str, number: int = 1) -> None:
    """Count something proven on a release."""
    PROVEN[what] += number
    RELEASES.add(release)


def mutation(kind: str, release: str, ours: str, judge: str) -> None:
    """Keep a line of the mutation table; ``ours`` is a code or ``valid``, ``judge`` is ``valid`` or ``invalid``."""
    prove("mutations", release)
    MUTATIONS.setdefault(kind, {})[release] = (ours, judge)
    if (ours == "valid") != (judge == "valid"):
        prove("disagreements", release)


def total() -> int:
    """Return how many documents were validated."""
    return sum(COUNTS.values())


def dump() -> dict[str, Any]:
    """Return everything, for the process that reports."""
    mutations = {kind: {release: list(pair) for release, pair in row.items()} for kind, row in MUTATIONS.items()}
    return {"counts": dict(COUNTS), "proven": dict(PROVEN), "releases": sorted(RELEASES), "mutations": mutations}


def take_in(other: dict[str, Any]) -> None:
    """Add what another process has counted."""
    COUNTS.update(other.get("counts", {}))
    PROVEN.update(other.get("proven", {}))
    RELEASES.update(other.get("releases", ()))
    for kind, row in other.get("mutations", {}).items():
        MUTATIONS.setdefault(kind, {}).update({release: (ours, judge) for release, (ours, judge) in row.items()})


def summary() -> str:
    """Return one line for people on how much was validated."""
    parts = ", ".join(f"{number} {kind}" for kind, number in sorted(COUNTS.items()))
    return f"yanglint validated {total()} documents{f' ({parts})' if parts else ''}"


def proven() -> str:
    """Return one line for people on what that proves."""
    if not PROVEN:
        return "held against Nokia's models: nothing in this run"
    names = ("payloads", "refusals", "actions", "replies", "states", "mutations", "disagreements")
    return f"held against Nokia's models: {len(RELEASES)} releases, " + ", ".join(f"{PROVEN[n]} {n}" for n in names)


def table() -> list[str]:
    """Return the mutation table as lines, those on which we disagree marked."""
    if not MUTATIONS:
        return []
    width = max(map(len, MUTATIONS))
    known = sorted({release for row in MUTATIONS.values() for release in row}, key=_order)
    lines = [f"{'kind of value':{width}}  {'ours':20} yanglint  releases"]
    for kind, row in sorted(MUTATIONS.items()):
        verdicts: dict[tuple[str, str], list[str]] = {}
        for release in sorted(row, key=_order):
            verdicts.setdefault(row[release], []).append(release)
        for (ours, judge), releases in verdicts.items():
            mark = "" if (ours == "valid") == (judge == "valid") else "  DISAGREE"
            lines.append(f"{kind:{width}}  {ours:20} {judge:8}  {_spans(releases, known)}{mark}")
    return lines


def _order(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]


def _spans(releases: list[str], known: list[str]) -> str:
    """Return releases as spans of those known: ``19.5 to 21.2, 22.7``."""
    spans: list[list[str]] = []
    for release in releases:
        if spans and known.index(release) == known.index(spans[-1][-1]) + 1:
            spans[-1].append(release)
        else:
            spans.append([release])
    return ", ".join(span[0] if len(span) == 1 else f"{span[0]} to {span[-1]}" for span in spans)
