"""When a router may not be called in sync: a confirmed commit may be pending."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sroscert.plan.observed import Observed, unsettled_until
from sroscert.values import ConfigTree, Path, Release, Value

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
TIMEOUT = timedelta(seconds=120)
RUNNING = (
    Path.of("state", "system", "management-interface")
    .entry("configuration-region", region_name="configure")
    .entry("datastore", ds_name="running")
)


def observed(unsaved: str, modified: str, pending: datetime | None = None) -> Observed:
    """Return a router whose running datastore shows this."""
    items: list[tuple[Path, Value]] = [
        (RUNNING / "changes-since-last-save", unsaved), (RUNNING / "time-last-modified", modified),
    ]
    return Observed(release=Release(21, 2), at=NOW, state=ConfigTree.from_items(items), pending_until=pending)


@pytest.mark.law(2)
def test_an_unsaved_change_of_a_minute_ago_is_unsettled() -> None:
    """Running may be undone until the confirm time-out after its last change."""
    until = unsettled_until(observed("true", "2026-05-01T11:59:00Z"), TIMEOUT)

    assert until == NOW + timedelta(seconds=60)


@pytest.mark.law(2)
@pytest.mark.parametrize(
    ("unsaved", "modified"),
    [("false", "2026-05-01T11:59:00Z"), ("true", "2026-05-01T11:57:00Z"), ("", ""), ("true", "yesterday")],
)
def test_a_saved_or_old_change_is_settled(unsaved: str, modified: str) -> None:
    """What is saved, or older than the time-out, cannot be a pending confirmed commit."""
    assert unsettled_until(observed(unsaved, modified), TIMEOUT) is None


@pytest.mark.law(2)
def test_a_commit_whose_end_was_never_seen_is_unsettled() -> None:
    """Our own mark counts also where the router shows nothing."""
    later = NOW + timedelta(seconds=30)

    assert unsettled_until(observed("false", "", later), TIMEOUT) == later
    assert unsettled_until(observed("false", "", NOW - timedelta(seconds=1)), TIMEOUT) is None


@pytest.mark.law(2)
@pytest.mark.parametrize(("router_now", "left_s"), [("2027-03-01T09:00:30Z", 90), ("2020-01-01T00:01:59Z", 1)])
def test_the_routers_own_clock_counts(router_now: str, left_s: int) -> None:
    """A router whose clock is wrong by years is unsettled for as long as any other; the end is told in our time."""
    modified = {90: "2027-03-01T09:00:00Z", 1: "2020-01-01T00:00:00Z"}[left_s]
    seen = observed("true", modified)
    clock = ConfigTree.from_items([(Path.of("state", "system", "current-time"), router_now)])
    seen = replace(seen, state=seen.state.merge(clock))

    assert unsettled_until(seen, TIMEOUT) == NOW + timedelta(seconds=left_s)


@pytest.mark.law(2)
@pytest.mark.parametrize(("mark_s", "left_s"), [(None, 120), (30, 30), (-1, None)])
def test_a_change_in_the_future_was_made_before_the_clock_was_set_back(mark_s: int | None, left_s: int | None) -> None:
    """Such a stamp says nothing: our own mark is believed, and without one a commit may just have been made."""
    mark = None if mark_s is None else NOW + timedelta(seconds=mark_s)
    left = None if left_s is None else NOW + timedelta(seconds=left_s)

    assert unsettled_until(observed("true", "2026-05-01T13:00:00Z", mark), TIMEOUT) == left


def test_a_datastore_that_shows_nothing_is_neither_locked_nor_free() -> None:
    """What the state does not show is None, not False."""
    shown = Observed(release=Release(21, 2), at=NOW).datastore("candidate")

    assert (shown.locked, shown.unsaved, shown.modified_at) == (None, None, None)
