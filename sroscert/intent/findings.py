"""Doubts about an intent that is sound: what works in a tutorial and fails at night. The table of all rules.

A rule is a pure function; to add one, write it in its topic's module, name its code in ``catalogue``, and list it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sroscert.intent.rules import authorities, ciphers, handling, names, renewal, secrets
from sroscert.intent.rules.finding import Finding
from sroscert.intent.rules.secrets import Peek
from sroscert.intent.values import RouterIntent
from sroscert.schema import Schema

__all__ = ["Finding", "Peek", "release_findings", "router_findings", "secret_findings", "shared_secrets"]

_ROUTER: tuple[Callable[[RouterIntent], Iterator[Finding]], ...] = (
    authorities.authorities, ciphers.weak_suites, ciphers.profiles, handling.filters, handling.owners,
    handling.scripts, names.dialled, names.unused, renewal.windows, renewal.declared_profiles,
)


def router_findings(router: RouterIntent) -> Iterator[Finding]:
    """Yield what is doubtful on every release."""
    for rule in _ROUTER:
        yield from rule(router)


def release_findings(router: RouterIntent, schema: Schema, clients: Sequence[str] = ()) -> Iterator[Finding]:
    """Yield what is doubtful on the release of ``schema``; ``clients`` are asked about besides the intent's own."""
    yield from ciphers.reach(router, schema, clients)
    yield from renewal.on_release(router, schema)


def secret_findings(router: RouterIntent, peek: Peek, in_commands: bool) -> Iterator[Finding]:
    """Yield what is doubtful about the secrets that can be looked at without asking."""
    yield from secrets.contents(router, peek, in_commands)


def shared_secrets(routers: Iterable[RouterIntent], peek: Peek) -> Iterator[tuple[str, Finding]]:
    """Yield, with the router, every enrolment code that an earlier router has too."""
    yield from secrets.shared(routers, peek)
