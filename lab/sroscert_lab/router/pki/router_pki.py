"""`RouterPKI`: one router's PKI side, put together and behind one lock.

Owns the order of things at a commit, a boot and a power-off. Every decision is in the parts.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from .. import tlsevents
from ..behaviour import Behaviour
from ..errors import ActionResult, ConfigError
from ..logevent import Event
from ..snmp import SNMPAgent
from . import events
from .actions import ActionInterpreter
from .actiontable import ActionTable
from .assumptions import Assumptions, LiveReload
from .autoupdate import AutoUpdater
from .certdesk import CertificateDesk
from .certprofiles import IPSEC, TLS
from .cmpport import HTTPCMPPort
from .commands import CommandInterpreter
from .confreading import read_configuration
from .crlfetch import HTTPFetcher
from .crlupdate import CRLUpdater
from .est import ESTDesk
from .expiry import CRLS, ExpiryWatch, certificates_of
from .formats import Kind
from .ipsec import IPsecDesk
from .keypairs import KeyPairs
from .ocsp import OCSPDesk
from .operations import Host, Operations
from .profiles import ProfileTable
from .requests import RequestDesk
from .securend import SecureND
from .state import StateWriter, train_of
from .store import PKIStore
from .validity import ValidityWatch
from .vault import Vault, chassis_key

if TYPE_CHECKING:
    from lxml.etree import _Element

    from ..core import RouterCore
    from ..gnmidata import GNMIData

_SLOW_LOAD_S = 5


class _Timed(Protocol):
    """Something that happens by itself, at moments of the lab's time."""

    def reset(self) -> None:
        """A boot."""

    def refresh(self) -> None:
        """Look at what is configured and loaded now."""

    def close(self) -> None:
        """Switch off."""


