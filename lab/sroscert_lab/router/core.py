"""The heart of one simulated router: identity, clock, flash, users, log, faults, sessions, configuration.

Owns what the management plane and the PKI side share, and wires the two together. Does not own a wire protocol.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lxml import etree

from ..clock import Clock
from ..seededkeys import KeyMaker
from .accounts import authenticate, has_access
from .behaviour import Behaviour, BehaviourFactory, PlainBehaviour
from .cli.classic.candidate import Candidate
from .datastore import Datastores
from .eventcontrol import EventControl
from .faults import Faults
from .flash import CERTIFICATES, CONFIGURATION, Flash
from .initial import initial_configuration
from .logevent import Event
from .moments import Moments
from .routerclock import RouterClock
from .schema import load_schema
from .secretbox import SecretBox
from .sessions import Session, Sessions
from .tree import text_of

#: More than any of a router's logs shows, and bounded.
_LOG_SIZE = 10_000


@dataclass(slots=True)
class Ports:
    """TCP ports of a router. 0 asks for a free one; the servers put in what they got."""

    netconf: int = 830
    ssh: int = 22
    gnmi: int = 57400


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event in the router's log."""

    sequence: int
    time: datetime
    application: str
    event: Event


@dataclass(frozen=True, slots=True)
class Account:
    """A local user as the running configuration has it."""

    name: str
    access: frozenset[str] = field(default_factory=frozenset)


