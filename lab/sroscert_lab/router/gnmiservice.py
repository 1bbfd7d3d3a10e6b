"""The four calls of gNMI: encodings, notifications; Get, Set and Subscribe over gnmidata.py.

Sources: the gNMI specification; Nokia's guide and transcripts of gnmic and pygnmi for what SR OS does: one notification
a path, InvalidArgument with the router's words. Who may call is grpcaccess.py.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
from pygnmi.spec.v080 import gnmi_pb2, gnmi_pb2_grpc

from .errors import RPCFailed
from .gnmidata import Change, GNMIData, typed_value
from .gnmijson import value_of
from .gnmipath import Found, message_of, steps_of
from .gnmistream import Streams
from .grpcaccess import GRPCAccess
from .pki.state import train_of

SERVICE = "gNMI"

_JSON, _BYTES, _PROTO, _JSON_IETF = 0, 1, 2, 4
_ALL = frozenset({"configure", "state"})
# ASSUMPTION: OPERATIONAL gives what STATE gives.
_KINDS = {0: _ALL, 1: frozenset({"configure"}), 2: frozenset({"state"}), 3: frozenset({"state"})}
#: A transcript of a restart of gRPC.
_SHUTDOWN = "INFO: MGMT_CORE #2003: Session terminated - server shutdown"
_GRACE_S = 0.5
_CODES = {"access-denied": grpc.StatusCode.PERMISSION_DENIED, "lock-denied": grpc.StatusCode.ABORTED}


def capabilities(release: str) -> tuple[str, tuple[str, ...], tuple[int, ...]]:
    """gNMI version, models and encodings of a release, from transcripts; releases between those are interpolated."""
    train = train_of(release)
    models = ("nokia-conf", "nokia-state", "nokia-li-state", "nokia-li-conf")
    if train < (20, 10):
        return "0.7.0", models, (_JSON, _BYTES)
    if train < (22, 2):
        return "0.7.0", models, (_JSON, _BYTES, _PROTO)
    encodings = (_JSON, _BYTES, _PROTO, _JSON_IETF)
    if train >= (26, 3):
        regions = ("", "bof-", "debug-", "li-")
        return "0.8.0", tuple(f"nokia-{region}{tree}" for region in regions for tree in ("conf", "state")), encodings
    # ASSUMPTION: 23.x is as 22.10, 25.x as 24.7, 22.2 as 22.10.
    return "0.7.0" if train < (24, 3) else "0.8.0", models[:3], encodings


@dataclass(eq=False, slots=True)
class _Stop:
    """What ends one subscription: its client went away, or with `shutdown` the server restarts."""

    event: threading.Event = field(default_factory=threading.Event)
    shutdown: bool = False


class Servicer(gnmi_pb2_grpc.gNMIServicer):  # type: ignore[misc]
    """gNMI for known users. Without `data` (a bench without a router) only Capabilities is served."""

    def __init__(
        self, release: str, access: GRPCAccess, enabled: Callable[[], bool], data: GNMIData | None
    ) -> None:
        self._release = release
        self._access = access
        self._enabled = enabled
        self._data = data
        self._streams: set[_Stop] = set()

    def end_streams(self) -> bool:
        """End the subscriptions that stream, in the words of a server that shuts down; tell whether there were any."""
        stops = list(self._streams.copy())
        for stop in stops:
            stop.shutdown = True
            stop.event.set()
        deadline = time.monotonic() + _GRACE_S
        while self._streams & set(stops) and time.monotonic() < deadline:
            time.sleep(0.01)
        if stops:
            time.sleep(0.05)  # for the words to leave before the connection is closed
        return bool(stops)

    def _admit(self, context: Any, operation: str) -> str:
        return self._access.admit(context, operation, SERVICE, enabled=self._enabled())

    def _check_encoding(self, context: Any, encoding: int, *, values: bool) -> None:
        known = capabilities(self._release)[2]
        # ASSUMPTION: code and text; that BYTES and PROTO serve subscriptions only.
        if encoding not in known or (values and encoding in (_BYTES, _PROTO)):
            name = gnmi_pb2.Encoding.Name(encoding) if encoding in gnmi_pb2.Encoding.values() else str(encoding)
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"unsupported encoding {name}")

    def Capabilities(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name is the protocol's
        """Answer with the models, once the credentials in the metadata are right."""
        self._admit(context, "gnmi-capabilities")
        version, models, encodings = capabilities(self._release)
        return gnmi_pb2.CapabilityResponse(
            supported_models=[
                gnmi_pb2.ModelData(name=name, organization="Nokia", version=f"{self._release}.R1") for name in models
            ],
            supported_encodings=encodings,
            gNMI_version=version,
        )

    def Get(self, request: Any, context: Any) -> Any:  # noqa: N802
        """One notification a path, with one update for each node that it names."""
        self._admit(context, "gnmi-get")
        data = self._data or _nothing(context)
        self._check_encoding(context, request.encoding, values=True)
        kinds = _KINDS.get(request.type, _ALL)
        notifications = []
        try:
            for path in request.path or [gnmi_pb2.Path()]:
                found = data.read(steps_of(request.prefix, path), kinds)
                # ASSUMPTION: nothing there is a notification without an update.
                updates = [self._update(data, item, request.encoding) for item in found]
                stamp = int(data.core.clock().timestamp() * 1e9)
                notifications.append(gnmi_pb2.Notification(timestamp=stamp, update=updates))
        except RPCFailed as exc:
            _refuse(context, exc)
        return gnmi_pb2.GetResponse(notification=notifications)

    def _update(self, data: GNMIData, found: Found, encoding: int) -> Any:
        text = json.dumps(value_of(data.core.schema, found.element, found.node)).encode()
        name = "json_ietf_val" if encoding == _JSON_IETF else "json_val"
        return gnmi_pb2.Update(path=message_of(found.steps), val=gnmi_pb2.TypedValue(**{name: text}))

    def Set(self, request: Any, context: Any) -> Any:  # noqa: N802
        """All operations in one commit, or none of them."""
        user = self._admit(context, "gnmi-set")
        data = self._data or _nothing(context)
        results = []
        try:
            changes = list(_changes(request))
            data.write(user, context.peer(), changes)
        except RPCFailed as exc:
            _refuse(context, exc)
        for change, path in zip(changes, (*request.delete, *_paths(request)), strict=True):
            operation = gnmi_pb2.UpdateResult.Operation.Value(change.kind.upper())
            results.append(gnmi_pb2.UpdateResult(path=path, op=operation))
        stamp = int(data.core.clock().timestamp() * 1e9)
        return gnmi_pb2.SetResponse(prefix=request.prefix, response=results, timestamp=stamp)

    def Subscribe(self, request_iterator: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """ONCE, POLL and STREAM of samples."""
        user = self._admit(context, "gnmi-subscribe")
        data = self._data or _nothing(context)
        stop = _Stop()
        context.add_callback(stop.event.set)
        first = next(request_iterator, None)
        if first is None:
            return
        if first.WhichOneof("request") != "subscribe":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the first request must be a subscription list")
        wanted = first.subscribe
        self._check_encoding(context, wanted.encoding, values=False)
        with self._access.noted("Subscribe", SERVICE, user):
            yield from self._stream(wanted, request_iterator, context, data, user, stop)

    def _stream(
        self, wanted: Any, request_iterator: Any, context: Any, data: GNMIData, user: str, stop: _Stop
    ) -> Iterator[Any]:
        try:
            streams = Streams(data, wanted, time.monotonic)
            if not wanted.updates_only:
                yield from streams.all()
            yield gnmi_pb2.SubscribeResponse(sync_response=True)
            if wanted.mode == gnmi_pb2.SubscriptionList.POLL:
                for _ in request_iterator:
                    yield from streams.all()
                    yield gnmi_pb2.SubscribeResponse(sync_response=True)
            self._streams.add(stop)
            while wanted.mode == gnmi_pb2.SubscriptionList.STREAM and not stop.event.wait(streams.wait_s()):
                if not data.may_call(user, "gnmi-subscribe"):
                    # A user that is removed or changed loses his subscriptions. ASSUMPTION: code and text.
                    context.abort(grpc.StatusCode.UNAUTHENTICATED, "Authentication failed")
                yield from streams.due()
            if stop.shutdown:
                context.abort(grpc.StatusCode.CANCELLED, _SHUTDOWN)
        except RPCFailed as exc:
            _refuse(context, exc)
        finally:
            self._streams.discard(stop)


def _nothing(context: Any) -> GNMIData:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "")
    raise NotImplementedError  # abort has raised before


def _paths(request: Any) -> list[Any]:
    return [update.path for update in (*request.replace, *request.update)]


def _changes(request: Any) -> Iterator[Change]:
    """The operations in the order of the specification; each kind is counted from 1, as SR OS counts them."""
    for number, path in enumerate(request.delete, 1):
        yield Change("delete", number, steps_of(request.prefix, path))
    for kind, updates in (("replace", request.replace), ("update", request.update)):
        for number, update in enumerate(updates, 1):
            yield Change(kind, number, steps_of(request.prefix, update.path), typed_value(update.val))


def _refuse(context: Any, failure: RPCFailed) -> None:
    # ASSUMPTION: several errors stand on lines of their own, warnings with them; other codes than InvalidArgument.
    code = _CODES.get(failure.errors[0].tag, grpc.StatusCode.INVALID_ARGUMENT)
    context.abort(code, "\n".join(error.message for error in failure.errors))

