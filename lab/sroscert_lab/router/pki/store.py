"""Files of the PKI: cf3:\\system-pki (sealed) and the clear files that generation writes and import reads.

Owns the name rules and what may be overwritten. Does not own what is loaded: a change here has no effect on a profile
until the cache reads the file again (cache.py).
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Protocol

from ..logevent import Event
from . import events, exporting, formats
from .failure import PKIRefusal, UnreadableFile
from .formats import Kind, PKIObject
from .keypairs import KeyPairs
from .vault import Vault

SYSTEM_PKI = "cf3:\\system-pki"
_MAX_NAME = 95
_MAX_URL = 200


class FileStore(Protocol):
    """What this module needs of the flash; names as SR OS writes them, with either slash."""

    def read(self, url: str) -> bytes:
        """The bytes of a file; OSError when it is missing."""

    def write(self, url: str, data: bytes) -> None:
        """Write a whole file, over another; OSError when the card is full."""

    def exists(self, url: str) -> bool:
        """Whether a file or folder has this name."""


def url_of(name: str) -> str:
    """The flash URL of an imported file."""
    return f"{SYSTEM_PKI}\\{name}"


def check_name(name: str) -> str:
    """`name` when it may be a file in system-pki (YANG `pki-file-name`), else PKIRefusal."""
    printable = all(" " <= char <= "~" for char in name)
    if not 1 <= len(name) <= _MAX_NAME or not name.strip() or not printable or any(char in "\\/:" for char in name):
        raise PKIRefusal(f"Invalid file name - '{name}'")
    return name


def check_url(url: str) -> str:
    """`url` with backslashes, when it names a file on cf3:; else PKIRefusal."""
    plain = url.replace("/", "\\")
    drive, _, rest = plain.partition(":")
    if drive.lower() not in ("cf3", "cf3-a") or not rest.strip("\\ ") or len(url) > _MAX_URL:
        raise PKIRefusal(f'Invalid URL - "{url}"')
    return "cf3:\\" + rest.lstrip("\\")


def pki_name(url: str) -> str | None:
    """The file's name when `url` points into system-pki."""
    plain = url.replace("/", "\\")
    folder, _, name = plain.rpartition("\\")
    return name if folder.lower() in (SYSTEM_PKI, "cf3:system-pki") and name else None


