"""CRLs that the router fetches: `auto-crl-update` of a CA profile and the command `crl-update`.

The URLs are tried in the order of their numbers, and the first CRL that qualifies takes the place of the old one in
file and cache: valid, signed by the CA, and newer by thisUpdate, then by its number (Nokia guide, "Auto CRL update").
When the next update is due, when there is none, and which event says so is TIMETRA-SECURITY-MIB's
(tmnxPkiCAProfAtCrlUpdTable, notifications 37 to 45). Owns when an update runs and what its state shows; what makes a
CRL valid is verdicts.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from ...clock import Alarm, Clock
from . import events, formats, verdicts
from .conf import CAProfileConf, CRLSource, CRLUpdateConf
from .crlfetch import Fetch
from .failure import PKIRefusal
from .formats import Kind, PKIObject
from .profiles import ProfileTable
from .store import PKIStore

IDLE, SCHEDULED, STOPPED = "not-updating", "auto-scheduled", "stopped"
DOWNLOADING, DOWNLOADING_BY_HAND = "auto-downloading", "manual-downloading"
_BUSY = (DOWNLOADING, DOWNLOADING_BY_HAND)


@dataclass(frozen=True, slots=True)
class Ended:
    """An automated update that is over; `cause` is the YANG's word for a failed one."""

    entry: int
    started: datetime
    ended: datetime
    cause: str = ""


@dataclass(slots=True)
class Progress:
    """The state of one CA profile's updates, as `ca-profile/auto-crl-update` shows it.

    Attributes:
        status: YANG `crl-update-status`.
        entry: the URL in use, while one is.
        enabled: since when updates are enabled; successes and failures from before do not count (MIB).
        followed: the configuration that `next` was made from; another one starts anew.
    """

    status: str = IDLE
    entry: int | None = None
    started: datetime | None = None
    enabled: datetime | None = None
    next: datetime | None = None
    success: Ended | None = None
    failure: Ended | None = None
    followed: CAProfileConf | None = None


