"""The files of a router, by SFTP on a transport whose host key was checked.

There is no way to read just any file: a private key never leaves its router (``read_certificate`` and ``read_request``
are all there is, and they give up at the first bytes that do not begin what they read).
"""

from __future__ import annotations

import errno
import hashlib
import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
from cryptography import x509

from sroscert.commands.replies import FileEntry
from sroscert.device import ssh_errors
from sroscert.device.closing import Closing
from sroscert.device.credentials import Credentials
from sroscert.device.hostkeys import close_transport, open_transport, remaining
from sroscert.errors import DeviceError, FileTransferError, Outcome
from sroscert.pki.request import is_request

if TYPE_CHECKING:
    from collections.abc import Collection

LIMIT = 64 * 1024
"""No certificate or chain is longer, in bytes."""

_NAME = re.compile(r"(cf[1-4](?:-[a-d])?):[/\\]*(.*)", re.IGNORECASE | re.DOTALL)
_PEM_START = b"-----BEGIN CERTIFICATE-----"
_HEADER = rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)"
_DER_REQUEST = re.compile(_HEADER + _HEADER + rb"\x02\x01\x00\x30", re.DOTALL)
"""A request is a SEQUENCE that begins with one that begins with the version 0 and a name (RFC 2986 section 4.1)."""
_DER_CERTIFICATE = re.compile(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x30", re.DOTALL)
"""A certificate is a SEQUENCE that begins with a SEQUENCE (RFC 5280 section 4.1); every form of private key (PKCS #1,
#8, #12, SEC 1) begins with an INTEGER."""
_HEAD = 64
_COMPARED = 1024 * 1024


def sftp_name(url: str) -> str:
    """Return the name that SFTP wants for ``cf3:\\x`` or ``cf3:/x``: with forward slashes.

    Raises FileTransferError for a name without a drive, with ``..`` or with control characters.
    """
    match = _NAME.fullmatch(url)
    parts = re.split(r"[/\\]+", match[2]) if match else []
    if match is None or ".." in parts or any(ord(char) < 32 for char in url):
        raise FileTransferError(f"{url!r} does not name a file on a router's flash", code="file-name")
    return f"{match[1].lower()}:/" + "/".join(part for part in parts if part)


def _gone(error: BaseException, at: ssh_errors.Circumstances) -> DeviceError:
    """Tell a refused operation (an SFTP status) from a lost session (a socket's)."""
    number = getattr(error, "errno", None)
    if number == errno.ENOENT and not at.connecting:
        return FileTransferError(
            f"{at.operation} failed: there is no such file or folder", operation=at.operation, outcome=at.outcome,
            hint="a folder is not made by itself: file make-directory on the router, or another location",
        )
    if at.connecting or number in (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED) or "closed" in str(error):
        return ssh_errors.no_connection(error, at)
    return FileTransferError(
        f"{at.operation} failed: {getattr(error, 'strerror', None) or error}", operation=at.operation,
        outcome=at.outcome,
        hint="the user needs access to SFTP (scp-sftp or console) and, with restricted-to-home, a home directory",
    )


TRANSLATIONS: Mapping[type[BaseException], ssh_errors.Translation] = {**ssh_errors.TRANSLATIONS, OSError: _gone}


class SFTPFiles(Closing):
    """One SFTP session; implements ``ports.FilePort``.

    ``key_files`` are names that are known to hold private keys: nothing of them is read.
    """

    def __init__(
        self, client: paramiko.SFTPClient, transport: paramiko.Transport, *, address: str,
        key_files: Collection[str] = (),
    ) -> None:
        self._client = client
        self._transport = transport
        self._address = address
        # The flash is FAT32: case does not tell names apart.
        self._key_files = frozenset(sftp_name(name).lower() for name in key_files)

    @classmethod
    def connect(
        cls, address: str, port: int, credentials: Credentials, *, known_hosts: Path, timeout_s: float = 30.0,
        key_files: Collection[str] = (),
    ) -> SFTPFiles:
        """Open a session; ``timeout_s`` is for connecting as a whole and for each operation afterwards.

        Raises HostKeyError before the password is sent, AuthenticationError, ConnectError.
        """
        deadline = time.monotonic() + timeout_s
        transport = open_transport(address, port, known_hosts, deadline=deadline)
        peer = f"{address}:{port}"
        client = None
        try:
            with ssh_errors.translated("connect", changes=False, address=peer, table=TRANSLATIONS):
                transport.auth_timeout = remaining(deadline)
                transport.auth_password(credentials.username, credentials.password)
                channel = transport.open_session(timeout=remaining(deadline))
                channel.settimeout(timeout_s)
                channel.invoke_subsystem("sftp")
                client = paramiko.SFTPClient(channel)
        finally:
            if client is None:
                close_transport(transport)
        return cls(client, transport, address=peer, key_files=key_files)

    def list(self, folder: str) -> tuple[FileEntry, ...]:
        """Return what is in ``folder``, by name; empty when it does not exist. Raises FileTransferError."""
        name = sftp_name(folder)
        with self._doing(f"list {folder}", changes=False):
            try:
                found = self._client.listdir_attr(name)
            except FileNotFoundError:
                return ()
        ordered = sorted(found, key=lambda entry: entry.filename)
        return tuple(_entry(entry) for entry in ordered if entry.filename not in (".", ".."))

    def size(self, path: str) -> int | None:
        """Return the size in bytes, or None when the file does not exist. Raises FileTransferError."""
        name = sftp_name(path)
        with self._doing(f"look at {path}", changes=False):
            try:
                return self._client.stat(name).st_size or 0
            except FileNotFoundError:
                return None

    def sha256(self, path: str) -> str | None:
        """Return the SHA-256 in hex of a file, of at most its first megabyte and one byte; None when it is absent.

        This tells whether a file is the one that we know, of up to a megabyte; what was read is dropped. Raises
        FileTransferError.
        """
        name = sftp_name(path)
        with self._doing(f"read {path}", changes=False):
            try:
                with self._client.open(name, "rb") as file:
                    return hashlib.sha256(self._rest(file, _COMPARED + 1)).hexdigest()
            except FileNotFoundError:
                return None

    def read_certificate(self, path: str, limit: int = LIMIT) -> bytes:
        """Return a file that holds certificates (DER or PEM) and nothing else, of at most ``limit`` bytes.

        Raises FileTransferError for everything else; what was read of it is dropped.
        """
        data = self._read(path, limit, may_be_certificate, "certificate")
        if not holds_only_certificates(data):
            raise FileTransferError(f"{path} holds something besides certificates: it is not kept", code="private-key")
        return data

    def read_request(self, path: str, limit: int = LIMIT) -> bytes:
        """Return a file that is one certificate signing request in DER, of at most ``limit`` bytes.

        Raises FileTransferError for everything else; what was read of it is dropped.
        """
        data = self._read(path, limit, may_be_request, "signing request")
        if not is_request(data):
            raise FileTransferError(f"{path} is no signing request alone: it is not kept", code="private-key")
        return data

    def _read(self, path: str, limit: int, may_be: Callable[[bytes], bool], what: str) -> bytes:
        """Read a file whose beginning ``may_be`` accepts; no private key has that beginning."""
        name = sftp_name(path)
        if name.lower() in self._key_files:
            raise FileTransferError(f"{path} holds a private key: it is not read", code="private-key")
        with self._doing(f"read {path}", changes=False), self._client.open(name, "rb") as file:
            head = file.read(_HEAD)
            if not may_be(head):
                raise FileTransferError(f"{path} does not begin as a {what}: it is not read", code="private-key")
            data = head + self._rest(file, limit - len(head) + 1)
        if len(data) > limit:
            raise FileTransferError(f"{path} is longer than {limit} bytes: it is no {what}")
        return data

    def write(self, path: str, data: bytes) -> None:
        """Write a file and see that it has the right size; FAT has no rename that replaces. Raises FileTransferError.

        A file of the same name is replaced: whether it may be is for the plan to say.
        """
        name = sftp_name(path)
        if b"PRIVATE KEY-----" in data:
            raise FileTransferError("a private key is not sent to a router", code="private-key")
        with self._doing(f"write {path}", changes=True):
            with self._client.open(name, "wb") as file:
                file.set_pipelined(True)
                file.write(data)
            written = self._client.stat(name).st_size
        if written != len(data):
            raise FileTransferError(
                f"{path} has {written} bytes after writing {len(data)}", operation="write", outcome=Outcome.UNKNOWN,
                hint="the flash may be full: file list shows what is free",
            )

    def remove(self, path: str) -> None:
        """Remove a file; one that does not exist is no error. Raises FileTransferError."""
        name = sftp_name(path)
        with self._doing(f"remove {path}", changes=True), suppress(FileNotFoundError):
            self._client.remove(name)

    def close(self) -> None:
        """End the session; never raises."""
        with suppress(OSError, EOFError, paramiko.SSHException):
            self._client.close()
        close_transport(self._transport)

    @contextmanager
    def _doing(self, what: str, *, changes: bool) -> Iterator[None]:
        with ssh_errors.translated(what, changes=changes, address=self._address, table=TRANSLATIONS):
            yield

    @staticmethod
    def _rest(file: paramiko.SFTPFile, most: int) -> bytes:
        parts = []
        while most > 0:
            part = file.read(most)
            if not part:
                break
            parts.append(part)
            most -= len(part)
        return b"".join(parts)


def _entry(entry: paramiko.SFTPAttributes) -> FileEntry:
    is_folder = stat.S_ISDIR(entry.st_mode or 0)
    modified = datetime.fromtimestamp(entry.st_mtime, UTC).replace(second=0) if entry.st_mtime else None
    return FileEntry(entry.filename, 0 if is_folder else entry.st_size or 0, is_folder, modified)


def may_be_certificate(head: bytes) -> bool:
    """Tell by its first bytes whether a file may be a certificate and cannot be a private key."""
    return head.lstrip().startswith(_PEM_START) or _DER_CERTIFICATE.match(head) is not None


def may_be_request(head: bytes) -> bool:
    """Tell by its first bytes whether a file may be a signing request in DER and cannot be a private key."""
    return _DER_REQUEST.match(head) is not None


def holds_only_certificates(data: bytes) -> bool:
    """Tell whether every PEM block, or the whole DER file, is a certificate."""
    try:
        if _DER_CERTIFICATE.match(data):
            x509.load_der_x509_certificate(data)
        else:
            x509.load_pem_x509_certificates(data)
    except ValueError:
        return False
    return data.count(b"-----BEGIN ") == data.count(_PEM_START)
