"""The jobs that the matrix breaks: how a lab is made ready, what is run, and what is true when it is done."""

from __future__ import annotations

import atexit
import functools
import shutil
import socket
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from tests.faults.moments import Part
from tests.support.ended import expire
from tests.support.fleet import Fleet, MakeFleet
from tests.support.kept import KeptFleet, keep
from tests.support.second_ca import another_ca

FAST = ("--verify-timeout", "1", "--confirm-timeout", "10", "--settle-timeout", "0", "--allow-interrupt")
_BACK = (*FAST[:4], FAST[-1])
#: A confirmed commit, and its confirmation.
_COMMITS = ("commit", "commit")
_CA = Part("CA", ("upload", "import certificate", "remove file", *_COMMITS))
_KEY = ("import key", "remove file", "request", "import certificate")
_PAIR = Part("pair", ("generate key", *_KEY))
#: From 23.3 on a signing request tells the new key, before it is imported; it is removed at the end.
_KNOWN_PAIR = Part("pair", ("generate key", "write request", *_KEY))
_TLS = Part("TLS", _COMMITS)
_SAVE = Part("configuration", ("save",))
_WORK_FILES = Part("work files", ("remove file",))
_HANDLING = Part("renewal", _COMMITS)
_SCRIPT = Part("renewal", ("upload", *_COMMITS))
#: A fresh code at the CA is one for the key list too.
_CODE = Part("code", _COMMITS)
#: A script names the pair that it renews, and is another after a flip. A router reads a Python handler at the commit,
#: so that one is there before.
_NEW_SCRIPT = Part("renewal", ("upload",))
#: A script goes to the standby CPM as well.
_STANDBY = Part("standby", ("copy file",))


@dataclass(frozen=True)
class Way:
    """One job on one release.

    Attributes:
        parts: the requests that write, in the order in which a run without faults makes them, by what they are for.
        prepare: makes the lab ready, up to the point where `command` has everything to do.
        command: what is run, again and again until it is done.
        serves: whether a valid certificate is served before; then one must be served at every moment.
        names: the DNS names of the certificate that is wanted.
        options: those that the command takes.
        moves: whether another certificate is served at the end that was there before.
        on_box: how the router renews by itself, `native` or `ehs`; then it may do so while sroscert runs.
    """

    name: str
    release: str
    parts: tuple[Part, ...]
    prepare: Callable[[MakeFleet, str], Fleet]
    command: str
    serves: bool = True
    names: tuple[str, ...] = ()
    options: tuple[str, ...] = FAST
    moves: bool = False
    on_box: str = ""

    @property
    def moments(self) -> tuple[str, ...]:
        """The names of the requests that write, in order."""
        return tuple(moment for part in self.parts for moment in part.moments)

    @property
    def words(self) -> tuple[str, ...]:
        """The command line of a run."""
        return (*self.command.split(), "--yes", "-o", "json", *self.options)

    def __str__(self) -> str:
        """As in the names of the tests."""
        return f"{self.name} on {self.release}"


def served(fleet: Fleet) -> x509.Certificate:
    """The certificate that a verifying client is shown; OSError when it does not like it."""
    context = _client("".join(path.read_text() for path in sorted(fleet.folder.glob("*CA.pem"))))
    core = fleet.router()
    with (
        socket.create_connection((core.address, core.ports.gnmi), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=core.address) as connection,
    ):
        return x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")


