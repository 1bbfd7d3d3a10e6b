"""Cert-profile entries of others with a pair of ours: told before a flip, and moved along by an explicit word. Pure.

What is not in the intent is left standing (law 12): such an entry keeps the pair that gives way, which then ends
without a successor. With ``Renewing.others`` it is given the pair that takes its place, in the same commit, and so
it is rolled back with it. Owns which entries those are; they may be in the intent's own objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sroscert.intent import RouterIntent
from sroscert.intent.desired import Desired
from sroscert.model.tls import TLS
from sroscert.plan.certificate import Decision, pair_in_use
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.generation import Generation, generation, number_of
from sroscert.plan.observed import Observed
from sroscert.plan.ownership import ownership
from sroscert.render.referrers import Profile
from sroscert.values import ConfigTree, Path

WORD = "--move-others"
"""The option that has them moved."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An entry outside the intent with a pair that ``pair`` takes the place of.

    ``leaving`` tells that it is the pair in use which gives way now; else it is an earlier one. ``whole`` is false
    where the entry has the certificate with another key: such an entry is never touched.
    """

    entry: Path
    file: str
    pair: Generation
    leaving: bool
    whole: bool

    @property
    def place(self) -> str:
        """The entry in words."""
        profile, entry = self.entry.segments[-2:]
        return f"cert-profile {profile.keys[0][1]} entry {entry.keys[0][1]}"


def elsewhere(
    wanted: Desired, router: RouterIntent, decisions: Iterable[Decision], observed: Observed
) -> tuple[Elsewhere, ...]:
    """Return the entries of others that name a pair which gives way, or that gave way before."""
    return tuple(_elsewhere(wanted, router, tuple(decisions), observed))


def _elsewhere(
    wanted: Desired, router: RouterIntent, decisions: tuple[Decision, ...], observed: Observed
) -> Iterator[Elsewhere]:
    owned, running = ownership(wanted), observed.running
    for profile in running.entries(TLS, "cert-profile"):
        for entry in running.entries(profile, "entry"):
            file, key = running.text(entry / "certificate-file"), running.text(entry / "key-file")
            if not file or owned.covers(entry):
                continue
            for made in decisions:
                current = pair_in_use(router, made.certificate, observed)
                old = _old(file, made, current)
                if old is not None:
                    leaving = current is not None and old.certificate == current.certificate
                    yield Elsewhere(entry, file, made.generation, leaving, key == old.key)
                    break


def _old(file: str, made: Decision, current: Generation | None) -> Generation | None:
    """Return the pair that a file is of, where it is not the one that the plan has in use."""
    if current is None or file == made.generation.certificate:
        return None
    if file == current.certificate:
        return current
    number = number_of(file, made.certificate.name)
    if number is None or number >= made.generation.number:
        return None
    return generation(made.certificate.name, made.certificate.key.file, number)


def with_moved(wanted: Desired, found: Iterable[Elsewhere]) -> Desired:
    """Return what is desired, with the entries that can be moved naming the pair of the intent."""
    items = dict(wanted.tree.items())
    for one in found:
        if one.whole:
            items[one.entry / "certificate-file"] = one.pair.certificate
            items[one.entry / "key-file"] = one.pair.key
    return replace(wanted, tree=ConfigTree.from_items(items.items()))


def profiles(found: Iterable[Elsewhere]) -> frozenset[Profile]:
    """Return the cert-profiles that are moved because the operator said so."""
    return frozenset(Profile("cert-profile", one.entry.parent.last.keys[0][1]) for one in found if one.whole)


def findings(found: Iterable[Elsewhere], observed: Observed, *, moved: bool) -> list[Finding]:
    """Say what becomes of each entry: it moves, or it keeps a pair that ends."""
    return [_finding(one, observed, moved=moved) for one in found]


def _finding(one: Elsewhere, observed: Observed, *, moved: bool) -> Finding:
    info = observed.displayed.get(one.file)
    ends = f", which ends {info.not_after:%Y-%m-%d %H:%M} UTC" if info is not None else ""
    severity = Severity.WARNING if one.leaving else Severity.NOTE
    if moved and one.whole:
        text = f"{one.place}, which is not in the intent, moves from {one.file} to {one.pair.certificate}"
        hint = f"because of {WORD}; it is undone with the commit"
        return Finding(Severity.WARNING, "file-of-others", text, hint=hint)
    also = "also has" if one.leaving else "has"
    text = f"{one.place}, which is not in the intent, {also} {one.file} and keeps it{ends}"
    if not one.whole:
        return Finding(severity, "file-of-others", f"{text}; it has another key there", hint="see to it on the router")
    hint = f"{WORD} gives it {one.pair.certificate} in the same commit; or have the intent declare it"
    return Finding(severity, "file-of-others", text, hint=hint)


def beyond(named: Mapping[str, str], leaving: Mapping[str, str]) -> list[Finding]:
    """Say which parts of running that no model of ours reaches name a file that gives way: these cannot be moved.

    ``named`` has a place for each file (in small letters), ``leaving`` the file that takes its place.
    """
    return [
        Finding(
            Severity.WARNING,
            "file-of-others",
            f"{place} also names {file}, and keeps it: sroscert does not change this part of the configuration",
            hint=f"have it name {leaving[file]} once that is served",
        )
        for file, place in named.items()
    ]
