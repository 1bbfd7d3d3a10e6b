"""Count what yanglint has validated, so that a run in which it validated nothing does not look like a good one."""

from __future__ import annotations

import collections

COUNTS: collections.Counter[str] = collections.Counter()
"""Validations by kind: ``config``, ``edit``, ``rpc``, ``reply``, ``state``."""


def count(kind: str) -> None:
    """Count one validation."""
    COUNTS[kind] += 1


def total() -> int:
    """Return how many documents were validated."""
    return sum(COUNTS.values())


def summary() -> str:
    """Return one line for people."""
    parts = ", ".join(f"{number} {kind}" for kind, number in sorted(COUNTS.items()))
    return f"yanglint validated {total()} documents{f' ({parts})' if parts else ''}"
