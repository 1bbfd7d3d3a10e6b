"""Numbers on a router where others have theirs: ours go beside them, and are found again."""

from __future__ import annotations

import pytest

from sroscert.intent import placing
from sroscert.model.log import LOG, TriggerEntry
from sroscert.values import PRESENT, ConfigTree, Path

EVENT = "tmnxPkiCertBeforeExpWarning"
TRIGGER = (LOG / "event-trigger").entry("security", event=EVENT)
pytestmark = pytest.mark.law(12)

Entries = dict[int, tuple[str, str]]


def running(entries: Entries) -> ConfigTree:
    """A router with these entries: number → handler and filter."""
    items: list[tuple[Path, object]] = []
    for number, (handler, log_filter) in entries.items():
        at = TRIGGER.entry("entry", id=str(number))
        items += [(at, PRESENT), (at / "handler", handler), (at / "filter", log_filter)]
    return ConfigTree.from_items([(path, value) for path, value in items if value])  # type: ignore[misc]


def wanted(entries: Entries) -> dict[int, TriggerEntry]:
    """The entries of an intent."""
    return {number: TriggerEntry(handler=handler, filter=name) for number, (handler, name) in entries.items()}


CASES: list[tuple[Entries, Entries, str, dict[int, int]]] = [
    ({}, {1: ("ours", "100")}, "", {1: 1}),
    ({1: ("ours", "9")}, {1: ("ours", "100")}, "", {1: 1}),
    ({1: ("theirs", "1")}, {1: ("ours", "100")}, "", {1: 2}),
    ({1: ("theirs", "1"), 2: ("theirs", "1"), 4: ("ours", "100")}, {1: ("ours", "100")}, "", {1: 4}),
    ({1: ("theirs", "1"), 2: ("theirs", "2")}, {1: ("a", "100"), 2: ("b", "101")}, "", {1: 3, 2: 4}),
    ({1: ("h", "A")}, {2: ("h", "B"), 1: ("h", "A")}, "", {2: 2, 1: 1}),
    ({1: ("", "")}, {1: ("ours", "100")}, "", {1: 2}),
    ({2: ("ours", "100")}, {1: ("ours", "100")}, "", {1: 2}),
    ({1: ("ours-of-old", "1")}, {1: ("ours", "100")}, "ours", {1: 1}),
    ({1: ("b", "1"), 2: ("a", "1")}, {1: ("a", "1"), 2: ("b", "1")}, "", {1: 2, 2: 1}),
    ({1500: ("theirs", "1")}, {1500: ("ours", "1")}, "", {1500: 1}),
]


@pytest.mark.parametrize(("there", "intent", "former", "expected"), CASES, ids=map(str, range(len(CASES))))
def test_entries_go_where_nobody_elses_are(
    there: Entries, intent: Entries, former: str, expected: dict[int, int]
) -> None:
    """Ours by its handler stays; what is others' is passed by; and the next run, which sees ours, decides the same."""
    first = placing.triggers(running(there), EVENT, wanted(intent), former)

    assert dict(first.numbers) == expected
    after = {**there, **{first.numbers[number]: entry for number, entry in intent.items()}}
    assert all(after[number] == entry for number, entry in there.items() if number not in expected.values())
    assert placing.triggers(running(after), EVENT, wanted(intent), former).numbers == first.numbers
