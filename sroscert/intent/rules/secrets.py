"""Doubts about secrets. They are looked at where that needs nobody: ``env:`` and ``file:``; they are never shown."""

from __future__ import annotations

import hashlib
import pathlib
import re
from collections.abc import Callable, Iterable, Iterator

from sroscert.errors import SecretError
from sroscert.intent.rules.finding import Finding, Loc
from sroscert.intent.secrets import resolve
from sroscert.intent.values import RouterIntent

LONGEST = 64
"""Characters of a secret in clear (MIB; the encrypted form may be longer)."""
_MARKED = re.compile(r" (hash2?|custom)$")

Peek = Callable[[str], str | None]


def peeking(base: pathlib.Path) -> Peek:
    """Return what resolves a reference without asking anybody, each once, and gives None for what it cannot."""
    known: dict[str, str | None] = {}

    def peek(reference: str) -> str | None:
        if reference not in known:
            known[reference] = _quietly(reference, base)
        return known[reference]

    return peek


def _quietly(reference: str, base: pathlib.Path) -> str | None:
    if not reference.startswith(("env:", "file:")):
        return None
    try:
        return resolve(reference, base)
    except SecretError:
        # Whoever lints need not have the secrets.
        return None


def _secrets(router: RouterIntent) -> Iterator[tuple[Loc, str, str]]:
    """Yield place, reference number and secret reference of every code for a CA."""
    for name, certificate in router.certificates.items():
        enrolment = certificate.enrolment
        yield ("certificates", name, "enrolment", "secret"), enrolment.reference, enrolment.secret
    for name, profile in router.ca_profiles.items():
        for reference, key in (profile.cmpv2.key_list if profile.cmpv2 else {}).items():
            yield ("ca_profiles", name, "cmpv2", "key_list", reference), reference, key.password


def contents(router: RouterIntent, peek: Peek, in_commands: bool) -> Iterator[Finding]:
    """Yield what is doubtful about the secrets themselves.

    ``in_commands``: a release of the router takes them as words of a command.
    """
    names = {router.name.lower()}
    for certificate in router.certificates.values():
        names |= {certificate.name.lower(), *(value.lower() for kind, value in certificate.subject if kind == "CN")}
    for loc, reference, source in _secrets(router):
        secret = peek(source)
        if secret is None:
            continue
        if secret.lower() in names or secret == reference:
            yield Finding(
                "secret-is-name", "the secret is a name that everybody can see: whoever knows it can enrol", loc,
                "a random code, for example: openssl rand -hex 16",
            )
        if in_commands and loc[0] == "certificates" and ('"' in secret or "\\" in secret):
            yield Finding(
                "unsafe-text", 'the secret has a " or a \\, which a command line cannot carry (below SR OS 23.3)', loc,
                "another secret",
            )
        if mark := _MARKED.search(secret):
            yield Finding(
                "secret-read-as-hash", f"the secret ends in a blank and {mark[1]}: SR OS takes the rest for a hash",
                loc, "another secret",
            )
        elif len(secret) > LONGEST:
            yield Finding("secret-too-long", f"the secret has more than {LONGEST} characters", loc, "a shorter one")


def shared(routers: Iterable[RouterIntent], peek: Peek) -> Iterator[tuple[str, Finding]]:
    """Yield, with the router, every code that an earlier router has too: the same reference or the same content."""
    first: dict[str, str] = {}
    for router in routers:
        for loc, _, source in _secrets(router):
            secret = peek(source)
            # A digest, so that the table does not hold what nobody needs to hold.
            digest = hashlib.sha256(secret.encode()).hexdigest() if secret is not None else source
            owner = first.setdefault(source, first.setdefault(digest, router.name))
            if owner != router.name:
                yield router.name, Finding(
                    "secret-shared", f"{owner} has the same enrolment code: one router can pose as the other", loc,
                    "file:codes/{router}",
                )
