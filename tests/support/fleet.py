"""A whole small lab in the test process, CA and routers, as an intent folder on disk; and `sroscert` run against it.

The fixture `lab_fleet` (tests/conftest.py) makes these and closes them. Real sockets on loopback, free ports; host keys
and the CA's key are made once for each test process.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncssh
import yaml
from lxml import etree
from sroscert_lab.change import read_change
from sroscert_lab.clock import Clock
from sroscert_lab.cmp.ca import CertificationAuthority
from sroscert_lab.cmp.server import CMPServer
from sroscert_lab.intentfile import write_secret
from sroscert_lab.router.core import LoggedEvent, Ports, RouterCore
from sroscert_lab.router.lifecycle import LabRouter
from sroscert_lab.router.pki import make_behaviour
from sroscert_lab.router.sshd import SSHOptions
from sroscert_lab.subnet import free_port

from sroscert.cli.main import main
from tests.counting import note
from tests.support.lab import LabHost, free_address, lab_host, watch
from tests.support.warm import WarmProcess

Document = dict[str, Any]
MakeFleet = Callable[..., "Fleet"]

PASSWORD = "lab-Passw0rd"
CA_NAME = "C=NL,O=sroscert lab,CN=ManagementCA"
SUBJECT = {"C": "NL", "ST": "ZH", "O": "Nokia"}
_ROOT = Path(__file__).parents[2]
_HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_OF_TLS = "TLS"
"""What the application of events of TLS sessions is called."""


@dataclass(frozen=True)
class Result:
    """The end of one run of sroscert: exit code, what it wrote to standard output and to standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document. ValueError when it is anything else."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """Both streams, for messages of assertions."""
        return self.out + self.err

    def entry(self, router: str) -> Any:
        """What the JSON document says of one router."""
        (found,) = [entry for entry in self.json["routers"] if entry["router"] == router]
        return found


@dataclass(frozen=True)
class Login:
    """One attempt to log in, as the router saw it: `any` is SSH, `grpc` a gNMI call."""

    interface: str
    username: str
    password: str


class WatchedCore(RouterCore):
    """A router that remembers who tried to log in, and with what."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.logins: list[Login] = []
        self.locks_out = False
        super().__init__(*arguments, **options)

    def cut(self, *, locks_out: bool = False) -> None:
        """End every session from the router's side, as a broken line does; `locks_out` lets nobody in again."""
        self.locks_out = locks_out
        for session in self.sessions.all():
            session.disconnect()

    def authenticate(self, username: str, password: str, interface: str) -> bool:
        """Note the attempt, then decide as a router does."""
        self.logins.append(Login(interface, username, password))
        return not self.locks_out and super().authenticate(username, password, interface)


@dataclass(frozen=True)
class Snapshot:
    """Everything that a write to a router would change; two are equal when nothing was written in between."""

    running: bytes
    startup: bytes
    version: int
    pending: bool
    unsaved: bool
    files: dict[str, tuple[int, int, str]]
    events: tuple[str, ...]
    journal: tuple[str, ...]


