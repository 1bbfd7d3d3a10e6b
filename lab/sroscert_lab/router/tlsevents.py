"""What the gNMI front end tells the log: application TLS (TIMETRA-TLS-MIB), and SECURITY 2116 beside it.

Owns the occasions as the MIB gives them. The texts are assumed; the models have application TLS since 20.5.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable

from .pki import events
from .pki.events import PKIEvent

#: Takes an event and its application.
Report = Callable[[PKIEvent, str], None]

TLS, SECURITY = "TLS", "SECURITY"
SINCE = (20, 5)
_GRPC = "gRPC"
#: What OpenSSL says when a client that must show a certificate has none.
_NO_CERTIFICATE = "PEER_DID_NOT_RETURN_A_CERTIFICATE"


def connected(peer: str) -> PKIEvent:
    """2001, for a session that is up. ASSUMPTION: a mere attempt is not told, which the MIB allows for."""
    return PKIEvent(2001, "tmnxTlsInitiateSession", "minor", "TLS", f"TLS session of {_GRPC} with {peer} is connected.")


def terminated(peer: str) -> PKIEvent:
    """2002: a session that did not fail has ended."""
    return PKIEvent(2002, "tmnxTlsTermination", "minor", "TLS", f"TLS session of {_GRPC} with {peer} is terminated.")


def failures(peer: str, error: ssl.SSLError) -> list[tuple[PKIEvent, str]]:
    """2003 for a failed handshake, after 2116 with the exact reason when it is the peer's certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message
    elif error.reason == _NO_CERTIFICATE:
        reason = "no certificate was sent"
    else:
        return [(_failure(peer, "handshakeFailure"), TLS)]
    return refused(peer, reason)


def refused(peer: str, reason: str) -> list[tuple[PKIEvent, str]]:
    """2116 and 2003 for a peer whose certificate is not accepted."""
    return [
        (events.peer_not_verified(_GRPC, peer, reason), SECURITY),
        (_failure(peer, "invalidCertificate"), TLS),
    ]


def _failure(peer: str, reason: str) -> PKIEvent:
    return PKIEvent(2003, "tmnxTlsFailure", "minor", "TLS", f"TLS session of {_GRPC} with {peer} failed: {reason}.")
