"""Keyed digests of the secrets that were set on a router from here, since no router shows what it has (law 5).

Owns the files: one of marks a router, beside its lock, and one key for all of them, made with the first mark. A mark is
an HMAC-SHA256 over router, place and secret, so that neither equal secrets nor a short one can be found from it without
the key. It says what this user on this machine set last; what is done about that is decided in ``plan``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path as File

from sroscert.errors import RecordError
from sroscert.values import Path

KEY_NAME = "secrets.key"
_KEY_BYTES = 32


class SecretMarks:
    """The marks of one router. Without a file there are none; one that is damaged, or of another key, says nothing."""

    def __init__(self, folder: File, router: str) -> None:
        """``router`` names the router's files in ``folder``. Nothing is made before something is remembered."""
        self._folder = folder
        self._router = router

    @property
    def _file(self) -> File:
        return self._folder / f"{self._router}.secrets.json"

    def changed(self, now: Mapping[Path, str]) -> dict[Path, bool | None]:
        """Tell of each secret whether it is another than the one last set; None where that is not known.

        Raises RecordError where a file is there and cannot be read.
        """
        key = self._key()
        known = self._marks(key)
        found: dict[Path, bool | None] = {}
        for path, secret in now.items():
            mark = known.get(str(path))
            found[path] = None if mark is None else not hmac.compare_digest(mark, self._digest(key, path, secret))
        return found

    def remember(self, now: Mapping[Path, str]) -> None:
        """Keep a mark of each secret, beside those that are there. Raises RecordError where that cannot be written."""
        if not now:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            key = self._key() or self._new_key()
            marks = {**self._marks(key), **{str(path): self._digest(key, path, text) for path, text in now.items()}}
            temporary = self._file.with_suffix(".tmp")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump({"key": _name_of(key), "marks": marks}, stream, indent=1, sort_keys=True)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(self._file)
        except OSError as error:
            raise _unusable(error) from error

    def _digest(self, key: bytes, path: Path, secret: str) -> str:
        message = "\0".join((self._router, str(path), secret))
        return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()

    def _marks(self, key: bytes) -> dict[str, str]:
        """Return the marks that were made with ``key``; those of a key that is lost mean nothing any more."""
        if not key:
            return {}
        try:
            data = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            return {}
        except OSError as error:
            raise _unusable(error) from error
        marks = data.get("marks") if isinstance(data, dict) and data.get("key") == _name_of(key) else None
        if not isinstance(marks, dict):
            return {}
        return {path: mark for path, mark in marks.items() if isinstance(mark, str) and mark.isascii()}

    def _key(self) -> bytes:
        """Return the key; nothing where there is none, or no whole one."""
        try:
            key = (self._folder / KEY_NAME).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise _unusable(error) from error
        return key if len(key) == _KEY_BYTES else b""

    def _new_key(self) -> bytes:
        """Make the key, whole or not at all; of two processes that make it at once both go on with the same."""
        place = self._folder / KEY_NAME
        temporary = self._folder / f".{KEY_NAME}.{secrets.token_hex(4)}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(secrets.token_bytes(_KEY_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
            try:
                place.hardlink_to(temporary)
            except FileExistsError:
                if not self._key():
                    temporary.replace(place)  # what is there is cut off: no mark was ever made with it
        finally:
            temporary.unlink(missing_ok=True)
        return self._key()


def _name_of(key: bytes) -> str:
    """Return what tells one key from another, and nothing of the key."""
    return hmac.new(key, b"name of this key", hashlib.sha256).hexdigest()[:16]


def _unusable(error: OSError) -> RecordError:
    return RecordError(
        f"what was remembered of secrets cannot be used: {error}",
        code="secret-marks-unusable",
        hint="mend what is said; a file that is gone is made again, and no router depends on it",
    )
