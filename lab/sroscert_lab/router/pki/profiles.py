"""The profiles of one router as they run: what they hold in the cache, and their states.

Owns the effect of a commit, a reload and a flip. The judging itself is verdicts.py; files are store.py and cache.py;
what TLS makes of it is identities.py.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from . import events, reports, verdicts
from .assumptions import Assumptions, Flip
from .cache import PKICache, Slot
from .clientstatus import Checks
from .conf import CAProfileConf, CertEntryConf, CertProfileConf, PKIConf, ServerProfileConf
from .failure import PKIRefusal
from .formats import Kind, PKIObject, is_pair
from .loading import Loading
from .store import PKIStore

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _locked(
    method: Callable[Concatenate[ProfileTable, _Arguments], _Result],
) -> Callable[Concatenate[ProfileTable, _Arguments], _Result]:
    """One thread at a time: commits, handshakes and state readers come from different ones."""

    @functools.wraps(method)
    def guarded(self: ProfileTable, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with self.lock:
            return method(self, *args, **kwargs)

    return guarded


class ProfileTable:
    """States of CA, certificate, TLS and trust-anchor profiles."""

    def __init__(
        self,
        store: PKIStore,
        emit: events.Emit,
        clock: Callable[[], datetime],
        assumptions: Callable[[], Assumptions],
        load_seconds: Callable[[], float] = lambda: 0,
    ) -> None:
        self.lock = threading.RLock()
        self._store = store
        self._cache = PKICache(store, emit)
        self._emit = emit
        self._clock = clock
        self._assumptions = assumptions
        self._conf = PKIConf()
        #: Entries that count: those of the moment of enabling when a flip waits for a bounce.
        self._effective: dict[str, CertProfileConf] = {}
        self._loading = Loading(clock, load_seconds)
        self._look = reports.Look()
        #: Of clients' certificates, for the state tree.
        self.client_checks = Checks()

    @property
    def conf(self) -> PKIConf:
        """The running configuration that is in force."""
        return self._conf

    @property
    def cache(self) -> PKICache:
        """What is loaded."""
        return self._cache

    def now(self) -> datetime:
        """The router's time."""
        return self._clock()

    @_locked
    def apply(self, conf: PKIConf) -> None:
        """Put a new running configuration into force: changed CA profiles restart, caches follow their users."""
        before, self._conf = self._conf, conf
        for name, profile in before.ca_profiles.items():
            now = conf.ca_profiles.get(name)
            if now is None or not now.enabled or now.restart_key != profile.restart_key:
                self._cache.release(f"ca-profile {name}")
                self._loading.stop(name)
        for name in before.cert_profiles:
            if name not in conf.cert_profiles or not conf.cert_profiles[name].enabled:
                self._cache.release(f"cert-profile {name}")
                self._effective.pop(name, None)
        for profile in conf.ca_profiles.values():
            user = f"ca-profile {profile.name}"
            if profile.enabled:
                if user not in self._cache.users():
                    self._loading.start(profile.name)
                self._cache.hold(user, _ca_slots(profile))
        for cert_profile in conf.cert_profiles.values():
            if cert_profile.enabled:
                self._take_into_force(cert_profile)
        self._report()

    def _take_into_force(self, profile: CertProfileConf) -> None:
        held = self._effective.get(profile.name)
        if held is None or self._assumptions().flip is Flip.AT_ONCE:
            held = profile
        self._effective[profile.name] = held
        self._cache.hold(f"cert-profile {profile.name}", _cert_slots(held))

    @_locked
    def loaded_next(self) -> datetime | None:
        """The next moment at which a CA profile has loaded its files."""
        return self._loading.next_end()

    @_locked
    def review(self) -> bool:
        """Judge the profiles as of now; whether the passing of time made one usable, or took it out of use."""
        return self._report()

    def _report(self) -> bool:
        """Say in the log what has become of the profiles since the last time."""
        before, self._look = self._look, self._look_now()
        for event in reports.differences(before, self._look):
            self._emit(event)
        return reports.is_usable_otherwise(before, self._look)

    def _look_now(self) -> reports.Look:
        now, authorities = self._clock(), self.ca_verdicts()
        early, unchained = set(), set()
        for name, profile in self._effective.items():
            for entry, verdict in zip(profile.entries, self._judged(name, authorities), strict=True):
                if verdict.valid_from is None:
                    continue
                if verdict.valid_from > now:
                    early.add(entry.certificate_file)
                if verdict.chain_state == "not-available":
                    unchained.add(entry.certificate_file)
        return reports.Look(authorities, frozenset(unchained), frozenset(early))

    @_locked
    def reload(self, certificate: str | None, key: str | None) -> None:
        """`admin certificate reload`: read the files again, for a pair only when they match; PKIRefusal else."""
        items: dict[Slot, PKIObject] = {}
        if certificate is not None:
            items[Kind.CERT, certificate] = self._store.load(Kind.CERT, certificate)
        if key is not None:
            items[Kind.KEY, key] = self._store.load(Kind.KEY, key)
        if certificate is not None and key is not None:
            self.check_pair(certificate, key)
        if not self._cache.reload(items):
            # ASSUMPTION: a reload of files that no enabled profile uses is refused.
            raise PKIRefusal(f'File is not in use - "{certificate or key}"')
        if certificate is not None:
            self._emit(events.file_reloaded("Certificate", certificate))
        if key is not None:
            self._emit(events.file_reloaded("Key", key))
        self._report()

    @_locked
    def take_crl(self, name: str, item: PKIObject) -> None:
        """Replace the loaded copy of a CRL that was fetched; the CA profiles that use it are judged anew."""
        self._cache.reload({(Kind.CRL, name): item})
        self._report()

    def check_pair(self, certificate: str, key: str) -> None:
        """PKIRefusal unless both files exist and belong together."""
        pair = self._store.load(Kind.CERT, certificate), self._store.load(Kind.KEY, key)
        if not is_pair(*pair):
            # ASSUMPTION: the text; that a pair must match is the guide's.
            raise PKIRefusal(f'Certificate "{certificate}" and key "{key}" do not match')

    @_locked
    def used_certificates(self) -> dict[str, PKIObject]:
        """The loaded certificates of enabled cert-profiles, by file name."""
        names = {entry.certificate_file for profile in self._effective.values() for entry in profile.entries}
        copies = {name: self._cache.get(Kind.CERT, name) for name in sorted(names)}
        return {name: copy for name, copy in copies.items() if copy is not None}

    @_locked
    def used_crls(self) -> dict[str, PKIObject]:
        """The loaded CRLs, which are those of enabled CA profiles, by file name."""
        copies = {name: self._cache.get(Kind.CRL, name) for name in self._cache.names(Kind.CRL)}
        return {name: copy for name, copy in copies.items() if copy is not None}

    @_locked
    def loaded(self) -> dict[Slot, PKIObject]:
        """The loaded certificates and CRLs, of CA profiles and of certificate profiles."""
        slots = [(kind, name) for kind in (Kind.CERT, Kind.CRL) for name in self._cache.names(kind)]
        copies = {slot: self._cache.get(*slot) for slot in slots}
        return {slot: copy for slot, copy in copies.items() if copy is not None}

    @_locked
    def ca_verdicts(self) -> dict[str, verdicts.CAVerdict]:
        """State of every CA profile at this moment."""
        now = self._clock()
        return {
            name: verdicts.loading_ca(profile)
            if self._loading.is_loading(name)
            else verdicts.judge_ca(
                profile,
                self._cache.get(Kind.CERT, profile.cert_file),
                self._cache.get(Kind.CRL, profile.crl_file),
                self._cache.get(Kind.CERT, profile.cmp.response_signing_cert),
                now,
            )
            for name, profile in self._conf.ca_profiles.items()
        }

    @_locked
    def cert_verdict(self, name: str) -> verdicts.CertVerdict:
        """State of one configured cert-profile."""
        entries = self._judged(name, self.ca_verdicts())
        return verdicts.judge_cert_profile(self._conf.cert_profiles[name].enabled, entries)

    def _judged(self, name: str, authorities: dict[str, verdicts.CAVerdict]) -> tuple[verdicts.EntryVerdict, ...]:
        profile = self._effective.get(name) or self._conf.cert_profiles[name]
        return tuple(
            verdicts.judge_entry(
                entry,
                self._cache.get(Kind.CERT, entry.certificate_file),
                self._cache.get(Kind.KEY, entry.key_file),
                authorities,
                self._conf.max_chain,
            )
            for entry in profile.entries
        )

    @_locked
    def is_server_profile_up(self, profile: ServerProfileConf) -> bool:
        """A TLS server profile is up when it is enabled and complete and its cert-profile is up."""
        # ASSUMPTION: an empty or missing cipher list keeps the profile down.
        ciphers = self._conf.cipher_lists.get(profile.cipher_list)
        return (
            profile.enabled
            and ciphers is not None
            and bool(ciphers.tls12 or ciphers.tls13)
            and profile.cert_profile in self._conf.cert_profiles
            and self.cert_verdict(profile.cert_profile).up
        )

    @_locked
    def is_client_profile_up(self, profile: ServerProfileConf) -> bool:
        """A TLS client profile needs no certificate of its own."""
        named = not profile.cert_profile or (
            profile.cert_profile in self._conf.cert_profiles and self.cert_verdict(profile.cert_profile).up
        )
        return profile.enabled and profile.cipher_list != "" and named

    @_locked
    def entry_in_force(self, cert_profile: str) -> tuple[CertEntryConf, verdicts.EntryVerdict]:
        """The entry of an enabled cert-profile that is shown to peers, and its state."""
        # ASSUMPTION: it is the one with the lowest id.
        return self._effective[cert_profile].entries[0], self.cert_verdict(cert_profile).entries[0]

    @_locked
    def reset(self) -> None:
        """A boot: nothing is loaded and nothing is known to be up."""
        self._cache = PKICache(self._store, self._emit)
        self._conf = PKIConf()
        self._effective.clear()
        self._loading.reset()
        self._look = reports.Look()


def _ca_slots(profile: CAProfileConf) -> set[Slot]:
    slots = {
        (Kind.CERT, profile.cert_file),
        (Kind.CRL, profile.crl_file),
        (Kind.CERT, profile.cmp.response_signing_cert),
    }
    return {slot for slot in slots if slot[1]}


def _cert_slots(profile: CertProfileConf) -> set[Slot]:
    slots = {(Kind.CERT, entry.certificate_file) for entry in profile.entries}
    slots |= {(Kind.KEY, entry.key_file) for entry in profile.entries}
    return {slot for slot in slots if slot[1]}
