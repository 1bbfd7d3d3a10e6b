"""What a script of ours on a router depends on, besides its text: the other CPM, and the user that it runs as. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sroscert.intent.desired import Desired
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.observed import Observed
from sroscert.plan.standby import digest, lacking, on_slot, wanted_there


def found(wanted: Desired, observed: Observed) -> list[Finding]:
    """Return what should be known of the scripts that ``wanted`` has."""
    return [*_standby(wanted, observed), *(_user(observed) if wanted.uploads else ())]


def _standby(wanted: Desired, observed: Observed) -> Iterator[Finding]:
    """After a switchover a handler runs the script of the other CPM's card, and nothing synchronizes that (guide).

    A script that the active CPM does not have either is no finding: the plan brings it to both.
    """
    seen = observed.standby
    if seen is None:
        return
    for upload in wanted_there(wanted.uploads):
        target = on_slot(upload.target, seen.slot or "b")
        by_hand = f"file copy {upload.target} {target} force".replace("/", "\\")
        if seen.unread:
            words = f"whether the standby CPM has {upload.target} is not known: {seen.unread}"
            yield Finding(Severity.WARNING, "script-standby", words, hint=f"from the active CPM, here A: {by_hand}")
        elif observed.scripts.get(upload.target) in {"", digest(upload)} and (why := lacking(upload, observed)):
            words = f"after a switchover the handler does not find {upload.target} as it must be: {why}"
            yield Finding(Severity.WARNING, "script-standby", words, hint=f"apply copies it, or: {by_hand}")


def _user(observed: Observed) -> list[Finding]:
    user = observed.access.script_user
    if not user:
        return []
    return [
        Finding(
            Severity.NOTE,
            "script-user",
            f"scripts of event handling run with the rights of user {user} on this router",
            hint="its profile must allow the commands of the script: file, admin certificate",
        )
    ]