@dataclass
class Fleet:
    """One lab: `folder` holds intent.yaml, known_hosts, ManagementCA.pem, password and codes/.

    `closing` has what else ends with it.
    """

    folder: Path
    host: LabHost
    ca: CertificationAuthority
    cmp: CMPServer
    routers: dict[str, LabRouter] = field(default_factory=dict)
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def intent(self) -> Path:
        """The intent file."""
        return self.folder / "intent.yaml"

    @property
    def names(self) -> tuple[str, ...]:
        """The routers' names, in order."""
        return tuple(self.routers)

    @property
    def first(self) -> str:
        """The name of the first router."""
        return self.names[0]

    def router(self, name: str = "") -> WatchedCore:
        """The core of a router (the first one without a name): its faults, flash, datastores, log."""
        core = self.routers[name or self.first].core
        assert isinstance(core, WatchedCore)
        return core

    # --- the intent ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def editing(self) -> Iterator[Document]:
        """The intent as data; what is done to it is written at the end."""
        document = yaml.safe_load(self.intent.read_text())
        yield document
        self.intent.write_text(yaml.safe_dump(document, sort_keys=False))

    def issue_code(
        self, reference: str, *, common_name: str = "", ips: Sequence[str] | None = None, dns: Sequence[str] = ()
    ) -> None:
        """A fresh one-time code in codes/<reference>, for the router of that name unless it is said otherwise."""
        addresses = [self.router(reference).address] if ips is None else ips
        subject = ",".join(f"{name}={value}" for name, value in {**SUBJECT, "CN": common_name or reference}.items())
        code = self.ca.codes.issue(reference, subject=subject, san_ips=tuple(addresses), san_dns=tuple(dns))
        write_secret(self.folder / "codes" / reference, code.secret)

    # --- what somebody else does to a router --------------------------------------------------------------------------

    def operator(self, *words: str, router: str = "") -> None:
        """An operator changes a router by hand: `/configure system grpc admin-state disable`, `delete /configure …`."""
        core = self.router(router)
        core.datastores.operator_change(read_change(core.schema, words))

    def snapshot(self, router: str = "") -> Snapshot:
        """What a router and the CA hold now."""
        core = self.router(router)
        startup = core.folder / "startup.xml"
        flash = core.folder / "cf3"
        return Snapshot(
            running=etree.tostring(core.running(), method="c14n"),
            startup=startup.read_bytes() if startup.exists() else b"",
            version=core.datastores._version,
            pending=core.datastores.pending is not None,
            unsaved=core.datastores.is_unsaved,
            files={str(path.relative_to(flash)): _mark(path) for path in sorted(flash.rglob("*")) if path.is_file()},
            events=tuple(f"{entry.sequence} {entry.event.number} {entry.event.text}" for entry in _told(core)),
            journal=tuple(str(entry) for entry in self.ca.journal.entries()),
        )

    # --- sroscert -----------------------------------------------------------------------------------------------------

    def run(self, *arguments: str) -> Result:
        """Run sroscert in this process on this intent."""
        return self.run_bare(*self.words(*arguments))

    def run_bare(self, *arguments: str) -> Result:
        """Run sroscert in this process with just these words."""
        out, err = io.StringIO(), io.StringIO()
        handlers = {number: signal.getsignal(number) for number in _HANDLED}
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(list(arguments))
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        return Result(int(code), out.getvalue(), err.getvalue())

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start sroscert as a process of its own on this intent; the caller waits for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "sroscert.cli.main", *self.words(*arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            env={**os.environ, **environment},
        )

    def start_warm(self, *arguments: str) -> WarmProcess:
        """As `start`, for a process that is killed: without the second that the start of Python takes."""
        return WarmProcess(self.words(*arguments), _ROOT)

    def run_process(self, *arguments: str, timeout_s: float = 60.0, **environment: str) -> Result:
        """Run sroscert as a process of its own on this intent."""
        with self.start(*arguments, **environment) as process:
            try:
                out, err = process.communicate(timeout=timeout_s)
            except BaseException:
                process.kill()
                raise
        return Result(process.returncode, out, err)

    def words(self, *arguments: str) -> list[str]:
        """The command line: with our intent, unless the arguments name one."""
        return list(arguments) if "-f" in arguments else [*arguments, "-f", str(self.intent)]

    def saved(self, router: str = "") -> None:
        """Save a router's configuration, as an operator does who is done with a change."""
        self.router(router).save_configuration()

    def applied(self, *arguments: str) -> Result:
        """Run `apply --yes`, which must succeed."""
        result = self.run("apply", "--yes", *arguments)
        assert result.code == 0, result.text
        return result

    # --- inside -------------------------------------------------------------------------------------------------------

    def add_router(self, name: str, release: str, options: SSHOptions | None = None) -> LabRouter:
        """One more router, running, with a code at the CA; not in the intent yet."""
        folder = self.host.folder / name
        folder.mkdir(parents=True)
        (folder / "host.key").touch(mode=0o600)
        (folder / "host.key").write_bytes(_host_key(len(self.routers)))
        router = self.start_router(name, release, free_address(), Ports(0, 0, 0), options)
        self.issue_code(name)
        return router

    def start_router(
        self, name: str, release: str, address: str, ports: Ports, options: SSHOptions | None = None
    ) -> LabRouter:
        """Switch a router on, with what its folder holds."""
        core = WatchedCore(
            name,
            address,
            release,
            self.host.folder / name,
            clock=self.host.clock,
            ports=ports,
            password=PASSWORD,
            make_behaviour=make_behaviour,
        )
        watch(core)
        router = LabRouter(core, options)
        self.host.run(router.start())
        self.host.routers.append(router)
        # Chosen once NETCONF and SSH have theirs: a port that was only free before could have been given to them.
        core.ports.gnmi = core.ports.gnmi or free_port(address, 0)
        self.routers[name] = router
        return router

    def write(self) -> None:
        """Write intent, host keys, CA certificate and password as they stand now."""
        (self.folder / "ManagementCA.pem").write_bytes(self.ca.certificate_pem())
        lines = [line for router in self.routers.values() for line in router.known_hosts_lines()]
        (self.folder / "known_hosts").write_text("".join(f"{line}\n" for line in lines))
        write_secret(self.folder / "password", PASSWORD)
        self.intent.write_text(yaml.safe_dump(_document(self), sort_keys=False))


