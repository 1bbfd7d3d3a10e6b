"""Which user scripts of event handling are to run as: said once for a router, or in a line of renewal.

It is one setting for all CLI scripts of a router, and one for all Python handlers. Owns which of them a line of renewal
means, and that no two lines say different things. What a router has is ``plan.findings_script_user``'s matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sroscert.intent.ehs_scripts import PYTHON, runs_in
from sroscert.intent.values import RouterIntent
from sroscert.model.script_control import SCRIPT_USERS, ScriptControlSection, ScriptUsers
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path

Loc = tuple[str | int, ...]
_KINDS = tuple(SCRIPT_USERS)


def kinds_of(engine: str | None) -> tuple[str, ...]:
    """Return the kinds of scripts that an engine may run: both where the router decides."""
    if engine is None:
        return _KINDS
    return ("python",) if engine == PYTHON else ("cli",)


def candidates(router: RouterIntent) -> ScriptUsers:
    """Return the user that each kind of script may be wanted to run as, whatever the router will run."""
    named = {kind: getattr(router.script_users, kind) for kind in _KINDS}
    for certificate in router.certificates.values():
        for kind in kinds_of(certificate.renewal.engine):
            named[kind] = named[kind] or certificate.renewal.script_user
    return ScriptUsers(**named)


def wanted_users(
    router: RouterIntent, methods: Mapping[str, tuple[str, str]], engine: str | None, running: ConfigTree,
    schema: Schema, *, declared: bool,
) -> dict[Path, tuple[str, Loc]]:
    """Return the settings that are wanted, each with the user and where in the intent it comes from.

    ``declared``: the intent says outright what an expiry warning sets off, and so which scripts there are.
    """
    found: dict[Path, tuple[str, Loc]] = {
        path: (name, ("script_users", kind))
        for kind, path in SCRIPT_USERS.items()
        if (name := getattr(router.script_users, kind)) is not None
    }
    for name, item in router.certificates.items():
        user = item.renewal.script_user
        if user is None or methods[name][0] != "ehs":
            continue
        kinds = _declared(router.script_control) if declared else kinds_of(runs_in(item, engine, running, schema))
        for kind in kinds:
            found.setdefault(SCRIPT_USERS[kind], (user, ("certificates", name, "renewal", "script_user")))
    return found


def _declared(section: ScriptControlSection) -> tuple[str, ...]:
    return ("cli",) * bool(section.scripts) + ("python",) * bool(section.python_scripts)


def user_clashes(users: ScriptUsers, certificates: Mapping[str, Any]) -> Iterator[tuple[str, Loc]]:
    """Yield the lines of renewal that name another user than ``script_users`` or an earlier line, for one kind."""
    said: dict[str, tuple[str, str]] = {
        kind: (name, f"script_users.{kind}") for kind in _KINDS if (name := getattr(users, kind)) is not None
    }
    for name, certificate in certificates.items():
        renewal = certificate.renewal
        if renewal.script_user is None:
            continue
        loc: Loc = ("certificates", name, "renewal", "script_user")
        for kind in kinds_of(renewal.engine):
            known, where = said.setdefault(kind, (renewal.script_user, ".".join(map(str, loc))))
            if known != renewal.script_user:
                what = "Python handlers" if kind == "python" else "CLI scripts"
                yield f"all {what} of a router run as one user, and {where} says {known}", loc
                break
