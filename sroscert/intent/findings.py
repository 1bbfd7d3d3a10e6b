"""Doubts about an intent that is sound: what works in a tutorial and fails at night. The table of all rules.

A rule is a pure function; to add one, write it in its topic's module, name its code in ``catalogue``, and list it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sroscert.intent.rules import authorities, ciphers, handling, names, renewal, rollover, secrets
from sroscert.intent.rules.clients import locked_out, servers_refused
from sroscert.intent.rules.finding import Finding
from sroscert.intent.rules.secrets import Carriage, Peek
from sroscert.intent.values import RouterIntent
from sroscert.schema import Schema
from sroscert.schema.facts import facts

__all__ = [
    "Carriage", "Finding", "Peek", "carriage", "release_findings", "router_findings", "secret_findings",
    "shared_secrets",
]

_ROUTER: tuple[Callable[[RouterIntent], Iterator[Finding]], ...] = (
    authorities.authorities, ciphers.weak_suites, ciphers.profiles, handling.filters, handling.owners,
    handling.scripts, names.dialled, names.unused, renewal.windows, renewal.declared_profiles,
    rollover.rollovers,
)


def router_findings(router: RouterIntent) -> Iterator[Finding]:
    """Yield what is doubtful on every release."""
    for rule in _ROUTER:
        yield from rule(router)


def release_findings(router: RouterIntent, schema: Schema, clients: Sequence[str] = ()) -> Iterator[Finding]:
    """Yield what is doubtful on the release of ``schema``; ``clients`` are asked about besides the intent's own."""
    yield from ciphers.reach(router, schema, clients)
    yield from locked_out(router, schema)
    yield from servers_refused(router, schema)
    yield from renewal.on_release(router, schema)


def carriage(schema: Schema) -> Carriage:
    """Return how the release of ``schema`` takes an enrolment secret."""
    known = facts(schema)
    if known.pki_actions:
        return Carriage.ACTION
    return Carriage.COMMAND if known.raw_command else Carriage.TYPED


def secret_findings(router: RouterIntent, peek: Peek, carried: Carriage = Carriage.ACTION) -> Iterator[Finding]:
    """Yield what is doubtful about the secrets that can be looked at without asking."""
    yield from secrets.contents(router, peek, carried)


def shared_secrets(routers: Iterable[RouterIntent], peek: Peek) -> Iterator[tuple[str, Finding]]:
    """Yield, with the router, every enrolment code that an earlier router has too."""
    yield from secrets.shared(routers, peek)