@contextlib.contextmanager
def open_fleet(
    folder: Path,
    *,
    routers: int = 1,
    release: str | Sequence[str] = "21.2",
    lifetime: timedelta = timedelta(days=365),
    options: SSHOptions | None = None,
) -> Iterator[Fleet]:
    """A lab with `sr1`, `sr2` …, all of one release or one each; the CA issues for `lifetime`."""
    releases = [release] * routers if isinstance(release, str) else list(release)
    (folder / "routers").mkdir(parents=True)
    (folder / "codes").mkdir(mode=0o700)
    with lab_host(folder / "routers", Clock()) as host:
        ca = _authority(folder / "ca", host.clock, lifetime)
        cmp = CMPServer(ca, free_address(), 0, "CMP-Server").start()
        fleet = Fleet(folder, host, ca, cmp)
        try:
            for number, train in enumerate(releases, 1):
                fleet.add_router(f"sr{number}", train, options)
            fleet.write()
            yield fleet
        finally:
            fleet.closing.close()
            cmp.stop()
            ca.close()


def _document(fleet: Fleet) -> Document:
    return {
        "version": 1,
        "defaults": {"login": {"username": "admin", "password": "file:password", "known_hosts": "known_hosts"}},
        "ca_profiles": {
            "lab-ca": {
                "certificate": "ManagementCA.pem",
                "revocation_check": "crl-optional",
                "cmpv2": {
                    "url": fleet.cmp.url,
                    "always_set_sender_for_ir": True,
                    "accept_unprotected_message": {"error_message": True, "pkiconf_message": True},
                },
            }
        },
        "certificates": {
            "sr-cert": {
                "ca_profile": "lab-ca",
                "key": {"file": "sr-key", "type": "rsa", "size": 2048},
                "subject": {**SUBJECT, "CN": "{router}"},
                "san": {"ip": ["{address}"]},
                "enrolment": {"protection": "password", "reference": "{router}", "secret": "file:codes/{router}"},
                "renewal": {"before": "30d", "method": "auto"},
            }
        },
        "expiration_warning": {"hours": 720, "repeat_hours": 24},
        "tls": {
            "cert_profiles": {"sr-cert-prof": {1: "sr-cert"}},
            "server_cipher_lists": {"ciphers": "compatible"},
            "server_profiles": {"sr-server-tls-prof": {"cert_profile": "sr-cert-prof", "cipher_list": "ciphers"}},
        },
        "grpc": {"tls_server_profile": "sr-server-tls-prof", "admin_state": "enable"},
        "verify": {"gnmi": {"models": ["nokia-conf", "nokia-state"]}},
        "routers": {
            name: {
                "address": router.core.address,
                "login": {
                    "ports": {
                        "netconf": router.core.ports.netconf,
                        "ssh": router.core.ports.ssh,
                        "gnmi": router.core.ports.gnmi,
                    }
                },
            }
            for name, router in fleet.routers.items()
        },
    }


def _told(core: RouterCore) -> list[LoggedEvent]:
    """What a router logged, but for the TLS sessions of its clients: who only looks has one too."""
    return [entry for entry in core.log() if entry.application != _OF_TLS]


def _mark(path: Path) -> tuple[int, int, str]:
    data = path.read_bytes()
    return path.stat().st_mtime_ns, len(data), hashlib.sha256(data).hexdigest()


@functools.cache
def _host_key(number: int) -> bytes:
    """The host key of the n-th router of every lab in this process."""
    return asyncssh.generate_private_key("ssh-rsa", key_size=2048, comment=str(number)).export_private_key()


@functools.cache
def _authority_files() -> tuple[tuple[str, bytes], ...]:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "ca"
        CertificationAuthority.create_or_load(folder, CA_NAME, Clock()).close()
        kept = [path for path in folder.iterdir() if not path.name.startswith("ca.sqlite")]
        return tuple((path.name, path.read_bytes()) for path in kept)


def _authority(folder: Path, clock: Clock, lifetime: timedelta) -> CertificationAuthority:
    """A CA without a past, whose key every lab of this process has."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for name, data in _authority_files():
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(data)
    ca = CertificationAuthority.create_or_load(folder, CA_NAME, clock, lifetime)
    return watched(ca)


def watched(ca: CertificationAuthority) -> CertificationAuthority:
    """The CA, whose faults are counted."""
    ca.faults.watch(lambda name: note("fault", f"ca-{name.replace('_', '-')}"))
    return ca
