"""The status of routers for a terminal: a table of one line a certificate, or a block with everything. Pure.

The table fits 80 columns with names of usual length; nothing is cut, a longer name makes its column wider.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sroscert.cli.plan_text import finding_lines
from sroscert.cli.progress import styled
from sroscert.cli.table import table_lines as drawn
from sroscert.commands.eventlog import LogEvent
from sroscert.intent import CertificateIntent
from sroscert.pki import names
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.status import CertificateStatus, Condition, Role, RouterStatus, ServedStatus
from sroscert.plan.status_profiles import ProfileStatus, RenewalStatus

_HEAD = ("router", "certificate", "state", "until", "left", "served", "renewal", "next")
_STATE = 2
_STYLES = {Condition.OK: "32", Condition.DUE: "33", Condition.UNUSED: "33"}
_COLOURS = {Condition.OK: "green", Condition.DUE: "yellow", Condition.UNUSED: "yellow"}
_DAY_S = 86400


def table_lines(found: Sequence[RouterStatus]) -> list[str]:
    """Return the table. CA certificates are not in it: what is wrong with one stands below."""
    rows = [(one, row) for one in found for row in one.certificates if row.role is not Role.CA]
    styles = [_COLOURS.get(row.condition, "red") for _, row in rows]
    return drawn(_HEAD, [_cells(one, row) for one, row in rows], styles, _STATE)


def _cells(one: RouterStatus, row: CertificateStatus) -> tuple[str, ...]:
    until = f"{row.info.not_after:%Y-%m-%d}" if row.info is not None else "-"
    renewal = row.renewal
    return (
        one.plan.router.name,
        title(row),
        row.condition.value,
        until,
        left(row.info, one.at),
        served_word(row.served),
        renewal_word(renewal) or "-",
        next_word(renewal) or "-",
    )


def renewal_word(renewal: RenewalStatus | None) -> str:
    """Return the method, in brackets where the router should renew by itself and cannot yet; empty for none."""
    if renewal is None:
        return ""
    return f"({renewal.method})" if renewal.is_lacking else renewal.method


def next_word(renewal: RenewalStatus | None) -> str:
    """Return the day of the next renewal: the router's, or the one from which sroscert renews; empty where unknown."""
    following = renewal.following if renewal is not None else None
    return f"{following:%Y-%m-%d}" if following is not None else ""


def title(row: CertificateStatus) -> str:
    """Return what a certificate is called: its file, else what is known of it."""
    if row.role is Role.SERVED:
        return "(served)"
    return row.file or row.name


def left(info: CertificateInfo | None, at: datetime) -> str:
    """Return what remains of a certificate: days, hours on the last two days, ``ended``."""
    if info is None:
        return "-"
    seconds = (info.not_after - at).total_seconds()
    if seconds < 0:
        return "ended"
    return f"{seconds // _DAY_S:.0f} d" if seconds >= 2 * _DAY_S else f"{seconds // 3600:.0f} h"


def served_word(served: ServedStatus | None) -> str:
    """Return what clients get of a certificate in one word: yes, no, other, unknown; ``-`` where no port is meant."""
    if served is None:
        return "-"
    if not served.verified:
        return "no"
    return {True: "yes", False: "other", None: "unknown"}[served.same_as_file]


def reason_of(row: CertificateStatus) -> str:
    """Return why a certificate is not well, or that its router could not renew it; empty where there is nothing."""
    if row.condition is not Condition.OK:
        return row.reason
    last = row.renewal.last if row.renewal is not None else None
    return last.trouble if last is not None else ""


def note_lines(found: Sequence[RouterStatus]) -> list[str]:
    """Return, below the table, why a certificate is not well, and what was found on its router."""
    lines = []
    for one in found:
        below = [f"  {title(row)}: {words}" for row in one.certificates if (words := reason_of(row))]
        below += finding_lines([item for item in one.plan.findings if is_told(item)])
        below += _router_lines(one)
        if below:
            lines += ["", one.plan.router.name, *below]
    return lines


def is_told(finding: Finding) -> bool:
    """Tell whether a finding stands below the table: notes do not."""
    # A certificate that is due has its line already.
    return finding.severity is not Severity.NOTE and finding.code != "renewal-due"


def _router_lines(one: RouterStatus) -> list[str]:
    lines = []
    if not one.plan.idle:
        count = len(one.plan.steps)
        lines.append(f"  not in sync: {count} step{'' if count == 1 else 's'} to do, see sroscert plan")
    if one.unsettled_until is not None:
        lines.append(f"  what it shows may still be undone until {one.unsettled_until:%H:%M:%S} UTC")
    if one.log_unread:
        lines.append(f"  what its log says of renewals is not known: {one.log_unread}")
    return lines


