"""What a router's log says of the renewal of a certificate: its warnings, the script that ran, the request, the reload.

Pure. Owns which events are about a certificate, and in which logs they are; these are read by ``workflow.status``.
A log forgets: that an event is not there proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sroscert.commands.eventlog import LogEvent
from sroscert.plan.plan import Plan
from sroscert.plan.renewers import policies, renewers, script_of
from sroscert.plan.status import CertificateStatus, RouterStatus
from sroscert.values import file_name

STREAM, MAIN = "101", "99"
"""Logs that every router has: the NETCONF event stream, and the main one. Transcripts show SECURITY in 101 and SYSTEM
in 99; whether SYSTEM is in 101 too is not known."""
KEPT = 10
"""Of a certificate the last events only."""
LONGEST = 300
ABOUT = {
    "SECURITY": frozenset({2083, 2095, 2096, 2097, 2101, 2245, 2246, 2247}),
    "SYSTEM": frozenset({2052, 2053, 2068, 2069, 2070}),
}
"""Numbers by application: request, warnings, reload and native renewal; script run, launched, invoked and dropped."""
_METHODS = frozenset({"native", "ehs"})


def is_wanted(status: RouterStatus) -> bool:
    """Tell whether a renewal of this router's own is there, or should be: what of it came is in its log."""
    return any(row.renewal is not None and row.renewal.method in _METHODS for row in status.certificates)


def lacks_system(status: RouterStatus, stream: Sequence[LogEvent] | str) -> bool:
    """Tell whether the main log is to be read too: scripts may have run, and what was read of 101 has none of it."""
    if isinstance(stream, str):
        return True
    by_script = any(row.renewal is not None and row.renewal.method == "ehs" for row in status.certificates)
    return by_script and not any(item.number in ABOUT.get(item.application, ()) for item in stream
                                 if item.application == "SYSTEM")


def joined(stream: Sequence[LogEvent] | str, main: Sequence[LogEvent] | str) -> tuple[LogEvent, ...]:
    """Return the events of both logs; words stand for a log that could not be read. Of an event in both, one."""
    first = () if isinstance(stream, str) else tuple(stream)
    seen = {_same(item) for item in first}
    return (*first, *(item for item in (() if isinstance(main, str) else main) if _same(item) not in seen))


def _same(event: LogEvent) -> tuple[object, ...]:
    """Return what an event has in each log that it is in: all but its number there."""
    return event.at, event.application, event.number, event.subject, event.text


def with_log(status: RouterStatus, events: Sequence[LogEvent]) -> RouterStatus:
    """Return the status with the events of each certificate that is renewed on the box, the newest first."""
    rows = tuple(
        replace(row, log=_of(status.plan, row, events))
        if row.renewal is not None and row.renewal.method in _METHODS else row
        for row in status.certificates
    )
    return replace(status, certificates=rows)


def _of(plan: Plan, row: CertificateStatus, events: Sequence[LogEvent]) -> tuple[LogEvent, ...]:
    names = {
        "SECURITY": _pattern([row.file, row.key_file, row.ca_profile]),
        "SYSTEM": _pattern([*_scripts(plan, row.file)]),
    }
    found = [
        item for item in events
        if item.number in ABOUT.get(item.application, ()) and names[item.application].search(item.text)
    ]
    newest = sorted(found, key=_age, reverse=True)[:KEPT]
    return tuple(replace(item, text=_short(item.text)) for item in newest)


def _age(event: LogEvent) -> tuple[float, int]:
    """Return what sorts events by time; where the hours are not known, by their numbers, which each log has its own."""
    return (event.at.timestamp() if event.at is not None else 0.0), event.sequence


def _scripts(plan: Plan, file: str) -> Iterator[str]:
    """Yield what the handlers of a file's warning are called in events: handler, policy, and the script's file."""
    running = plan.observed.running
    for one in renewers(running, plan.schema, file) if file else ():
        if not one.handler:
            continue
        yield one.handler
        for policy in policies(running, one.handler).values():
            yield policy.last.keys[0][1]
            script = script_of(running, policy)
            yield script.last.keys[0][1]
            places = running.get(script / "urls", running.text(script / "location"))
            for place in places if isinstance(places, tuple) else (places,):
                yield file_name(str(place))


def _pattern(names: list[str]) -> re.Pattern[str]:
    """Return what finds one of the names as a word of its own; of no name nothing."""
    words = "|".join(re.escape(name) for name in dict.fromkeys(names) if name)
    return re.compile(rf"(?<![\w.-])(?:{words})(?![\w-]|\.\w)" if words else r"(?!)", re.IGNORECASE)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