class RouterCore:
    """One router. Made switched off; `boot` loads the start-up configuration and tells the behaviour.

    Attributes:
        name: the router's name (`sr`), also its oper-name until the configuration says otherwise.
        address: its own loopback address.
        release: train, `21.2`; the full release is `release_name`, `B-21.2.R1`.
        folder: where everything of this router lives; `cf3` below it is the flash. What stands beside `cf3` (host key,
            chassis key, start-up configuration in clear text) cannot be reached by SFTP.
        ports: as bound once the servers run.
    """

    def __init__(
        self,
        name: str,
        address: str,
        release: str,
        folder: Path,
        *,
        clock: Clock | None = None,
        ports: Ports | None = None,
        username: str = "admin",
        password: str = "admin",  # noqa: S107
        make_behaviour: BehaviourFactory | None = None,
        seed: str = "",
    ) -> None:
        self.name = name
        self.address = address
        self.release = release
        self.folder = folder
        self.ports = ports or Ports()
        self.faults = Faults(seed and f"{seed}:{name}:faults")
        self.moments = Moments()
        self.clock: Clock = RouterClock(clock or Clock(), self.faults)
        folder.mkdir(parents=True, exist_ok=True)
        self.flash = Flash(
            folder / "cf3", clock=self.clock, is_full=lambda: self.faults.is_set("flash-full"),
            has_standby=lambda: not self.faults.is_set("standby-lost"),
        )
        if not self.flash.exists("cf3:/system-pki"):
            self.flash.make_folder("cf3:/system-pki")
        self.schema = load_schema(release)
        self.keys = KeyMaker(seed and f"{seed}:{name}:keys")
        self.secrets = SecretBox(folder / "secret-box.key", seed and f"{seed}:{name}:secrets")
        self.sessions = Sessions()
        self.classic_candidate = Candidate()
        self.checkpoints: list[etree._Element] = []
        self.operation_ids = itertools.count()
        self.started = self.clock()
        self._log_lock = threading.Lock()
        self._log: deque[LoggedEvent] = deque(maxlen=_LOG_SIZE)
        self._sequence = itertools.count(1)
        self._log_watchers: list[Callable[[LoggedEvent], None]] = []
        self.event_control = EventControl(self.clock, self.schema, self.record)
        initial = initial_configuration(self.schema, name, username, password)
        self.faults.watch(self._fault_changed)
        self.behaviour: Behaviour = PlainBehaviour()
        from .ehs.handling import EventHandling

        self.handling = EventHandling(self)
        #: Whether certificates are synchronized: until now, as running had it.
        self._cert_sync = False
        self.datastores = Datastores(self, initial)
        if make_behaviour is not None:
            self.behaviour = make_behaviour(self)

    # --- identity -----------------------------------------------------------------------------------------------------

    @property
    def release_name(self) -> str:
        """`version-number` of the state tree, for example `C-25.10.R1`."""
        # ASSUMPTION: letter B up to 22.x, C after; seen are B-19.10.R4, B-20.5.R2, C-26.7.R1.
        letter = "B" if int(self.release.split(".")[0]) <= 22 else "C"
        return f"{letter}-{self.release}.R1"

    @property
    def train(self) -> tuple[int, int]:
        """The release as a pair of numbers, `(21, 2)`."""
        year, minor = self.release.split(".")[:2]
        return int(year), int(minor)

    # --- configuration ------------------------------------------------------------------------------------------------

    def running(self) -> etree._Element:
        """A copy of the running `configure` element, secrets in clear text."""
        return self.datastores.running_copy()

    def running_changed(self, running: etree._Element) -> None:
        """A new configuration is in force; the datastores call this, one at a time, with a copy for us to keep."""
        cert_sync = text_of(running, "redundancy", "cert-sync", default="true") == "true"
        if self._cert_sync and not cert_sync:
            self._synchronize(certificates=True)
        self._cert_sync = cert_sync
        # These first: the behaviour may log events at once.
        self.event_control.configure(running)
        self.handling.configure(running)
        self.behaviour.running_changed(running)

    def save_configuration(self) -> None:
        r"""`admin save`: running becomes the start-up configuration and `cf3:\config.cfg` is written. OSError."""
        self.datastores.save()

    def authenticate(self, username: str, password: str, interface: str) -> bool:
        """Whether a local user has this password and access to `interface` (`netconf`, `grpc`, `console`)."""
        return authenticate(self.running(), self.secrets, username, password, interface)

    def has_access(self, username: str, interface: str) -> bool:
        """Whether a user may use `interface` (`netconf`, `grpc`, `console`, `files`)."""
        return has_access(self.running(), username, interface)

    # --- log ----------------------------------------------------------------------------------------------------------

    def record(self, event: Event, application: str = "SECURITY") -> None:
        """Put an event into the log and tell who watches, in the caller's thread, unless event control drops it."""
        admitted = self.event_control.admit(event, application)
        if admitted is None:
            return
        with self._log_lock:
            logged = LoggedEvent(next(self._sequence), self.clock(), application, admitted)
            self._log.append(logged)
        for watcher in list(self._log_watchers):
            watcher(logged)

    def log(self) -> tuple[LoggedEvent, ...]:
        """The events since boot, oldest first; after very many the oldest are gone."""
        with self._log_lock:
            return tuple(self._log)

    def watch_log(self, watcher: Callable[[LoggedEvent], None]) -> None:
        """Have `watcher` called with each event."""
        self._log_watchers.append(watcher)

    def unwatch_log(self, watcher: Callable[[LoggedEvent], None]) -> None:
        """Have it called no more."""
        with contextlib.suppress(ValueError):
            self._log_watchers.remove(watcher)

    # --- life ---------------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Load the start-up configuration and put it in force."""
        self.started = self.clock()
        self.event_control.reset()
        self.handling.reset()
        self.classic_candidate.reset()
        self.datastores.boot()

    def end_session(self, session: Session) -> None:
        """What the router does when a session is gone: roll back what it left pending, release its locks."""
        self.sessions.close(session)
        self.datastores.session_ended(session)

    def connection_lost(self, session: Session) -> None:
        """The connection of a session ended; a router with the fault `ghost-session` does not notice.

        One that said goodbye is over before its connection ends: no fault is used up by it.
        """
        if self.sessions.get(session.id) is session and self.faults.take("ghost-session"):
            session.is_ghost = True
            return
        self.end_session(session)

    def bury_ghosts(self) -> None:
        """End the sessions whose death was not noticed."""
        for session in self.sessions.all():
            if session.is_ghost:
                self.end_session(session)

    def reboot(self) -> None:
        """Restart: every session is cut, running becomes what was saved last."""
        self._cut_sessions()
        with self._log_lock:
            self._log.clear()
            self._sequence = itertools.count(1)
        self.boot()

    def switch_over(self) -> None:
        """The standby CPM takes over: it has running and what CPMs synchronize, and its own card is cf3: now.

        ASSUMPTION: sessions are cut, log and counters go on, and what is loaded of certificates stays loaded.
        """
        self._cut_sessions()
        self._synchronize(certificates=self._cert_sync)
        self.flash.switch_over()
        self.handling.runs.reset()

    def _synchronize(self, *, certificates: bool) -> None:
        """What the CPMs keep in step by themselves, made up for when it begins to matter."""
        if not self.faults.is_set("standby-out-of-sync"):
            self.flash.synchronize(CONFIGURATION, *((CERTIFICATES,) if certificates else ()))

    def _cut_sessions(self) -> None:
        for session in self.sessions.all():
            session.disconnect()
            self.sessions.close(session)

    def close(self) -> None:
        """Switch the router off."""
        self.handling.reset()
        self.datastores.close()
        self.behaviour.close()

    def _fault_changed(self, name: str, is_set: bool) -> None:
        if name == "ghost-session" and not is_set:
            self.bury_ghosts()
        elif name == "reboot" and self.faults.take("reboot"):
            self.reboot()
        elif name == "switchover" and self.faults.take("switchover"):
            self.switch_over()
