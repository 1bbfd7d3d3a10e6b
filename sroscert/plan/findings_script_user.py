"""The user that scripts of event handling run as: whose rights these are, and whether they are enough. Pure.

What a profile allows is read by ``script_user``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sroscert.intent import ehs_scripts
from sroscert.intent.desired import Desired
from sroscert.model.script_control import CLI_SCRIPT_USER, PYTHON_SCRIPT_USER
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.observed import Observed
from sroscert.plan.overrides import override_hint
from sroscert.plan.script_user import Account
from sroscert.values import Path, file_name


@dataclass(frozen=True)
class _Kind:
    """A kind of script, and how it is spoken of.

    ``key`` is that of ``script_users``, ``setting`` the leaf with the user, ``needs`` what ours do, ``lines`` what a
    profile has to permit. Of the uploads, Python handlers go ``first``: a router reads them at the commit.
    """

    key: str
    setting: Path
    one: str
    many: str
    needs: str
    lines: str
    first: bool


_CLI = _Kind(
    "cli", CLI_SCRIPT_USER, "script", "scripts", "the commands of the script: file, admin certificate", "commands",
    first=False,
)
_PYTHON = _Kind(
    "python", PYTHON_SCRIPT_USER, "Python handler", "Python handlers",
    "what the handler does: reading state and configuration, file, admin system security pki, admin certificate",
    "operations, as lines of the CLI", first=True,
)


def script_user(wanted: Desired, observed: Observed) -> Iterator[Finding]:
    """Say whose rights scripts have. That of others is never replaced unasked: it is one for all handlers."""
    yield from _user(_CLI, observed.access.script_user, observed.access.script_account, wanted)
    if any(upload.first for upload in wanted.uploads):
        yield from _python_without_one(wanted, observed)
        yield from _user(_PYTHON, observed.access.python_user, observed.access.python_account, wanted)


def _python_without_one(wanted: Desired, observed: Observed) -> Iterator[Finding]:
    other = wanted.tree.text(_CLI.setting)
    if other and not wanted.tree.text(_PYTHON.setting) and not observed.access.python_user:
        yield Finding(
            Severity.WARNING,
            "script-user-kind",
            f"the Python handler may do everything: script_users.cli ({other}) is for CLI scripts",
            hint=f"script_users: {{python: {other}}}, or renewal.engine: md-cli",
        )


def _user(kind: _Kind, there: str, account: Account | None, wanted: Desired) -> Iterator[Finding]:
    ours = wanted.tree.text(kind.setting)
    if ours:
        if there and there != ours:
            yield Finding(
                Severity.STOP,
                "script-user-other",
                f"{kind.many} of all handlers of this router run as user {there}, and would run as {ours}",
                hint=f"script_users: {{{kind.key}: {there}}} in the intent, or none; "
                f"{override_hint('script-user-other')}",
            )
        yield from _account(kind, ours, account, wanted, ours=True)
    elif there and any(upload.first == kind.first for upload in wanted.uploads):
        yield Finding(
            Severity.NOTE,
            "script-user",
            f"{kind.many} of event handling run with the rights of user {there} on this router",
            hint=f"its profile must allow {kind.needs}",
        )
        yield from _account(kind, there, account, wanted, ours=False)


def _account(
    kind: _Kind, user: str, account: Account | None, wanted: Desired, *, ours: bool
) -> Iterator[Finding]:
    """Say what keeps a user from running our scripts; one that somebody else has set stops nothing."""
    if account is None or account.name != user:
        return
    if not account.exists:
        run = "are to run" if ours else "of event handling run"
        yield Finding(
            Severity.STOP if ours else Severity.WARNING,
            "script-user-missing",
            f"{kind.many} {run} as user {user}, and the router has no local user of that name",
            hint="a user of RADIUS, TACACS+ or LDAP cannot be it: make a local one, "
            + ("or leave script_users out" if ours else "or name another in script_users"),
        )
    elif refused := account.refused(_operations(wanted) if kind is _PYTHON else _commands(wanted)):
        yield Finding(
            Severity.WARNING,
            "script-user-rights",
            f"user {user} may not run what the {kind.one} runs: {', '.join(refused)}; a renewal would end there",
            hint=f"its profile must permit these {kind.lines}",
        )


def _operations(wanted: Desired) -> tuple[str, ...]:
    """Return what our Python handlers have the router do; of one that is declared outright nothing is known.

    ASSUMPTION: a router holds the operations that Python calls against the user's profile by their lines in the CLI, as
    it does with commands. What the handler reads is not looked at: no source says how a profile would deny that.
    """
    ours = any(ehs_scripts.is_python_file(file_name(upload.target)) for upload in wanted.uploads)
    return ehs_scripts.PYTHON_OPERATIONS if ours else ()


def _commands(wanted: Desired) -> list[str]:
    """Return the commands of all scripts, by their first words: those that a profile would name."""
    texts = "\n".join(upload.content.decode("utf-8", "replace") for upload in wanted.uploads if not upload.first)
    lines = (line.strip() for line in texts.splitlines())
    words = (line.split() for line in lines if line and not line.startswith("#") and line != "exit all")
    return sorted({" ".join(first[: 3 if "certificate" in first[:2] else 2]) for first in words})
