"""What the gNMI front end tells the log: application TLS (TIMETRA-TLS-MIB), and SECURITY 2116 beside it.

Owns the occasions and the objects as the MIB gives them. The texts are assumed; the models have application TLS since
20.5. Not told, since nothing here has occasion to: lackOfResources, renegotiationFailure.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from .logevent import Event
from .pki import events

#: Takes an event and its application.
Report = Callable[[Event, str], None]

TLS, SECURITY = "TLS", "SECURITY"
SINCE = (20, 5)
_GRPC = "gRPC"
INVALID, HANDSHAKE, BAD_PACKET, NOT_OPERATIONAL = (
    "invalidCertificate", "handshakeFailure", "badPacket", "profileNotOperational"
)
#: What OpenSSL says when a client that must show a certificate has none.
_NO_CERTIFICATE = "PEER_DID_NOT_RETURN_A_CERTIFICATE"
#: What it says of anything but the TLS message that is due (MIB: an unexpected or corrupted packet was received).
#: Everything else is a failure of the handshake: no common cipher, another version, our certificate rejected.
_BAD_PACKET = frozenset(
    {
        "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_MESSAGE", "UNEXPECTED_RECORD",
        "UNEXPECTED_CCS_MESSAGE", "CCS_RECEIVED_EARLY", "LENGTH_MISMATCH", "LENGTH_TOO_SHORT", "LENGTH_TOO_LONG",
        "PACKET_LENGTH_TOO_LONG", "ENCRYPTED_LENGTH_TOO_LONG", "DATA_LENGTH_TOO_LONG", "RECORD_LENGTH_MISMATCH",
        "BAD_RECORD_TYPE", "RECORD_TOO_SMALL", "RECORD_LAYER_FAILURE", "BAD_LENGTH", "BAD_PACKET", "DECODE_ERROR",
        "DECRYPTION_FAILED", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "BAD_CHANGE_CIPHER_SPEC", "INVALID_CCS_MESSAGE",
        "EXCESSIVE_MESSAGE_SIZE", "BAD_EXTENSION", "DIGEST_CHECK_FAILED", "NOT_ON_RECORD_BOUNDARY",
    }
)


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of a connection to the gRPC server: address and port of each."""

    local: tuple[str, int]
    remote: tuple[str, int]

    def __str__(self) -> str:
        """The peer, as the texts have it."""
        return f"{self.remote[0]}:{self.remote[1]}"

    def objects(self) -> tuple[tuple[str, str], ...]:
        """What all three events carry. ASSUMPTION: Base is 1; the lab's connections come over no other instance."""
        return (
            ("tmnxTlsVRtrID", "1"), ("tmnxTlsAppId", "grpc"), ("tmnxTlsRole", "server"),
            ("tmnxTlsLocalAddrType", "ipv4"), ("tmnxTlsLocalAddr", self.local[0]),
            ("tmnxTlsLocalPort", str(self.local[1])),
            ("tmnxTlsRemoteAddrType", "ipv4"), ("tmnxTlsRemoteAddr", self.remote[0]),
            ("tmnxTlsRemotePort", str(self.remote[1])),
            ("tmnxTlsProxyAddrType", "unknown"), ("tmnxTlsProxyAddr", ""), ("tmnxTlsProxyPort", "0"),
        )


def initiating(ends: Ends) -> Event:
    """2001, for an attempt to create a session (MIB)."""
    return _initiate(ends, "initiating", f"TLS session of {_GRPC} with {ends} is initiating.")


def connected(ends: Ends) -> Event:
    """2001 once more, for a session that is up."""
    return _initiate(ends, "connected", f"TLS session of {_GRPC} with {ends} is connected.")


def _initiate(ends: Ends, state: str, text: str) -> Event:
    objects = *ends.objects(), ("tmnxTlsConnectionState", state)
    return Event(2001, "tmnxTlsInitiateSession", "minor", "TLS", text, objects)


def terminated(ends: Ends) -> Event:
    """2002: a session that did not fail has ended."""
    text = f"TLS session of {_GRPC} with {ends} is terminated."
    return Event(2002, "tmnxTlsTermination", "minor", "TLS", text, ends.objects())


def failures(ends: Ends, error: ssl.SSLError) -> list[tuple[Event, str]]:
    """2003 for a failed handshake or a session that broke, after 2116 when it is the peer's certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return refused(ends, error.verify_message)
    if error.reason == _NO_CERTIFICATE:
        return refused(ends, "no certificate was sent")
    return [(failure(ends, BAD_PACKET if error.reason in _BAD_PACKET else HANDSHAKE), TLS)]


def refused(ends: Ends, reason: str) -> list[tuple[Event, str]]:
    """2116 with the exact reason and 2003, for a peer whose certificate is not accepted."""
    return [
        (events.peer_not_verified(_GRPC, str(ends), reason), SECURITY),
        (failure(ends, INVALID), TLS),
    ]


def failure(ends: Ends, reason: str) -> Event:
    """2003."""
    text = f"TLS session of {_GRPC} with {ends} failed: {reason}."
    objects = *ends.objects(), ("tmnxTlsFailureReason", reason)
    return Event(2003, "tmnxTlsFailure", "minor", "TLS", text, objects)