class PKIStore:
    """Generation, import, export and reading of PKI files on one router."""

    def __init__(self, files: FileStore, vault: Vault, emit: events.Emit, keys: KeyPairs) -> None:
        self._files = files
        self._vault = vault
        self._emit = emit
        self.keys = keys
        #: False when `imported-format` is `secure`.
        self.loads_legacy = True

    def generate_keypair(self, url: str, algorithm: str = "rsa", size: int = 2048, curve: str = "secp256r1") -> None:
        """Write a new private key in DER, in the clear; what was there is overwritten without asking (transcript)."""
        target = check_url(url)
        what = f"curve {curve}" if algorithm == "ecdsa" else f"size {size}"
        with self.reported(functools.partial(events.key_pair_generated, target, algorithm, what)):
            self._write(target, self.keys.make(target, algorithm, size, curve).der)

    def import_file(
        self,
        kind: Kind,
        url: str,
        name: str,
        encoding: str,
        password: str | None = None,
        check: Callable[[PKIObject], None] | None = None,
    ) -> None:
        """Seal the object in `url` as cf3:\\system-pki\\<name>; an existing file is overwritten without asking.

        Before that `check` may refuse it.
        """
        source = check_url(url)
        check_name(name)
        with self.reported(functools.partial(events.imported, source, name, kind.value, encoding)):
            item = formats.decode(kind, encoding, self._read(source), password)
            if check is not None:
                check(item)
            self._write(url_of(name), self._vault.seal(item))

    def put(self, item: PKIObject, name: str) -> None:
        """Seal an object as cf3:\\system-pki\\<name>, over what is there; for what the router itself has made."""
        self._write(url_of(check_name(name)), self._vault.seal(item))

    def export_file(
        self, kind: Kind, name: str, url: str, encoding: str, password: str = "", key: str = ""
    ) -> None:
        """Write an imported object to `url`, in the clear unless a password is given; `key` goes into pkcs12 too."""
        target = check_url(url)
        # ASSUMPTION: an existing file is overwritten without asking, as by an import.
        with self.reported(functools.partial(events.exported, target, name, kind.value, encoding)):
            item = self.load(kind, name)
            other = self.load(Kind.KEY, key) if key else None
            self._write(target, exporting.encode(item, encoding, password, other))

    @contextlib.contextmanager
    def reported(self, event: Callable[[str], Event]) -> Iterator[None]:
        """Tell of the outcome, whichever it is."""
        try:
            yield
        except PKIRefusal:
            self._emit(event("fail"))
            raise
        self._emit(event("success"))

    def load(self, kind: Kind, name: str) -> PKIObject:
        """The imported object `name`; PKIRefusal when it is missing, of another kind or damaged."""
        item = self._open(name, legacy=self.loads_legacy)
        if item.kind is not kind:
            raise PKIRefusal(f'File is not of type {kind.value} - "{name}"')
        return item

    def _open(self, name: str, *, legacy: bool) -> PKIObject:
        if not self._files.exists(url_of(check_name(name))):
            raise PKIRefusal(f'File not found - "{name}"')
        try:
            return self._vault.open(self._files.read(url_of(name)), legacy=legacy)
        except ValueError as exc:
            self._emit(events.read_failed(name, str(exc) or "damaged"))
            raise UnreadableFile(f'File cannot be read - "{name}"') from exc

    def convert(self, source: str, target: str, form: str, *, force: bool = False) -> None:
        """`convert-file`: write an imported file as `secure` or `legacy`; over another one with `force` only."""
        # ASSUMPTION: a legacy file can be converted whatever imported-format says; that is the way out of it.
        item = self._open(source, legacy=True)
        if self._files.exists(url_of(check_name(target))) and not force:
            # ASSUMPTION: the text, and that `force` is about an existing file (as for the EST operations it is).
            raise PKIRefusal(f'File already exists - "{target}"')
        self._write(url_of(target), self._vault.seal_legacy(item) if form == "legacy" else self._vault.seal(item))

    def show(self, kind: Kind, url: str, encoding: str, password: str | None = None) -> PKIObject:
        """The object to display: an imported file (given as der or its system format) or a clear one."""
        name = pki_name(check_url(url))
        if name is None:
            return formats.decode(kind, encoding, self._read(check_url(url)), password)
        # ASSUMPTION: an imported file is displayed with format der only, whatever it came from (transcript: der).
        if encoding != "der":
            raise PKIRefusal(f"Invalid {kind.value} file - not in {encoding} format")
        return self.load(kind, name)

    def refuse_existing(self, url: str) -> str:
        """The normalised save-as URL; PKIRefusal when a file is already there (the tutorial deletes it first)."""
        target = check_url(url)
        if self._files.exists(target):
            # ASSUMPTION: the text.
            raise PKIRefusal(f'File already exists - "{target}"')
        return target

    def save(self, url: str, data: bytes) -> None:
        """Write a clear file."""
        self._write(check_url(url), data)

    def read_clear(self, url: str) -> bytes:
        """The bytes of a clear file on the flash."""
        return self._read(check_url(url))

    def _read(self, url: str) -> bytes:
        if not self._files.exists(url):
            raise PKIRefusal(f'open file "{url}"')
        return self._files.read(url)

    def _write(self, url: str, data: bytes) -> None:
        try:
            self._files.write(url, data)
        except OSError as exc:
            self._emit(events.write_failed(url, len(data), exc.strerror or "write error"))
            raise PKIRefusal(f'write file "{url}"') from exc
