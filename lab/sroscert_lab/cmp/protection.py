"""What protects a message, whichever way (RFC 4210 section 5.1.3): the shape that ``macs`` and ``signatures`` have."""

from __future__ import annotations

from typing import Protocol


class Protector(Protocol):
    """Whoever can protect an outgoing message."""

    @property
    def key_id(self) -> bytes | None:
        """The senderKID that tells the peer which secret or certificate to check with."""

    def algorithm(self) -> bytes:
        """Return the AlgorithmIdentifier for the header; what ``protect`` then uses."""

    def protect(self, data: bytes) -> bytes:
        """Return the protection bits over the DER of header and body."""
