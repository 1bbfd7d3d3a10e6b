"""How the secrets of enrolment codes lie in the CA's database: encrypted by a key that is a file beside it.

A MAC needs the secret itself, so a digest would not do. Owns the key file, the sealed form, and the way from a database
that still has secrets in clear. Whoever has the whole folder has the secrets; whoever has the database alone has not.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .store import Store

KEY_FILE = "codes.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_SEALED = 1
"""``user_version`` of a database whose secrets are sealed; 0 is what SQLite gives and what older ones have."""


class CodeVault:
    """Seals and reveals secrets. A sealed secret belongs to its reference: under another one it cannot be revealed."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError(f"a key of {len(key)} bytes")
        self._cipher = AESGCM(key)

    def seal(self, reference: str, secret: str) -> str:
        """Return what is stored."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, secret.encode(), reference.encode())).decode()

    def reveal(self, reference: str, sealed: str) -> str:
        """Return the secret. Raises ValueError for what another key has sealed, or for another reference."""
        try:
            content = base64.b64decode(sealed, validate=True)
            opened = self._cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], reference.encode())
        except (binascii.Error, InvalidTag, ValueError):
            raise ValueError(f"the code {reference} was not sealed by this key") from None
        return opened.decode()


def open_vault(folder: Path, store: Store) -> CodeVault:
    """Return the vault of the CA in ``folder``, made at first; secrets that lie in clear are sealed.

    Raises ValueError when the key is gone or is not the one that the codes were sealed by, OSError.
    """
    path = folder / KEY_FILE
    with store.transaction() as db:
        rows = db.execute("SELECT reference, secret FROM code WHERE secret != ''").fetchall()
        is_sealed = db.execute("PRAGMA user_version").fetchone()[0] >= _SEALED
        try:
            if not path.exists() and not (is_sealed and rows):
                _make_key(path)
            vault = CodeVault(path.read_bytes())
            if is_sealed:
                for row in rows:
                    vault.reveal(row["reference"], row["secret"])
        except (ValueError, FileNotFoundError) as error:
            raise ValueError(
                f"the enrolment codes of this CA cannot be read without the {KEY_FILE} that belongs to them: "
                f"put it back in {folder}, or make another CA in another folder"
            ) from error
        if not is_sealed:
            for row in rows:
                db.execute(
                    "UPDATE code SET secret = ? WHERE reference = ?",
                    (vault.seal(row["reference"], row["secret"]), row["reference"]),
                )
            db.execute(f"PRAGMA user_version = {_SEALED}")
    if rows and not is_sealed:
        store.forget_what_was_deleted()
    return vault


def _make_key(path: Path) -> None:
    """Write a new key, for good before anything is sealed by it."""
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
