"""A NETCONF server on loopback that says what a recorded router said.

A question that was recorded gets the answer that was recorded. Any other `get` or `get-config` of running is answered
from all that was recorded, by the filter; everything else is refused, and the refusal says so. Nothing can be changed.
"""

from __future__ import annotations

import asyncio
from functools import partial

import asyncssh
from lxml import etree

from ..router.errors import RPCError, RPCFailed, failed
from ..router.framing import Decoder, FramingError, encode
from ..router.hello import BASE_1_1
from ..router.namespaces import NETCONF, local_name, new_element, qualified
from ..router.netconf import error_reply, parse, reply_with
from ..router.reading import answer
from ..router.schema import load_schema
from ..router.tree import copy_of, elements, first, merge_state, new_root
from .record import Recording

USERNAME = "admin"
PASSWORD = "admin"  # noqa: S105 - a server on loopback that knows no secret
_READ_BYTES = 65536


class Replay:
    """Answers for one recording; no I/O."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._schema = load_schema(recording.train)
        self._known: dict[str, etree._Element] = {}
        self._trees = [new_root("configure"), new_root("state")]
        for exchange in recording.exchanges:
            reply = etree.fromstring(exchange.reply)
            self._known[_canonical(etree.fromstring(f'<rpc xmlns="{NETCONF}">{exchange.request}</rpc>')[0])] = reply
            if "defaults" not in exchange.name:
                self._take(reply)

    def _take(self, reply: etree._Element) -> None:
        for data in reply.iter(qualified(NETCONF, "data")):
            for top in elements(data):
                for tree in self._trees:
                    if tree.tag == top.tag:
                        merge_state(tree, copy_of(top))

    def hello(self) -> bytes:
        """The recorded hello, with a session-id of its own."""
        root = new_element(NETCONF, "hello")
        holder = etree.SubElement(root, qualified(NETCONF, "capabilities"))
        for uri in self._recording.capabilities:
            etree.SubElement(holder, qualified(NETCONF, "capability")).text = uri
        etree.SubElement(root, qualified(NETCONF, "session-id")).text = "1"
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def take(self, message: bytes) -> tuple[bytes, bool]:
        """The reply to one message, and whether the session ends."""
        rpc = parse(message)
        if rpc is None or len(rpc) != 1:
            return error_reply(rpc, RPCError("no rpc with one operation", "malformed-message", "rpc")), False
        operation = rpc[0]
        if local_name(operation) == "close-session":
            return reply_with(rpc, []), True
        known = self._known.get(_canonical(operation))
        try:
            content = [copy_of(item) for item in known] if known is not None else self._derived(operation)
        except RPCFailed as exc:
            return error_reply(rpc, *exc.errors), False
        return reply_with(rpc, content), False

    def _derived(self, operation: etree._Element) -> list[etree._Element]:
        name = local_name(operation)
        source = first(operation, "source")
        is_running = source is not None and first(source, "running") is not None
        if name != "get" and not (name == "get-config" and is_running):
            raise failed(f"not recorded: {name}", "operation-not-supported")
        trees = [copy_of(tree) for tree in (self._trees if name == "get" else self._trees[:1])]
        data = new_element(NETCONF, "data")
        for item in answer(trees, first(operation, "filter"), self._schema, with_defaults=False):
            data.append(item)
        return [data]


def _canonical(item: etree._Element) -> str:
    """One text for all ways to write an element; prefixes and white space mean nothing."""
    below = "".join(_canonical(child) for child in item.iterchildren("*"))
    return f"<{item.tag} {sorted(item.attrib.items())} {(item.text or '').strip()!r}{below}>"


class _Login(asyncssh.SSHServer):
    """Takes the one user that there is."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USERNAME, PASSWORD)


async def serve(recording: Recording, address: str, port: int) -> tuple[asyncssh.SSHAcceptor, str]:
    """Listen; the server, and its line for a known_hosts file. OSError."""
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    server = await asyncssh.listen(
        address, port, server_factory=_Login, server_host_keys=[key], encoding=None,
        process_factory=partial(_converse, Replay(recording)), reuse_address=True,
    )
    public = " ".join(key.export_public_key().decode().split()[:2])
    return server, f"[{address}]:{server.get_port()} {public}"


async def _converse(replay: Replay, process: asyncssh.SSHServerProcess[bytes]) -> None:
    if process.subsystem != "netconf":
        process.stderr.write(b"Only NETCONF was recorded\n")
        process.exit(1)
        return
    decoder, greeted = Decoder(), False
    process.stdout.write(encode(replay.hello(), chunked=False))
    try:
        while data := await process.stdin.read(_READ_BYTES):
            decoder.feed(data)
            while (message := decoder.next_message()) is not None:
                if not greeted:
                    greeted, decoder.chunked = True, BASE_1_1.encode() in message and _speaks_chunks(replay)
                    continue
                reply, ends = await asyncio.to_thread(replay.take, message)
                process.stdout.write(encode(reply, chunked=decoder.chunked))
                if ends:
                    process.exit(0)
                    return
    except (FramingError, asyncssh.Error, OSError):
        process.exit(1)


def _speaks_chunks(replay: Replay) -> bool:
    return BASE_1_1.encode() in replay.hello()
