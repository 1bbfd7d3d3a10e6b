"""Renewal by the event handling system: names, objects and the script for one certificate.

The router warns that the certificate will expire (event tmnxPkiCertBeforeExpWarning), a filter recognises the warning
of this certificate, a handler runs a script. The script renews in place, under the fixed names that the warning and
the certificate profile know.

The texts of the scripts, and who runs which, are ``sroscert.intent.ehs_scripts``.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sroscert.intent import placing
from sroscert.model.base import Item, Node, entry_items
from sroscert.model.log import LOG, Handler, LogFilter, Trigger, TriggerEntry
from sroscert.model.python import PYTHON, PythonScript
from sroscert.model.scalars import OWNER, AdminState
from sroscert.model.script_control import SCRIPT_CONTROL, Script, ScriptPolicy
from sroscert.schema import Schema
from sroscert.schema.facts import facts
from sroscert.values import PRESENT, ConfigTree, Path

EVENT = "tmnxPkiCertBeforeExpWarning"
"""SECURITY event 2095: a certificate in use will expire."""

NAME = "auto-cert-update"
FILTER = 100
ENTRY = "cert-update"
RESULTS = "cert-update-results"
MAX_NAME = 32
# A run is read back by `status`; by default a router forgets it after an hour.
KEPT_RUNS = 10
KEPT_SECONDS = 90 * 86400
# A Python handler asks a CA once and waits for a profile to come up: minutes at most.
_PYTHON_SECONDS = 600


@dataclass(frozen=True)
class Names:
    """What the objects of one certificate's renewal are called; the tutorial's names when there is one certificate."""

    name: str
    filter: str
    entry: int
    location: str
    results: str


@dataclass(frozen=True)
class Renewing:
    """The files that a script works on."""

    certificate: str
    key: str


def names(certificate: str, index: int, count: int, schema: Schema) -> Names:
    """Return the names for certificate number ``index`` of ``count``; from the second on they carry its name."""
    if count == 1:
        return Names(NAME, str(FILTER), 1, rf"cf3:\{NAME}.txt", rf"cf3:\{RESULTS}.txt")
    suffix = _file_part(certificate)
    name = shortened(f"{NAME}-{suffix}")
    numbered = not has_named_filters(schema)
    return Names(
        name, str(FILTER + index) if numbered else f"{FILTER}-{suffix}"[:64], index + 1, rf"cf3:\{name}.txt",
        rf"cf3:\{RESULTS}-{suffix}.txt",
    )


def placed(
    wanted: Mapping[str, Names], running: ConfigTree
) -> tuple[dict[str, Names], tuple[str, ...]]:
    """Return the names as this router leaves them free, by certificate, with what should be said about them.

    A certificate's name is in the warning of each of its generations, which tells its log filter.
    """
    notes: list[str] = []
    filters: dict[str, str] = {}
    for certificate, names_ in wanted.items():
        looked_for = warning_pattern(certificate).partition(" used")[0]
        ours = placing.our_filters(running, EVENT, NAME, ENTRY, looked_for) - {*filters.values()}
        free = (name for name in _filter_names(names_.filter) if name not in filters.values())
        filters[certificate] = placing.log_filter(running, free, ours)
        if filters[certificate] != names_.filter:
            notes.append(
                f"log filter {names_.filter} is somebody else's: it is left alone, ours is {filters[certificate]}"
            )
    entries = {
        names_.entry: TriggerEntry(handler=names_.name, filter=filters[certificate])
        for certificate, names_ in wanted.items()
    }
    place = placing.triggers(running, EVENT, entries, former=NAME)
    found = {
        certificate: replace(names_, filter=filters[certificate], entry=place.numbers[names_.entry])
        for certificate, names_ in wanted.items()
    }
    return found, (*notes, *place.notes)


def _filter_names(first: str) -> Iterator[str]:
    if first.isdigit():
        return map(str, itertools.count(int(first)))
    return itertools.chain([first], (f"{first[:60]}-{number}" for number in itertools.count(2)))


def has_named_filters(schema: Schema) -> bool:
    """Tell whether log filters have names (from 21.2) and not numbers."""
    return facts(schema).named_entries


def _file_part(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)


def shortened(name: str) -> str:
    """Return a name of at most 32 characters (YANG typedef named-item); a long one ends in a digest."""
    if len(name) <= MAX_NAME:
        return name
    return f"{name[: MAX_NAME - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def warning_pattern(certificate: str) -> str:
    """Return a regular expression for the warning of this file, whatever the time left and whoever uses it."""
    # Brackets, not backslashes: a backslash would have to survive the quoting of every CLI on its way.
    literal = re.sub(r"[^A-Za-z0-9_ -]", lambda match: "[.]" if match[0] == "." else ".", certificate)
    # The end is open in case the expression has to match the whole message.
    return f"Certificate {literal} used by .* will expire.*"


def objects(
    names_: Names, pair: Renewing, min_delay: int, schema: Schema, *, python: bool = False
) -> Iterator[tuple[Path, list[Item]]]:
    """Yield the objects of one certificate's renewal: the root that we own, and its items."""
    owned = {"name": names_.name, "owner": OWNER}
    if python:
        yield python_items(PythonScript.named(names_.name, version="python3", urls=(names_.location,)))
        runs: dict[str, object] = {"python_script": {"name": names_.name}, "python_lifetime": _PYTHON_SECONDS}
    else:
        yield script_items(Script.named(names_.name, owner=OWNER, location=names_.location))
        runs = {"script": owned}
    policy = ScriptPolicy.named(
        names_.name, owner=OWNER, results=names_.results, max_completed=KEPT_RUNS, expire_time=KEPT_SECONDS, **runs
    )
    yield policy_items(policy)
    log_filter = LogFilter.named(
        names_.filter, default_action="drop",
        named_entry={
            ENTRY: {
                "action": "forward",
                "match": {"message": {"regexp": True, "eq": warning_pattern(pair.certificate)}},
            }
        },
    )
    yield filter_items(log_filter, schema)
    handler = Handler.named(names_.name, entry={1: {"min_delay": min_delay, "script_policy": owned}})
    yield handler_items(handler, schema)
    trigger = Trigger.named(
        EVENT, entry={names_.entry: {"admin_state": AdminState.ENABLE, "filter": names_.filter, "handler": names_.name}}
    )
    yield from trigger_items(trigger)


