"""SSH up to the point where the router has proved who it is; no password is sent from here.

Owns the reading of ``known_hosts`` files, the choice of host-key algorithms and the check of the key. Logging in,
subsystems and files belong to ``netconf`` and ``files``.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fnmatch
import hashlib
import hmac
import logging
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import paramiko

from sroscert.device.ssh_errors import translated
from sroscert.errors import ConnectError, HostKeyError

SSH_PORT = 22

LOG_CHANNEL = "sroscert.device.ssh"
# paramiko logs a broken connection as an error with a traceback; without a handler that would end up on stderr.
logging.getLogger(LOG_CHANNEL).addHandler(logging.NullHandler())

RSA_ALGORITHMS = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
"""The three signature algorithms of one and the same RSA key (RFC 8332 section 3); a known_hosts line says ssh-rsa."""

_TRUST_HINT = "compare the fingerprint that sroscert trust shows with the console's, then: sroscert trust --write"


@dataclass(frozen=True, slots=True)
class HostKey:
    """A public host key: its type in known_hosts words and the SSH wire form of the key (RFC 4253 section 6.6)."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint as OpenSSH prints it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")
        return f"SHA256:{digest}"

    def line(self, address: str, port: int) -> str:
        """Return the known_hosts line of this key."""
        return f"{_lookup_name(address, port)} {self.type} {base64.b64encode(self.blob).decode()}"


@dataclass(frozen=True, slots=True)
class _Line:
    names: tuple[str, ...]
    key: HostKey
    revoked: bool


@dataclass(frozen=True)
class KnownHosts:
    """The content of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").

    Plain, ``[address]:port``, wildcard, negated and hashed names, and ``@revoked`` are understood;
    ``@cert-authority`` and lines that cannot be read are passed over.
    """

    lines: tuple[_Line, ...] = ()

    @classmethod
    def load(cls, path: Path) -> KnownHosts:
        """Read a file. Raises HostKeyError when it cannot be read."""
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise HostKeyError(
                f"the known_hosts file {path} cannot be read: {error.strerror}",
                operation="connect", hint=_TRUST_HINT,
            ) from error
        return cls.parse(text.splitlines())

    @classmethod
    def parse(cls, lines: Iterable[str]) -> KnownHosts:
        """Read the lines of a file."""
        return cls(tuple(line for line in map(_parse_line, lines) if line is not None))

    def keys(self, address: str, port: int) -> tuple[HostKey, ...]:
        """Return the keys that are good for a router.

        A line for ``[address]:port`` wins over one for the bare address, as with OpenSSH; a revoked key is never good.
        """
        names = [_lookup_name(address, port)]
        if port != SSH_PORT:
            names.append(address)
        revoked = {line.key for line in self.lines if line.revoked and any(_matches(line, name) for name in names)}
        for name in names:
            good = [line.key for line in self.lines if not line.revoked and _matches(line, name)]
            if good:
                return tuple(key for key in dict.fromkeys(good) if key not in revoked)
        return ()


def _lookup_name(address: str, port: int) -> str:
    return address if port == SSH_PORT else f"[{address}]:{port}"


