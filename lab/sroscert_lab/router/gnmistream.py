"""Subscriptions of one Subscribe call: which leaves they name, when they are due, how they are sent.

Owns intervals and notifications: one for each container or entry, its leaves as updates. Only samples: a change of a
single leaf is not told by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pygnmi.spec.v080 import gnmi_pb2

from .errors import failed
from .gnmidata import GNMIData
from .gnmijson import value_of
from .gnmipath import Found, Step, message_of, steps_of
from .namespaces import local_name
from .tree import elements, text_of

_BYTES, _PROTO, _JSON_IETF = 1, 2, 4
#: `sample-interval` of a persistent subscription (nokia-conf: default 10000, least 1000 milliseconds).
_DEFAULT_INTERVAL_S = 10.0
_LEAST_INTERVAL_S = 1.0
_ROOTS = frozenset({"configure", "state"})


@dataclass(slots=True)
class _Stream:
    steps: tuple[Step, ...]
    interval_s: float
    due: float
    suppress: bool = False
    sent: dict[str, Any] = field(default_factory=dict)


class Streams:
    """What one call subscribes to; RPCFailed when the router does not know a path or a mode."""

    def __init__(self, data: GNMIData, wanted: Any, now: Callable[[], float]) -> None:
        self._data = data
        self._encoding = wanted.encoding
        self._now = now
        is_stream = wanted.mode == gnmi_pb2.SubscriptionList.STREAM
        self._streams = [self._stream(wanted.prefix, item, is_stream) for item in wanted.subscription]

    def _stream(self, prefix: Any, item: Any, is_stream: bool) -> _Stream:
        steps = steps_of(prefix, item.path)
        if steps:
            self._data.check(steps)
        if is_stream and item.mode == gnmi_pb2.ON_CHANGE:
            # ASSUMPTION: text. The real router has ON_CHANGE for some leaves; the lab for none.
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - mode ON_CHANGE", "invalid-value")
        interval = item.sample_interval / 1e9 or _DEFAULT_INTERVAL_S
        if is_stream and interval < _LEAST_INTERVAL_S:
            # ASSUMPTION: an interval that is too short is refused.
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - sample-interval", "invalid-value")
        return _Stream(steps, interval, self._now() + interval, bool(item.suppress_redundant))

    def all(self) -> Iterator[Any]:
        """Everything as it is now."""
        for stream in self._streams:
            yield from self._send(stream)

    def wait_s(self) -> float:
        """Seconds until a stream is due."""
        return max(0.0, min((stream.due for stream in self._streams), default=self._now() + 3600) - self._now())

    def due(self) -> Iterator[Any]:
        """The streams whose time has come."""
        for stream in self._streams:
            if stream.due <= self._now():
                stream.due += stream.interval_s
                yield from self._send(stream)

    def _send(self, stream: _Stream) -> Iterator[Any]:
        stamp = int(self._data.core.clock().timestamp() * 1e9)
        for found in self._data.read(stream.steps, _ROOTS):
            for parent, leaves in leaves_below(found):
                values = [(leaf, value_of(self._data.core.schema, leaf.element, leaf.node)) for leaf in leaves]
                updates = [self._update(stream, leaf, value) for leaf, value in values]
                kept = [update for update in updates if update is not None]
                if kept:
                    note = gnmi_pb2.Notification(timestamp=stamp, prefix=message_of(parent), update=kept)
                    yield gnmi_pb2.SubscribeResponse(update=note)

    def _update(self, stream: _Stream, leaf: Found, value: Any) -> Any:
        path = message_of(leaf.steps[-1:])
        if stream.suppress:
            name = repr(leaf.steps)
            if stream.sent.get(name) == value:
                return None
            stream.sent[name] = value
        return gnmi_pb2.Update(path=path, val=_typed(self._encoding, value))


def leaves_below(found: Found) -> Iterator[tuple[tuple[Step, ...], list[Found]]]:
    """The leaves below a node (or the node, if it is one), by the container or entry that holds them."""
    if found.node.is_leaf:
        yield found.steps[:-1], [found]
        return
    leaves: list[Found] = []
    inner: list[Found] = []
    for item in elements(found.element):
        node = found.node.children.get(local_name(item))
        if node is not None:
            keys = {key: text_of(item, key) for key in node.keys}
            (leaves if node.is_leaf else inner).append(Found((*found.steps, (node.name, keys)), item, node))
    if leaves:
        yield found.steps, leaves
    for below in inner:
        yield from leaves_below(below)


def _typed(encoding: int, value: Any) -> Any:
    if encoding == _PROTO:
        if isinstance(value, bool):
            return gnmi_pb2.TypedValue(bool_val=value)
        if isinstance(value, int):
            return gnmi_pb2.TypedValue(int_val=value) if value < 0 else gnmi_pb2.TypedValue(uint_val=value)
        # ASSUMPTION: an empty leaf is a true value.
        return gnmi_pb2.TypedValue(bool_val=True) if value == [None] else gnmi_pb2.TypedValue(string_val=value)
    text = json.dumps(value).encode()
    if encoding == _BYTES:
        # ASSUMPTION: BYTES carries the text of the value.
        return gnmi_pb2.TypedValue(bytes_val=text)
    return gnmi_pb2.TypedValue(**{"json_ietf_val" if encoding == _JSON_IETF else "json_val": text})
