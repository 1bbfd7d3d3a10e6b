"""Byte streams over an accepted socket, in clear or in TLS, for the gNMI front end.

Owns the driving of one ssl object. asyncio's own TLS drops the alert of a failed handshake; here the peer gets it, so
that it can tell "no shared cipher" from a broken line.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

CHUNK = 64 * 1024


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

    async def handshake(self) -> None:
        """Shake hands; ssl.SSLError when that fails, after the peer was sent the alert."""
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
                await self._flush()
                return

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
