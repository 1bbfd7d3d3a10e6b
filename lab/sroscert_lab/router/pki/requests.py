"""CMPv2 requests of one router: at most one outstanding for a CA profile, its record, polling and clearing.

Owns what is checked before a message goes out and what becomes of the answer (the DER file of save-as, the event 2083,
the record behind show-request and /state/system/security/pki/ca-profile/cmpv2/request). The messages themselves are the
CMP client's, called through `CMPPort`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from . import events
from .conf import CMPConf
from .failure import PKIRefusal
from .formats import Kind, PKIObject
from .profiles import ProfileTable
from .store import PKIStore

INITIAL = "initial-registration"
CERTIFICATE = "certificate-request"
UPDATE = "key-update"


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asked for; names of files are those in system-pki."""

    kind: str
    ca_profile: str
    save_as: str
    key: str
    new_key: str = ""
    certificate: str = ""
    subject_dn: str = ""
    domain_name: str = ""
    ip_address: str = ""
    reference: str = ""
    password: str = field(default="", repr=False)
    protection_key: str = ""
    send_chain: bool = False
    with_ca: str = ""
    # The default of the SNMP action and of the tutorial's transcript.
    hash_algorithm: str = "sha1"

    @property
    def by_password(self) -> bool:
        """True for message protection by password and reference."""
        return self.kind == INITIAL and not self.certificate


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request or a poll.

    Attributes:
        code: `cmpv2-transaction-status-code`.
        certificate: DER, when the CA issued one.
        text: the CA's words, or what went wrong on the way.
        pending: what the client needs for a poll; None once the request is settled.
        answered: whether any CMP message came back.
    """

    code: str
    certificate: bytes | None = None
    text: str = ""
    pending: object | None = field(default=None, repr=False)
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Material:
    """Loaded objects that a request is made of."""

    authority: PKIObject
    key: PKIObject
    new_key: PKIObject | None = None
    certificate: PKIObject | None = None
    signing_certificate: PKIObject | None = None
    chain: tuple[PKIObject, ...] = ()


class CMPPort(Protocol):
    """The CMP client as this module sees it; both calls block until the CA has answered or the time is up."""

    def send(self, order: Order, conf: CMPConf, material: Material) -> Answer:
        """Carry out ir, cr or kur."""

    def poll(self, order: Order, conf: CMPConf, pending: object) -> Answer:
        """Send one pollReq."""


@dataclass(frozen=True, slots=True)
class Record:
    """The last request of a CA profile."""

    order: Order
    started: datetime
    status: str = "in-progress"
    code: str = "none"
    text: str = ""
    replied: datetime | None = None
    pending: object | None = field(default=None, repr=False)
    certificate: bytes | None = field(default=None, repr=False)


class RequestDesk:
    """Starts, polls and clears requests."""

    def __init__(
        self,
        store: PKIStore,
        profiles: ProfileTable,
        port: CMPPort,
        clock: Callable[[], datetime],
        emit: events.Emit,
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._port = port
        self._clock = clock
        self._emit = emit
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}

    def record(self, ca_profile: str) -> Record | None:
        """The last request of a CA profile, if there was one since boot."""
        return self._records.get(ca_profile)

    def start(self, order: Order) -> Record:
        """Carry out a request; PKIRefusal when it cannot be sent, else a record (settled, failed or in progress)."""
        conf = self._conf(order.ca_profile)
        order = replace(order, save_as=self._store.refuse_existing(order.save_as))
        return self._send(order, conf, self._material(order))

    def update(self, order: Order, new_key: PKIObject) -> Record:
        """Carry out a key update for a key that is not in a file; the answer is in the record and nowhere else."""
        conf = self._conf(order.ca_profile)
        return self._send(order, conf, replace(self._material(order), new_key=new_key))

    def _send(self, order: Order, conf: CMPConf, material: Material) -> Record:
        with self._lock:
            # One for each CMPv2 server (guide), which other CA profiles may share.
            for name in self._sharing(conf.url):
                held = self._records.get(name)
                if held is not None and held.status == "in-progress":
                    # ASSUMPTION: the text; that no second request is sent is the guide's.
                    raise PKIRefusal(f'A CMPv2 request of CA profile "{name}" is in progress')
            record = Record(order, self._clock())
            self._records[order.ca_profile] = record
        return self._settle(record, self._port.send(order, conf, material))

    def _sharing(self, url: str) -> list[str]:
        """The CA profiles whose CMPv2 server this is."""
        return [name for name, profile in self._profiles.conf.ca_profiles.items() if profile.cmp.url == url]

    def poll(self, ca_profile: str) -> Record:
        """Ask the CA about the pending request."""
        conf = self._conf(ca_profile)
        record = self._records.get(ca_profile)
        if record is None or record.pending is None:
            # ASSUMPTION: the text.
            raise PKIRefusal(f'No CMPv2 request of CA profile "{ca_profile}" is pending')
        return self._settle(record, self._port.poll(record.order, conf, record.pending))

    def clear(self, ca_profile: str) -> None:
        """Forget the pending request; nothing is sent to the CA."""
        self._known(ca_profile)
        with self._lock:
            # ASSUMPTION: the record of a settled request is cleared too, and clearing nothing is no error.
            self._records.pop(ca_profile, None)

    def abort(self, ca_profile: str) -> None:
        """Give up the request in progress, also while the CA is being asked. PKIRefusal.

        ASSUMPTION: all of it. That there is an abort beside a clear, and only by SNMP, is all that the MIB says; here
        the request is kept as a failed one, an answer that comes later changes nothing, and nothing is sent to the CA.
        """
        self._known(ca_profile)
        with self._lock:
            record = self._records.get(ca_profile)
            if record is None or record.status != "in-progress":
                raise PKIRefusal(f'No CMPv2 request of CA profile "{ca_profile}" is in progress')
            given_up = replace(
                record, order=replace(record.order, password=""), status="failed", text="Aborted", pending=None
            )
            self._records[ca_profile] = given_up
        self._tell(given_up)

    def boot(self) -> None:
        """A pending request does not survive a boot."""
        self._records.clear()

    def _settle(self, record: Record, answer: Answer) -> Record:
        with self._lock:
            held = self._records.get(record.order.ca_profile)
        if held is not None and held is not record:
            return held
        status = {"waiting": "in-progress", "rejection": "failed", "none": "failed"}.get(answer.code, "processed")
        text = answer.text
        if answer.certificate is not None and status == "processed" and record.order.save_as:
            try:
                self._store.save(record.order.save_as, answer.certificate)
            except PKIRefusal as refusal:
                # ASSUMPTION: a certificate that cannot be written is lost and the request counts as failed.
                status, text = "failed", refusal.reason
        settled = replace(
            record,
            order=replace(record.order, password="") if status != "in-progress" else record.order,
            status=status,
            code=answer.code,
            text=text,
            # ASSUMPTION: the time of the last answer is that of any CMP message, also one that the router rejects.
            replied=self._clock() if answer.answered else record.replied,
            pending=answer.pending if status == "in-progress" else None,
            certificate=answer.certificate if status == "processed" else None,
        )
        with self._lock:
            # ASSUMPTION: an answer to a request that was cleared meanwhile leaves no record.
            if record.order.ca_profile in self._records:
                self._records[record.order.ca_profile] = settled
        self._tell(settled)
        return settled

    def _tell(self, record: Record) -> None:
        order, status = record.order, (record.status, record.code, record.text)
        self._emit(events.cmp_status(order.ca_profile, order.kind, status, record.started, record.replied))

    def _known(self, ca_profile: str) -> None:
        if ca_profile not in self._profiles.conf.ca_profiles:
            raise PKIRefusal(f'CA profile "{ca_profile}" does not exist')

    def _conf(self, ca_profile: str) -> CMPConf:
        self._known(ca_profile)
        if not self._profiles.ca_verdicts()[ca_profile].up:
            # ASSUMPTION: the texts from here on; that the profile must be in service is.
            raise PKIRefusal(f'CA profile "{ca_profile}" is not operational')
        conf = self._profiles.conf.ca_profiles[ca_profile].cmp
        if not conf.url:
            raise PKIRefusal(f'CA profile "{ca_profile}" has no CMPv2 URL')
        if conf.url.startswith("https:"):
            raise PKIRefusal("CMPv2 URL must be http")
        return conf

    def _material(self, order: Order) -> Material:
        profile = self._profiles.conf.ca_profiles[order.ca_profile]
        authority = self._profiles.cache.get(Kind.CERT, profile.cert_file)
        if authority is None:
            raise PKIRefusal(f'CA profile "{order.ca_profile}" is not operational')
        certificate = self._store.load(Kind.CERT, order.certificate) if order.certificate else None
        key = self._store.load(Kind.KEY, order.protection_key or order.key)
        # The tutorial requests with a key that was overwritten; whether SR OS compares the two itself is not known.
        # ASSUMPTION: it does not, and the CA refuses the signature. (A CA that does not look lets it pass.)
        new_key = order.new_key or (order.key if order.protection_key else "")
        return Material(
            authority=authority,
            key=key,
            new_key=self._store.load(Kind.KEY, new_key) if new_key else None,
            certificate=certificate,
            signing_certificate=self._profiles.cache.get(Kind.CERT, profile.cmp.response_signing_cert),
            chain=self._chain(order),
        )

    def _chain(self, order: Order) -> tuple[PKIObject, ...]:
        if not order.send_chain:
            return ()
        names = [order.with_ca] if order.with_ca else [order.ca_profile]
        profiles = self._profiles.conf.ca_profiles
        copies = (self._profiles.cache.get(Kind.CERT, profiles[name].cert_file) for name in names if name in profiles)
        return tuple(copy for copy in copies if copy is not None)
