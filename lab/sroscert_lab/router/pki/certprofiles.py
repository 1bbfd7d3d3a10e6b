"""The certificate profiles of one application, TLS or IPsec: which entries count, what they hold, how they stand.

A profile loads its files when it is enabled and lets go of them when it is disabled. Owns that and the effect of a
flip; the judging is verdicts.py's, the copies are the cache's, which has one for all applications.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from . import verdicts
from .assumptions import Assumptions, Flip
from .cache import PKICache, Slot
from .conf import CertEntryConf, CertProfileConf
from .formats import Kind, PKIObject

TLS, IPSEC = "TLS", "IPsec"


class CertProfiles:
    """One application's certificate profiles. Not locked: profiles.py is."""

    def __init__(self, application: str, cache: PKICache, assumptions: Callable[[], Assumptions]) -> None:
        self._application = application
        self._cache = cache
        self._assumptions = assumptions
        self._conf: Mapping[str, CertProfileConf] = {}
        self._max_chain = verdicts.MAX_CHAIN
        #: Entries that count: those of the moment of enabling when a flip waits for a bounce.
        self._effective: dict[str, CertProfileConf] = {}

    def release(self, conf: Mapping[str, CertProfileConf]) -> None:
        """Let go of what a new configuration has no longer enabled."""
        for name in self._conf:
            if name not in conf or not conf[name].enabled:
                self._cache.release(self._user(name))
                self._effective.pop(name, None)

    def take(self, conf: Mapping[str, CertProfileConf], max_chain: int) -> None:
        """Put a new configuration into force."""
        self._conf, self._max_chain = conf, max_chain
        for name, profile in conf.items():
            if profile.enabled:
                held = self._effective.get(name)
                if held is None or self._assumptions().flip is Flip.AT_ONCE:
                    held = profile
                self._effective[name] = held
                self._cache.hold(self._user(name), _slots(held))

    def verdict(self, name: str, authorities: Mapping[str, verdicts.CAVerdict]) -> verdicts.CertVerdict:
        """State of one configured profile."""
        return verdicts.judge_cert_profile(self._conf[name].enabled, self._judged(name, authorities))

    def entries(
        self, authorities: Mapping[str, verdicts.CAVerdict]
    ) -> Iterator[tuple[CertEntryConf, verdicts.EntryVerdict]]:
        """The entries of all enabled profiles, and their states."""
        for name, profile in self._effective.items():
            yield from zip(profile.entries, self._judged(name, authorities), strict=True)

    def in_force(self, name: str) -> tuple[CertEntryConf, ...]:
        """The entries that count of a profile that is enabled; none of another."""
        profile = self._effective.get(name)
        return () if profile is None else profile.entries

    def certificates(self) -> dict[str, PKIObject]:
        """The loaded certificates of enabled profiles, by file name."""
        names = {entry.certificate_file for profile in self._effective.values() for entry in profile.entries}
        copies = {name: self._cache.get(Kind.CERT, name) for name in sorted(names)}
        return {name: copy for name, copy in copies.items() if copy is not None}

    def uses(self, slots: set[Slot]) -> bool:
        """Whether an enabled profile names one of these files."""
        return any(slots & _slots(profile) for profile in self._effective.values())

    def _user(self, name: str) -> str:
        return f"{self._application} cert-profile {name}"

    def _judged(
        self, name: str, authorities: Mapping[str, verdicts.CAVerdict]
    ) -> tuple[verdicts.EntryVerdict, ...]:
        profile = self._effective.get(name) or self._conf[name]
        return tuple(
            verdicts.judge_entry(
                entry,
                self._cache.get(Kind.CERT, entry.certificate_file),
                self._cache.get(Kind.KEY, entry.key_file),
                authorities,
                self._max_chain,
            )
            for entry in profile.entries
        )


def _slots(profile: CertProfileConf) -> set[Slot]:
    slots = {(Kind.CERT, entry.certificate_file) for entry in profile.entries}
    slots |= {(Kind.KEY, entry.key_file) for entry in profile.entries}
    return {slot for slot in slots if slot[1]}
