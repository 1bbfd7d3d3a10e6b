"""Who is logged in and who holds which datastore, as tables (facts/sros-mgmt.md §4.4, LOCKSHOW)."""

from __future__ import annotations

from ..core import RouterCore
from ..sessions import Session

_DOUBLE, _SINGLE = "=" * 79, "-" * 79


def users_table(core: RouterCore, current: Session) -> str:
    """`show users`."""
    # ASSUMPTION: the columns; published transcripts show others per release.
    lines = [_DOUBLE, "User Profile/Session Type/From/Login time", _DOUBLE]
    for item in core.sessions.all():
        lines.append(f"{'#' if item is current else ' '}{item.id:<10} {item.user:<32} {item.kind:<10} {item.address}")
        lines.append(f"{'':<12}{item.started:%d%b%Y %H:%M:%S}".upper())
    lines += [_SINGLE, f"Number of users: {len(core.sessions.all())}", _DOUBLE]
    lines.append("'#' indicates the current active session")
    return "".join(f"{line}\n" for line in lines)


def locks_table(core: RouterCore, current: Session) -> str:
    """`show system management-interface datastore-locks [detail]`: sessions with a lock, or in private mode."""
    title = "Sessions and Datastores currently locked"
    lines = ["", _DOUBLE, title, _DOUBLE]
    lines += [f"{'Session ID':<14}{'Region':<24}{'Datastore':<22}Lock State"]
    lines += [f"  {'Username':<36}{'Session Mode':<22}Idle Time", f"  {'Session Type':<36}From", _SINGLE]
    shown = 0
    for item in core.sessions.all():
        locks = core.datastores.locks_of(item)
        if not locks and not item.private:
            continue
        shown += 1
        mark = "#" if item is current else ""
        stores = ", ".join(name.capitalize() for name in locks) or "Candidate"
        mode = "Private" if item.private else "Exclusive"
        # ASSUMPTION: the lab does not measure idle time.
        lines += [f"{mark}{item.id:<14}{'configure':<24}{stores:<22}{'Locked' if locks else 'Unlocked'}"]
        lines += [f"  {item.user:<36}{mode:<22}0d 00:00:00"]
        lines += [f"  {'MD-CLI' if item.kind == 'cli' else item.kind.upper():<36}{item.address}"]
    lines += [_SINGLE, f"Number of sessions: {shown}", "'#' indicates the current active session", _DOUBLE]
    return "".join(f"{line}\n" for line in lines)