def _parse_line(text: str) -> _Line | None:
    fields = text.split()
    if not fields or fields[0].startswith("#"):
        return None
    marker = fields.pop(0) if fields[0].startswith("@") else ""
    if marker not in ("", "@revoked") or len(fields) < 3:
        return None
    try:
        blob = base64.b64decode(fields[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    return _Line(tuple(fields[0].split(",")), HostKey(fields[1], blob), marker == "@revoked")


def _matches(line: _Line, name: str) -> bool:
    found = False
    for pattern in line.names:
        if pattern.startswith("!"):
            if _matches_pattern(pattern[1:], name):
                return False
        elif _matches_pattern(pattern, name):
            found = True
    return found


def _matches_pattern(pattern: str, name: str) -> bool:
    if pattern.startswith("|1|"):
        return _matches_hash(pattern, name)
    # OpenSSH knows only * and ?; the brackets of [address]:port are meant literally.
    escaped = pattern.lower().replace("[", "[[]")
    return fnmatch.fnmatchcase(name.lower(), escaped)


def _matches_hash(pattern: str, name: str) -> bool:
    try:
        _, _, salt, digest = pattern.split("|")
        expected = base64.b64decode(digest)
        found = hmac.new(base64.b64decode(salt), name.encode(), hashlib.sha1).digest()
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(expected, found)


def algorithms_for(known: Sequence[HostKey], supported: Sequence[str]) -> tuple[str, ...]:
    """Order host-key algorithms: those of the known keys first, then the others.

    The others are offered too: a router that shows another type of key is then refused by its key, with the
    fingerprint in the message, and not by a failed negotiation.
    """
    wanted: list[str] = []
    for key in known:
        wanted.extend(RSA_ALGORITHMS if key.type == "ssh-rsa" else (key.type,))
    wanted.extend(RSA_ALGORITHMS if not wanted else ())
    ordered = dict.fromkeys((*wanted, *supported))
    return tuple(name for name in ordered if name in supported)


def open_transport(address: str, port: int, known_hosts: Path, *, deadline: float) -> paramiko.Transport:
    """Connect and check the host key; ``deadline`` is in the seconds of ``time.monotonic``.

    Raises HostKeyError when the router is unknown or shows another key, ConnectError when there is no SSH.
    """
    known = KnownHosts.load(known_hosts).keys(address, port)
    name = _lookup_name(address, port)
    if not known:
        raise HostKeyError(
            f"the host key of {name} is not known in {known_hosts}", operation="connect", hint=_TRUST_HINT,
        )
    transport = _negotiate(address, port, known, deadline)
    shown = _shown_key(transport)
    if shown not in known:
        close_transport(transport)
        raise HostKeyError(
            f"{name} shows the host key {shown.fingerprint} ({shown.type}); known in {known_hosts}: "
            + ", ".join(f"{key.fingerprint} ({key.type})" for key in known),
            operation="connect",
            hint="it may be another machine; if the key was changed on purpose, remove its old line from that file, "
            + _TRUST_HINT,
        )
    return transport


def fetch_host_key(
    address: str, port: int, timeout_s: float, known: Sequence[HostKey] = ()
) -> tuple[str, str, str]:
    """Return type, SHA-256 fingerprint and known_hosts line of the key that a router shows; trusts nothing.

    A router with keys of several types is asked for one of the types of ``known``. Raises ConnectError when there is
    no SSH.
    """
    transport = _negotiate(address, port, known, time.monotonic() + timeout_s)
    try:
        key = _shown_key(transport)
    finally:
        close_transport(transport)
    return key.type, key.fingerprint, key.line(address, port)


def remaining(deadline: float) -> float:
    """Return the seconds left until ``deadline``; never less than a moment, so that a time-out is still a time-out."""
    return max(deadline - time.monotonic(), 0.001)


def close_transport(transport: paramiko.Transport) -> None:
    """Close a transport; a peer that is gone already is no error."""
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        transport.close()


def _shown_key(transport: paramiko.Transport) -> HostKey:
    key = transport.get_remote_server_key()
    return HostKey(key.get_name(), key.asbytes())


def _negotiate(address: str, port: int, known: Sequence[HostKey], deadline: float) -> paramiko.Transport:
    with translated("connect", changes=False, address=f"{address}:{port}"):
        sock = socket.create_connection((address, port), timeout=remaining(deadline))
        try:
            transport = paramiko.Transport(sock)
        except (OSError, EOFError, paramiko.SSHException):
            sock.close()
            raise
        transport.set_log_channel(LOG_CHANNEL)
        left = remaining(deadline)
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = left
        options = transport.get_security_options()
        options.key_types = algorithms_for(known, options.key_types)
        try:
            transport.start_client(timeout=left)
        except (OSError, EOFError, paramiko.SSHException):
            close_transport(transport)
            raise
        if not transport.initial_kex_done:
            close_transport(transport)
            raise ConnectError(f"{address}:{port} did not finish the SSH key exchange in time", operation="connect")
        return transport
