"""What a script of ours on a router depends on, besides its text: the other CPM, its file, the event. Pure.

Its user is ``findings_script_user``'s matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sroscert.intent import ehs_scripts
from sroscert.intent.desired import Desired
from sroscert.model.python import PYTHON
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.findings_script_user import script_user
from sroscert.plan.observed import Observed
from sroscert.plan.standby import digest, lacking, on_slot, wanted_there
from sroscert.values import Path, file_name

_LOG = Path.of("configure", "log")
_STATE_PYTHON = Path.of("state", "python")


def found(wanted: Desired, observed: Observed) -> list[Finding]:
    """Return what should be known of the scripts that ``wanted`` has."""
    return [
        *_standby(wanted, observed), *script_user(wanted, observed), *_python(wanted, observed),
        *_absent(wanted, observed), *_suppressed(wanted, observed),
    ]


def _suppressed(wanted: Desired, observed: Observed) -> Iterator[Finding]:
    """Event handling sees no event that event control suppresses (Nokia guide, "EHS configuration")."""
    for trigger in wanted.tree.entries(_LOG / "event-trigger", "security"):
        event = dict(trigger.last.keys)["event"]
        if observed.running.text((_LOG / "log-events").entry("security", event=event) / "generate") == "false":
            yield Finding(
                Severity.WARNING,
                "event-suppressed",
                f"the router suppresses {event}: the trigger that waits for it never fires",
                hint=f"take it off the router: delete /configure log log-events security {event} generate",
            )


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


def _python(wanted: Desired, observed: Observed) -> Iterator[Finding]:
    """Stop where a Python handler would not be run, and tell of one that the router could not load."""
    if any(upload.first for upload in wanted.uploads) and observed.access.script_engine not in {"", ehs_scripts.PYTHON}:
        yield Finding(
            Severity.STOP,
            "python-not-run",
            "renewal.engine asks for a Python handler, and this router runs none: it is not in model-driven mode",
            hint="leave engine out: a CLI script is written for what the router runs",
        )
    for script in wanted.tree.entries(PYTHON, "python-script"):
        same = wanted.tree.get(script / "urls") == observed.running.get(script / "urls")
        shown = Path((*_STATE_PYTHON.segments, script.last)) / "oper-state"
        if same and observed.state.text(shown) == "down":
            yield Finding(
                Severity.WARNING,
                "python-script-down",
                f"the router could not load Python script {script.last.keys[0][1]}: it would not be run",
                hint="apply puts the file there where it is missing; then: /perform python python-script reload script "
                f'"{script.last.keys[0][1]}"',
            )
    declared = (one for one in wanted.uploads if one.first and not ehs_scripts.is_python_file(file_name(one.target)))
    for upload in declared:
        named = [
            path
            for path, value in observed.running.items()
            if path.last.name == "urls" and isinstance(value, tuple) and upload.target in value
        ]
        if named and observed.scripts.get(upload.target, "") not in {"", digest(upload)}:
            yield Finding(
                Severity.WARNING,
                "python-script-old",
                f"{upload.target} gets another text, and the router goes on with the one that it compiled",
                hint="after apply, on the router: /perform python python-script reload script "
                f'"{named[0].parent.last.keys[0][1]}"',
            )


def _absent(wanted: Desired, observed: Observed) -> Iterator[Finding]:
    """Warn of a script that is declared without its text and that is not where the router would look for it.

    Only cf3: itself is listed: of other folders, cards and hosts nothing is said.
    """
    ours = {_root_file(upload.target) for upload in wanted.uploads}
    places = [
        (path.parent, value if isinstance(value, tuple) else (value,))
        for path, value in wanted.tree.items()
        if path.last.name in {"location", "urls"} and path.parent.last.name in {"script", "python-script"}
    ]
    for script, urls in places:
        files = [_root_file(str(url)) for url in urls]
        if observed.flash and not any(name == "" or name in ours or observed.flash_file(name) for name in files):
            where = ", ".join(map(str, urls))
            yield Finding(
                Severity.WARNING,
                "script-file-missing",
                f"{script.last.name} {script.last.keys[0][1]} is to be run, and its file is not there: {where}",
                hint="source: FILE in the intent has it put there",
            )


def _root_file(url: str) -> str:
    """Return the name, in small letters, of a file in the root of cf3:; empty for any other."""
    match = re.fullmatch(r"cf3:[\\/]*([^\\/]+)", url.strip(), re.IGNORECASE)
    return match[1].lower() if match else ""
