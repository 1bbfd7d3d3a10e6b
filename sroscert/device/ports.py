"""What the workflow asks of a router, as Protocols, and the values that answer it.

Owns no I/O. The adapters are ``netconf.NetconfSession``, ``files.SFTPFiles``, ``cli.CLISession``, ``exec.RawExec``,
``exec.ActionExec`` and ``exec.CLIExec``; a fake that passes the same contract tests may stand in for each.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from lxml.etree import _Element

    from sroscert.commands.operations import Operation
    from sroscert.commands.raw import Engine
    from sroscert.commands.replies import FileEntry, Reply
    from sroscert.errors import RPCErrorEntry
    from sroscert.pki.certificate import CertificateInfo


class Reason(enum.Enum):
    """How a TLS handshake or a gNMI call ended. The set is closed; ``detail`` beside it has the library's words."""

    OK = "ok"
    REFUSED = "refused"
    """Nothing listens on the port."""
    UNREACHABLE = "unreachable"
    """There is no route to the address, or its name is unknown."""
    TIMEOUT = "timeout"
    UNKNOWN_CA = "unknown-ca"
    """The chain does not end at a CA certificate of the intent."""
    SELF_SIGNED = "self-signed"
    NAME_MISMATCH = "name-mismatch"
    """No subjectAltName of the certificate is the wanted one; a common name does not count (RFC 9525 section 2)."""
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    NO_SHARED_CIPHER = "no-shared-cipher"
    PROTOCOL_VERSION = "protocol-version"
    CLIENT_CERTIFICATE = "client-certificate"
    """The router demands a certificate of the client (``authenticate-client``)."""
    PLAINTEXT_SERVER = "plaintext-server"
    """The port answers, but not in TLS (``allow-unsecure-connection``)."""
    RESET = "reset"
    """The router ended the connection without an alert."""
    UNAUTHENTICATED = "unauthenticated"
    PERMISSION_DENIED = "permission-denied"
    UNAVAILABLE = "unavailable"
    """TLS holds, but no gNMI service answered."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Handshake:
    """What one fresh TLS handshake showed.

    ``der`` and ``certificate`` are those that the router served, also where they were not accepted; ``version`` and
    ``cipher`` are OpenSSL's names ("TLSv1.2", "AES256-SHA"), empty where the handshake came to nothing.
    """

    address: str
    port: int
    reason: Reason
    detail: str = ""
    version: str = ""
    cipher: str = ""
    alpn: str = ""
    certificate: CertificateInfo | None = None
    der: bytes = b""

    @property
    def verified(self) -> bool:
        """Whether chain, validity and name were all found right."""
        return self.reason is Reason.OK


@dataclass(frozen=True, slots=True)
class GNMIModel:
    """One entry of ``supported_models`` in a gNMI CapabilityResponse (gNMI specification section 3.2.2)."""

    name: str
    organization: str
    version: str


@dataclass(frozen=True, slots=True)
class GNMICapabilities:
    """The answer to a gNMI Capabilities call. ``encodings`` are upper-case gNMI names (JSON, JSON_IETF, BYTES …)."""

    version: str
    models: tuple[GNMIModel, ...]
    encodings: tuple[str, ...]


class Session(Protocol):
    """What is open from the moment it is made, and is closed where its ``with`` ends."""

    def close(self) -> None:
        """End the session; never raises."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ConfigPort(Session, Protocol):
    """One NETCONF session. Any method raises SessionLostError when the session ends or times out under it."""

    @property
    def capabilities(self) -> frozenset[str]:
        """The capability URIs of the router's hello."""

    @property
    def session_id(self) -> str:
        """The session-id of the router's hello."""

    @property
    def warnings(self) -> tuple[RPCErrorEntry, ...]:
        """Every rpc-error of severity warning seen in this session, oldest first."""

    def get_config(self, filter: _Element | Sequence[_Element] | None = None, source: str = "running") -> _Element:
        """Return the ``data`` element of a get-config."""

    def get_state(self, filter: _Element | Sequence[_Element]) -> _Element:
        """Return the ``data`` element of a get."""

    def lock(self) -> None:
        """Lock the candidate. Raises LockHeldError."""

    def unlock(self) -> None:
        """Release the candidate; SR OS discards what was not committed."""

    def discard(self) -> None:
        """Discard the candidate's changes."""

    def validate(self) -> None:
        """Validate the candidate. Raises ConfigInvalidError."""

    def edit(self, config: _Element) -> None:
        """Merge ``config`` (a ``configure`` element) into the candidate. Raises ConfigInvalidError."""

    def commit_confirmed(self, timeout_s: int) -> None:
        """Commit; the router undoes it after ``timeout_s`` or when this session ends, unless confirmed."""

    def confirm(self) -> None:
        """Make a pending confirmed commit permanent."""

    def cancel_commit(self) -> None:
        """Undo a pending confirmed commit now."""

    def save(self) -> None:
        """Copy running to startup."""

    def action(self, content: _Element, timeout_s: float) -> _Element:
        """Run a YANG action and return the rpc-reply, whatever status it has. Raises CommandError for an rpc-error."""

    def raw_command(self, line: str, timeout_s: float) -> str:
        """Run one MD-CLI line and return what it printed. Raises CommandError."""


class FilePort(Session, Protocol):
    """The files of a router. Names are those of SR OS: ``cf3:/x`` and ``cf3:\\x`` are the same file.

    There is no way to read just any file: a private key never leaves its router.
    """

    def list(self, folder: str) -> tuple[FileEntry, ...]:
        """Return what is in ``folder``; empty when it does not exist."""

    def size(self, path: str) -> int | None:
        """Return the size in bytes, or None when the file does not exist."""

    def sha256(self, path: str) -> str | None:
        """Return the SHA-256 of a file's first megabyte and one byte, or None when the file does not exist."""

    def read_certificate(self, path: str) -> bytes:
        """Return a file that holds one or more certificates and nothing else, at most 64 kB."""

    def read_request(self, path: str) -> bytes:
        """Return a file that holds one certificate signing request in DER and nothing else, at most 64 kB."""

    def write(self, path: str, data: bytes) -> None:
        """Write a file and see that it has the right size."""

    def remove(self, path: str) -> None:
        """Remove a file; one that does not exist is no error."""


class CLIPort(Protocol):
    """One CLI session over SSH."""

    @property
    def engine(self) -> Engine:
        """The engine that reads our lines."""

    @property
    def is_open(self) -> bool:
        """Whether another line can be run."""

    def run(self, line: str, timeout_s: float, *, changes: bool = True) -> str:
        """Type one line and return what was printed. Raises SessionLostError."""

    def close(self) -> None:
        """End the session; never raises."""


class ExecPort(Protocol):
    """One way of giving PKI and file commands to a router."""

    @property
    def name(self) -> str:
        """``action`` (YANG actions), ``raw`` (md-cli-raw-command) or ``cli`` (a CLI session)."""

    def run(self, operation: Operation, timeout_s: float) -> Reply:
        """Run one operation and return the reply as read; an unreadable one has the outcome ``unknown``."""

    def close(self) -> None:
        """End a session of its own, if it has one; the next operation opens another. Never raises."""