class _Unfit(Exception):
    """One URL did not give a CRL that can be used; `cause` is the YANG's word."""

    def __init__(self, cause: str, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


class CRLUpdater:
    """Fetches the CRLs of one router's CA profiles. Nothing is locked while a URL is being read."""

    def __init__(
        self,
        store: PKIStore,
        profiles: ProfileTable,
        fetch: Fetch,
        clock: Clock,
        emit: events.Emit,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._fetch = fetch
        self._clock = clock
        self._emit = emit
        #: Called when a CA profile may have come up.
        self._changed = changed
        self._table: dict[str, Progress] = {}
        self._alarm = Alarm(clock, self._run_due)

    def progress(self, name: str) -> Progress | None:
        """The state of one CA profile; None without `auto-crl-update`."""
        return self._table.get(name)

    def reset(self) -> None:
        """A boot: nothing is known of earlier updates."""
        with self._profiles.lock:
            self._table.clear()

    def close(self) -> None:
        """Switch off."""
        self._alarm.set(None)

    def refresh(self) -> None:
        """Follow the configuration and wait for what is next; a profile without a good CRL fetches one at once."""
        with self._profiles.lock:
            configured = {
                name: conf for name, conf in self._profiles.conf.ca_profiles.items() if conf.crl_update is not None
            }
            for name in [name for name in self._table if name not in configured]:
                del self._table[name]
            for name, conf in configured.items():
                self._follow(conf, self._table.setdefault(name, Progress()))
            waiting = [item.next for item in self._table.values() if item.next is not None]
            self._alarm.set(min(waiting, default=None))

    def run_now(self, name: str) -> None:
        """`crl-update`: fetch in the caller's thread. PKIRefusal, of which all texts are ASSUMPTIONs."""
        conf = self._profiles.conf.ca_profiles.get(name)
        if conf is None:
            raise PKIRefusal(f'CA profile "{name}" does not exist')
        if conf.crl_update is None or not conf.crl_update.urls or not conf.crl_file:
            raise PKIRefusal(f'CA profile "{name}" has no crl-file or no URL of auto-crl-update')
        if conf.crl_update.enabled:
            # Nokia guide: the command requires that auto-crl-update is shut down.
            raise PKIRefusal(f'auto-crl-update of CA profile "{name}" must be disabled')
        if not conf.enabled:
            # MIB, tmnxPkiCAProfManCrlUpdAct: only while the profile is in service, and automatic updates are not.
            raise PKIRefusal(f'CA profile "{name}" is disabled')
        has_succeeded = self._update(conf, conf.crl_update, DOWNLOADING_BY_HAND)
        self.refresh()
        if not has_succeeded:
            raise PKIRefusal(f'CRL update of CA profile "{name}" failed')

    def _follow(self, conf: CAProfileConf, progress: Progress) -> None:
        if progress.status in _BUSY or progress.followed == conf:
            return
        progress.followed = conf
        update = conf.crl_update
        if update is None or not (conf.enabled and update.enabled and update.urls and conf.crl_file):
            progress.status, progress.next, progress.enabled = IDLE, None, None
            return
        if progress.enabled is None:
            progress.enabled, progress.success, progress.failure = self._clock(), None, None
        # ASSUMPTION: what the guide says of enabling the profile holds for enabling its auto-crl-update too.
        if self._flags(conf, self._profiles.cache.get(Kind.CRL, conf.crl_file)):
            progress.status, progress.next = SCHEDULED, self._clock()
        else:
            self._schedule(conf, update, progress)

    def _schedule(self, conf: CAProfileConf, update: CRLUpdateConf, progress: Progress) -> None:
        """After a good CRL: wait for the next time."""
        since = progress.success.started if progress.success is not None else progress.enabled or self._clock()
        progress.status = SCHEDULED
        if update.periodic:
            progress.next = since + timedelta(seconds=update.interval)
            return
        held = self._profiles.cache.get(Kind.CRL, conf.crl_file)
        end = None if held is None else held.crl().next_update_utc
        if end is None:
            self._emit(events.crl_without_next_update(conf.name))
            progress.status, progress.next = STOPPED, None
            return
        progress.next = end - timedelta(seconds=update.pre_update)
        if progress.next < since:
            # Not at once: the CRL that would come is probably the same (MIB, notification 45).
            self._emit(events.crl_ends_too_soon(conf.name))
            self._retry(conf, update, progress, since)

    def _retry(self, conf: CAProfileConf, update: CRLUpdateConf, progress: Progress, since: datetime) -> None:
        """Wait for another try; an interval counts from the start of the update before, a retry from its end (MIB)."""
        if update.periodic:
            progress.status, progress.next = SCHEDULED, since + timedelta(seconds=update.interval)
        elif update.retry:
            progress.status, progress.next = SCHEDULED, self._clock() + timedelta(seconds=update.retry)
        else:
            self._emit(events.crl_without_next_update(conf.name))
            progress.status, progress.next = STOPPED, None

    def _run_due(self) -> None:
        with self._profiles.lock:
            now = self._clock()
            due = [
                item.followed for item in self._table.values()
                if item.followed is not None and item.next is not None and item.next <= now
            ]
        for conf in due:
            if conf.crl_update is not None:
                self._update(conf, conf.crl_update, DOWNLOADING)
        self.refresh()

    def _update(self, conf: CAProfileConf, update: CRLUpdateConf, status: str) -> bool:
        """Try one URL after the other; whether one gave a CRL."""
        with self._profiles.lock:
            progress = self._table.setdefault(conf.name, Progress())
            if progress.status in _BUSY:
                raise PKIRefusal(f'CRL update of CA profile "{conf.name}" is in progress')
            started = self._clock()
            progress.status, progress.started, progress.next = status, started, None
        self._emit(events.crl_update_started(conf.name))
        ended = Ended(0, started, started, "download-failed")
        for source in update.urls:
            progress.entry = source.entry_id
            unfit = self._try(conf, source)
            ended = Ended(source.entry_id, started, self._clock(), unfit.cause if unfit is not None else "")
            if unfit is None:
                self._emit(events.crl_updated(conf.name, source.url))
                self._changed()
                break
            # The last URL has no event of its own (MIB, notification 39).
            failed = events.crl_update_failed if source is update.urls[-1] else events.crl_url_failed
            self._emit(failed(conf.name, source.url, str(unfit)))
        self._finish(conf, update, progress, ended)
        return not ended.cause

    def _try(self, conf: CAProfileConf, source: CRLSource) -> _Unfit | None:
        """Why this URL did not help; None when its CRL is in force now."""
        try:
            item = self._read(source)
            with self._profiles.lock:
                self._check(conf, item)
                self._put(conf, item)
                self._profiles.take_crl(conf.crl_file, item)
        except _Unfit as unfit:
            return unfit
        return None

    def _put(self, conf: CAProfileConf, item: PKIObject) -> None:
        try:
            self._store.put(item, conf.crl_file)
        except PKIRefusal as refusal:
            # ASSUMPTION: a CRL that cannot be stored is one that was not downloaded.
            raise _Unfit("download-failed", refusal.reason) from refusal

    def _read(self, source: CRLSource) -> PKIObject:
        try:
            data = self._fetch(source)
        except OSError as error:
            raise _Unfit("download-failed", str(error)) from error
        try:
            # DER alone (guide).
            return formats.decode(Kind.CRL, "der", data)
        except PKIRefusal as refusal:
            raise _Unfit("invalid-crl", "not a CRL in DER") from refusal

    def _check(self, conf: CAProfileConf, item: PKIObject) -> None:
        """Raise _Unfit for a CRL that does not qualify."""
        if flags := self._flags(conf, item):
            raise _Unfit("invalid-crl", flags[0])
        try:
            held = self._store.load(Kind.CRL, conf.crl_file)
        except PKIRefusal:
            return
        # ASSUMPTION: a CRL that could not be used anyway, another CA's for example, need not be older.
        if "invalid-crl" not in self._flags(conf, held) and _age(item) <= _age(held):
            raise _Unfit("invalid-crl", "not newer than the CRL that is there")

    def _flags(self, conf: CAProfileConf, item: PKIObject | None) -> list[str]:
        certificate = self._profiles.ca_verdicts()[conf.name].certificate if self._is_present(conf) else None
        if item is not None and certificate is not None and item.crl().issuer != certificate.subject:
            return ["invalid-crl"]
        return verdicts.crl_flags(conf, item, certificate, self._clock())

    def _is_present(self, conf: CAProfileConf) -> bool:
        return conf.name in self._profiles.conf.ca_profiles

    def _finish(self, conf: CAProfileConf, update: CRLUpdateConf, progress: Progress, ended: Ended) -> None:
        with self._profiles.lock:
            is_manual = progress.status == DOWNLOADING_BY_HAND
            progress.entry = progress.started = None
            if is_manual:
                progress.status = STOPPED if ended.cause else IDLE
            elif ended.cause:
                progress.failure = ended
                self._retry(conf, update, progress, ended.started)
            else:
                progress.success = ended
                self._schedule(conf, update, progress)


def _age(item: PKIObject) -> tuple[datetime, int]:
    """What makes one CRL newer than another: thisUpdate, then the number."""
    crl = item.crl()
    try:
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        number = -1
    return crl.last_update_utc, number
