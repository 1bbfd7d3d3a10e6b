"""What is said of each thing that no finding speaks of: what was seen of the router itself. Pure.

The other half, certificates and CAs, is in ``health_pki``. Every text of grade ok names something that was observed.
"""

from __future__ import annotations

from datetime import timedelta

from sroscert.plan import findings as finding
from sroscert.plan import findings_access, findings_pki, findings_router
from sroscert.plan.findings import MAX_SKEW_S, Finding
from sroscert.plan.health import Grade, Look, Seen, Subject
from sroscert.plan.sharing import disturbed
from sroscert.plan.steps import Commit, GenerateKey, ImportKey, RemoveFile, Save, UploadFile
from sroscert.values import Path

_GRPC = Path.of("state", "system", "grpc")
_EVERY_KIND = frozenset({Commit, GenerateKey, ImportKey, RemoveFile, Save, UploadFile})
_NO_STANDBY = frozenset({"not-present", "singleton", "disabled"})
"""ASSUMPTION: what a router with one CPM says; ``disabled`` is "CPM is not available" in the YANG."""


def ok(message: str) -> list[Seen]:
    """Say what was seen."""
    return [Seen(Grade.OK, message)]


def unread(message: str, hint: str = "") -> list[Seen]:
    """Say what was not seen."""
    return [Seen(Grade.UNREAD, message, hint=hint)]


def would_stop(found: list[Finding]) -> list[Seen]:
    """Say what would stop a change, where none is planned now."""
    return [Seen(Grade.WARNING, f"it would stop a change: {item.message}", item.code, item.hint) for item in found]


def release(subject: Subject) -> list[Seen]:
    """The release, as the router says it."""
    return ok(f"SR OS {subject.plan.observed.release}")


def rights(subject: Subject) -> list[Seen]:
    """Whether the login may do all that a change can need."""
    plan, access = subject.plan, subject.plan.observed.access
    user = plan.router.login.username
    if access.granted is None:
        return unread(f"the rights of user {user} are not in the local configuration (RADIUS, TACACS+, LDAP?)")
    if found := findings_access.rights_for(plan.router, plan.observed, plan.schema, _EVERY_KIND):
        return would_stop(found)
    if access.operations is None:
        return unread(f"the profiles of user {user} are not shown: which NETCONF operations it may use is not known")
    return ok(f"user {user} may do all that a change needs")


def sessions(subject: Subject) -> list[Seen]:
    """How many SSH sessions are left."""
    observed = subject.plan.observed
    left = observed.access.sessions_left
    if left is None:
        return unread("the router does not show its sessions, or their limit")
    if found := findings_access.sessions_short(observed):
        return would_stop(found)
    return ok(f"{left} more SSH sessions of {observed.access.session_limit} fit")


def mode(subject: Subject) -> list[Seen]:
    """The configuration mode, where it does not stop."""
    shown = subject.plan.observed.configuration_mode
    return ok(shown) if shown else unread("the router does not show its configuration mode")


def candidate(subject: Subject) -> list[Seen]:
    """Whether the candidate is free and nobody edits in it."""
    observed = subject.plan.observed
    locked, edits = observed.datastore("candidate").locked, findings_router.edits_in_candidate(observed)
    if locked is None:
        return unread("the router does not show whether its candidate is locked")
    if found := finding.candidate(observed) or findings_router.candidate_changed(observed):
        return would_stop(found)
    if edits is None:
        return unread("nobody holds it; whether it has edits cannot be told while running is not saved")
    return ok("nobody holds it, and it has no edits")


def saved(subject: Subject) -> list[Seen]:
    """Whether what runs would survive a reboot."""
    running = subject.plan.observed.datastore("running")
    if running.unsaved is None:
        return unread("the router does not show whether running is saved")
    if not running.unsaved:
        return ok("running is saved")
    who = f" by {running.modified_by}" if running.modified_by else ""
    return [
        Seen(Grade.WARNING, f"running has changes{who} that a reboot would lose", hint="admin save, or sroscert apply")
    ]


def clock(subject: Subject) -> list[Seen]:
    """The router's clock against ours."""
    if subject.plan.observed.router_time is None:
        return unread("the router does not show its time: nothing is known of its clock")
    return ok(f"within {MAX_SKEW_S} s of ours")


