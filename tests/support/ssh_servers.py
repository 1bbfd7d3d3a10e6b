"""Small SSH servers on loopback for the tests of the adapters: NETCONF and a CLI that answer by a script, and SFTP.

They are no router: each test says itself what is answered. Every server notes what it was sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from sroscert.device.framing import Deframer, frame
from tests.support.shells import Shell

CAPABILITIES = (
    "urn:ietf:params:netconf:base:1.0",
    "urn:ietf:params:netconf:base:1.1",
    "urn:ietf:params:netconf:capability:candidate:1.0",
    "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
    "urn:ietf:params:netconf:capability:validate:1.1",
    "urn:ietf:params:netconf:capability:startup:1.0",
    "urn:ietf:params:netconf:capability:yang-library:1.0?revision=2016-06-21&module-set-id=21.2.R1",
)
BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
PASSWORD = "right-password"

Answer = str | None
"""The inside of the rpc-reply; None ends the connection without one."""


@dataclass
class Scripted:
    """What a NETCONF server says and what it saw. ``answer`` gets the text of each rpc."""

    answer: Callable[[str], Answer] = lambda rpc: "<ok/>"
    capabilities: Sequence[str] = CAPABILITIES
    hello: bool = True
    # The size of the chunks into which a reply is cut (RFC 6242 section 4.2); 0 for one chunk.
    chunk: int = 0
    # How many bytes of a file the flash takes; None for all.
    flash_room: int | None = None
    sftp_stalls: bool = False
    shell: Shell | None = None
    passwords: list[str] = field(default_factory=list)
    hellos: list[str] = field(default_factory=list)
    rpcs: list[str] = field(default_factory=list)
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    stall: threading.Event = field(default_factory=threading.Event)


class _Login(asyncssh.SSHServer):
    def __init__(self, script: Scripted, password: str) -> None:
        self._script = script
        self._password = password

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._script.connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self._script.passwords.append(password)
        return password == self._password

    def connection_lost(self, exc: Exception | None) -> None:
        self._script.closed.set()


async def _netconf(script: Scripted, process: asyncssh.SSHServerProcess[bytes]) -> None:
    if process.subsystem is None and process.command is None and script.shell is not None:
        await script.shell.serve(process)
        return
    if process.subsystem != "netconf":
        process.exit(1)
        return
    deframer = Deframer()
    if script.hello:
        listed = "".join(f"<capability>{uri.replace('&', '&amp;')}</capability>" for uri in script.capabilities)
        process.stdout.write(frame(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<hello xmlns="{BASE}">\n<capabilities>{listed}</capabilities>'
            "<session-id>306</session-id></hello>".encode(), chunked=False,
        ) + b"\n")
    while data := await process.stdin.read(4096):
        deframer.feed(data)
        while (message := deframer.next_message()) is not None:
            text = message.decode()
            if "<hello" in text:
                script.hellos.append(text)
                deframer.chunked = "base:1.1" in text and any("base:1.1" in uri for uri in script.capabilities)
                continue
            script.rpcs.append(text)
            answer = script.answer(text)
            if answer is None:
                process.channel.get_connection().abort()
                return
            if answer == "stall":
                while not script.stall.is_set():
                    await asyncio.sleep(0.05)
                return
            found = re.search(r'message-id="([^"]*)"', text)
            reply = f'<rpc-reply xmlns="{BASE}" message-id="{found[1] if found else ""}">{answer}</rpc-reply>'.encode()
            process.stdout.write(_framed(reply, deframer.chunked, script.chunk))
            if "close-session" in text:
                process.exit(0)
                return


def _framed(reply: bytes, chunked: bool, size: int) -> bytes:
    if not chunked or not size:
        return frame(reply, chunked=chunked)
    parts = [reply[at : at + size] for at in range(0, len(reply), size)]
    return b"".join(b"\n#%d\n%s" % (len(part), part) for part in parts) + b"\n##\n"


class _Flash(asyncssh.SFTPServer):
    """Serves a folder as cf3: and nothing else."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path, script: Scripted) -> None:
        super().__init__(channel, chroot=str(root).encode())
        self._script = script

    def map_path(self, path: bytes) -> bytes:
        name = re.sub(rb"^/*cf3:/*", b"/", path)
        return super().map_path(name)

    def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        """Keep no byte beyond the room on the flash, without saying so."""
        room = self._script.flash_room
        return super().write(file_obj, offset, data if room is None else data[: max(room - offset, 0)])

    async def lstat(self, path: bytes) -> Any:
        """Answer, or not."""
        return await self._stat(path)

    async def stat(self, path: bytes) -> Any:
        """Answer, or not."""
        return await self._stat(path)

    async def _stat(self, path: bytes) -> Any:
        while self._script.sftp_stalls and not self._script.stall.is_set():
            await asyncio.sleep(0.05)
        return super().stat(path)


@dataclass
class SSHServer:
    """A running server: where it is, its known_hosts file and what its clients did."""

    address: str
    port: int
    known_hosts: Path
    script: Scripted
    key: asyncssh.SSHKey


@contextlib.contextmanager
def ssh_server(
    folder: Path, script: Scripted | None = None, *, password: str = PASSWORD,
    algorithms: Sequence[str] = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"), key_type: str = "ssh-rsa",
    flash: Path | None = None, address: str = "127.0.7.1", more_keys: Sequence[asyncssh.SSHKey] = (),
    **transport: Any,
) -> Iterator[SSHServer]:
    """Run a server in a thread of its own; ``algorithms`` are the RSA host-key algorithms it offers.

    ``more_keys`` are offered before its own key. ``transport`` are asyncssh's kex_algs, encryption_algs, mac_algs.
    """
    script = script or Scripted()
    key = asyncssh.generate_private_key(key_type)

    async def start() -> asyncssh.SSHAcceptor:
        sftp: Any = (lambda channel: _Flash(channel, flash, script)) if flash else None
        return await asyncssh.listen(
            address, 0, server_factory=lambda: _Login(script, password), server_host_keys=[*more_keys, key],
            process_factory=lambda process: _netconf(script, process), sftp_factory=sftp, encoding=None,
            line_editor=False,
            signature_algs=list(algorithms) if key_type == "ssh-rsa" else (), login_timeout=30, **transport,
        )

    with _loop() as run:
        acceptor = run(start())
        if key_type == "ssh-rsa":
            _offer_only(acceptor, algorithms)
        port = acceptor.sockets[0].getsockname()[1]
        known_hosts = folder / "known_hosts"
        public = key.export_public_key("openssh").decode().split()
        known_hosts.write_text(f"[{address}]:{port} {public[0]} {public[1]}\n")
        try:
            yield SSHServer(address, port, known_hosts, script, key)
        finally:
            script.stall.set()
            run(_stop(acceptor, script))


def _offer_only(acceptor: asyncssh.SSHAcceptor, algorithms: Sequence[str]) -> None:
    """Take the other RSA algorithms out of what a server key is offered for; asyncssh always offers all three."""
    options: Any = acceptor._options
    offered = {name: pair for name, pair in options.server_host_keys.items() if b"rsa" not in name}
    rsa = next(pair for name, pair in options.server_host_keys.items() if b"rsa" in name)
    options.server_host_keys = {**offered, **{name.encode(): rsa for name in algorithms}}


async def _stop(acceptor: asyncssh.SSHAcceptor, script: Scripted) -> None:
    acceptor.close()
    for connection in script.connections:
        connection.abort()
        await connection.wait_closed()
    await acceptor.wait_closed()


@contextlib.contextmanager
def _loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