@functools.lru_cache
def _client(roots: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=roots)
    context.set_ciphers("AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
    context.set_alpn_protocols(["h2"])
    return context


def _bare(make: MakeFleet, release: str) -> Fleet:
    return make(release=release)


def _enrolled(make: MakeFleet, release: str) -> Fleet:
    """A router with a certificate of forty days that sroscert renews; what the CA issues now lives for a year."""
    return make(kept=_kept_enrolled(release))


@functools.cache
def _kept_enrolled(release: str) -> KeptFleet:
    def make_ready(fleet: Fleet) -> None:
        _renewal(fleet, "30d", "external")
        fleet.applied()

    return keep(_place(), make_ready, release=release, lifetime=timedelta(days=40))


@functools.cache
def _kept_with_past(release: str) -> KeptFleet:
    def make_ready(fleet: Fleet) -> None:
        _renewal(fleet, "30d", "external")
        fleet.applied()
        fleet.ca.lifetime = timedelta(days=365)
        assert fleet.run("renew", "--force", "--yes", "-o", "json", *FAST).code == 0

    return keep(_place(), make_ready, release=release, lifetime=timedelta(days=40))


def _place() -> Path:
    """A folder that goes with the process."""
    folder = tempfile.mkdtemp(prefix="sroscert-faults-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _due(make: MakeFleet, release: str) -> Fleet:
    fleet = _enrolled(make, release)
    _renewal(fleet, "960h", "external")
    return fleet


def _renamed(make: MakeFleet, release: str) -> Fleet:
    fleet = _enrolled(make, release)
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = ["{router}.example.net"]
    fleet.issue_code(fleet.first, dns=(f"{fleet.first}.example.net",))
    return fleet


def _rekeyed(make: MakeFleet, release: str) -> Fleet:
    """Another kind of key is asked for by code: nothing of the pair in use is used."""
    fleet = _enrolled(make, release)
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["key"]["size"] = 3072
    fleet.issue_code(fleet.first)
    return fleet


def _by_itself(make: MakeFleet, release: str) -> Fleet:
    fleet = _enrolled(make, release)
    _renewal(fleet, "30d", "auto")
    return fleet


def _by_handler(make: MakeFleet, release: str) -> Fleet:
    fleet = _enrolled(make, release)
    _renewal(fleet, "30d", "ehs")
    return fleet


def _another_ca(make: MakeFleet, release: str) -> Fleet:
    """The certificate is to come from another CA, which is the one that the fleet's faults and codes are of now."""
    fleet = _enrolled(make, release)
    fleet.ca = fleet.closing.enter_context(another_ca(fleet))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["ca_profile"] = "next-ca"
    return fleet


def _moved(make: MakeFleet, release: str) -> Fleet:
    fleet = _another_ca(make, release)
    fleet.applied(*FAST)
    with fleet.editing() as document:
        document["ca_profiles"]["lab-ca"]["retired"] = True
    return fleet


def _with_past(make: MakeFleet, release: str) -> Fleet:
    """The pair in use has a predecessor that is good for some days more."""
    return make(kept=_kept_with_past(release))


def _ended(make: MakeFleet, release: str) -> Fleet:
    """The certificate in use has ended, and signs nothing: a code is there in its place."""
    fleet = make(kept=_kept_ended(release))
    _renewal(fleet, "960h", "external")
    fleet.issue_code(fleet.first)
    return fleet


@functools.cache
def _kept_ended(release: str) -> KeptFleet:
    def make_ready(fleet: Fleet) -> None:
        _renewal(fleet, "30d", "external")
        fleet.applied()
        expire(fleet, fleet.first)

    return keep(_place(), make_ready, release=release, lifetime=timedelta(days=40))


def _renewing_itself(method: str) -> Callable[[MakeFleet, str], Fleet]:
    """A router that renews by itself, and could do so at any moment."""
    return lambda make, release: make(kept=_kept_renewing(release, method))


@functools.cache
def _kept_renewing(release: str, method: str) -> KeptFleet:
    def make_ready(fleet: Fleet) -> None:
        _renewal(fleet, "30d", method)
        fleet.applied()

    return keep(_place(), make_ready, release=release, lifetime=timedelta(days=40))


def _other_ciphers(method: str) -> Callable[[MakeFleet, str], Fleet]:
    """Something else is to change of the TLS that such a router serves."""

    def prepare(make: MakeFleet, release: str) -> Fleet:
        fleet = make(kept=_kept_renewing(release, method))
        with fleet.editing() as document:
            document["tls"]["server_cipher_lists"]["ciphers"] = ["tls-rsa-with-aes128-cbc-sha"]
        return fleet

    return prepare


def _renewal(fleet: Fleet, before: str, method: str) -> None:
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"] = {"before": before, "method": method}


def _pair(release: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """What makes a pair and takes it into use, and what comes at the end of such a job."""
    if release > "23":
        return (_KNOWN_PAIR, _TLS), (_SAVE, _WORK_FILES, _WORK_FILES)
    return (_PAIR, _TLS), (_SAVE, _WORK_FILES)


def _ways() -> tuple[Way, ...]:
    found = []
    for release in ("19.10", "21.2", "25.10"):
        pair, end = _pair(release)
        # Native renewal has no script.
        copied, handling = ((), _HANDLING) if release == "25.10" else ((_STANDBY,), _SCRIPT)
        found += [
            Way("enrol", release, (_CA, *pair, handling, *end, *copied), _bare, "apply", serves=False),
            Way("renew by key-update", release, (*pair, *end), _due, "renew"),
            Way(
                "renew by cert-request", release, (_CODE, *pair, *end), _renamed, "apply",
                names=("sr1.example.net",),
            ),
            Way("renew with another key", release, (_CODE, *pair, *end), _rekeyed, "apply"),
            Way("move to another CA", release, (_CA, *pair, *end), _another_ca, "apply"),
            Way("let the old CA go", release, (Part("old CA", _COMMITS), _SAVE), _moved, "apply"),
            Way("go back", release, (_TLS, _SAVE), _with_past, "rollback --to 1", options=_BACK, moves=True),
            Way(
                "clean up", release, (Part("old pair", ("remove file", "remove file")),), _with_past, "clean --keep 0",
                options=FAST[2:4],
            ),
            Way("have the router renew", release, (handling, _SAVE, *copied), _by_itself, "apply"),
            Way("enrol when it has ended", release, (_CODE, *pair, *end), _ended, "renew", serves=False),
        ]
    found.append(Way("have a Python handler renew", "25.10", (_SCRIPT, _SAVE, _STANDBY), _by_handler, "apply"))
    for release, method in (("19.10", "ehs"), ("21.2", "ehs"), ("25.10", "ehs"), ("25.10", "native")):
        pair, end = _pair(release)
        parts = [*pair, *end]
        if method == "ehs":
            parts.insert(1 if release == "25.10" else 2, _NEW_SCRIPT)
            parts.append(_STANDBY)
        found += [
            Way(
                f"renew beside {method}", release, tuple(parts), _renewing_itself(method), "renew --force",
                on_box=method,
            ),
            Way(f"change TLS beside {method}", release, (_TLS, _SAVE), _other_ciphers(method), "apply", on_box=method),
        ]
    return tuple(found)


WAYS = _ways()
