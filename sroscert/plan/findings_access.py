"""What the login lacks on a router, with the lines that an operator would type to give it. Pure.

What was not seen gives no finding. Which way of giving commands is open is ``commands.backend``'s choice.
"""

from __future__ import annotations

from collections.abc import Iterable

from sroscert.intent import RouterIntent
from sroscert.plan.access import Access
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.observed import Observed
from sroscert.plan.steps import Commit, ImportKey, RemoveFile, Save, Step, UploadFile
from sroscert.schema import Schema
from sroscert.schema.facts import facts

SESSIONS_NEEDED = 2
"""Besides the one that reads: SFTP, and a fresh NETCONF session that checks a commit. A CLI session comes on top."""

_COMMIT = ("lock", "edit-config", "validate", "commit", "discard-changes", "cancel-commit")
_USER = '/configure system security user-params local-user user "{}"'
_ENGINE_LINE = "/configure system management-interface cli cli-engine"
_PROFILE = '/configure system security aaa local-profiles profile "{}" netconf base-op-authorization {} true'


def _typed(why: str, *lines: str) -> str:
    """Return a hint with the lines of MD-CLI that an operator types, after ``edit-config private``."""
    return "\n".join([f"in the MD-CLI of the router{why}:", "edit-config private", *lines, "commit"])


def backend(observed: Observed, username: str) -> list[Finding]:
    """Stop where no way of giving PKI commands is open: a CLI engine, a right or a session is missing."""
    if observed.backend in {"action", "raw", "cli"}:
        return []
    return [
        Finding(
            Severity.STOP,
            "no-exec-backend",
            f"no way is left to give PKI commands to this router ({observed.release}): {observed.backend_reason}",
            hint=_typed(" (it counts from the next login on)", *_lines(observed, username))
            if observed.backend_lines
            else "give the user access to the CLI (access console)",
        )
    ]


def _lines(observed: Observed, username: str) -> list[str]:
    """Return what would open a way, for this user; a list of engines of the user's own is what has to be changed."""
    found = []
    for line in observed.backend_lines:
        if line.startswith(_ENGINE_LINE) and observed.access.engines_of_user:
            found.append(line.replace(_ENGINE_LINE, f"{_USER.format(username)} cli-engine"))
        elif line != "commit":
            found.append(line.replace('"NAME"', f'"{username}"'))
    return found


def _missing_access(interface: str, consequence: str, username: str) -> Finding:
    return Finding(
        Severity.STOP,
        "user-rights",
        f"user {username} has no access to {interface}: {consequence}",
        hint=_typed("", f"{_USER.format(username)} access {interface} true"),
    )


def rights(router: RouterIntent, observed: Observed, schema: Schema, steps: Iterable[Step]) -> list[Finding]:
    """Stop where the user lacks a right that one of the steps needs."""
    return rights_for(router, observed, schema, frozenset(type(step) for step in steps))


def rights_for(
    router: RouterIntent, observed: Observed, schema: Schema, kinds: frozenset[type[Step]]
) -> list[Finding]:
    """Stop where the user lacks a right that steps of these kinds need."""
    user, access = router.login.username, observed.access
    found = []
    moves_files = bool(kinds & {UploadFile, RemoveFile, ImportKey})
    if moves_files and access.may_use_sftp is False and access.may_use_cli is not False:
        found.append(_missing_access("scp-sftp", "no file could be brought to cf3:", user))
    serves = router.grpc is not None and Commit in kinds
    if serves and access.granted is not None and "grpc" not in access.granted:
        found.append(_missing_access("grpc", "gNMI could not be verified, and every change would be undone", user))
    return [*found, *_operations(access, schema, kinds)]


def _operations(access: Access, schema: Schema, kinds: frozenset[type[Step]]) -> list[Finding]:
    if access.operations is None:
        return []
    needed: list[str] = []
    if Commit in kinds:
        needed += _COMMIT
    if Save in kinds:
        needed.append("copy-config")
    if kinds - {Commit, Save}:
        needed.append("action")
    known = facts(schema).operations
    missing = [name for name in needed if name in known and name not in access.operations]
    if not missing:
        return []
    profile = access.profiles[0]
    return [
        Finding(
            Severity.STOP,
            "user-rights",
            f"no profile of the user ({', '.join(access.profiles)}) allows the NETCONF operation"
            f"{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            hint=_typed("", *(_PROFILE.format(profile, name) for name in missing)),
        )
    ]


def sessions(observed: Observed, steps: Iterable[Step]) -> list[Finding]:
    """Stop where the router has too few SSH sessions left for the steps and their checks."""
    return sessions_short(observed) if any(True for _ in steps) else []


def sessions_short(observed: Observed) -> list[Finding]:
    """Stop where the router has too few SSH sessions left for a change and its check."""
    left, access = observed.access.sessions_left, observed.access
    needed = SESSIONS_NEEDED + (observed.backend == "cli")
    if left is None or left >= needed:
        return []
    shown = ", ".join(f"{item.number} {item.kind} of {item.user}" for item in access.sessions or ())
    wanted = (access.session_limit or 0) + needed - left
    return [
        Finding(
            Severity.STOP,
            "too-few-sessions",
            f"the router takes {max(left, 0)} more SSH sessions of {access.session_limit}, and {needed} are "
            f"needed; open now: {shown}",
            hint=_typed(
                ", or end a session that nobody needs (admin disconnect session-id NUMBER)",
                f"/configure system login-control ssh inbound-max-sessions {wanted}",
            ),
        )
    ]
