"""What was seen of one router, as plain values. Filled by ``workflow.observe``; read by every decision.

Nothing here decides and nothing here talks to a router.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sroscert.commands.replies import FileEntry, RequestStatus
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.display import CRLDates
from sroscert.plan.access import Access
from sroscert.values import ConfigTree, Path, Release

_STATE = Path.of("state")
_MANAGEMENT = Path.of("state", "system", "management-interface")
_REGION = _MANAGEMENT.entry("configuration-region", region_name="configure")
_CURRENT_TIME = Path.of("state", "system", "current-time")


@dataclass(frozen=True, slots=True)
class Served:
    """What a TLS client was shown at the gNMI port.

    ``reason`` is "ok" or why the handshake did not satisfy us (the closed set of ``device.ports.Reason``);
    ``certificate`` is what was served, also when it did not satisfy.
    """

    reason: str
    detail: str = ""
    certificate: CertificateInfo | None = None
    version: str = ""
    cipher: str = ""

    @property
    def verified(self) -> bool:
        """Whether chain, name, validity and cipher all held."""
        return self.reason == "ok"


@dataclass(frozen=True, slots=True)
class Datastore:
    """The state of one configuration datastore (``configuration-region/datastore`` in nokia-state)."""

    unsaved: bool | None = None
    locked: bool | None = None
    modified_by: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StandbyFiles:
    """What the card of the standby CPM, in ``slot``, has of the intent's scripts and of those that nothing runs now.

    ``scripts`` has the SHA-256 of each that is there, by its location as ``Observed.scripts`` has it; the size in words
    where no more could be read. ``unread`` says why nothing is known; ``slot`` is empty where the router does not tell
    which CPM is the active one.
    """

    slot: str = ""
    scripts: Mapping[str, str] = field(default_factory=dict)
    unread: str = ""


@dataclass(frozen=True)
class Observed:
    """One router as seen at one moment (``at``, aware UTC).

    ``flash`` and ``system_pki`` list cf3: and its folder of imported files; ``flash_listed_free`` is the room in bytes
    that the listing tells. ``displayed`` maps the names in system-pki (or of save-as files, as ``cf3:/x``) to what the
    router's own display says of them; ``crls`` has the dates of the revocation lists that running names in CA profiles
    of the intent. ``requests`` has the last CMPv2 request of each CA profile. ``scripts`` has the SHA-256 of each
    script on the router, by its location: of the intent, as it is written there, and of those in the root of cf3: that
    are called as ours are; empty where it could not be read. ``standby`` says the same of the standby CPM's card, None
    where nothing of it is wanted. ``slot`` is the active CPM's, empty where the listing of cf3: does not say.
    ``named_elsewhere`` tells for files that a renewal of ours may have been left over for, in small letters, where
    a part of running names them that no intent owns. ``access`` is what the login may do, and what sessions are
    left. ``rewritten`` has the secrets of the intent that are to be set although they are on the router, with why;
    ``unmarked`` those of which it is not known what was set.
    """

    release: Release
    at: datetime
    address: str = ""
    system_name: str = ""
    backend: str = "raw"
    backend_reason: str = ""
    backend_lines: tuple[str, ...] = ()
    configuration_mode: str = ""
    running: ConfigTree = field(default_factory=ConfigTree)
    state: ConfigTree = field(default_factory=ConfigTree)
    flash: tuple[FileEntry, ...] = ()
    flash_listed_free: int | None = None
    system_pki: tuple[FileEntry, ...] = ()
    displayed: Mapping[str, CertificateInfo] = field(default_factory=dict)
    crls: Mapping[str, CRLDates] = field(default_factory=dict)
    requests: Mapping[str, RequestStatus] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    slot: str = ""
    standby: StandbyFiles | None = None
    served: Served | None = None
    pending_until: datetime | None = None
    named_elsewhere: Mapping[str, str] = field(default_factory=dict)
    access: Access = field(default_factory=Access)
    rewritten: Mapping[Path, str] = field(default_factory=dict)
    unmarked: frozenset[Path] = frozenset()

    def has_pki_file(self, name: str) -> bool:
        """Tell whether system-pki holds ``name`` (FAT names do not know case)."""
        return any(entry.name.lower() == name.lower() for entry in self.system_pki)

    def flash_file(self, name: str) -> FileEntry | None:
        """Return the entry called ``name`` in the root of cf3:, if it is there."""
        return next((entry for entry in self.flash if entry.name.lower() == name.lower()), None)

    def datastore(self, name: str) -> Datastore:
        """Return what the router says of the datastore ``running`` or ``candidate``."""
        root = _REGION.entry("datastore", ds_name=name)
        stamp = self.state.text(root / "time-last-modified")
        return Datastore(
            unsaved=_boolean(self.state.text(root / "changes-since-last-save")),
            locked=_boolean(self.state.text(root / "locked")),
            modified_by=self.state.text(root / "user-last-modified"),
            modified_at=read_time(stamp) if stamp else None,
        )

    @property
    def flash_free(self) -> int | None:
        """The room left on cf3: in bytes, from its listing or from state (24.7); None where neither tells it."""
        if self.flash_listed_free is not None:
            return self.flash_listed_free
        cards = [
            card for chassis in self.state.entries(_STATE, "chassis") for card in self.state.entries(chassis, "flash")
        ]
        shown = [self.state.text(card / "free-space") for card in cards if ("flash-id", "cf3") in card.last.keys]
        return int(shown[0]) * 1024 if len(shown) == 1 and shown[0].isdigit() else None

    @property
    def router_time(self) -> datetime | None:
        """The router's own time when it was asked; None where it does not show it."""
        return read_time(self.state.text(_CURRENT_TIME))

    @property
    def clock_ahead(self) -> timedelta:
        """How far the router's clock was ahead of ours; zero where it does not show its time."""
        shown = self.router_time
        return shown - self.at if shown is not None else timedelta()

    def grpc_connections(self) -> int:
        """Return how many gRPC connections the router has open."""
        return len(self.state.entries(Path.of("state", "system", "grpc"), "connection"))

    def grpc_subscriptions(self) -> int:
        """Return how many of the gRPC calls that the router has open are subscriptions."""
        # ASSUMPTION: the call's name has this word in it, as that of gNMI's call has; the models only say that it is a
        # text.
        grpc = Path.of("state", "system", "grpc")
        return sum("subscribe" in self.state.text(call / "name").lower() for call in self.state.entries(grpc, "rpc"))


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