def block_lines(one: RouterStatus) -> list[str]:
    """Return everything of one router: a headline, its findings, and a block a certificate."""
    lines = [f"{one.plan.router.name}  {one.plan.router.address}  SR OS {one.plan.observed.release}"]
    lines += [*finding_lines(one.plan.findings), *_router_lines(one)]
    for row in one.certificates:
        state = styled(row.condition.value, _STYLES.get(row.condition, "31"))
        lines.append(f"  {title(row)}  {row.role.value}  {state}" + (f": {row.reason}" if row.reason else ""))
        lines += [f"    {label:<9}{text}" for label, text in details(one, row) if text]
    return lines


def details(one: RouterStatus, row: CertificateStatus) -> list[tuple[str, str]]:
    """Return everything of a certificate as label and text; a text may be empty, a label is when it goes on."""
    found = [("intent", row.name if row.file and row.name != row.file else ""), ("key file", row.key_file)]
    if row.info is not None:
        info = row.info
        found += [
            ("subject", names.words(info.subject)),
            ("SAN", " ".join(_san(info.san_ips, info.san_dns))),
            ("issuer", names.words(info.issuer)),
            ("serial", f"{info.serial:x}"),
            ("key", f"{info.key_type.upper()} {info.key_bits}" if info.key_type else ""),
            ("valid", f"{info.not_before:%Y-%m-%d %H:%M} to {info.not_after:%Y-%m-%d %H:%M} UTC, {left(info, one.at)}"),
        ]
    if row.wanted is not None and (row.info is None or row.mismatches):
        found.append(("intended", _wanted_text(row.wanted)))
    found += [("served", _served_text(row.served)), ("renewal", _renewal_text(row.renewal))]
    request = row.request
    if request is not None:
        when = f"{request.started:%Y-%m-%d %H:%M} UTC" if request.started else ""
        words = (request.request_type, when, request.status, request.code, request.string)
        found.append(("request", " ".join(word for word in words if word)))
    found += [("profiles" if number == 0 else "", _profile_text(one)) for number, one in enumerate(row.profiles)]
    return found + [("log" if number == 0 else "", _event_text(one)) for number, one in enumerate(row.log or ())]


def _wanted_text(wanted: CertificateIntent) -> str:
    key = f"{wanted.key.type.upper()} {wanted.key.size or wanted.key.curve}"
    return "  ".join([wanted.subject_dn, *_san(wanted.san_ips, wanted.san_dns), key, f"by {wanted.ca_profile}"])


def _san(ips: Iterable[str], dns: Iterable[str]) -> list[str]:
    return [*(f"IP:{ip}" for ip in sorted(ips)), *(f"DNS:{name}" for name in sorted(dns))]


def _served_text(served: ServedStatus | None) -> str:
    if served is None:
        return ""
    reason = "verified" if served.verified else f"{served.reason} {served.detail}".rstrip()
    if served.certificate is None:
        return reason
    same = {True: "the same as the file", False: "another than the file", None: "not compared with a file"}
    return f"serial {served.certificate.serial:x}, {same[served.same_as_file]}, {reason}"


def _renewal_text(renewal: RenewalStatus | None) -> str:
    if renewal is None:
        return ""
    parts = [f"{renewal.method} ({renewal.reason})"]
    if renewal.method in {"native", "ehs"}:
        parts.append(renewal.state or "state not shown" if renewal.on_router else "not on the router")
    if renewal.due_at is not None:
        parts.append(f"due from {renewal.due_at:%Y-%m-%d}")
    if renewal.next_at is not None:
        what = "next" if renewal.next_from == "router" else "next warning"
        parts.append(f"{what} {renewal.next_at:%Y-%m-%d %H:%M} UTC")
    if renewal.tries_left is not None:
        parts.append(f"{renewal.tries_left} {'try' if renewal.tries_left == 1 else 'tries'} left before it ends")
    if renewal.last is not None:
        when = f" {renewal.last.at:%Y-%m-%d %H:%M} UTC" if renewal.last.at is not None else ""
        parts.append(f"last run {renewal.last.result}{when}")
        parts += [renewal.last.detail] if renewal.last.detail else []
    parts += [f"besides: {others}" for others in renewal.others]
    return ", ".join(parts)


def _event_text(event: LogEvent) -> str:
    when = f"{event.at:%Y-%m-%d %H:%M} UTC " if event.at is not None else ""
    return f"{when}{event.application} {event.number}: {event.text}"


def _profile_text(profile: ProfileStatus) -> str:
    flags = f" ({', '.join(profile.flags)})" if profile.flags else ""
    return f"{profile.kind} {profile.name} {profile.oper_state or 'not shown'}{flags}"


def total_line(found: Sequence[RouterStatus], routers: int) -> str:
    """Return the one line under the status of many routers: how many certificates there are of each condition."""
    counts = Counter(row.condition for one in found for row in one.certificates if row.role is not Role.CA)
    parts = [f"{counts[condition]} {condition.value}" for condition in reversed(Condition) if counts[condition]]
    told = f"{routers} router{'' if routers == 1 else 's'}"
    if unanswered := routers - len(found):
        told = f"{routers - unanswered} of {told}"
    return f"{told}; certificates: {', '.join(parts) or 'none'}"
