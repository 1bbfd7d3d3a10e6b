"""What ``sroscert lint`` calls an error, as findings that stop the plan of a router whose release is known. Pure.

Commands that change a router refuse the errors that hold on every release when they load the intent; here they are
found again for those that only read, such as ``drift``.
"""

from __future__ import annotations

from collections.abc import Iterable

from sroscert.errors import Grade
from sroscert.intent import RouterIntent
from sroscert.intent.desired import Desired
from sroscert.intent.findings import Finding as Doubt
from sroscert.intent.findings import Peek, carriage, release_findings, router_findings, secret_findings
from sroscert.intent.linting import origin
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.preflight import command_texts, command_words
from sroscert.schema import Schema, Violation
from sroscert.values import ConfigTree

_DANGLING = "dangling-reference"


def intent_errors(router: RouterIntent) -> list[Finding]:
    """Stop at what fails on every release. What is said of CA certificates is said where the router is known."""
    doubts = [*router_findings(router), *command_texts(router)]
    return _stops((doubt for doubt in doubts if not doubt.code.startswith("ca-")), code="intent-error")


def secret_errors(router: RouterIntent, schema: Schema, peek: Peek) -> list[Finding]:
    """Stop at a secret that the router would not take as it is meant; no finding shows one."""
    return _stops(secret_findings(router, peek, carriage(schema)), code="intent-error")


def release(router: RouterIntent, schema: Schema) -> list[Finding]:
    """Stop where the release of the router cannot do what the intent asks for, in words of ``sroscert lint``."""
    return _stops((*release_findings(router, schema), *command_words(router, schema)), code="release-lacks")


def violations(wanted: Desired, schema: Schema, running: ConfigTree) -> list[Finding]:
    """Stop where the release of the router would refuse the configuration that the intent means.

    A reference to what only the router has is none of that: it is looked for in ``running`` too.
    """
    found = []
    for item in _refused(wanted.tree, schema, running):
        loc, _ = origin(wanted, item.path)
        where = ".".join(map(str, loc)) or str(item.path)
        hint = f"did you mean {item.suggestion}?" if item.suggestion else "sroscert lint shows the place in the intent"
        found.append(Finding(Severity.STOP, "release-lacks", f"{where}: {item.message}", hint=hint))
    return found


def _refused(tree: ConfigTree, schema: Schema, running: ConfigTree) -> list[Violation]:
    items = schema.check(tree)
    if not any(item.code == _DANGLING for item in items):
        return items
    still = {item.path for item in schema.check(running.merge(tree)) if item.code == _DANGLING}
    return [item for item in items if item.code != _DANGLING or item.path in still]


def _stops(doubts: Iterable[Doubt], *, code: str) -> list[Finding]:
    return [
        Finding(Severity.STOP, code, f"{'.'.join(map(str, item.loc))}: {item.message}", hint=item.suggestion)
        for item in doubts
        if item.severity is Grade.ERROR
    ]
