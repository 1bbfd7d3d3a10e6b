"""Byte streams over an accepted socket, in clear or in TLS, for the gNMI front end.

Owns the driving of one ssl object. asyncio's own TLS drops the alert of a failed handshake; here the peer gets it, so
that it can tell "no shared cipher" from a broken line.

A client that is refused by its certificate's status gets the alert certificate_revoked. A limit of the lab: in TLS 1.3
the line is cut instead, since Python's ssl module neither asks about a peer nor sends alerts of one's choice.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

CHUNK = 64 * 1024
#: A record of TLS 1.2 with the alert certificate_revoked (RFC 5246), fatal.
_REVOKED = bytes((21, 3, 3, 0, 2, 2, 44))


class ClientRefused(Exception):
    """The certificate of a client chains to a trust anchor, and its status keeps the client out."""


class ClearStream:
    """Bytes as they are."""

    def __init__(self, connection: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection

    async def read(self) -> bytes:
        """Some bytes; empty at the end."""
        return await self._loop.sock_recv(self._connection, CHUNK)

    async def write(self, data: bytes) -> None:
        """Send all bytes."""
        await self._loop.sock_sendall(self._connection, data)

    async def finish(self) -> None:
        """Nothing is said at the end."""


class TLSStream:
    """The server's side of one TLS connection; one task may read while another writes."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        self._clear = ClearStream(connection)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._sending = asyncio.Lock()

    async def handshake(self, *, held: bool = False) -> None:
        """Shake hands; ssl.SSLError when that fails, after the peer was sent the alert.

        The last flight is `held` back until the peer's certificate is looked at: `release` or `refuse` follows then.
        """
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    raise ConnectionResetError("the peer left during the handshake") from None
            except ssl.SSLError:
                await self._flush()
                raise
            else:
                if not held:
                    await self._flush()
                return

    def peer_certificate(self) -> bytes:
        """The certificate that the peer has shown, in DER."""
        return self._tls.getpeercert(binary_form=True) or b""

    async def release(self) -> None:
        """Let a peer in whose handshake was held."""
        await self._flush()

    async def refuse(self) -> None:
        """Tell a peer whose handshake was held that its certificate is not accepted."""
        # The server's last flight is not sent yet: in TLS 1.2 all before it goes in clear, and so does the alert.
        self._outgoing.read()
        if self._tls.version() == "TLSv1.2":
            await self._clear.write(_REVOKED)

    async def read(self) -> bytes:
        """Some bytes of the peer, in clear; empty at the end."""
        while True:
            try:
                return self._tls.read(CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError:
                await self._flush()
                raise

    async def write(self, data: bytes) -> None:
        """Send all bytes."""
        self._tls.write(data)
        await self._flush()

    async def finish(self) -> None:
        """Tell the peer that this is the end; it need not answer."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        await self._flush()

    async def _fill(self) -> bool:
        data = await self._clear.read()
        self._incoming.write(data)
        return bool(data)

    async def _flush(self) -> None:
        # Records must leave in the order in which they were made, whichever task made them.
        async with self._sending:
            data = self._outgoing.read()
            if data:
                await self._clear.write(data)
