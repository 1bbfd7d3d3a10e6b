"""How a router shows a secret: `<blob> hash2` for a reversible one, `$2y$…` for a user's password.

Owns the translation both ways. A blob is made with a key of this router, is stable, and can be written back.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SUFFIX = " hash2"
PASSWORD_MARK = "$2y$10$"  # noqa: S105
_KEY_BYTES = 32
#: Short, because a CMP password leaf holds 115 characters in all and a password may have 64.
_TAG_BYTES = 8


class SecretBox:
    """Hides and reveals secrets with one router's key, kept in a file of mode 0600 that is not on the flash."""

    def __init__(self, path: Path, seed: str = "") -> None:
        """With a `seed` a new key is made of it, so that the same secret looks the same in each run."""
        self._key = _key(path, seed)

    def hide(self, clear: str) -> str:
        """`<blob> hash2`; a text that already is one (of another router) stays as it is."""
        if clear.endswith((SUFFIX, " hash", " custom")):
            return clear
        data = clear.encode()
        tag = self._tag(data)
        return base64.b64encode(tag + self._crypt(tag, data)).decode() + SUFFIX

    def reveal(self, text: str) -> str:
        """The clear text behind a blob of this router; any other text as it is."""
        if not text.endswith(SUFFIX):
            return text
        try:
            raw = base64.b64decode(text.removesuffix(SUFFIX), validate=True)
        except ValueError:
            return text
        tag, data = raw[:_TAG_BYTES], self._crypt(raw[:_TAG_BYTES].ljust(_TAG_BYTES, b"\0"), raw[_TAG_BYTES:])
        return data.decode() if hmac.compare_digest(tag, self._tag(data)) else text

    def hash_password(self, clear: str) -> str:
        """A user's password as it reads back; in the form of bcrypt, but not bcrypt."""
        if clear.startswith(PASSWORD_MARK):
            return clear
        digest = hashlib.pbkdf2_hmac("sha512", clear.encode(), self._key, 1000)
        return PASSWORD_MARK + base64.b64encode(digest, b"./").decode()[:53]

    def _tag(self, data: bytes) -> bytes:
        return hmac.new(self._key, data, "sha256").digest()[:_TAG_BYTES]

    def _crypt(self, tag: bytes, data: bytes) -> bytes:
        encryptor = Cipher(algorithms.AES(self._key), modes.CTR(tag + bytes(16 - _TAG_BYTES))).encryptor()
        return encryptor.update(data) + encryptor.finalize()


def _key(path: Path, seed: str) -> bytes:
    if path.exists():
        return path.read_bytes()
    key = hashlib.sha256(seed.encode()).digest() if seed else os.urandom(_KEY_BYTES)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key