def read_time(text: str) -> datetime | None:
    """Read a YANG date-and-time; None when it is none."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def read_seconds(text: str) -> datetime | None:
    """Read a moment that a leaf gives in seconds since 1970; None for 0, by which SR OS says that there is none."""
    return datetime.fromtimestamp(int(text), UTC) if text.isascii() and text.isdigit() and int(text) else None


def unsettled_until(observed: Observed, confirm_timeout: timedelta) -> datetime | None:
    """Say until when what running shows may still be undone by a pending confirmed commit.

    No YANG leaf says that a confirmed commit is pending. Two signs do: a commit of ours whose end was never seen (the
    caller knows that from its run record: ``pending_until``), and a running datastore that was changed less than one
    confirm time-out ago (by the router's own clock) and is not saved. A change in the future of that clock was made
    before the clock was set back, nobody knows when: then the record is believed, and without one it may have been
    right now. Returns None when neither sign holds.
    """
    candidates = []
    if observed.pending_until is not None and observed.pending_until > observed.at:
        candidates.append(observed.pending_until)
    running = observed.datastore("running")
    if running.unsaved and running.modified_at is not None:
        changed_at = running.modified_at - observed.clock_ahead
        was_set_back = changed_at > observed.at
        until = min(changed_at, observed.at) + confirm_timeout
        if until > observed.at and not (was_set_back and observed.pending_until is not None):
            candidates.append(until)
    return max(candidates, default=None)
