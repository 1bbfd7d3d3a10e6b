"""A router for tests of the lab's PKI side: a real flash, clock and CMP client, and no management plane around it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from sroscert_lab.clock import Clock
from sroscert_lab.router.core import LoggedEvent, Ports
from sroscert_lab.router.ehs.conf import EHSConf
from sroscert_lab.router.ehs.counts import Counts
from sroscert_lab.router.errors import ActionResult
from sroscert_lab.router.faults import Faults
from sroscert_lab.router.flash import Flash
from sroscert_lab.router.logevent import Event
from sroscert_lab.router.pki import RouterPKI, formats
from sroscert_lab.router.pki.assumptions import Assumptions
from sroscert_lab.router.pki.formats import Kind
from sroscert_lab.router.routerclock import RouterClock
from sroscert_lab.seededkeys import KeyMaker

from tests.support.minting import CA

CONF = "urn:nokia.com:sros:ns:yang:sr:conf"
STATE = "urn:nokia.com:sros:ns:yang:sr:state"
ADMIN = "urn:nokia.com:sros:ns:yang:sr:oper-admin"
FILE = "urn:nokia.com:sros:ns:yang:sr:oper-file"

#: The two keys of the fixture `keys`.
Keys = tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]
#: Nested configuration: a leaf is text, a list a list of mappings.
Tree = dict[str, "str | Tree | list[Tree] | None"]


def to_xml(name: str, tree: Tree | str | None, namespace: str) -> etree._Element:
    """One element with all that is below it."""
    element = etree.Element(f"{{{namespace}}}{name}")
    if not isinstance(tree, dict):
        element.text = tree
        return element
    for key, value in tree.items():
        for item in value if isinstance(value, list) else [value]:
            element.append(to_xml(key, item, namespace))
    return element


def ca_profile(name: str = "ejbca", *, url: str = "http://127.0.0.1:1/none", **leaves: str) -> Tree:
    """A CA profile as the tutorial has it."""
    entry: Tree = {
        "ca-profile-name": name,
        "admin-state": "enable",
        "cert-file": "ca.pem",
        "revocation-check": "crl-optional",
        "cmpv2": {"url": {"url-string": url}, "always-set-sender-for-ir": "true"},
    }
    return entry | {key.replace("_", "-"): value for key, value in leaves.items()}


def cert_profile(certificate: str = "sr-cert", key: str = "sr-key", *, enabled: bool = True) -> Tree:
    """A certificate profile with one entry."""
    return {
        "cert-profile-name": "served",
        "admin-state": "enable" if enabled else "disable",
        "entry": [{"entry-id": "1", "certificate-file": certificate, "key-file": key}],
    }


def server_profile(**leaves: str | Tree) -> Tree:
    """A TLS server profile on `served` and `ciphers`."""
    entry: Tree = {
        "server-profile-name": "grpc",
        "admin-state": "enable",
        "cert-profile": "served",
        "cipher-list": "ciphers",
    }
    return entry | {key.replace("_", "-"): value for key, value in leaves.items()}


def cipher_list(*names: str, leaf: str = "cipher", tls13: tuple[str, ...] = ()) -> Tree:
    """A cipher list."""
    return {
        "server-cipher-list-name": "ciphers",
        leaf: [{"index": str(index), "name": name} for index, name in enumerate(names, 1)],
        "tls13-cipher": [{"index": str(index), "name": name} for index, name in enumerate(tls13, 1)],
    }


def configuration(
    pki: Tree | None = None, tls: Tree | None = None, grpc: Tree | None = None, system: Tree | None = None,
    ipsec: Tree | None = None,
) -> etree._Element:
    """A whole `configure` element."""
    inner: Tree = {"security": {"pki": pki or {}, "tls": tls or {}}, "grpc": grpc or {}}
    whole: Tree = {"system": inner | (system or {})}
    return to_xml("configure", whole | ({"ipsec": ipsec} if ipsec else {}), CONF)


@dataclass
class BenchHandling:
    """Event handling that nothing is configured of."""

    conf: EHSConf = field(default_factory=EHSConf)
    counts: Counts = field(default_factory=Counts)


@dataclass
class BenchHost:
    """What the PKI side needs of a router, without one."""

    folder: Path
    release: str = "21.2"
    address: str = "127.53.0.11"
    name: str = "sr"
    clock: Clock = field(default_factory=Clock)
    ports: Ports = field(default_factory=lambda: Ports(0, 0, 0))
    faults: Faults = field(default_factory=Faults)
    handling: BenchHandling = field(default_factory=BenchHandling)
    keys: KeyMaker = field(default_factory=KeyMaker)
    events: list[LoggedEvent] = field(default_factory=list)
    saves: int = 0
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.clock = RouterClock(self.clock, self.faults)
        self.flash = Flash(self.folder / "cf3", clock=self.clock, is_full=lambda: self.faults.is_set("flash-full"))
        self.flash.make_folder("cf3:/system-pki")

    @property
    def release_name(self) -> str:
        """As in the state tree."""
        return f"B-{self.release}.R1"

    def record(self, event: Event, application: str = "SECURITY") -> None:
        """Keep an event."""
        self.events.append(LoggedEvent(len(self.events) + 1, datetime.now(UTC), application, event))

    def running(self) -> etree._Element:
        """A configuration without anything."""
        return configuration()

    def log(self) -> tuple[LoggedEvent, ...]:
        """All events."""
        return tuple(self.events)

    def authenticate(self, username: str, password: str, interface: str) -> bool:
        """One user, admin, with access to gRPC."""
        return (username, password, interface) == ("admin", "admin", "grpc")

    def save_configuration(self) -> None:
        """Count the savings."""
        self.saves += 1

    def numbers(self) -> list[int]:
        """Event numbers in order."""
        return [entry.event.number for entry in self.events]


class Bench:
    """A host, its PKI side, and short ways to use both."""

    def __init__(self, folder: Path, release: str = "21.2", assumptions: Assumptions | None = None) -> None:
        self.host = BenchHost(folder, release)
        self.pki = RouterPKI(self.host, assumptions)

    def run(self, line: str) -> str:
        """One raw command."""
        return self.pki.raw_command(line, "admin")

    def act(self, name: str, **leaves: str | None) -> ActionResult:
        """One modelled PKI action; `name` is its path below `pki`."""
        tree: Tree = {key.replace("_", "-"): value for key, value in leaves.items()}
        for step in reversed(name.split("/")):
            tree = {step: tree}
        return self.pki.action(to_xml("admin", {"system": {"security": {"pki": tree}}}, ADMIN), "admin")

    def apply(self, running: etree._Element) -> None:
        """Put a configuration into force."""
        self.pki.running_changed(running)

    def state(self, path: str) -> str:
        """Text of one state leaf below /state/system; empty when it is missing."""
        steps = "/".join(f"{{{STATE}}}{step}" for step in path.split("/"))
        return self.pki.state().findtext(f"{{{STATE}}}system/{steps}") or ""

    def put(self, name: str, data: bytes) -> None:
        """A file on cf3:, as SFTP would bring it."""
        self.host.flash.write(f"cf3:/{name}", data)

    def install(self, kind: Kind, name: str, der: bytes) -> None:
        """A file in system-pki, imported from DER."""
        self.put("in", der)
        self.pki.operations.store.import_file(kind, "cf3:/in", name, "der")

    def install_pair(
        self, authority: CA, key: rsa.RSAPrivateKey, suffix: str = "", *, begin: timedelta = timedelta(days=-1),
        end: timedelta = timedelta(days=50),
    ) -> bytes:
        """Import the CA, a certificate for `key`, in force from and to then, and the key; gives the certificate."""
        now = datetime.now(UTC)
        der = authority.issue(key=key, not_before=now + begin, not_after=now + end)
        self.install(Kind.CERT, "ca.pem", authority.der)
        self.install(Kind.CERT, f"sr-cert{suffix}", der)
        self.install(Kind.KEY, f"sr-key{suffix}", formats.key_der(key))
        return der

    def served(self, *ciphers: str) -> bytes:
        """The certificate that a new TLS connection shows, in DER."""
        with self.connect(*ciphers) as connection:
            return connection.getpeercert(binary_form=True) or b""

    @contextmanager
    def connect(self, *ciphers: str, client: Path | None = None) -> Iterator[ssl.SSLSocket]:
        """A TLS connection to gNMI that checks nothing; `client` is a file with certificate and key to show."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if client is not None:
            context.load_cert_chain(client)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        context.set_ciphers(":".join([*(ciphers or ("AES128-SHA", "ECDHE-RSA-AES128-GCM-SHA256")), "@SECLEVEL=0"]))
        with (
            socket.create_connection((self.host.address, self.host.ports.gnmi), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=self.host.address) as connection,
        ):
            yield connection

    def close(self) -> None:
        """Switch off."""
        self.pki.close()
