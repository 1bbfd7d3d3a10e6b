"""Which number or name an object of ours takes on a router where others' objects may have it already. Pure.

A trigger entry is known to be ours by its handler, a log filter by its entry or by being named in trigger entries of
ours only. What is neither is somebody else's and is never written over (law 12): ours takes the next free place, and
finds itself there again on the next run.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sroscert.model.log import LOG, TriggerEntry
from sroscert.values import ConfigTree, Path

_TRIGGERS = LOG / "event-trigger"
_LAST = 1500
"""The highest number of a trigger entry (YANG)."""


@dataclass(frozen=True)
class Placed:
    """Where the entries of one trigger go, by the number that was wanted, and what should be said about it."""

    numbers: Mapping[int, int]
    notes: tuple[str, ...] = ()


def triggers(
    running: ConfigTree, event: str, wanted: Mapping[int, TriggerEntry], former: str = ""
) -> Placed:
    """Return the numbers for the wanted entries of an event's trigger.

    ``former`` begins the names of handlers that we made under another name: their entries are ours too.
    """
    there = {
        int(path.last.keys[0][1]): (running.text(path / "handler"), running.text(path / "filter"))
        for path in running.entries(_TRIGGERS.entry("security", event=event), "entry")
    }
    handlers = {entry.handler for entry in wanted.values()}
    numbers = {}
    for number, entry in wanted.items():
        handler = there.get(number, ("", ""))[0]
        if handler == entry.handler or (former and handler.startswith(former) and handler not in handlers):
            numbers[number] = number
    notes = []
    for number, entry in wanted.items():
        if number in numbers:
            continue
        numbers[number] = _number(there, number, entry, set(numbers.values()))
        if number in there:
            owner = there[number][0] or "nobody yet"
            notes.append(
                f"entry {number} of event trigger {event} belongs to handler {owner}: it is left alone, ours is entry "
                f"{numbers[number]}"
            )
    return Placed({number: numbers[number] for number in wanted}, tuple(notes))


def _number(
    there: Mapping[int, tuple[str, str]], wanted: int, entry: TriggerEntry, taken: Collection[int]
) -> int:
    ours = [number for number, (handler, _) in sorted(there.items()) if handler == entry.handler]
    same = [number for number in ours if there[number][1] == entry.filter]
    following = itertools.chain(range(wanted, _LAST + 1), range(1, wanted))
    free = (number for number in following if number not in there)
    return next(number for number in itertools.chain(same, ours, free) if number not in taken)


def log_filter(running: ConfigTree, names: Iterable[str], ours: Collection[str]) -> str:
    """Return the first of ``names`` that is free on the router or already ours: one of ``ours`` is named for it."""
    return next(name for name in names if name in ours or not _exists(running, name))


def _exists(running: ConfigTree, name: str) -> bool:
    return any(path.last.keys[0][1] == name for path in running.entries(LOG, "filter"))


def our_filters(running: ConfigTree, event: str, former: str, entry: str, message: str) -> frozenset[str]:
    """Return the log filters that are ours: only trigger entries of ours name them, or they have our entry.

    ``former`` begins the names of our handlers, ``entry`` is the name of our entry; where entries have numbers, one
    that looks for ``message`` is ours.
    """
    mine: set[str] = set()
    theirs: set[str] = set()
    for trigger in running.entries(_TRIGGERS, "security"):
        for path in running.entries(trigger, "entry"):
            is_mine = trigger.last.keys[0][1] == event and running.text(path / "handler").startswith(former)
            (mine if is_mine else theirs).add(running.text(path / "filter"))
    return frozenset({*(mine - theirs), *_with_entry(running, entry, message)})


def _with_entry(running: ConfigTree, entry: str, message: str) -> Iterator[str]:
    for path in running.entries(LOG, "filter"):
        for kind in ("named-entry", "entry"):
            for place in running.entries(path, kind):
                looked_for = running.text(_message(place))
                if message in looked_for and (kind == "entry" or place.last.keys[0][1] == entry):
                    yield path.last.keys[0][1]


def _message(entry: Path) -> Path:
    return entry / "match" / "message" / "eq"
