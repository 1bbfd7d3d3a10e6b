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
from .assumptions import Assumptions
from .cache import PKICache, Slot
from .certprofiles import IPSEC, TLS, CertProfiles
from .clientstatus import Checks
from .conf import CAProfileConf, CertEntryConf, PKIConf, ServerProfileConf
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
    """States of CA, certificate, TLS and trust-anchor profiles, and of those of IPsec."""

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
        self._applications = self._with_nothing()
        self._loading = Loading(clock, load_seconds)
        self._look = reports.Look()
        #: Of clients' certificates, for the state tree.
        self.client_checks = Checks()

    def _with_nothing(self) -> dict[str, CertProfiles]:
        return {name: CertProfiles(name, self._cache, self._assumptions) for name in (TLS, IPSEC)}

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
        profiles = {TLS: conf.cert_profiles, IPSEC: conf.ipsec.cert_profiles}
        for application, users in self._applications.items():
            users.release(profiles[application])
        for profile in conf.ca_profiles.values():
            user = f"ca-profile {profile.name}"
            if profile.enabled:
                if user not in self._cache.users():
                    self._loading.start(profile.name)
                self._cache.hold(user, _ca_slots(profile))
        for application, users in self._applications.items():
            users.take(profiles[application], conf.max_chain)
        self._report()

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
        for users in self._applications.values():
            for entry, verdict in users.entries(authorities):
                if verdict.valid_from is None:
                    continue
                if verdict.valid_from > now:
                    early.add(entry.certificate_file)
                if verdict.chain_state == "not-available":
                    unchained.add(entry.certificate_file)
        return reports.Look(authorities, frozenset(unchained), frozenset(early))

    @_locked
    def reload(self, certificate: str | None, key: str | None, application: str = TLS) -> None:
        """`admin certificate reload`: read the files again, for a pair only when they match; PKIRefusal else.

        There is one copy for all (Nokia guide, "Certificate, CRL and key cache"), so the other application, when it has
        the same files, has the new ones too. ASSUMPTION: a file that IPsec does not use is not reloaded for it.
        """
        items: dict[Slot, PKIObject] = {}
        if certificate is not None:
            items[Kind.CERT, certificate] = self._store.load(Kind.CERT, certificate)
        if key is not None:
            items[Kind.KEY, key] = self._store.load(Kind.KEY, key)
        if certificate is not None and key is not None:
            self.check_pair(certificate, key)
        is_foreign = application == IPSEC and not self._applications[IPSEC].uses(set(items))
        if is_foreign or not self._cache.reload(items):
            # ASSUMPTION: a reload of files that no enabled profile uses is refused.
            raise PKIRefusal(f'File is not in use - "{certificate or key}"')
        if certificate is not None:
            self._emit(events.file_reloaded("Certificate", certificate, application))
        if key is not None:
            self._emit(events.file_reloaded("Key", key, application))
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
    def used_certificates(self, application: str = TLS) -> dict[str, PKIObject]:
        """The loaded certificates of an application's enabled cert-profiles, by file name."""
        return self._applications[application].certificates()

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
    def cert_verdict(self, name: str, application: str = TLS) -> verdicts.CertVerdict:
        """State of one configured cert-profile."""
        return self._applications[application].verdict(name, self.ca_verdicts())

    @_locked
    def entries_in_force(self, name: str, application: str) -> tuple[CertEntryConf, ...]:
        """The entries of a cert-profile that is enabled; none of another."""
        return self._applications[application].in_force(name)

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
        """The entry of an enabled cert-profile of TLS that is shown to peers, and its state."""
        # ASSUMPTION: it is the one with the lowest id.
        return self.entries_in_force(cert_profile, TLS)[0], self.cert_verdict(cert_profile).entries[0]

    @_locked
    def reset(self) -> None:
        """A boot: nothing is loaded and nothing is known to be up."""
        self._cache = PKICache(self._store, self._emit)
        self._conf = PKIConf()
        self._applications = self._with_nothing()
        self._loading.reset()
        self._look = reports.Look()


def _ca_slots(profile: CAProfileConf) -> set[Slot]:
    slots = {
        (Kind.CERT, profile.cert_file),
        (Kind.CRL, profile.crl_file),
        (Kind.CERT, profile.cmp.response_signing_cert),
    }
    return {slot for slot in slots if slot[1]}
