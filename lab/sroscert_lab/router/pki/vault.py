"""The sealed form of a file in cf3:\\system-pki, and the key that belongs to one chassis.

Since 16.0.R6 SR OS keeps imported certificates and keys encrypted with a key of the chassis (Nokia guide, "Encryption
of imported files"). The real format is not public; this one is AES-256-GCM with the kind of object inside.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .formats import Kind, PKIObject

MAGIC = b"LABPKI\x02\x00"
_NONCE_BYTES = 12
_LETTER = {Kind.CERT: b"c", Kind.KEY: b"k", Kind.CRL: b"l"}
_KIND = {letter: kind for kind, letter in _LETTER.items()}


def chassis_key(path: Path) -> bytes:
    """The 32-byte key of a chassis, made at the first start and kept in a file of mode 0600 outside the flash."""
    if path.exists():
        return path.read_bytes()
    key = os.urandom(32)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key


class Vault:
    """Seals and opens files with one chassis key; a file of another router does not open."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, item: PKIObject) -> bytes:
        """The bytes that go to the flash."""
        nonce = os.urandom(_NONCE_BYTES)
        return MAGIC + nonce + self._cipher.encrypt(nonce, _LETTER[item.kind] + item.der, MAGIC)

    def open(self, blob: bytes) -> PKIObject:
        """The object inside; ValueError when it is not a sealed file of this chassis."""
        if not blob.startswith(MAGIC):
            raise ValueError("not a sealed file")
        nonce = blob[len(MAGIC) : len(MAGIC) + _NONCE_BYTES]
        try:
            plain = self._cipher.decrypt(nonce, blob[len(MAGIC) + _NONCE_BYTES :], MAGIC)
        except InvalidTag as exc:
            raise ValueError("sealed by another chassis, or damaged") from exc
        return PKIObject(_KIND[plain[:1]], plain[1:])
