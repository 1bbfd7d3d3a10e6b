"""Where each certificate of a router stands: plan, observation and time joined to one row a certificate. Pure.

Owns the join and the one word that sums a row up. What should be done about it is ``certificate`` and ``build``'s
matter, how it is printed the command line's.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sroscert.commands.eventlog import LogEvent
from sroscert.commands.replies import RequestStatus
from sroscert.intent import CertificateIntent
from sroscert.intent.desired import ca_profile
from sroscert.pki import names
from sroscert.pki.cafile import LocalCA
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.checks import Mismatch, renewal_due
from sroscert.plan.certificate import Decision, newest_imported, pair_in_use, profile_entries, shortcomings
from sroscert.plan.findings import Severity, ca_on_router
from sroscert.plan.observed import Served, unsettled_until
from sroscert.plan.plan import Plan
from sroscert.plan.service import Service, service_of, wrong_certificate
from sroscert.plan.status_profiles import ProfileStatus, RenewalStatus, found_renewal, profiles_of, renewal_of

_BACKENDS = frozenset({"action", "raw", "cli"})


class Role(enum.Enum):
    """Why a certificate is in the status of a router."""

    INTENDED = "intended"
    """A certificate of the intent."""
    OTHER = "other"
    """In use in a cert-profile, and none that the intent has made."""
    CA = "ca"
    """The certificate of a CA profile of the intent."""
    SERVED = "served"
    """Shown at the gNMI port, and in none of the files that could be read."""


class Condition(enum.Enum):
    """One word for a certificate; where several hold, the first of this order."""

    UNREAD = "unread"
    """It could not be looked at: nothing is said of it."""
    MISSING = "missing"
    EXPIRED = "expired"
    WRONG = "wrong"
    """It is not as the intent wants it."""
    NOT_SERVED = "not-served"
    """Its cert-profile is that of the gNMI port, and clients do not get it."""
    UNUSED = "unused"
    """It is imported, and running does not name it yet."""
    DUE = "due"
    """It is inside its renewal window."""
    OK = "ok"


@dataclass(frozen=True, slots=True)
class ServedStatus:
    """What the gNMI port showed, beside one file; ``same_as_file`` is None where one of the two is not known."""

    reason: str
    detail: str
    certificate: CertificateInfo | None
    same_as_file: bool | None

    @property
    def verified(self) -> bool:
        """Whether the handshake satisfied us."""
        return self.reason == "ok"


@dataclass(frozen=True)
class CertificateStatus:
    """One certificate of one router.

    ``needed`` says whether a new one must be made (due, ended, wrong or missing); None where that cannot be told, and
    for certificates that are not the intent's. ``name`` is the intent's, ``file`` that in system-pki; ``wanted`` is
    what the intent wants it to be; ``served`` is None where the gNMI port has nothing to do with the file, or was not
    looked at. ``log`` has the last events of the router's log about its renewal on the box, newest first; None where
    the log was not read for it.
    """

    role: Role
    file: str
    condition: Condition
    reason: str = ""
    name: str = ""
    wanted: CertificateIntent | None = None
    key_file: str = ""
    info: CertificateInfo | None = None
    in_use: bool = False
    needed: bool | None = None
    mismatches: tuple[Mismatch, ...] = ()
    served: ServedStatus | None = None
    renewal: RenewalStatus | None = None
    request: RequestStatus | None = None
    ca_profile: str = ""
    profiles: tuple[ProfileStatus, ...] = ()
    log: tuple[LogEvent, ...] | None = None


@dataclass(frozen=True)
class RouterStatus:
    """One router at one moment; ``unsettled_until`` says until when what it shows may still be undone.

    ``log_unread`` says why its log, where renewal on the box would be told, could not be read.
    """

    plan: Plan
    at: datetime
    certificates: tuple[CertificateStatus, ...]
    unsettled_until: datetime | None = None
    log_unread: str = ""

    @property
    def in_sync(self) -> bool:
        """Whether the router is as intended, and nothing can undo that by itself (law 2)."""
        return self.plan.in_sync and self.unsettled_until is None


def status(plan: Plan, cas: Mapping[str, LocalCA], now: datetime, confirm_timeout: timedelta) -> RouterStatus:
    """Return where every certificate of a router stands at ``now``.

    Rows come in this order: the intent's certificates, others in use, what is served and in no file, CA certificates.
    """
    intended = [_intended(plan, decision, cas, now) for decision in plan.decisions]
    rows = [*intended, *_others(plan, intended, now), *_served_only(plan, now), *_authorities(plan, cas, now)]
    return RouterStatus(plan, now, tuple(rows), unsettled_until(plan.observed, confirm_timeout))


def _intended(plan: Plan, decision: Decision, cas: Mapping[str, LocalCA], now: datetime) -> CertificateStatus:
    item, observed = decision.certificate, plan.observed
    in_use = pair_in_use(plan.router, item, observed)
    pair = in_use or newest_imported(item, observed)
    file = pair.certificate if pair is not None else ""
    row = CertificateStatus(
        Role.INTENDED,
        file,
        Condition.MISSING,
        decision.reason,
        name=item.name,
        wanted=item,
        key_file=pair.key if pair is not None else "",
        info=observed.displayed.get(file),
        in_use=in_use is not None,
        needed=True,
        served=_served(plan, file),
        renewal=renewal_of(plan, item, file, observed.displayed.get(file), now),
        request=observed.requests.get(item.ca_profile),
        ca_profile=item.ca_profile,
        profiles=profiles_of(plan, file, item.ca_profile),
    )
    if observed.backend not in _BACKENDS:
        return replace(row, condition=Condition.UNREAD, reason=observed.backend_reason, needed=None)
    if pair is None:
        return row
    ca = cas.get(item.ca_profile)
    lacks = shortcomings(item, pair, observed, ca.info if ca else None, now)
    row = replace(row, mismatches=lacks)
    if not observed.has_pki_file(file):
        return replace(row, reason=f"{file} is not in system-pki")
    info = row.info
    if info is None:
        # Also where only the key is missing: of the certificate itself nothing is known.
        return replace(row, condition=Condition.UNREAD, reason=f"the display of {file} could not be read", needed=None)
    return _judged(plan, row, info, bool(profile_entries(plan.router, item.name)), item.renewal.before, now)


def _judged(
    plan: Plan, row: CertificateStatus, info: CertificateInfo, wants_use: bool, before: timedelta, now: datetime
) -> CertificateStatus:
    """Sum up a certificate of the intent that could be read."""
    due = renewal_due(info, before, now)
    row = replace(row, needed=bool(row.mismatches) or due)
    if now > info.not_after:
        return replace(row, condition=Condition.EXPIRED, reason=f"it ended {info.not_after:%Y-%m-%d %H:%M} UTC")
    if row.mismatches:
        words = "; ".join(f"{one.field} is {one.found}, wanted {one.wanted}" for one in row.mismatches)
        return replace(row, condition=Condition.WRONG, reason=words)
    if unserved := _unserved(plan, row):
        return replace(row, condition=Condition.NOT_SERVED, reason=unserved)
    if wants_use and not row.in_use:
        return replace(row, condition=Condition.UNUSED, reason="it is imported, and no cert-profile names it yet")
    if due:
        last = row.renewal.last if row.renewal is not None else None
        trouble = f"; {last.trouble}" if last is not None and last.trouble else ""
        return replace(row, condition=Condition.DUE, reason=f"it ends {info.not_after:%Y-%m-%d %H:%M} UTC{trouble}")
    return replace(row, condition=Condition.OK, reason="")


def _others(plan: Plan, intended: list[CertificateStatus], now: datetime) -> list[CertificateStatus]:
    known = {row.file for row in intended}
    rows = []
    for path, value in plan.observed.running.items():
        if path.last.name != "certificate-file" or not isinstance(value, str) or value in known:
            continue
        if not any(segment.name == "cert-profile" for segment in path.segments):
            continue
        known.add(value)
        row = CertificateStatus(
            Role.OTHER,
            value,
            Condition.OK,
            key_file=plan.observed.running.text(path.parent / "key-file"),
            info=plan.observed.displayed.get(value),
            in_use=True,
            served=_served(plan, value),
            renewal=found_renewal(plan, value, plan.observed.displayed.get(value), now),
            profiles=profiles_of(plan, value, ""),
        )
        row = _plain(plan, row, now)
        if row.condition is Condition.OK and (unserved := _unserved(plan, row)):
            row = replace(row, condition=Condition.NOT_SERVED, reason=unserved)
        rows.append(row)
    return rows


def _plain(plan: Plan, row: CertificateStatus, now: datetime) -> CertificateStatus:
    """Sum up a certificate of which nothing is wanted but that it is there and has not ended."""
    if plan.observed.backend not in _BACKENDS:
        return replace(row, condition=Condition.UNREAD, reason=plan.observed.backend_reason)
    if not plan.observed.has_pki_file(row.file):
        return replace(row, condition=Condition.MISSING, reason=f"{row.file} is not in system-pki")
    if row.info is None:
        return replace(row, condition=Condition.UNREAD, reason=f"the display of {row.file} could not be read")
    if now > row.info.not_after:
        return replace(row, condition=Condition.EXPIRED, reason=f"it ended {row.info.not_after:%Y-%m-%d %H:%M} UTC")
    return row


def _authorities(plan: Plan, cas: Mapping[str, LocalCA], now: datetime) -> list[CertificateStatus]:
    rows: dict[str, CertificateStatus] = {}
    for name, profile in plan.router.ca_profiles.items():
        if profile.file in rows or (profile.retired and ca_profile(name) not in plan.observed.running):
            continue
        info = plan.observed.displayed.get(profile.file)
        users = profiles_of(plan, "", name)
        row = CertificateStatus(
            Role.CA, profile.file, Condition.OK, info=info, in_use=bool(users), ca_profile=name, profiles=users
        )
        row = _plain(plan, row, now)
        local = cas.get(name)
        if row.condition is Condition.OK and local is not None:
            differs = ca_on_router(name, profile.file, local.info, plan.observed)
            if differs and differs[0].severity is Severity.STOP:
                row = replace(row, condition=Condition.WRONG, reason=differs[0].message)
        rows[profile.file] = row
    return list(rows.values())


def _served_only(plan: Plan, now: datetime) -> list[CertificateStatus]:
    """Return a row for what clients get and no file shows: it is the one whose end they would meet."""
    served, service = plan.observed.served, service_of(plan.observed.running)
    shown = served.certificate if served is not None else None
    if served is None or shown is None or any(_same(shown, info) for info in plan.observed.displayed.values()):
        return []
    row = CertificateStatus(
        Role.SERVED, "", Condition.OK, info=shown, served=ServedStatus(served.reason, served.detail, shown, None)
    )
    wrong = _why(served) or (wrong_certificate(service, shown, plan.observed.displayed) if service else "")
    if now > shown.not_after:
        row = replace(row, condition=Condition.EXPIRED, reason=f"it ended {shown.not_after:%Y-%m-%d %H:%M} UTC")
    elif wrong:
        row = replace(row, condition=Condition.WRONG, reason=wrong)
    return [row]


def _served(plan: Plan, file: str) -> ServedStatus | None:
    service, served = service_of(plan.observed.running), plan.observed.served
    if service is None or served is None or file not in service.files:
        return None
    info, shown = plan.observed.displayed.get(file), served.certificate
    same = _same(shown, info) if shown is not None and info is not None else None
    return ServedStatus(served.reason, served.detail, shown, same)


def _unserved(plan: Plan, row: CertificateStatus) -> str:
    """Say why clients do not get what the gNMI port should show; empty where they do, or it is not this file's port."""
    served, service = plan.observed.served, service_of(plan.observed.running)
    if row.served is None or served is None or service is None:
        return ""
    return _why(served) or _other_than(service, served, plan)


def _why(served: Served) -> str:
    if served.verified:
        return ""
    return f"the gNMI port: {served.reason}{f' ({served.detail})' if served.detail else ''}"


def _other_than(service: Service, served: Served, plan: Plan) -> str:
    # Any entry of the cert-profile may be the one that is served; only what none of them holds is wrong.
    return wrong_certificate(service, served.certificate, plan.observed.displayed)


def _same(one: CertificateInfo, other: CertificateInfo) -> bool:
    """Serial and issuer tell a certificate (RFC 5280 section 4.1.2.2); a display shows no digest."""
    return one.serial == other.serial and names.same(one.issuer, other.issuer)
