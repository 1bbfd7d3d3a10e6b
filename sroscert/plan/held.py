"""Newer pairs that lie on a router beside the one in use: what became of them, and when they are taken up. Pure.

A rollback leaves one, and so does a renewal that was asked for and broken off before its commit: the router tells no
difference. Owns what is said of them; ``reconcile``, ``clean``, ``rollback`` and ``plan`` say the same. What is made of
an enrolment that is under way is ``certificate``'s matter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sroscert.intent import CertificateIntent, RouterIntent
from sroscert.intent.desired import renewal_method
from sroscert.pki.cafile import LocalCA
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.checks import renewal_due
from sroscert.plan.certificate import Decision, Need, pair_in_use
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.generation import Generation, generation, number_of
from sroscert.plan.observed import Observed
from sroscert.plan.renewal import Renewing, always_due, decision
from sroscert.schema import Schema


@dataclass(frozen=True, slots=True)
class Held:
    """The newest complete pair that is imported and later than the one in use, ``current``.

    ``since`` is when it is taken up as things are: from then on by the next ``apply``; None where nothing does that.
    """

    certificate: str
    pair: Generation
    current: Generation
    since: datetime | None
    at: datetime

    @property
    def words(self) -> str:
        """What it is and what will become of it."""
        if self.since is None:
            then = "nothing takes it up by itself"
        elif self.since <= self.at:
            then = "the next apply takes it up"
        else:
            then = f"taken up when that one is due, from {self.since:%Y-%m-%d %H:%M} UTC"
        return f"{self.pair.certificate} is issued and not used: kept beside {self.current.certificate}, and {then}"

    @property
    def hint(self) -> str:
        """What takes it into use, and what takes it away."""
        taken = "sroscert renew --force" if self.since is not None else f"sroscert rollback --to {self.pair.number}"
        return f"{taken} takes it into use now; sroscert clean --keep 0 removes it: then have its CA revoke it"

    @property
    def finding(self) -> Finding:
        """The same as a finding."""
        return Finding(Severity.NOTE, "generation-unused", self.words, hint=self.hint)


def held(
    router: RouterIntent, observed: Observed, schema: Schema, cas: Mapping[str, LocalCA], now: datetime
) -> tuple[Held, ...]:
    """Return the newer pairs of a router's certificates that have not ended, one of each at most."""
    return tuple(_held(router, observed, schema, cas, now))


def _held(
    router: RouterIntent, observed: Observed, schema: Schema, cas: Mapping[str, LocalCA], now: datetime
) -> Iterator[Held]:
    for item in router.certificates.values():
        current = pair_in_use(router, item, observed)
        above = [] if current is None else [number for number in complete(item, observed) if number > current.number]
        if current is None or not above:
            continue
        pair = generation(item.name, item.key.file, max(above))
        info = observed.displayed.get(pair.certificate)
        if info is None or info.not_after <= now:
            continue
        local = cas.get(item.ca_profile)
        ca = local.info if local is not None else None
        plain = decision(router, item, observed, schema, ca, now)
        forced = decision(router, item, observed, schema, ca, now, Renewing(force=True))
        external = renewal_method(router, item, schema)[0] == "external"
        since = now if _takes(plain, pair) else None
        if external and plain.need is Need.NOTHING and plain.in_use and _takes(forced, pair):
            since = _due(item, observed.displayed.get(current.certificate), info)
        yield Held(item.name, pair, current, since, now)


def _takes(made: Decision, pair: Generation) -> bool:
    return made.need is Need.NOTHING and not made.in_use and made.generation == pair


def _due(item: CertificateIntent, current: CertificateInfo | None, info: CertificateInfo) -> datetime | None:
    """Return when the pair in use is due, unless the newer one is itself by then: a further one is made instead."""
    before = item.renewal.before
    if current is None or always_due(current, before):
        return None
    due = current.not_after - before
    return None if renewal_due(info, before, due) else due


def complete(item: CertificateIntent, observed: Observed) -> frozenset[int]:
    """Return the generations of which both files are in system-pki."""
    numbers = {number for entry in observed.system_pki if (number := number_of(entry.name, item.name)) is not None}
    pairs = (generation(item.name, item.key.file, number) for number in numbers)
    return frozenset(pair.number for pair in pairs if observed.has_pki_file(pair.key))


def findings(decisions: Iterable[Decision], observed: Observed, found: Collection[Held]) -> list[Finding]:
    """Say which newer files lie there unused while the pair in use stands (law 10): whole pairs, and what is none."""
    said = []
    for made in decisions:
        item = made.certificate
        if made.need is not Need.NOTHING or not made.in_use:
            continue
        pairs = [one for one in found if one.certificate == item.name]
        whole = {name.lower() for one in pairs for name in (one.pair.certificate, one.pair.key)}
        rest = [
            entry.name
            for entry in observed.system_pki
            if entry.name.lower() not in whole and _number(entry.name, item) > made.generation.number
        ]
        said += [one.finding for one in pairs]
        if rest:
            text = f"{', '.join(sorted(rest))}: made after {made.generation.certificate}, and not in use"
            hint = "sroscert renew --force goes on from there; sroscert clean removes what nothing needs"
            said.append(Finding(Severity.NOTE, "generation-unused", text, hint=hint))
    return said


def _number(name: str, item: CertificateIntent) -> int:
    return number_of(name, item.name) or number_of(name, item.key.file) or 0