def ca_clock(subject: Subject) -> list[Seen]:
    """The router's clock against that of each CA."""
    seen = []
    for profile, contact in subject.contacts.items():
        skew = findings_pki.router_against_ca(subject.plan.observed, contact.ahead)
        if skew is not None and abs(skew) <= timedelta(seconds=MAX_SKEW_S):
            seen += ok(f"within {MAX_SKEW_S} s of the CA of {profile}")
        elif skew is None:
            why = f"it told no time ({contact.reason or 'no header Date'})" if contact.ahead is None else "see clock"
            seen += unread(f"not compared with the CA of {profile}: {why}")
    return seen or unread("no CA profile of the intent has a CMP URL to ask")


def flash(subject: Subject) -> list[Seen]:
    """The room on cf3:."""
    observed = subject.plan.observed
    free = observed.flash_free
    if free is None:
        return unread("the router does not say how much room is left on cf3:")
    needed = findings_router.room_for_a_change(observed)
    if free < needed:
        return [
            Seen(
                Grade.WARNING, f"it would stop a change: {findings_router.kib(free)} free on cf3:, and a renewal may "
                f"need {findings_router.kib(needed)}", "flash-full", "remove what nobody needs: file list cf3:/",
            )
        ]
    return ok(f"{free // (1024 * 1024)} MiB free on cf3:")


def keys(subject: Subject) -> list[Seen]:
    """Private keys in the clear on cf3:, by their names."""
    if not subject.plan.observed.flash:
        return unread("cf3: could not be listed")
    return ok("no file in the root of cf3: looks like a private key")


def standby(subject: Subject) -> list[Seen]:
    """Whether a standby CPM has what the active one has."""
    status, sync, files = findings_router.standby_words(subject.plan.observed)
    if status in _NO_STANDBY:
        return ok(f"there is no standby CPM ({status})")
    if status == "standby" and files == "success" and sync in {"config-only", "boot-env"}:
        return ok("configuration and certificates are synchronized to the standby CPM")
    if status == "standby":
        shown = f"sync {sync or 'not shown'}, certificates {files or 'not shown'}"
        return unread(f"there is a standby CPM; whether it has everything is not told ({shown})")
    return unread(f"the router says {status}" if status else "the router does not show whether it has a standby CPM")


def grpc_sessions(subject: Subject) -> list[Seen]:
    """Open gRPC connections, which a change of TLS ends."""
    plan = subject.plan
    if not any(path.is_within(_GRPC) for path in plan.observed.state):
        return unread("the router does not show its gRPC connections")
    count = plan.observed.grpc_connections()
    ends = [text for step in plan.steps if isinstance(step, Commit) for text in step.interrupts if "gRPC" in text]
    if not count or not ends:
        return ok("none is open" if not count else f"{count} open, and the plan ends none")
    grade = Grade.WARNING if subject.allow_interrupt else Grade.STOP
    hint = "say apply --allow-interrupt when that is meant"
    return [Seen(grade, "; ".join(dict.fromkeys(ends)), "would-interrupt", hint)]


def profiles(subject: Subject) -> list[Seen]:
    """Who else uses the profiles that the plan restarts or re-points."""
    touched = sorted(f"{item.kind} {item.name}" for item in disturbed(subject.plan))
    if not touched:
        return ok("the plan restarts no profile that is there")
    return ok(f"the plan changes {', '.join(touched)}; nothing outside the intent refers to it")


LOOKS: dict[str, tuple[tuple[str, ...], Look]] = {
    "release": (("release-stands-in", "release-differs", "release-lacks"), release),
    "rights": (
        ("no-exec-backend", "user-rights", "script-user-other", "script-user-missing", "script-user-rights"), rights,
    ),
    "sessions": (("too-few-sessions",), sessions),
    "configuration mode": (("configuration-mode",), mode),
    "candidate": (("lock-held", "candidate-changed"), candidate),
    "saved": (("unsaved-changes", "commit-pending"), saved),
    "clock": (("clock-skew",), clock),
    "CA clock": (("ca-clock-skew",), ca_clock),
    "flash": (("flash-full",), flash),
    "clear keys": (("clear-key-found", "clear-key-suspected"), keys),
    "standby CPM": (("standby-out-of-sync", "standby-not-ready", "script-standby"), standby),
    "gRPC sessions": (("would-interrupt",), grpc_sessions),
    "shared profiles": (("shared-profile",), profiles),
}
"""By the name of the topic: the codes of findings about it, and the look."""
