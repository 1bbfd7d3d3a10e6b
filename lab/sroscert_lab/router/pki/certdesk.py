"""What gNOI's certificate management does on one router: pairs that a controller installs, replaces, lists, removes.

Sources: Nokia's guide and public transcripts of 24.7 for what SR OS makes of it (an id is the stem of the two files
`<id>.crt` and `<id>.key` in system-pki; a pair is listed before a profile names it; one IP address a request; a key of
2048 bits can be made), OpenConfig's cert.proto for the course of the two exchanges. Owns files and their coming into
use; messages and status codes are gnoiservice.py.
"""

from __future__ import annotations

import contextlib
import enum
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from . import csr, formats
from .failure import PKIRefusal
from .formats import Kind, PKIObject
from .names import alternative_names
from .operations import Operations
from .store import SYSTEM_PKI, check_name, url_of

#: ASSUMPTION: the sizes that `generate-keypair` takes; a limit of the lab: its library makes none below 1024 bits.
SIZES = range(1024, 8193)
_USUAL_SIZE = 2048
#: ASSUMPTION: the order of the attributes, and that the e-mail address is one of them.
_SUBJECT = {
    "country": NameOID.COUNTRY_NAME,
    "state": NameOID.STATE_OR_PROVINCE_NAME,
    "city": NameOID.LOCALITY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizational_unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "common_name": NameOID.COMMON_NAME,
    "email_id": NameOID.EMAIL_ADDRESS,
}
_CERT, _KEY = ".crt", ".key"


class Cause(enum.Enum):
    """Why an exchange is refused."""

    INVALID = "invalid"
    EXISTS = "exists"
    MISSING = "missing"
    BUSY = "busy"
    ORDER = "order"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


