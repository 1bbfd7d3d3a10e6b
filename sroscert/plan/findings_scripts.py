"""What a script of ours on a router depends on, besides its text: the other CPM, and the user that it runs as. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from sroscert.intent.desired import Desired
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.findings_router import standby_words
from sroscert.plan.observed import Observed
from sroscert.plan.steps import Step, UploadFile


def found(wanted: Desired, observed: Observed, steps: Sequence[Step]) -> list[Finding]:
    """Return what should be known of the scripts that ``wanted`` has."""
    targets = {upload.target for upload in wanted.uploads}
    uploads = [step for step in steps if isinstance(step, UploadFile) and step.target in targets]
    return [*_standby(observed, uploads), *(_user(observed) if targets else ())]


def _standby(observed: Observed, uploads: Sequence[UploadFile]) -> list[Finding]:
    """After a switchover a handler runs the script of the other CPM's flash, and nothing synchronizes that (guide)."""
    status, _, _ = standby_words(observed)
    if status != "standby":
        return []
    files = [step.target.split(":", 1)[-1].lstrip("\\/") for step in uploads]
    return [
        Finding(
            Severity.WARNING,
            "script-standby",
            f"after a switchover the handler finds no {name}: it goes to the active CPM only",
            hint=f"from the active CPM, here A: file copy cf3-a:\\{name} cf3-b:\\{name} force",
        )
        for name in files
    ]


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
