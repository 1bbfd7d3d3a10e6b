"""The TLS front end of a router's gNMI server: decrypts each connection and pipes it to a clear gRPC socket.

Owns listening, one ssl context for each connection (so that a reloaded certificate shows without a restart, and an open
connection lives on), the table of open connections, and the fault `grpc-refused`. Knows no gNMI.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from . import tlsevents
from .logevent import Event
from .pki.identities import TLSIdentity
from .tlscontext import server_context
from .tlsevents import Ends
from .tlspeer import untimely
from .tlsstream import EXPIRED, REVOKED, ClearStream, ClientRefused, TLSStream

_LOG = logging.getLogger(__name__)
_HANDSHAKE_TIMEOUT_S = 30.0
#: Nokia guide, "gRPC": at most 8 sessions. ASSUMPTION: a session is a connection, and one too many is closed at once.
MAX_SESSIONS = 8


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """A connection that is open now."""

    address: str
    port: int
    since: datetime


@dataclass(frozen=True, slots=True)
class FrontSettings:
    """How connections are treated; all are called anew for each of them.

    Attributes:
        identity: what TLS serves; None refuses. Not called in clear mode.
        clear: True for `allow-unsecure-connection`.
        is_mute: True when a connection is accepted and never answered (fault grpc-refused).
        clock: the lab's time.
        authenticated: told of each check of a client's certificate, whether it passed.
        report: takes an event and its application; called from a thread of its own, in order.
    """

    identity: Callable[[], TLSIdentity | None]
    clear: Callable[[], bool]
    is_mute: Callable[[], bool]
    clock: Callable[[], datetime]
    authenticated: Callable[[bool], None]
    report: tlsevents.Report


class TLSFront:
    """One listener, with an event loop in a thread of its own. `start` and `stop` may be called from any thread."""

    def __init__(self, address: str, backend_path: str, settings: FrontSettings) -> None:
        self._address = address
        self._backend_path = backend_path
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gnmi-tls-front", daemon=True)
        self._thread.start()
        self._listener: socket.socket | None = None
        self._acceptor: asyncio.Task[None] | None = None
        self._connections: dict[asyncio.Task[None], OpenConnection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # The log's watchers may take their time: handlers of events run scripts.
        self._reporter = ThreadPoolExecutor(1, thread_name_prefix="gnmi-log")

    @property
    def is_listening(self) -> bool:
        """Whether the port is open."""
        return self._listener is not None

    def listen(self, port: int) -> int:
        """Open the port (0 for a free one) unless it is open; gives its number. OSError when it cannot be bound."""
        return asyncio.run_coroutine_threadsafe(self._listen(port), self._loop).result()

    def unlisten(self) -> None:
        """Close the port and every connection."""
        asyncio.run_coroutine_threadsafe(self._unlisten(), self._loop).result()

    def drop_connections(self) -> None:
        """Close every connection; the port stays open."""
        asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result()

    def connections(self) -> list[OpenConnection]:
        """What is open now."""
        return list(self._connections.copy().values())

    def close(self) -> None:
        """Stop for good."""
        if self._loop.is_closed():
            return
        self.unlisten()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._reporter.shutdown(wait=False, cancel_futures=True)

    def _report(self, event: Event, application: str = tlsevents.TLS) -> None:
        self._reporter.submit(self._settings.report, event, application)

    def _report_all(self, told: list[tuple[Event, str]]) -> None:
        for event, application in told:
            self._report(event, application)

    async def _listen(self, port: int) -> int:
        if self._listener is None:
            listener = socket.create_server((self._address, port), backlog=64)
            listener.setblocking(False)
            self._listener = listener
            self._acceptor = asyncio.create_task(self._accept(listener))
        return int(self._listener.getsockname()[1])

    async def _unlisten(self) -> None:
        if self._acceptor is not None:
            self._acceptor.cancel()
            await asyncio.gather(self._acceptor, return_exceptions=True)
            self._acceptor = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self._drop()

    async def _drop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(listener)
            task = asyncio.create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._connections.pop(task, None)
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("a gNMI connection broke", exc_info=task.exception())

    async def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A peer that goes away or fails the handshake ends its own connection, nothing else.
            with contextlib.suppress(OSError, TimeoutError, ClientRefused):
                if self._settings.is_mute():
                    while await ClearStream(connection).read():
                        pass
                    return
                identity = None
                if not self._settings.clear():
                    identity = self._settings.identity()
                    if identity is None:
                        self._report(tlsevents.failure(_ends(connection), tlsevents.NOT_OPERATIONAL))
                        return
                await self._pipe(connection, identity)

    async def _pipe(self, connection: socket.socket, identity: TLSIdentity | None) -> None:
        task = asyncio.current_task()
        ends = _ends(connection)
        stream = await self._admit(connection, ends, identity)
        if len(self._connections) >= MAX_SESSIONS:
            await stream.finish()
            return
        if task is not None:
            self._connections[task] = OpenConnection(*ends.remote, self._settings.clock())
        with self._told(ends, identity), socket.socket(socket.AF_UNIX) as backend:
            backend.setblocking(False)
            await self._loop.sock_connect(backend, self._backend_path)
            inner = ClearStream(backend)
            pumps = [asyncio.create_task(_pump(stream, inner)), asyncio.create_task(_pump(inner, stream))]
            try:
                done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
            for pump in done:
                if isinstance(error := pump.exception(), ssl.SSLError):
                    raise error
            await stream.finish()

    async def _admit(
        self, connection: socket.socket, ends: Ends, identity: TLSIdentity | None
    ) -> ClearStream | TLSStream:
        """Shake hands, count clients by their certificates, and tell of those that fail. OSError, ClientRefused."""
        if identity is None:
            return ClearStream(connection)
        check = identity.client_check
        self._report(tlsevents.initiating(ends))
        stream = TLSStream(connection, server_context(identity))
        try:
            await asyncio.wait_for(stream.handshake(held=check is not None), _HANDSHAKE_TIMEOUT_S)
        except ssl.SSLError as error:
            self._handshake_failed(ends, identity, error)
            raise
        if check is not None:
            chain = stream.peer_chain()
            reason, alert = untimely(chain, self._settings.clock()), EXPIRED
            if not reason:
                # In a thread of its own: a responder may take its time, and other connections go on meanwhile.
                reason, alert = await self._loop.run_in_executor(None, check.refusal, chain[0]), REVOKED
            self._settings.authenticated(not reason)
            if reason:
                self._report_all(tlsevents.refused(ends, reason))
                await stream.refuse(alert)
                raise ClientRefused(reason)
            await stream.release()
        return stream

    def _handshake_failed(self, ends: Ends, identity: TLSIdentity, error: ssl.SSLError) -> None:
        found = tlsevents.failures(ends, error)
        judged = len(found) > 1
        if judged and identity.client_authorities == ():
            # MIB: a profile that has no operational trust anchor is not operational. ASSUMPTION: to the client it is
            # as if nobody had signed its certificate.
            found = [(tlsevents.failure(ends, tlsevents.NOT_OPERATIONAL), tlsevents.TLS)]
        self._report_all(found)
        if judged:
            self._settings.authenticated(False)

    @contextlib.contextmanager
    def _told(self, ends: Ends, identity: TLSIdentity | None) -> Iterator[None]:
        """Tell the log of the beginning of a TLS session, and of its end, which may be a failure (MIB)."""
        if identity is None:
            yield
            return
        self._report(tlsevents.connected(ends))
        try:
            yield
        except ssl.SSLError as error:
            self._report_all(tlsevents.failures(ends, error))
            raise
        except BaseException:
            self._report(tlsevents.terminated(ends))
            raise
        self._report(tlsevents.terminated(ends))


def _ends(connection: socket.socket) -> Ends:
    here, there = connection.getsockname()[:2], connection.getpeername()[:2]
    return Ends((str(here[0]), int(here[1])), (str(there[0]), int(there[1])))


async def _pump(source: ClearStream | TLSStream, target: ClearStream | TLSStream) -> None:
    while data := await source.read():
        await target.write(data)
