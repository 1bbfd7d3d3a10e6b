"""Which certificates were issued and are not used: on a router, and known from run records but on it no more. Pure.

A certificate is known by issuer and serial, whatever its files are called. CA certificates are not counted here.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sroscert.intent import CertificateIntent, RouterIntent
from sroscert.pki import names
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.certificate import pair_in_use
from sroscert.plan.generation import number_of
from sroscert.plan.held import Held
from sroscert.plan.observed import Observed
from sroscert.plan.unanswered import Sent


@dataclass(frozen=True)
class Issued:
    """A certificate that a run fetched after a CA had issued it. ``used`` tells that it was once seen in use."""

    address: str
    issuer: str
    serial: str
    router: str
    file: str
    subject: str
    not_after: datetime
    run: str
    used: bool


class Kind(enum.StrEnum):
    """Why a certificate is not used, as far as it shows."""

    ORPHAN = "orphan"
    """It lies on the router and was never taken into use, or given up."""
    LOST = "lost"
    """A run fetched it, nobody was seen to use it, and it is on the router no more."""
    TURNED_AWAY = "turned-away"
    """A later generation than the one in use, whole and imported, that nothing takes up by itself."""
    HELD = "held"
    """A later generation than the one in use, whole and imported, that is taken up at a time which is known."""
    PREVIOUS = "previous"
    """The generation before the one in use, kept for a way back."""
    REMOVED = "removed"
    """It was in use once, and was removed after its successor took over."""
    ENDED = "ended"
    """Its time is over; nobody can use it any more."""

    @property
    def counts(self) -> bool:
        """Whether somebody has to do something about it: revoke it, or take it into use."""
        return self in {Kind.ORPHAN, Kind.LOST, Kind.TURNED_AWAY}


@dataclass(frozen=True)
class Unused:
    """One certificate that is not used; ``files`` are where it lies on the router, ``run`` the run that fetched it.

    ``since`` is when it is taken into use, of one that is.
    """

    kind: Kind
    serial: str
    issuer: str
    subject: str
    not_after: datetime
    files: tuple[str, ...]
    reason: str
    run: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Reconciled:
    """What was found on one router.

    ``looked_at`` counts its certificates, ``unread`` names what could not be read, ``unanswered`` are requests for
    which a CA may have issued one that nobody knows.
    """

    unused: tuple[Unused, ...]
    looked_at: int
    unread: tuple[str, ...] = ()
    unanswered: tuple[Sent, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether somebody has to do something."""
        return bool(self.unanswered) or any(item.kind.counts for item in self.unused)


def reconcile(
    router: RouterIntent,
    observed: Observed,
    shown: Mapping[str, CertificateInfo],
    named: Mapping[str, str],
    records: Iterable[Issued],
    unread: Iterable[str] = (),
    newer: Iterable[Held] = (),
) -> tuple[Unused, ...]:
    """Return the certificates that are not used, those that count first.

    ``shown`` has what each file says, by its URL; ``named`` the files that running names, in small letters without a
    folder; ``records`` what runs fetched from this very router; ``unread`` files that no display tells anything of;
    ``newer`` the newer pairs that are kept beside those in use.
    """
    files: dict[tuple[str, int], list[str]] = {}
    infos: dict[tuple[str, int], CertificateInfo] = {}
    for url, info in shown.items():
        files.setdefault(_key(info), []).append(url)
        infos[_key(info)] = info
    served = observed.served.certificate if observed.served is not None else None
    known, kept = list(records), {one.pair.certificate.lower(): one for one in newer}
    found = []
    for key, info in infos.items():
        urls = tuple(files[key])
        imported = [_name(url).lower() for url in urls if _is_imported(url)]
        if info.is_ca or any(name in named for name in imported) or (served is not None and key == _key(served)):
            continue
        record = next((item for item in known if _is(item, info)), None)
        one = next((kept[name] for name in imported if name in kept), None)
        if one is not None and info.not_after > observed.at:
            found.append(_newer(one, info, urls, record))
        else:
            kind, reason = _judge(router, observed, info, urls)
            found.append(_unused(kind, info, urls, reason, record.run if record else ""))
    found += _missing(known, [*infos.values(), *([served] if served is not None else [])], unread, observed.at)
    return tuple(sorted(found, key=lambda item: (not item.kind.counts, item.kind.value, item.serial)))


def _missing(
    known: Iterable[Issued], there: Sequence[CertificateInfo], unread: Iterable[str], now: datetime
) -> Iterator[Unused]:
    """Yield what runs fetched and what is there no more."""
    hidden = {_name(url).lower() for url in unread}
    for item in known:
        # Of a file that cannot be read nobody knows that it is not this one.
        if _name(item.file).lower().removesuffix(".der") not in hidden and not any(_is(item, info) for info in there):
            yield _gone(item, now)


def _newer(one: Held, info: CertificateInfo, urls: tuple[str, ...], record: Issued | None) -> Unused:
    """Return what is said of a newer pair: the words of ``clean`` and ``rollback``."""
    before = "it was in use before: a rollback left it; " if record is not None and record.used else ""
    kind = Kind.TURNED_AWAY if one.since is None else Kind.HELD
    made = _unused(kind, info, urls, f"{before}{one.words}; {one.hint}", record.run if record is not None else "")
    return replace(made, since=one.since)


def _judge(
    router: RouterIntent, observed: Observed, info: CertificateInfo, urls: Sequence[str]
) -> tuple[Kind, str]:
    if info.not_after <= observed.at:
        return Kind.ENDED, "it has ended; sroscert clean removes what is of the intent"
    for item in router.certificates.values():
        if _is_before_the_one_in_use(router, item, observed, urls):
            return Kind.PREVIOUS, "replaced, and kept for sroscert rollback; sroscert clean --keep 0 removes it"
    if any(_is_imported(url) for url in urls):
        return Kind.ORPHAN, "imported, and nothing in running names it: have it revoked, or take it into use"
    return Kind.ORPHAN, "on cf3: only, never imported; sroscert plan says whether it will be taken up"


def _is_before_the_one_in_use(
    router: RouterIntent, item: CertificateIntent, observed: Observed, urls: Sequence[str]
) -> bool:
    current = pair_in_use(router, item, observed)
    if current is None:
        return False
    numbers = [number_of(_name(url), item.name) for url in urls if _is_imported(url)]
    return any(number is not None and number < current.number for number in numbers)


def _gone(item: Issued, now: datetime) -> Unused:
    if item.not_after <= now:
        kind, reason = Kind.ENDED, "it has ended"
    elif item.used:
        kind, reason = Kind.REMOVED, "it was in use, and is on the router no more; the CA may still hold it for good"
    else:
        kind, reason = Kind.LOST, f"a run fetched it from {item.file}, and it is on the router no more; have it revoked"
    return Unused(kind, item.serial, item.issuer, item.subject, item.not_after, (), reason, item.run)


def _unused(kind: Kind, info: CertificateInfo, urls: tuple[str, ...], reason: str, run: str) -> Unused:
    issuer, subject = names.text(info.issuer), names.text(info.subject)
    return Unused(kind, f"{info.serial:x}", issuer, subject, info.not_after, urls, reason, run)


def _key(info: CertificateInfo) -> tuple[str, int]:
    return names.text(sorted(info.issuer)).casefold(), info.serial


def _is(item: Issued, info: CertificateInfo) -> bool:
    return item.serial == f"{info.serial:x}" and names.same(names.parse(item.issuer), info.issuer)


def _name(url: str) -> str:
    return url.rsplit("/", 1)[-1]


def _is_imported(url: str) -> bool:
    return "/system-pki/" in url
