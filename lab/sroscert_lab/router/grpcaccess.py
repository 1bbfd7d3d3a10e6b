"""Who may make a gRPC call, and which calls are open: the same for gNMI and gNOI.

Owns credentials, rights and the list of calls that last. What a call does is its service's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import grpc

from .pki.state import GRPCCall

Authenticate = Callable[[str, str, str], bool]


class GRPCAccess:
    """The gate of one router's gRPC services; without `may_call` (a bench without a router) every user may call all."""

    def __init__(
        self, authenticate: Authenticate, may_call: Callable[[str, str], bool] | None, clock: Callable[[], datetime]
    ) -> None:
        self._authenticate = authenticate
        self._may_call = may_call
        self._clock = clock
        self._numbers = itertools.count(1)
        self._open: dict[int, GRPCCall] = {}

    def admit(self, context: Any, operation: str, service: str, *, enabled: bool) -> str:
        """The user of a call that may be made; any other is aborted."""
        metadata = dict(context.invocation_metadata())
        user = metadata.get("username", "")
        if not self._authenticate(user, metadata.get("password", ""), "grpc"):
            # ASSUMPTION: code and text for a wrong or missing password.
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "Authentication failed")
        if not enabled:
            # ASSUMPTION: code and text.
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{service} is disabled")
        if self._may_call is not None and not self._may_call(user, operation):
            # ASSUMPTION: code; the words are those of the MD-CLI.
            text = f"MINOR: MGMT_CORE #2020: Permission denied - unauthorized use of '{operation}'"
            context.abort(grpc.StatusCode.PERMISSION_DENIED, text)
        return str(user)

    @contextmanager
    def noted(self, name: str, service: str, user: str) -> Iterator[None]:
        """List a call as open while it lasts."""
        number = next(self._numbers)
        self._open[number] = GRPCCall(number, name, service, user, self._clock())
        try:
            yield
        finally:
            del self._open[number]

    def open_calls(self) -> list[GRPCCall]:
        """The calls that last."""
        return list(self._open.copy().values())
