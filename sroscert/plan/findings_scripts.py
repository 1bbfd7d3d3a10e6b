"""What a script of ours on a router depends on, besides its text: the other CPM, its user, the event. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sroscert.intent import ehs_scripts
from sroscert.intent.desired import Desired
from sroscert.model.python import PYTHON
from sroscert.model.script_control import CLI_SCRIPT_USER, PYTHON_SCRIPT_USER
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.observed import Observed
from sroscert.plan.overrides import override_hint
from sroscert.plan.standby import digest, lacking, on_slot, wanted_there
from sroscert.values import Path

_LOG = Path.of("configure", "log")
_STATE_PYTHON = Path.of("state", "python")
_SCRIPT_NEEDS = "the commands of the script: file, admin certificate"
_PYTHON_NEEDS = (
    "what the handler does: reading state and configuration, file, admin system security pki, admin certificate"
)


def found(wanted: Desired, observed: Observed) -> list[Finding]:
    """Return what should be known of the scripts that ``wanted`` has."""
    # What goes first is a Python handler: a router reads it at the commit.
    kinds = sorted({upload.first for upload in wanted.uploads} | {False})
    users = (finding for python in kinds for finding in _user(wanted, observed, python=python))
    return [
        *_standby(wanted, observed), *users, *_python(wanted, observed), *_absent(wanted, observed),
        *_suppressed(wanted, observed),
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


def _user(wanted: Desired, observed: Observed, *, python: bool) -> Iterator[Finding]:
    """Say whose rights scripts have. That of others is never replaced unasked: it is one for all handlers."""
    there = observed.access.python_user if python else observed.access.script_user
    ours = wanted.tree.text(PYTHON_SCRIPT_USER if python else CLI_SCRIPT_USER)
    kind, what = ("python", "Python handlers") if python else ("cli", "scripts")
    if python and not ours and not there and (other := wanted.tree.text(CLI_SCRIPT_USER)):
        yield Finding(
            Severity.WARNING,
            "script-user-kind",
            f"the Python handler may do everything: script_users.cli ({other}) is for CLI scripts",
            hint=f"script_users: {{python: {other}}}, or renewal.engine: md-cli",
        )
    if not ours:
        if there and any(upload.first == python for upload in wanted.uploads):
            yield Finding(
                Severity.NOTE,
                "script-user",
                f"{what} of event handling run with the rights of user {there} on this router",
                hint=f"its profile must allow {_PYTHON_NEEDS if python else _SCRIPT_NEEDS}",
            )
            yield from _account(wanted, observed, there, python=python, ours=False)
        return
    if there and there != ours:
        yield Finding(
            Severity.STOP,
            "script-user-other",
            f"{what} of all handlers of this router run as user {there}, and would run as {ours}",
            hint=f"script_users: {{{kind}: {there}}} in the intent, or none; {override_hint('script-user-other')}",
        )
    yield from _account(wanted, observed, ours, python=python, ours=True)


def _account(wanted: Desired, observed: Observed, user: str, *, python: bool, ours: bool) -> Iterator[Finding]:
    """Say what keeps a user from running our scripts; one that somebody else has set stops nothing."""
    account = observed.access.python_account if python else observed.access.script_account
    if account is None or account.name != user:
        return
    if not account.exists:
        run = "are to run" if ours else "of event handling run"
        yield Finding(
            Severity.STOP if ours else Severity.WARNING,
            "script-user-missing",
            f"{'Python handlers' if python else 'scripts'} {run} as user {user}, and the router has no local user of "
            "that name",
            hint="a user of RADIUS, TACACS+ or LDAP cannot be it: make a local one, "
            + ("or leave script_users out" if ours else "or name another in script_users"),
        )
    elif refused := account.refused(_operations(wanted) if python else _commands(wanted)):
        yield Finding(
            Severity.WARNING,
            "script-user-rights",
            f"user {user} may not run what the {'Python handler' if python else 'script'} runs: {', '.join(refused)}; "
            "a renewal would end there",
            hint=f"its profile must permit these {'operations, as lines of the CLI' if python else 'commands'}",
        )


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
    declared = (one for one in wanted.uploads if one.first and not ehs_scripts.is_python_file(_file(one.target)))
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


def _file(url: str) -> str:
    return re.split(r"[\\/:]", url)[-1]


def _operations(wanted: Desired) -> tuple[str, ...]:
    """Return what our Python handlers have the router do; of one that is declared outright nothing is known.

    ASSUMPTION: a router holds the operations that Python calls against the user's profile by their lines in the CLI, as
    it does with commands. What the handler reads is not looked at: no source says how a profile would deny that.
    """
    ours = any(ehs_scripts.is_python_file(_file(upload.target)) for upload in wanted.uploads)
    return ehs_scripts.PYTHON_OPERATIONS if ours else ()


def _commands(wanted: Desired) -> list[str]:
    """Return the commands of all scripts, by their first words: those that a profile would name."""
    texts = "\n".join(upload.content.decode("utf-8", "replace") for upload in wanted.uploads if not upload.first)
    lines = (line.strip() for line in texts.splitlines())
    words = (line.split() for line in lines if line and not line.startswith("#") and line != "exit all")
    return sorted({" ".join(first[: 3 if "certificate" in first[:2] else 2]) for first in words})
