"""The status of a router as JSON data. The keys are documented in docs/status.md and stable; a test holds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sroscert.commands.eventlog import LogEvent
from sroscert.commands.replies import RequestStatus
from sroscert.intent import CertificateIntent
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.status import CertificateStatus, RouterStatus, ServedStatus
from sroscert.plan.status_outcome import RenewalOutcome
from sroscert.plan.status_profiles import ProfileStatus, RenewalStatus


def status_document(one: RouterStatus) -> dict[str, Any]:
    """Return one router; every key is always there, null where nothing is known."""
    return {
        "release": str(one.plan.observed.release),
        "observed_at": one.at.isoformat(timespec="seconds"),
        "in_sync": one.in_sync,
        "unsettled_until": _time(one.unsettled_until),
        "log_unread": one.log_unread or None,
        "certificates": [_certificate(row, one.at) for row in one.certificates],
        "findings": [
            {"severity": item.severity.value, "code": item.code, "message": item.message, "hint": item.hint}
            for item in one.plan.findings
        ],
    }


def _certificate(row: CertificateStatus, at: datetime) -> dict[str, Any]:
    return {
        "role": row.role.value,
        "name": row.name,
        "file": row.file,
        "key_file": row.key_file,
        "condition": row.condition.value,
        "reason": row.reason,
        "in_use": row.in_use,
        "needs_renewal": row.needed,
        "intended": _intended(row.wanted),
        **_content(row.info, at),
        "mismatches": [{"field": item.field, "wanted": item.wanted, "found": item.found} for item in row.mismatches],
        "served": _served(row.served),
        "renewal": _renewal(row.renewal),
        "ca_profile": row.ca_profile,
        "request": _request(row.request),
        "profiles": [_profile(profile) for profile in row.profiles],
        "log": None if row.log is None else [_event(event) for event in row.log],
    }


def _intended(wanted: CertificateIntent | None) -> dict[str, Any] | None:
    if wanted is None:
        return None
    return {
        "subject": dict(wanted.subject),
        "san_ips": sorted(wanted.san_ips),
        "san_dns": sorted(wanted.san_dns),
        "key": f"{wanted.key.type} {wanted.key.size or wanted.key.curve}",
        "ca_profile": wanted.ca_profile,
    }


def _content(info: CertificateInfo | None, at: datetime) -> dict[str, Any]:
    if info is None:
        keys = ("serial", "subject", "issuer", "san_ips", "san_dns", "key", "not_before", "not_after")
        return {**dict.fromkeys(keys), "remaining_s": None}
    return {
        "serial": f"{info.serial:x}",
        "subject": dict(info.subject),
        "issuer": dict(info.issuer),
        "san_ips": sorted(info.san_ips),
        "san_dns": sorted(info.san_dns),
        "key": f"{info.key_type} {info.key_bits}" if info.key_type else None,
        "not_before": _time(info.not_before),
        "not_after": _time(info.not_after),
        "remaining_s": int((info.not_after - at).total_seconds()),
    }


def _served(served: ServedStatus | None) -> dict[str, Any] | None:
    if served is None:
        return None
    return {
        "verified": served.verified,
        "reason": served.reason,
        "detail": served.detail,
        "serial": f"{served.certificate.serial:x}" if served.certificate is not None else None,
        "not_after": _time(served.certificate.not_after) if served.certificate is not None else None,
        "same_as_file": served.same_as_file,
    }


def _renewal(renewal: RenewalStatus | None) -> dict[str, Any] | None:
    if renewal is None:
        return None
    return {
        "method": renewal.method,
        "reason": renewal.reason,
        "on_router": renewal.on_router,
        "state": renewal.state,
        "due_at": _time(renewal.due_at),
        "next_at": _time(renewal.next_at),
        "next_from": renewal.next_from,
        "tries_left": renewal.tries_left,
        "last": _outcome(renewal.last),
        "others": list(renewal.others),
    }


def _outcome(last: RenewalOutcome | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {
        "result": last.result,
        "at": _time(last.at),
        "detail": last.detail,
        "runs": last.runs,
        "drops": last.drops,
    }


def _request(request: RequestStatus | None) -> dict[str, Any] | None:
    if request is None:
        return None
    return {
        "type": request.request_type,
        "started": _time(request.started),
        "replied": _time(request.replied),
        "status": request.status,
        "answer": request.code,
        "text": request.string,
        "key": request.key,
    }


def _event(event: LogEvent) -> dict[str, Any]:
    return {
        "at": _time(event.at),
        "application": event.application,
        "number": event.number,
        "severity": event.severity,
        "text": event.text,
    }


def _profile(profile: ProfileStatus) -> dict[str, Any]:
    return {
        "kind": profile.kind,
        "name": profile.name,
        "oper_state": profile.oper_state,
        "flags": list(profile.flags),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
