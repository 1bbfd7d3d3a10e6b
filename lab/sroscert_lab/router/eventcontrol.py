"""What becomes of an event before any log, stream or event handling sees it: `log-events` and `throttle-rate`.

Owns suppressing, throttling, the severity that the configuration gives, and the counters of /state/log/log-events.

Sources: YANG nokia-conf and nokia-state; System Management Guide, "Event control" (what is suppressed or throttled is
counted and reaches nothing behind it) and "Simple logger event throttling" (an event is throttled as such, whatever
object raised it; when an interval with losses is over, tmnxTrapDropped says how many); a transcript of `show log
event-control`, where a suppressed event counts as dropped and not as logged.

ASSUMPTION: nothing is suppressed or throttled by default; an interval begins with the first event after the one before;
`specific-throttle` throttles without `throttle`, and its leaves that are not set are those of throttle-rate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lxml import etree

from ..clock import Clock
from .ehs import events
from .logevent import Event
from .namespaces import descend, local_name
from .schema import Schema
from .tree import add, elements, ensure, text_of

#: An application in the spelling of the models, and the name of an event.
Key = tuple[str, str]
_STREAMS = {"security": "security", "mgmt-core": "change"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What the configuration says of one event; `limit` of 0 means that it is not throttled."""

    generate: bool = True
    severity: str = ""
    limit: int = 0
    seconds: int = 1


@dataclass(slots=True)
class _Tally:
    """What has happened to one event since boot; `seen` and `lost` are those of the interval that ends at `ends`."""

    number: int = 0
    parameters: tuple[str, ...] = ()
    count: int = 0
    drop: int = 0
    ends: datetime | None = None
    seen: int = 0
    lost: int = 0


@dataclass(slots=True)
class _Counted:
    tallies: dict[Key, _Tally] = field(default_factory=dict)


def read_rules(running: etree._Element) -> Mapping[Key, Rule]:
    """Read a `configure` element."""
    rate = descend(running, "log", "throttle-rate")
    usual = int(text_of(rate, "limit", default="2000")), int(text_of(rate, "interval", default="1"))
    listed = descend(running, "log", "log-events")
    if listed is None:
        return {}
    return {(local_name(item), text_of(item, "event")): _rule(item, usual) for item in elements(listed)}


def _rule(item: etree._Element, usual: tuple[int, int]) -> Rule:
    limit, seconds = usual
    if text_of(item, "specific-throttle") == "true":
        limit = int(text_of(item, "specific-throttle-limit", default=str(limit)))
        seconds = int(text_of(item, "specific-throttle-interval", default=str(seconds)))
    elif text_of(item, "throttle") != "true":
        limit = 0
    return Rule(text_of(item, "generate", default="true") == "true", text_of(item, "severity"), limit, seconds)


def application_in_models(application: str) -> str:
    """`MGMT_CORE` as the models spell it."""
    return application.lower().replace("_", "-")


class EventControl:
    """Event control of one router. Safe to use from any thread."""

    def __init__(self, clock: Clock, schema: Schema, record: Callable[[Event, str], None]) -> None:
        self._clock = clock
        self._schema = schema
        self._record = record
        self._lock = threading.Lock()
        self._rules: Mapping[Key, Rule] = {}
        self._counted = _Counted()

    def configure(self, running: etree._Element) -> None:
        """The configuration in force is now `running`."""
        rules = read_rules(running)
        with self._lock:
            self._rules = rules

    def reset(self) -> None:
        """A boot: all counters are zero, and no interval is under way."""
        with self._lock:
            self._counted = _Counted()

    def admit(self, event: Event, application: str) -> Event | None:
        """The event as it goes on to the logs; None when it goes nowhere."""
        key = application_in_models(application), event.name
        with self._lock:
            rule = self._rules.get(key, Rule())
            tally = self._counted.tallies.setdefault(key, _Tally())
            tally.number, tally.parameters = event.number, tuple(name for name, _ in event.parameters)
            if not rule.generate or (rule.limit and self._is_too_much(key, rule, tally)):
                tally.drop += 1
                return None
            tally.count += 1
        if not rule.severity:
            return event
        return replace(event, severity=rule.severity)

    def _is_too_much(self, key: Key, rule: Rule, tally: _Tally) -> bool:
        now = self._clock()
        if tally.ends is None or now >= tally.ends:
            tally.ends, tally.seen, tally.lost = now + timedelta(seconds=rule.seconds), 0, 0
        tally.seen += 1
        if tally.seen <= rule.limit:
            return False
        tally.lost += 1
        if tally.lost == 1:
            counted, ends = self._counted, tally.ends
            self._clock.call_after(ends - now, lambda: self._interval_over(counted, key))
        return True

    def _interval_over(self, counted: _Counted, key: Key) -> None:
        """Tell how many events were lost in an interval, unless the router has booted since."""
        with self._lock:
            if counted is not self._counted:
                return
            tally = counted.tallies[key]
            lost, tally.lost, tally.ends = tally.lost, 0, None
        self._record(events.dropped(key[1], lost), events.APPLICATION)

    def add_state(self, root: etree._Element) -> None:
        """Add /state/log/log-events. A limit of the lab: only events that have occurred are listed."""
        with self._lock:
            found = sorted(self._counted.tallies.items())
        for (application, name), tally in found:
            node = self._schema.node("state", "log", "log-events", application)
            if node is None or not self._is_known(application, name):
                continue
            item = ensure(root, f"/state/log/log-events/{application}[event='{name}']")
            add(item, "event-id", str(tally.number))
            for parameter in dict.fromkeys(tally.parameters):
                add(item, "parameters", parameter)
            if "source-stream" in node.children:
                add(item, "source-stream", _STREAMS.get(application, "main"))
            statistics = add(item, "statistics")
            add(statistics, "count", str(tally.count))
            add(statistics, "drop", str(tally.drop))

    def _is_known(self, application: str, name: str) -> bool:
        leaf = self._schema.node("state", "log", "log-events", application, "event")
        return leaf is not None and name in self._schema.resolve(leaf.type).get("enum", ())
