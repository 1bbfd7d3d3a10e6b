"""NETCONF notifications (RFC 5277) as SR OS has them: its log events, on the session that subscribed.

Sources: System Management Guide, "NETCONF notifications" (streams are logs, no filter, replay in the order of the
sequence); nokia-notifications (`sros-config-change-event`); a public capture (`sros-log-generic-event`, which no model
has). Owns subscriptions and the form of notifications; what is in a stream is logs.py's, the bytes are sshd.py's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from ..clock import Alarm
from . import logs
from .core import LoggedEvent, RouterCore
from .errors import failed
from .namespaces import CREATED, NOKIA, NOTIFICATION, local_name, new_element
from .tree import add, elements, text_of

_EVENTS = NOKIA + "notifications"
_INVALID = "MINOR: MGMT_CORE #2301: Invalid element value"
#: nokia-types-log: MGMT_CORE 2001.
_CONFIG_CHANGE = "mdConfigChange"


@dataclass(frozen=True, slots=True)
class Request:
    """What a `create-subscription` asks for."""

    stream: str = logs.DEFAULT_STREAM
    start: datetime | None = None
    stop: datetime | None = None


def read_request(core: RouterCore, rpc: etree._Element) -> Request:
    """The request of a client, or RPCFailed. ASSUMPTION: texts and tags, where RFC 5277 names none."""
    for item in elements(rpc):
        if local_name(item) not in ("stream", "filter", "startTime", "stopTime"):
            raise failed(f"MINOR: MGMT_CORE #2201: Unknown element - '{local_name(item)}'", "unknown-element")
    if rpc.find("{*}filter") is not None:
        raise failed("MINOR: MGMT_CORE #2201: Unknown element - 'filter'", "operation-not-supported")
    stream = text_of(rpc, "stream").strip() or logs.DEFAULT_STREAM
    if stream not in logs.streams(core.handling.conf):
        raise failed(f"{_INVALID} - stream", "invalid-value")
    start, stop = _moment(rpc, "startTime"), _moment(rpc, "stopTime")
    if start is not None and start > core.clock():
        raise failed(f"{_INVALID} - startTime", "bad-element")
    if stop is not None and start is None:
        # RFC 5277 section 2.1.1.
        raise failed("MINOR: MGMT_CORE #2001: Missing element value - 'startTime'", "missing-element")
    if start is not None and stop is not None and stop < start:
        raise failed(f"{_INVALID} - stopTime", "bad-element")
    return Request(stream, start, stop)


def _moment(rpc: etree._Element, name: str) -> datetime | None:
    text = text_of(rpc, name).strip()
    if rpc.find(f"{{*}}{name}") is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise failed(f"{_INVALID} - {name}", "bad-element")
    return moment.astimezone(UTC)


class Subscription:
    """One session's subscription, from `begin` until its stop time or `end`."""

    def __init__(self, core: RouterCore, request: Request, send: Callable[[bytes], None]) -> None:
        self._core = core
        self._request = request
        self._send = send
        self._lock = threading.RLock()
        log = core.log()
        #: What was logged before the request; the rest is not a replay, also when it came before the reply.
        self._before = log[-1].sequence if log else 0
        self._last = 0
        self._alarm = Alarm(core.clock, self._complete)
        self.is_over = False

    def begin(self) -> None:
        """Send what is to be replayed, and from then on what comes."""
        request = self._request
        with self._lock:
            self._core.watch_log(self._logged)
            log = self._core.log()
            self._last = log[-1].sequence if log else 0
            if request.start is not None:
                for entry in log:
                    if entry.sequence <= self._before and entry.time >= request.start:
                        self._tell(entry)
                self._send(_notice(self._core.clock(), "replayComplete"))
            for entry in log:
                if entry.sequence > self._before:
                    self._tell(entry)
            if request.stop is not None:
                self._alarm.set(request.stop)

    def end(self) -> None:
        """The session is gone, or the stop time has come."""
        with self._lock:
            self.is_over = True
            self._alarm.set(None)
            self._core.unwatch_log(self._logged)

    def _complete(self) -> None:
        with self._lock:
            if not self.is_over:
                self.end()
                self._send(_notice(self._core.clock(), "notificationComplete"))

    def _logged(self, entry: LoggedEvent) -> None:
        with self._lock:
            # A reboot counts from 1 again, and ends the session too.
            if not self.is_over and entry.sequence > self._last:
                self._tell(entry)

    def _tell(self, entry: LoggedEvent) -> None:
        stop = self._request.stop
        if stop is not None and entry.time > stop:
            return
        if logs.is_in_stream(self._core.handling.conf, self._request.stream, entry):
            self._send(notification_of(entry))


class Subscriptions:
    """At most one subscription of one session (guide)."""

    def __init__(self, core: RouterCore, send: Callable[[bytes], None]) -> None:
        self._core = core
        self._send = send
        self._current: Subscription | None = None
        self._waiting: Subscription | None = None

    def create(self, rpc: etree._Element) -> list[etree._Element]:
        """`create-subscription`. RFC 5277: nothing is sent before the reply, so `begin` starts it."""
        if self._current is not None and not self._current.is_over:
            # ASSUMPTION: text and number.
            raise failed("MINOR: NETCONF #258: Session has a subscription", "operation-failed", type="protocol")
        self._current = self._waiting = Subscription(self._core, read_request(self._core, rpc), self._send)
        return []

    @property
    def is_waiting(self) -> bool:
        """Whether a subscription waits for its reply to be sent."""
        return self._waiting is not None

    def begin(self) -> None:
        """The reply is out."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.begin()

    def end(self) -> None:
        """The session is gone."""
        if self._current is not None:
            self._current.end()


def notification_of(entry: LoggedEvent) -> bytes:
    """One log event as a notification, in its own time."""
    event = entry.event
    kind = "sros-config-change-event" if event.name == _CONFIG_CHANGE else "sros-log-generic-event"
    content = new_element(_EVENTS, kind)
    for name, text in (
        ("sequence-number", str(entry.sequence)),
        ("severity", event.severity),
        ("application", entry.application.lower().replace("_", "-")),
        ("event-id", str(event.number)),
        ("event-name", event.name),
        ("router-name", "Base"),
        ("subject", event.subject),
        ("message", event.text),
    ):
        add(content, name, text)
    if event.parameters:
        parameters = add(content, "event-params")
        for name, text in event.parameters:
            add(parameters, name, text)
    return _message(entry.time, content)


def _notice(moment: datetime, name: str) -> bytes:
    return _message(moment, new_element(CREATED, name))


def _message(moment: datetime, content: etree._Element) -> bytes:
    root = new_element(NOTIFICATION, "notification")
    add(root, "eventTime", f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z")
    root.append(content)
    etree.indent(root, space="    ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def streams_of(core: RouterCore) -> etree._Element:
    """`/netconf/streams` of nc-notifications: what can be subscribed to."""
    root = new_element(CREATED, "netconf")
    holder = add(root, "streams")
    for name, numbers in logs.streams(core.handling.conf).items():
        stream = add(holder, "stream")
        add(stream, "name", name)
        add(stream, "description", ", ".join(logs.NAMES.get(number, f"log-id {number}") for number in numbers))
        add(stream, "replaySupport", "true")
        add(stream, "replayLogCreationTime", f"{core.started:%Y-%m-%dT%H:%M:%SZ}")
    return root


