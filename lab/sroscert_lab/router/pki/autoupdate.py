"""Native renewal: `certificate-auto-update` entries and their state machine (22.10 and later).

A new key is made, the CA is asked by a CMPv2 key update or by an EST renewal, and the pair is put in place of the old
one (Nokia guide, "Auto-update certificate"). Owns when an update runs and what its state shows; requests it has made.

ASSUMPTION: what the guide's readable part does not say: the new pair is written and reloaded for TLS as well (the fault
`native-no-reload` leaves it out); a request that the CA keeps waiting is polled at the next retry; what fails before
anything is asked of the CA (no pair, no profile, an expired certificate) makes the entry invalid and is not retried.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from ...clock import Alarm, Clock
from . import events, formats
from .conf import AutoUpdateConf
from .est import ESTDesk, ESTPending
from .failure import PKIRefusal
from .formats import Kind, PKIObject
from .profiles import ProfileTable
from .requests import UPDATE, Order, Record, RequestDesk
from .store import PKIStore, url_of

INVALID, SCHEDULED, IN_PROGRESS, WAITING = "invalid", "scheduled", "in-progress", "wait-for-retry"


@dataclass(slots=True)
class Progress:
    """One entry's state, as /state/system/security/pki/certificate-auto-update shows it.

    Attributes:
        state: YANG `update-state`.
        certificate: the certificate in the file that all this is about; another one starts anew.
        new_key: the key that a request was made for whose answer is still to come.
    """

    state: str = INVALID
    started: datetime | None = None
    ended: datetime | None = None
    next: datetime | None = None
    certificate: bytes = b""
    new_key: PKIObject | None = None


class _Later(Exception):
    """The CA did not give a certificate this time."""


class AutoUpdater:
    """Renews the certificates of one router by itself."""

    def __init__(
        self,
        store: PKIStore,
        profiles: ProfileTable,
        desk: RequestDesk,
        est: ESTDesk,
        clock: Clock,
        emit: events.Emit,
        loads: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._desk = desk
        self._est = est
        self._clock = clock
        self._emit = emit
        #: Has what is in use read a new pair.
        self._loads = loads
        self._lock = threading.RLock()
        self._table: dict[str, Progress] = {}
        self._alarm = Alarm(clock, self._run_due)

    def entries(self) -> tuple[tuple[AutoUpdateConf, Progress], ...]:
        """What is configured, with its state now."""
        with self._lock:
            self.refresh()
            return tuple((conf, self._table[conf.certificate]) for conf in self._profiles.conf.auto_updates)

    def reset(self) -> None:
        """A boot: nothing is known of earlier updates."""
        with self._lock:
            self._table.clear()

    def close(self) -> None:
        """Switch off."""
        self._alarm.set(None)

    def refresh(self) -> None:
        """Follow configuration and files, and wait for what is next; one that is overdue runs at once."""
        with self._lock:
            configured = {conf.certificate: conf for conf in self._profiles.conf.auto_updates}
            for name in [name for name in self._table if name not in configured]:
                del self._table[name]
            for name, conf in configured.items():
                self._schedule(conf, self._table.setdefault(name, Progress()))
            waiting = [item.next for item in self._table.values() if item.next is not None]
            self._alarm.set(min(waiting, default=None))

    def run_now(self, name: str) -> None:
        """`update-certificate`: update one entry now, in the caller's thread. PKIRefusal."""
        conf = next((conf for conf in self._profiles.conf.auto_updates if conf.certificate == name), None)
        if conf is None:
            # ASSUMPTION: the text.
            raise PKIRefusal(f'"{name}" is not in certificate-auto-update')
        self._update(conf)
        progress = self._table[name]
        self.refresh()
        if progress.state != SCHEDULED:
            # ASSUMPTION: the operation ends with the update and fails with it.
            raise PKIRefusal(f'Update of certificate "{name}" failed')

    def _schedule(self, conf: AutoUpdateConf, progress: Progress) -> None:
        if progress.state == IN_PROGRESS:
            return
        try:
            held = self._store.load(Kind.CERT, conf.certificate)
            self._profiles.check_pair(conf.certificate, conf.key)
        except PKIRefusal:
            progress.state, progress.next = INVALID, None
            return
        if progress.certificate == held.der and progress.state in (WAITING, INVALID):
            return
        progress.certificate, progress.new_key = held.der, None
        progress.state, progress.next = SCHEDULED, _due(held.certificate(), conf)
        if not (conf.ca_profile or conf.est_profile):
            progress.state, progress.next = INVALID, None

    def _run_due(self) -> None:
        now = self._clock()
        for conf, progress in self.entries():
            if progress.next is not None and progress.next <= now:
                self._update(conf)
        self.refresh()

    def _update(self, conf: AutoUpdateConf) -> None:
        with self._lock:
            progress = self._table.setdefault(conf.certificate, Progress())
            if progress.state == IN_PROGRESS:
                raise PKIRefusal(f'Update of certificate "{conf.certificate}" is in progress')
            progress.state, progress.started, progress.next = IN_PROGRESS, self._clock(), None
        self._emit(events.update_started(conf.certificate))
        try:
            certificate = self._renew(conf, progress)
        except _Later as failure:
            progress.next = self._clock() + timedelta(seconds=conf.retry_interval)
            progress.state = WAITING
            self._emit(events.update_failed(conf.certificate, str(failure)))
        except PKIRefusal as refusal:
            progress.state = INVALID
            self._emit(events.update_failed(conf.certificate, refusal.reason))
        else:
            progress.certificate, progress.new_key = certificate.der, None
            progress.state, progress.next = SCHEDULED, _due(certificate.certificate(), conf)
            self._loads(conf.certificate, conf.key)
            shown = certificate.certificate()
            subject = shown.subject.rfc4514_string()
            self._emit(events.update_finished(conf.certificate, shown.serial_number, subject))
        progress.ended = self._clock()

    def _renew(self, conf: AutoUpdateConf, progress: Progress) -> PKIObject:
        """The new certificate, put into its file with its key. PKIRefusal, _Later."""
        self._profiles.check_pair(conf.certificate, conf.key)
        held = self._store.load(Kind.CERT, conf.certificate)
        progress.certificate = held.der
        certificate = self._by_est(conf, progress, held) if conf.est_profile else self._by_cmp(conf, progress, held)
        if progress.new_key is None or not formats.is_pair(certificate, progress.new_key):
            progress.new_key = None
            raise _Later("the certificate is for another key")
        self._store.put(progress.new_key, conf.key)
        self._store.put(certificate, conf.certificate)
        return certificate

    def _by_est(self, conf: AutoUpdateConf, progress: Progress, held: PKIObject) -> PKIObject:
        """The certificate for a new key. PKIRefusal, _Later.

        One that has ended is renewed all the same: what counts is the certificate of the TLS session (guide).
        """
        progress.new_key = progress.new_key or self._new_key(conf)
        try:
            return self._est.renew(conf.est_profile, held, progress.new_key, conf.hash_algorithm)
        except ESTPending as pending:
            # RFC 7030 section 4.2.3: the same request is sent again, so the key stays.
            raise _Later(pending.reason) from pending
        except PKIRefusal as refusal:
            progress.new_key = None
            raise _Later(refusal.reason) from refusal

    def _by_cmp(self, conf: AutoUpdateConf, progress: Progress, held: PKIObject) -> PKIObject:
        """The certificate for a new key. PKIRefusal, _Later."""
        if not conf.ca_profile:
            raise PKIRefusal("no CA profile")
        if self._clock() >= held.certificate().not_valid_after_utc:
            raise PKIRefusal("the certificate has expired")
        try:
            record = self._ask(conf, progress)
        except PKIRefusal as refusal:
            raise _Later(refusal.reason) from refusal
        if record.certificate is None or progress.new_key is None:
            if record.status != "in-progress":
                progress.new_key = None
            raise _Later(record.text or record.code)
        return PKIObject(Kind.CERT, record.certificate)

    def _ask(self, conf: AutoUpdateConf, progress: Progress) -> Record:
        if progress.new_key is not None:
            return self._desk.poll(conf.ca_profile)
        progress.new_key = self._new_key(conf)
        order = Order(
            kind=UPDATE,
            ca_profile=conf.ca_profile,
            save_as="",
            key=conf.key,
            certificate=conf.certificate,
            hash_algorithm=conf.hash_algorithm,
        )
        try:
            return self._desk.update(order, progress.new_key)
        except PKIRefusal:
            progress.new_key = None
            raise

    def _new_key(self, conf: AutoUpdateConf) -> PKIObject:
        make, url = self._store.keys.make, url_of(conf.key)
        if conf.key_type:
            return make(url, conf.key_type, conf.key_size, conf.curve)
        key = self._store.load(Kind.KEY, conf.key).key()
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return make(url, "ecdsa", 0, key.curve.name)
        if isinstance(key, rsa.RSAPrivateKey | dsa.DSAPrivateKey):
            kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "dsa"
            return make(url, kind, key.key_size)
        raise PKIRefusal("the key is of no kind that can be made")


def _due(certificate: x509.Certificate, conf: AutoUpdateConf) -> datetime:
    if conf.after_issue is not None:
        return certificate.not_valid_before_utc + timedelta(seconds=conf.after_issue)
    return certificate.not_valid_after_utc - timedelta(seconds=conf.before_expiry)