def script_items(script: Script) -> tuple[Path, list[Item]]:
    """Return the path and the items of a script."""
    keys = (("script-name", script.name), ("owner", script.owner_key))
    return _rooted(SCRIPT_CONTROL, "script", keys, script)


def python_items(script: PythonScript) -> tuple[Path, list[Item]]:
    """Return the path and the items of a Python script."""
    return _rooted(PYTHON, "python-script", (("name", script.name),), script)


def policy_items(policy: ScriptPolicy) -> tuple[Path, list[Item]]:
    """Return the path and the items of a script policy."""
    keys = (("policy-name", policy.name), ("owner", policy.owner_key))
    return _rooted(SCRIPT_CONTROL, "script-policy", keys, policy)


def handler_items(handler: Handler, schema: Schema) -> tuple[Path, list[Item]]:
    """Return the path and the items of an event handler; what it runs is a presence container on some releases."""
    root, items = _rooted(LOG / "event-handling", "handler", (("name", handler.name),), handler)
    if not facts(schema).handler_script_policy_presence:
        return root, items
    containers = [root.entry("entry", id=str(number)) / "script-policy" for number in handler.entry]
    for at in containers:
        items.insert(next(place for place, (path, _) in enumerate(items) if path.is_within(at)), (at, PRESENT))
    return root, items


def trigger_items(trigger: Trigger) -> Iterator[tuple[Path, list[Item]]]:
    """Yield the entries of an event trigger, each owned by itself: an event may set off others' handlers too."""
    at = (LOG / "event-trigger").entry("security", event=trigger.name)
    items: list[Item] = [(at, PRESENT), *trigger.items(at)]
    for number in trigger.entry:
        yield at.entry("entry", id=str(number)), items


def filter_items(log_filter: LogFilter, schema: Schema) -> tuple[Path, list[Item]]:
    """Return the path and the items of a log filter; numbered where the release has no names (before 21.2)."""
    if has_named_filters(schema):
        return _rooted(LOG, "filter", (("filter-name", log_filter.name),), log_filter)
    at = LOG.entry("filter", filter_id=log_filter.name)
    items: list[Item] = [(at, PRESENT)]
    items += [item for item in log_filter.items(at) if not _is_named_entry(item[0], at)]
    for number, entry in enumerate(log_filter.named_entry.values(), start=1):
        items += entry_items(at, "entry", (("entry-id", str(number)),), entry)
    return at, items


def _is_named_entry(path: Path, at: Path) -> bool:
    return path.segments[len(at.segments)].name == "named-entry"


def _rooted(at: Path, name: str, keys: tuple[tuple[str, str], ...], entry: Node) -> tuple[Path, list[Item]]:
    items = list(entry_items(at, name, keys, entry))
    return items[0][0], items
