"""Byte streams over an accepted socket, in clear or in TLS, for the gNMI front end.

Owns the driving of one ssl object. asyncio's own TLS drops the alert of a failed handshake; here the peer gets it, so
that it can tell "no shared cipher" from a broken line.

A client that is refused by its certificate's time or status gets an alert that says so. A limit of the lab: in TLS 1.3
the line is cut instead, since Python's ssl module neither asks about a peer nor sends alerts of one's choice.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

from .tlspeer import verified_chain

CHUNK = 64 * 1024
#: Alerts of RFC 5246: certificate_revoked and certificate_expired, which stands for a time before it as well.
REVOKED, EXPIRED = 44, 45


class ClientRefused(Exception):
    """The certificate of a client chains to a trust anchor, and its time or status keeps the client out."""


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
        #: What was wrong with what the peer sent last; it ended the session.
        self._broken: ssl.SSLError | None = None

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

    def peer_chain(self) -> tuple[bytes, ...]:
        """The certificates by which the peer was verified, in DER, its own first."""
        return verified_chain(self._tls)

    async def release(self) -> None:
        """Let a peer in whose handshake was held."""
        await self._flush()

    async def refuse(self, alert: int = REVOKED) -> None:
        """Tell a peer whose handshake was held that its certificate is not accepted."""
        # The server's last flight is not sent yet: in TLS 1.2 all before it goes in clear, and so does the alert.
        self._outgoing.read()
        if self._tls.version() == "TLSv1.2":
            # One record with a fatal alert.
            await self._clear.write(bytes((21, 3, 3, 0, 2, 2, alert)))

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
            except ssl.SSLError as error:
                self._broken = error
                await self._flush()
                raise

    async def write(self, data: bytes) -> None:
        """Send all bytes; ssl.SSLError when the peer has broken the session."""
        if self._broken is not None:
            # OpenSSL would only say that the session is over, not what ended it.
            raise self._broken
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
