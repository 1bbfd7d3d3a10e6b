"""The two forms of a file in cf3:\\system-pki, and the key that belongs to one chassis.

Nokia guide, "Encryption of imported files": in the legacy form, that of releases before 16.0.R6, only keys are
encrypted; in the enhanced secure form certificates and keys are, more strongly and with a key of the chassis, and CRLs
are compressed. The real bytes are not public; these are AES-GCM with the kind of object inside.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .formats import Kind, PKIObject

MAGIC = b"LABPKI\x02\x00"
LEGACY_MAGIC = b"LABPKI\x01\x00"
CRL_MAGIC = b"LABPKI\x03\x00"
#: ASSUMPTION: what encrypts a legacy key is the same in every router: only the other form is said to be the chassis's.
_LEGACY_KEY = hashlib.sha256(b"legacy").digest()[:16]
#: YANG `cert-file-convert-format`.
FORMS = ("secure", "legacy")
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
    """Seals and opens files with one chassis key; a secure file of another router does not open."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._legacy = AESGCM(_LEGACY_KEY)

    def seal(self, item: PKIObject) -> bytes:
        """The bytes that go to the flash, in the secure form."""
        if item.kind is Kind.CRL:
            return CRL_MAGIC + zlib.compress(item.der)
        return MAGIC + _encrypt(self._cipher, _LETTER[item.kind] + item.der, MAGIC)

    def seal_legacy(self, item: PKIObject) -> bytes:
        """The bytes that a release before 16.0.R6 would write."""
        der = _encrypt(self._legacy, item.der, LEGACY_MAGIC) if item.kind is Kind.KEY else item.der
        return LEGACY_MAGIC + _LETTER[item.kind] + der

    def open(self, blob: bytes, *, legacy: bool = True) -> PKIObject:
        """The object inside; ValueError when it is no file of this chassis, or a legacy one and `legacy` is False."""
        try:
            return self._open(blob, legacy)
        except (InvalidTag, zlib.error, KeyError) as exc:
            raise ValueError("sealed by another chassis, or damaged") from exc

    def _open(self, blob: bytes, legacy: bool) -> PKIObject:
        form, rest = blob[: len(MAGIC)], blob[len(MAGIC) :]
        if form == MAGIC:
            plain = _decrypt(self._cipher, rest, MAGIC)
            return PKIObject(_KIND[plain[:1]], plain[1:])
        if form == CRL_MAGIC:
            return PKIObject(Kind.CRL, zlib.decompress(rest))
        if form == LEGACY_MAGIC and legacy:
            kind, der = _KIND[rest[:1]], rest[1:]
            return PKIObject(kind, _decrypt(self._legacy, der, LEGACY_MAGIC) if kind is Kind.KEY else der)
        raise ValueError("not a sealed file")


def _encrypt(cipher: AESGCM, plain: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound_to)


def _decrypt(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    if len(sealed) < _NONCE_BYTES:
        raise InvalidTag
    return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