class RouterPKI:
    """The PKI, TLS and gRPC side of one router."""

    def __init__(self, core: Host, assumptions: Assumptions | None = None, data: GNMIData | None = None) -> None:
        from ..gnmi import GNMIServer

        self._core = core
        self._lock = threading.RLock()
        self._booted = core.started
        #: What this router assumes; may be replaced while it runs.
        self.assumptions = assumptions or Assumptions()
        vault = Vault(chassis_key(core.folder / "chassis.key"))
        store = PKIStore(core.flash, vault, self._record, KeyPairs(core.keys, core.folder / "keys-made.json"))
        self.profiles = ProfileTable(store, self._record, core.clock, lambda: self.assumptions, self._load_seconds)
        desk = RequestDesk(store, self.profiles, HTTPCMPPort(core.address, core.faults), core.clock, self._record)
        #: What speaks of files, and looks again whenever one is loaded anew.
        self._watches = self._watching()
        ocsp = OCSPDesk(core.address, core.faults, core.clock)
        est = ESTDesk(self.profiles, core.address, core.clock, core.faults, ocsp)
        self._updater = AutoUpdater(store, self.profiles, desk, est, core.clock, self._record, self._renewed)
        self._crls = CRLUpdater(
            store, self.profiles, HTTPFetcher(core.address, core.faults), core.clock, self._record, self._tls_changed
        )
        self._secure_nd = SecureND(store)
        writer = StateWriter(self.profiles, desk, self._updater, self._crls, core.release)
        self.operations = Operations(
            host=core,
            store=store,
            profiles=self.profiles,
            desk=desk,
            writer=writer,
            updater=self._updater,
            crl_updater=self._crls,
            secure_nd=self._secure_nd,
            est=est,
            ocsp=ocsp,
            emit=self._record,
            assumptions=lambda: self.assumptions,
            tls_changed=self._tls_changed,
        )
        self.action_table = ActionTable(self.profiles, desk, core.clock)
        self._snmp = SNMPAgent(core.address, self.action_table)
        self._timed: tuple[_Timed, ...] = (*self._watches, self._updater, self._crls)
        core.clock.watch(self._clock_was_set)
        actions = ActionInterpreter(self.operations)
        self._actions = actions
        self._commands = CommandInterpreter(self.operations, actions)
        self._gnmi = GNMIServer(
            core.address,
            core.release,
            self.profiles,
            ocsp,
            core.authenticate,
            lambda: core.faults.take("grpc-refused"),
            core.clock,
            self._record_tls,
            data,
            CertificateDesk(self.operations),
        )

    def _watching(self) -> tuple[_Timed, ...]:
        clock, kinds = self._core.clock, (certificates_of(TLS), certificates_of(IPSEC), CRLS)
        warning = [ExpiryWatch(kind, self.profiles, clock, self._record) for kind in kinds]
        return (*warning, ValidityWatch(self.profiles, clock, self._record, self._refresh_grpc))

    def _record(self, event: Event) -> None:
        """Log an event, on a release that has it."""
        if events.is_known(event, train_of(self._core.release)):
            self._core.record(event)

    def _load_seconds(self) -> float:
        """What the next loading of a CA profile's files takes."""
        seconds = self._core.faults.strike("slow-load")
        return 0 if seconds is None else float(seconds or _SLOW_LOAD_S)

    def _record_tls(self, event: Event, application: str) -> None:
        if train_of(self._core.release) >= tlsevents.SINCE or application != tlsevents.TLS:
            self._core.record(event, application)

    def check(self, candidate: _Element) -> Sequence[ConfigError]:
        """Nothing beyond the schema: what does not work shows in the state, as reasons for being down."""
        # ASSUMPTION: no commit is refused for a missing file or a pair that does not match.
        return ()

    def running_changed(self, running: _Element) -> None:
        """Put a new running configuration into force; after a boot nothing is loaded and no request is known."""
        with self._lock:
            if self._booted != self._core.started:
                self._booted = self._core.started
                self.profiles.reset()
                for part in self._timed:
                    part.reset()
                self._secure_nd.reset()
                self.operations.ocsp.clear()
                self.action_table.reset()
                if not self.assumptions.pending_survives_boot:
                    self.operations.desk.boot()
            conf = read_configuration(running, train_of(self._core.release))
            # ASSUMPTION: what is loaded stays so when imported-format changes, until somebody reads the file again.
            self.operations.store.loads_legacy = conf.imported_format != "secure"
            self._secure_nd.start()
            self.profiles.apply(conf)
            self._snmp.refresh(conf.snmp)
            self._refresh_grpc()
        for part in self._timed:
            part.refresh()

    def _clock_was_set(self) -> None:
        # ASSUMPTION: what a router has warned of it does not warn of again when its clock goes back.
        for part in self._timed:
            part.refresh()

    def _refresh_grpc(self) -> None:
        self._core.ports.gnmi = self._gnmi.refresh(self._core.ports.gnmi)

    def _tls_changed(self) -> None:
        self._refresh_grpc()
        if self.assumptions.live_reload is LiveReload.CLOSE:
            self._gnmi.drop_connections()
        for watch in self._watches:
            watch.refresh()

    def _renewed(self, certificate: str, key: str) -> None:
        """A native renewal has put a new pair into its files."""
        if self._core.faults.is_set("native-no-reload"):
            return
        if self.profiles.cache.get(Kind.CERT, certificate) is not None:
            self.profiles.reload(certificate, key)
            self._tls_changed()

    @property
    def answers_snmp(self) -> bool:
        """Whether the port of SNMP is open."""
        return self._snmp.is_open

    @property
    def ipsec(self) -> IPsecDesk:
        """Where peers of IPsec authenticate."""
        return IPsecDesk(self.profiles, self.operations.ocsp, self._record)

    def state(self) -> _Element:
        """The state tree of this side."""
        return self.operations.writer.render(self._gnmi.state())

    def raw_command(self, line: str, user: str) -> str:
        """The output of one command line; CommandFailed."""
        return self._commands.run(line)

    def command(self, line: str, user: str, *, classic: bool) -> str:
        """The output of one command of a CLI session; CommandFailed."""
        return self._commands.run_in(line, classic=classic)

    def action(self, action: _Element, user: str) -> ActionResult:
        """Run a modelled action; CommandFailed."""
        return self._actions.run(action)

    def close(self) -> None:
        """Switch off."""
        for part in self._timed:
            part.close()
        self._gnmi.close()
        self._snmp.close()


def make_behaviour(core: RouterCore) -> Behaviour:
    """The PKI side of a router; `RouterCore` calls this."""
    from ..gnmidata import GNMIData

    return RouterPKI(core, data=GNMIData(core))
