"""What event handling has counted since boot; names follow the state models of log."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Outcomes:
    """`statistics` of a handler or of a trigger."""

    success: int = 0
    error_no_entry: int = 0
    error_admin_state: int = 0

    @property
    def total(self) -> int:
        """Their sum."""
        return self.success + self.error_no_entry + self.error_admin_state


@dataclass(slots=True)
class ActionCounts:
    """`handler/entry/statistics`, with the time of the last run."""

    success: int = 0
    error_min_delay: int = 0
    error_launch_failure: int = 0
    error_admin_state: int = 0
    last_exec: datetime | None = None

    @property
    def total(self) -> int:
        """Their sum."""
        return self.success + self.error_min_delay + self.error_launch_failure + self.error_admin_state


@dataclass(slots=True)
class MatchCounts:
    """`event-trigger/…/entry/statistics`, with the times that debounce remembers."""

    filter_match: int = 0
    filter_fail: int = 0
    error_admin_state: int = 0
    error_filter: int = 0
    error_handler: int = 0
    trigger_count: int = 0
    debounce_count: int = 0
    recent: deque[datetime] = field(default_factory=deque)


@dataclass(slots=True)
class Counts:
    """All counters of one router."""

    handlers: dict[str, Outcomes] = field(default_factory=lambda: defaultdict(Outcomes))
    actions: dict[tuple[str, int], ActionCounts] = field(default_factory=lambda: defaultdict(ActionCounts))
    triggers: dict[tuple[str, str], Outcomes] = field(default_factory=lambda: defaultdict(Outcomes))
    matches: dict[tuple[str, str, int], MatchCounts] = field(default_factory=lambda: defaultdict(MatchCounts))