class CertificateRefused(Exception):
    """A call is refused, with a text for the controller."""

    def __init__(self, cause: Cause, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Listed:
    """One certificate as it is listed; `endpoint` names the profiles that use it."""

    identifier: str
    pem: bytes
    modified: datetime
    endpoint: str


class CertificateDesk:
    """The pairs of one router, for controllers."""

    def __init__(self, operations: Operations) -> None:
        self.operations = operations
        self._lock = threading.Lock()
        self._taken: set[str] = set()

    def listed(self) -> list[Listed]:
        """The pairs of gNOI, and whatever else a cert-profile names."""
        # ASSUMPTION: a file that no profile names and whose name does not end in .crt is not listed, so that an empty
        # router lists nothing (transcript) whatever CA certificates it has; another file's id is its whole name.
        users = self._users()
        store, found = self.operations.store, []
        for entry in self.operations.host.flash.entries(SYSTEM_PKI):
            used = users.get(entry.name.lower(), [])
            if not used and not entry.name.lower().endswith(_CERT):
                continue
            # A damaged file, or one of another kind, is nothing that can be listed.
            with contextlib.suppress(PKIRefusal, ValueError):
                made = store.load(Kind.CERT, entry.name).certificate()
                name = entry.name[: -len(_CERT)] if entry.name.lower().endswith(_CERT) else entry.name
                pem = made.public_bytes(serialization.Encoding.PEM)
                found.append(Listed(name, pem, entry.modified, "/".join(used)))
        return found

    def _users(self) -> dict[str, list[str]]:
        """The cert-profiles that name each certificate file; the card does not tell A from a."""
        users: dict[str, list[str]] = {}
        for name, profile in self.operations.profiles.conf.cert_profiles.items():
            for file in {entry.certificate_file.lower() for entry in profile.entries}:
                users.setdefault(file, []).append(name)
        return users

    def revoke(self, identifier: str) -> bool:
        """Remove the pair of an id; False when there is none. CertificateRefused while a profile names it."""
        with self.reserved(identifier):
            users = self._users()
            used = [*users.get((identifier + _CERT).lower(), []), *users.get(identifier.lower(), [])]
            if used:
                # ASSUMPTION. cert.proto wants a revoked certificate out of use; a public script of the course for
                # 24.x deletes the profiles before it revokes, so we take it that SR OS leaves what is in use.
                raise CertificateRefused(Cause.FAILED, f"certificate is in use by cert-profile {'/'.join(used)}")
            is_there = self.exists(identifier)
            self.remove(identifier)
            return is_there

    def exists(self, identifier: str) -> bool:
        """Whether one of the two files of an id is there."""
        flash = self.operations.host.flash
        return any(flash.exists(url_of(identifier + ending)) for ending in (_CERT, _KEY))

    def pair(self, identifier: str) -> dict[Kind, PKIObject]:
        """The pair of an id; CertificateRefused unless both files can be read."""
        # ASSUMPTION: only a pair in files of these names can be rotated, not one that CMPv2 brought under others.
        store = self.operations.store
        try:
            return {
                Kind.KEY: store.load(Kind.KEY, identifier + _KEY), Kind.CERT: store.load(Kind.CERT, identifier + _CERT)
            }
        except PKIRefusal as refusal:
            raise CertificateRefused(Cause.MISSING, refusal.reason) from refusal

    @contextlib.contextmanager
    def reserved(self, identifier: str) -> Iterator[None]:
        """One exchange at a time for an id (cert.proto); CertificateRefused for a second one, and for a bad id."""
        try:
            check_name(identifier and identifier + _CERT)
        except PKIRefusal as refusal:
            raise CertificateRefused(Cause.INVALID, refusal.reason) from refusal
        name = identifier.lower()
        with self._lock:
            if name in self._taken:
                raise CertificateRefused(Cause.BUSY, f"certificate id {identifier} is in another exchange")
            self._taken.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._taken.discard(name)

    def put(self, identifier: str, pair: Mapping[Kind, PKIObject]) -> None:
        """Write a pair into its two files, and have TLS take it where they are in use; PKIRefusal."""
        # ASSUMPTION: no event tells of it but that of a reload.
        operations = self.operations
        for kind, item in pair.items():
            operations.put(item, identifier + (_CERT if kind is Kind.CERT else _KEY))
        if operations.profiles.cache.get(Kind.CERT, identifier + _CERT) is not None:
            operations.profiles.reload(identifier + _CERT, identifier + _KEY)
            operations.tls_changed()

    def remove(self, identifier: str) -> None:
        """Remove the files of an id."""
        flash = self.operations.host.flash
        for ending in (_CERT, _KEY):
            with contextlib.suppress(FileNotFoundError):
                flash.remove(url_of(identifier + ending))


class Exchange:
    """One Install or Rotate, from its first message to its last; whatever is not finished at its end is undone.

    An installation is finished with the certificate, a rotation when the controller says so: until then TLS serves the
    new pair for the controller to look at.
    """

    def __init__(self, desk: CertificateDesk, *, rotates: bool) -> None:
        self._desk = desk
        self._rotates = rotates
        self._held = contextlib.ExitStack()
        self._identifier = ""
        self._before: dict[Kind, PKIObject] = {}
        self._key: PKIObject | None = None
        #: Whether the certificate has come, and whether that is for good.
        self.is_loaded = False
        self.is_final = False

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_loaded and not self.is_final:
            self._undo()
        self._held.close()

    def _take(self, identifier: str) -> None:
        """Begin with an id: a new one to install, one that exists to rotate. CertificateRefused."""
        if self._identifier:
            if identifier not in ("", self._identifier):
                raise CertificateRefused(Cause.INVALID, f"certificate id {identifier} is not {self._identifier}")
            return
        self._held.enter_context(self._desk.reserved(identifier))
        if self._rotates:
            self._before = self._desk.pair(identifier)
        elif self._desk.exists(identifier):
            raise CertificateRefused(Cause.EXISTS, f"certificate id {identifier} exists")
        self._identifier = identifier

    def request(self, identifier: str, size: int, names: Mapping[str, str], address: str) -> bytes:
        """Make a key and the request for it, in PEM; `size` is the least one. CertificateRefused."""
        if self.is_loaded:
            raise CertificateRefused(Cause.ORDER, "a certificate has been loaded")
        # The key's size is a least one; ASSUMPTION: a smaller one than usual is not made.
        size = max(size, _USUAL_SIZE)
        if size not in SIZES:
            raise CertificateRefused(Cause.UNSUPPORTED, f"no key of {size} bits can be made")
        self._take(identifier)
        try:
            given = [x509.NameAttribute(oid, names[name]) for name, oid in _SUBJECT.items() if names.get(name)]
            alternatives = alternative_names("", address)
        except (ValueError, PKIRefusal) as exc:
            raise CertificateRefused(Cause.INVALID, str(exc)) from exc
        if not given:
            # ASSUMPTION: as for `generate-csr`.
            raise CertificateRefused(Cause.INVALID, "no name for the request")
        subject = x509.Name(given)
        # ASSUMPTION: nothing is on the card before the certificate comes; the hash of the request.
        keys = self._desk.operations.store.keys
        self._key = keys.make(url_of(self._identifier + _KEY), "rsa", size)
        extension = x509.SubjectAlternativeName(alternatives) if alternatives else None
        der = csr.sign(self._key, subject, extension, "sha256")
        return x509.load_der_x509_csr(der).public_bytes(serialization.Encoding.PEM)

    def load(self, identifier: str, certificate: bytes, key: bytes) -> None:
        """Take the certificate, and the key when the controller made it; both in PEM. CertificateRefused."""
        # ASSUMPTION: CA certificates that come with it are not kept: no source shows files for them.
        if self.is_loaded:
            raise CertificateRefused(Cause.ORDER, "a certificate has been loaded")
        if not key and self._key is None:
            raise CertificateRefused(Cause.ORDER, "neither a request was made nor a key given")
        self._take(identifier)
        try:
            item = formats.decode(Kind.CERT, "pem", certificate)
            own = formats.decode(Kind.KEY, "pem", key) if key else self._key
        except PKIRefusal as refusal:
            raise CertificateRefused(Cause.INVALID, refusal.reason) from refusal
        if own is None or not formats.is_pair(item, own):
            # ASSUMPTION: a certificate of another key is refused, and the names in it are not looked at.
            raise CertificateRefused(Cause.INVALID, "certificate and key do not match")
        self.is_loaded = True
        try:
            self._desk.put(self._identifier, {Kind.KEY: own, Kind.CERT: item})
        except PKIRefusal as refusal:
            raise CertificateRefused(Cause.FAILED, refusal.reason) from refusal
        if not self._rotates:
            self._settle()

    def finish(self) -> None:
        """Keep what was rotated. CertificateRefused."""
        if not self.is_loaded:
            raise CertificateRefused(Cause.ORDER, "no certificate has been loaded")
        self._settle()

    def _settle(self) -> None:
        """It is for good: the id is free before the controller hears of it."""
        self.is_final = True
        self._held.close()

    def _undo(self) -> None:
        if not self._rotates:
            self._desk.remove(self._identifier)
            return
        # A card that takes nothing more keeps what is on it.
        with contextlib.suppress(PKIRefusal):
            self._desk.put(self._identifier, self._before)
