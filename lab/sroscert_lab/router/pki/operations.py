"""What both command languages can do on one router: the PKI side's parts and the host they live on.

Owns the bundle only; commands.py and actions.py are two grammars over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from lxml.etree import _Element

from ...clock import Clock
from ...seededkeys import KeyMaker
from ..core import LoggedEvent, Ports
from ..ehs.conf import EHSConf
from ..ehs.counts import Counts
from ..faults import Faults
from ..flash import Flash
from ..logevent import Event
from . import events
from .assumptions import Assumptions
from .autoupdate import AutoUpdater
from .crlupdate import CRLUpdater
from .est import ESTDesk
from .failure import PKIRefusal
from .formats import Kind, PKIObject
from .ocsp import OCSPDesk
from .profiles import ProfileTable
from .requests import RequestDesk
from .securend import SecureND
from .state import StateWriter, train_of
from .store import PKIStore
from .verdicts import compute_chain


class Handling(Protocol):
    """What the tables show of event handling."""

    @property
    def conf(self) -> EHSConf: ...  # noqa: D102
    @property
    def counts(self) -> Counts: ...  # noqa: D102


class Host(Protocol):
    """What the PKI side needs of the router's core."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def release(self) -> str: ...  # noqa: D102
    @property
    def release_name(self) -> str: ...  # noqa: D102
    @property
    def flash(self) -> Flash: ...  # noqa: D102
    @property
    def clock(self) -> Clock: ...  # noqa: D102

    @property
    def address(self) -> str: ...  # noqa: D102
    @property
    def started(self) -> datetime: ...  # noqa: D102
    @property
    def folder(self) -> Path: ...  # noqa: D102
    @property
    def ports(self) -> Ports: ...  # noqa: D102
    @property
    def keys(self) -> KeyMaker: ...  # noqa: D102
    @property
    def faults(self) -> Faults: ...  # noqa: D102
    @property
    def handling(self) -> Handling: ...  # noqa: D102

    def record(self, event: Event, application: str = "SECURITY") -> None:
        """Put an event into the log."""

    def authenticate(self, username: str, password: str, interface: str) -> bool:
        """Whether a local user has this password and access to `interface`."""

    def save_configuration(self) -> None:
        """`admin save`."""

    def running(self) -> _Element:
        """A copy of the configuration in force."""

    def log(self) -> Sequence[LoggedEvent]:
        """All events since boot."""


@dataclass(frozen=True, slots=True)
class Operations:
    """The parts of one router's PKI side."""

    host: Host
    store: PKIStore
    profiles: ProfileTable
    desk: RequestDesk
    writer: StateWriter
    updater: AutoUpdater
    crl_updater: CRLUpdater
    secure_nd: SecureND
    est: ESTDesk
    ocsp: OCSPDesk
    emit: events.Emit
    assumptions: Callable[[], Assumptions]
    #: Called when what TLS serves may have changed.
    tls_changed: Callable[[], None]

    @property
    def train(self) -> tuple[int, int]:
        """The release as a pair of numbers."""
        return train_of(self.host.release)

    def import_file(
        self, kind: Kind, url: str, name: str, encoding: str, password: str | None, *, with_chain: bool = False
    ) -> None:
        """Import a file; profiles do not see it before a reload, unless the assumption says so.

        `with_chain` refuses a certificate whose chain is not complete.
        """
        self.store.import_file(kind, url, name, encoding, password, self.check_chain if with_chain else None)
        self._imported(kind, name)

    def put(self, item: PKIObject, name: str) -> None:
        """Keep an object that the router itself has got, with all that an import has for a consequence."""
        self.store.put(item, name)
        self._imported(item.kind, name)

    def _imported(self, kind: Kind, name: str) -> None:
        if self.assumptions().import_reloads and self.profiles.cache.get(kind, name) is not None:
            self.profiles.reload(name if kind is Kind.CERT else None, name if kind is Kind.KEY else None)
            self.tls_changed()
        self.updater.refresh()

    def check_chain(self, item: PKIObject) -> None:
        """PKIRefusal unless the CA profiles in service lead from a certificate to a self-signed one.

        For `validate-certificate-chain`; what is no certificate has no chain.
        """
        if item.kind is Kind.CERT and not compute_chain(item.certificate(), self.profiles.ca_verdicts())[1]:
            # ASSUMPTION: the text, and that it is the chain that a cert-profile computes.
            raise PKIRefusal("Certificate chain cannot be validated")

    def remove(self, url: str) -> None:
        """`file remove`; what is loaded stays loaded. PKIRefusal, OSError."""
        flash = self.host.flash
        with self._outcome(lambda outcome: events.file_deleted(url, outcome)):
            if not flash.exists(url) or flash.is_folder(url):
                # ASSUMPTION: the text.
                raise PKIRefusal(f'remove file "{url}" - file not found')
            flash.remove(url)

    def copy(self, source: str, target: str) -> None:
        """`file copy`. OSError."""
        with self._outcome(lambda outcome: events.file_copied(source, target, outcome)):
            self.host.flash.copy(source, target)

    def move(self, source: str, target: str) -> None:
        """`file move`. OSError."""
        with self._outcome(lambda outcome: events.file_moved(source, target, outcome)):
            self.host.flash.move(source, target)

    @contextmanager
    def _outcome(self, event: Callable[[str], Event]) -> Iterator[None]:
        """Log what is done inside, however it ends."""
        try:
            yield
        except (PKIRefusal, OSError):
            self.emit(event("fail"))
            raise
        self.emit(event("success"))
