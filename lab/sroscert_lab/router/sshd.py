"""The SSH side of a router: NETCONF subsystem, CLI, SFTP to cf3:, passwords, session limit, host key.

Owns connections and bytes. What a NETCONF message means is netconf.py, what a command line means is cli/, what a file
name means is flash.py. Whatever may wait for a lock or the behaviour runs in the router's own threads, never in the
event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import asyncssh
from asyncssh.constants import DISC_TOO_MANY_CONNECTIONS

from ..seededkeys import KeyMaker
from .cli.banner import greeting
from .cli.shell import Shell
from .cli.terminal import Terminal
from .core import RouterCore
from .framing import Decoder, FramingError, encode
from .hello import make_hello
from .netconf import Conversation
from .sessions import Session
from .sftp import FlashServer
from .tree import text_of

HOST_KEY_ALGORITHMS = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
_HOST_KEY_BITS = 2048
_THREADS = 24
_DEFAULT_MAX_SESSIONS = 5
_READ_BYTES = 65536
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class SSHOptions:
    """What the SSH server offers.

    Attributes:
        host_key_algorithms: signature algorithms of the RSA host key, best first. Old SR OS has `ssh-rsa` only.
        kex_algorithms: key exchange; empty for asyncssh's own choice.
    """

    host_key_algorithms: tuple[str, ...] = HOST_KEY_ALGORITHMS
    kex_algorithms: tuple[str, ...] = ()


def host_key(folder: Path, keys: KeyMaker) -> asyncssh.SSHKey:
    """The router's RSA host key, made at the first start."""
    path = folder / "host.key"
    if not path.exists():
        pem = keys.rsa_pem(_HOST_KEY_BITS, "host-key")
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    return asyncssh.read_private_key(path, unsafe_skip_rsa_key_validation=True)


@dataclass(slots=True)
class _Threads:
    """The worker threads of one router."""

    pool: ThreadPoolExecutor

    async def run(self, call: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self.pool, call)


