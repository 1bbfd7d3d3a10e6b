"""What a TLS connection is made of, as the profiles have it at that moment, and how checks of clients ended.

Owns values only.
"""

from __future__ import annotations

from dataclasses import dataclass

from .clientstatus import ClientCheck
from .conf import CipherListConf
from .formats import PKIObject


@dataclass(frozen=True, slots=True)
class TLSIdentity:
    """Everything that a TLS context for the next connection is made of; DER only, from the cache."""

    certificate: bytes
    key: PKIObject
    chain: tuple[bytes, ...]
    ciphers: CipherListConf
    protocol_version: str
    #: CA certificates of the trust anchors; None when clients are not authenticated.
    client_authorities: tuple[bytes, ...] | None
    #: Whether a client of theirs may come in; None when clients are not authenticated.
    client_check: ClientCheck | None = None

    @property
    def marker(self) -> tuple[bytes, bytes]:
        """Changes when another certificate or key is served."""
        return self.certificate, self.key.der


@dataclass(frozen=True, slots=True)
class TLSClientIdentity:
    """The same for a connection to a server: `pair` is certificate and key when the profile has them."""

    pair: tuple[bytes, PKIObject] | None
    chain: tuple[bytes, ...]
    ciphers: CipherListConf
    protocol_version: str
    #: CA certificates of the trust anchors that are up.
    authorities: tuple[bytes, ...]


@dataclass(slots=True)
class Checks:
    """How many checks of clients' certificates passed and failed since the start."""

    passed: int = 0
    failed: int = 0

    def count(self, passed: bool) -> None:
        """One more; from one thread only."""
        if passed:
            self.passed += 1
        else:
            self.failed += 1
