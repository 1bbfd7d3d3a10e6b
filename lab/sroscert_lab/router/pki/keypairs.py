"""The key pairs that a router makes, for its commands and for its native renewal.

Owns which kinds and sizes there are and, in a lab with a seed, how often a file was made. How a key follows from the
seed is sroscert_lab.seededkeys: such keys are for rehearsals only.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import dsa, ec

from ...seededkeys import KeyMaker
from .failure import PKIRefusal
from .formats import Kind, PKIObject, key_der

CURVES: dict[str, ec.EllipticCurve] = {
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
}


class KeyPairs:
    """Makes one router's key pairs; with a seed they follow from the file and from how often it was made."""

    def __init__(self, maker: KeyMaker, memory: Path) -> None:
        """`memory` is where the counts outlive a restart, so that a renewal after it makes another key."""
        self._maker = maker
        self._memory = memory
        self._lock = threading.Lock()

    def make(self, url: str, algorithm: str, size: int = 0, curve: str = "") -> PKIObject:
        """A new private key for a file; `size` in bits for rsa and dsa, `curve` for ecdsa. PKIRefusal, OSError."""
        if algorithm == "ecdsa":
            if curve not in CURVES:
                raise PKIRefusal(f"Invalid curve - {curve}")
            return PKIObject(Kind.KEY, key_der(self._maker.ec(CURVES[curve], *self._purpose(url))))
        if not 512 <= size <= 8192:
            raise PKIRefusal("Key size must be in the range 512..8192")
        try:
            if algorithm == "rsa":
                return PKIObject(Kind.KEY, key_der(self._maker.rsa(size, *self._purpose(url))))
            # By chance even with a seed.
            return PKIObject(Kind.KEY, key_der(dsa.generate_private_key(size)))
        except ValueError as exc:
            # A limit of the lab: the library refuses RSA below 1024 bits and odd DSA sizes, which SR OS's YANG allows.
            raise PKIRefusal(f"Key pair generation failed - size {size}") from exc

    def _purpose(self, url: str) -> tuple[str | int, ...]:
        """What tells this key from every other one of the router; the card does not tell A from a."""
        if not self._maker.is_seeded:
            return ()
        name = url.lower()
        with self._lock:
            counts: dict[str, int] = json.loads(self._memory.read_text()) if self._memory.exists() else {}
            counts[name] = counts.get(name, 0) + 1
            new = self._memory.with_suffix(".new")
            new.write_text(json.dumps(counts))
            new.replace(self._memory)
        return "file", name, counts[name]