class RouterSSH:
    """The SSH servers of one router, on the NETCONF port and on the SSH port."""

    def __init__(self, core: RouterCore, options: SSHOptions | None = None) -> None:
        self._core = core
        self._options = options or SSHOptions()
        self.key = host_key(core.folder, core.keys)
        self._threads = _Threads(ThreadPoolExecutor(_THREADS, thread_name_prefix=f"router-{core.name}"))
        self._servers: list[asyncssh.SSHAcceptor] = []
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._endings: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; the core's ports say afterwards what was bound. OSError when a port is taken."""
        ports = self._core.ports
        ports.netconf = await self._listen(ports.netconf)
        ports.ssh = await self._listen(ports.ssh)

    async def stop(self) -> None:
        """Close the listeners and all connections, and wait until what ends with them has ended."""
        for server in self._servers:
            server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.abort()
        for connection in connections:
            await connection.wait_closed()
        for server in self._servers:
            await server.wait_closed()
        if self._endings:
            await asyncio.wait(self._endings)
        self._threads.pool.shutdown(wait=False, cancel_futures=True)

    async def _listen(self, port: int) -> int:
        options = asyncssh.SSHServerConnectionOptions(
            server_factory=partial(_Login, self),
            server_host_keys=[self._pair()],
            process_factory=self._converse,
            sftp_factory=partial(FlashServer, self._core),
            allow_scp=True,
            encoding=None,
            allow_pty=True,
            line_editor=False,
            public_key_auth=False,
            kbdint_auth=False,
            agent_forwarding=False,
            login_timeout=30,
            keepalive_interval=0,
            kex_algs=list(self._options.kex_algorithms) or (),
        )
        server = await asyncssh.listen(self._core.address, port, options=options, reuse_address=True)
        self._servers.append(server)
        return int(server.get_port())

    def _pair(self) -> asyncssh.SSHKeyPair:
        (pair,) = asyncssh.load_keypairs([self.key])
        pair.host_key_algorithms = tuple(name.encode() for name in self._options.host_key_algorithms)
        return pair

    # --- called by the logins -----------------------------------------------------------------------------------------

    def connected(self, connection: asyncssh.SSHServerConnection) -> None:
        """A connection was made."""
        self._connections.add(connection)

    def lost(self, connection: asyncssh.SSHServerConnection, session: Session | None) -> None:
        """A connection is gone; what the router does then is done in a thread."""
        self._connections.discard(connection)
        if session is not None:
            task = asyncio.get_running_loop().create_task(
                self._threads.run(partial(self._core.connection_lost, session))
            )
            self._endings.add(task)
            task.add_done_callback(self._endings.discard)

    async def pre_login_message(self) -> str:
        """`login-control pre-login-message`, with the router's name in front when it is asked for."""
        system = (await self._threads.run(self._core.running)).find("{*}system")
        message = text_of(system, "login-control", "pre-login-message", "message")
        if not message or text_of(system, "login-control", "pre-login-message", "name") != "true":
            return message
        return f"{text_of(system, 'name', default=self._core.name)} {message}"

    async def check_password(self, username: str, password: str) -> tuple[bool, int]:
        """Whether the login is good, and how many sessions the router allows."""
        return await self._threads.run(partial(self._check, username, password))

    def _check(self, username: str, password: str) -> tuple[bool, int]:
        return self._core.authenticate(username, password, "any"), self._limit()

    def _limit(self) -> int:
        system = self._core.running().find("{*}system")
        return int(text_of(system, "login-control", "ssh", "inbound-max-sessions", default=str(_DEFAULT_MAX_SESSIONS)))

    def open_session(self, connection: asyncssh.SSHServerConnection, username: str, limit: int) -> Session | None:
        """A session for a connection that has logged in; None when there are as many as the router allows."""
        if len(self._core.sessions.all()) >= limit:
            return None
        loop = asyncio.get_running_loop()
        address = str(connection.get_extra_info("peername", ("127.0.0.1",))[0])
        return self._core.sessions.open(
            username, address, "ssh", self._core.clock(), lambda: _call_soon(loop, connection.abort)
        )

    # --- the subsystem ------------------------------------------------------------------------------------------------

    async def _converse(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        connection = process.channel.get_connection()
        session: Session | None = connection.get_extra_info("router_session")
        if session is not None and process.subsystem is None:
            await self._command_line(process, session)
            return
        if session is None or process.subsystem != "netconf" or not await self._may_use(session, "netconf"):
            # ASSUMPTION: how a refused subsystem looks.
            process.stderr.write(b"Subsystem not available\n")
            process.exit(1)
            return
        session.kind = "netconf"
        ends = await self._messages(process, session)
        if ends == "drop":
            connection.abort()
        else:
            process.exit(0)

    async def _may_use(self, session: Session, interface: str) -> bool:
        return await self._threads.run(partial(self._core.has_access, session.user, interface))

    async def _command_line(self, process: asyncssh.SSHServerProcess[bytes], session: Session) -> None:
        """A CLI session, or with an exec request one line of it. Each channel has a session of its own."""
        if not await self._may_use(session, "console"):
            # ASSUMPTION: how a user without console access is turned away.
            process.stderr.write(b"Access denied\r\n")
            process.exit(1)
            return
        if session.kind != "ssh":
            limit = await self._threads.run(self._limit)
            connection = cast(asyncssh.SSHServerConnection, process.channel.get_connection())
            further = self.open_session(connection, session.user, limit)
            if further is None:
                process.stderr.write(b"Maximum number of sessions reached\r\n")
                process.exit(1)
                return
            session = further
        session.kind = "cli"
        shell = await self._threads.run(partial(Shell, self._core, session))
        terminal = Terminal(process, shell, self._threads.run)
        try:
            if process.command is None:
                await terminal.interact(await self._threads.run(partial(greeting, self._core)))
            else:
                # ASSUMPTION: an exec request runs one line in the engine that a login starts with.
                await terminal.execute(process.command)
        finally:
            await self._threads.run(partial(self._hang_up, shell, session))
        process.exit(0)

    def _hang_up(self, shell: Shell, session: Session) -> None:
        shell.close()
        self._core.end_session(session)

    async def _messages(self, process: asyncssh.SSHServerProcess[bytes], session: Session) -> str:
        loop, decoder = asyncio.get_running_loop(), Decoder()

        def send(message: bytes) -> None:
            _call_soon(loop, partial(_notify, process, encode(message, chunked=conversation.chunked)))

        conversation = Conversation(self._core, session, send)
        process.stdout.write(encode(make_hello(self._core.schema, session.id), chunked=False))
        try:
            while data := await process.stdin.read(_READ_BYTES):
                decoder.feed(data)
                while (message := decoder.next_message()) is not None:
                    reply = await self._threads.run(partial(conversation.take, message))
                    decoder.chunked = conversation.chunked
                    if reply.data is not None:
                        process.stdout.write(encode(reply.data, chunked=conversation.chunked))
                        await process.stdout.drain()
                        if conversation.is_waited_for:
                            await self._threads.run(conversation.replied)
                    if reply.ends:
                        return reply.ends
        except (FramingError, asyncssh.Error, OSError):
            return "drop"
        finally:
            conversation.close()
        return "close"


class _Login(asyncssh.SSHServer):
    """One connection until it has logged in."""

    def __init__(self, router: RouterSSH) -> None:
        self._router = router
        self._connection: asyncssh.SSHServerConnection | None = None
        self._session: Session | None = None
        self._limit = _DEFAULT_MAX_SESSIONS
        self._username = ""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._router.connected(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._router.lost(self._connection, self._session)

    async def begin_auth(self, username: str) -> bool:
        banner = await self._router.pre_login_message()
        if banner and self._connection is not None:
            self._connection.send_auth_banner(f"{banner}\r\n")
        return True

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        good, self._limit = await self._router.check_password(username, password)
        self._username = username
        return good

    def auth_completed(self) -> None:
        if self._connection is None:
            return
        self._session = self._router.open_session(self._connection, self._username, self._limit)
        if self._session is None:
            # ASSUMPTION: the router closes the connection right after the login when it has no session left.
            self._connection.disconnect(DISC_TOO_MANY_CONNECTIONS, "Maximum number of sessions reached")
            return
        self._connection.set_extra_info(router_session=self._session)


def _notify(process: asyncssh.SSHServerProcess[bytes], data: bytes) -> None:
    with contextlib.suppress(asyncssh.Error, OSError):
        process.stdout.write(data)


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
