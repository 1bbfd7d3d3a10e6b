"""Doubts about secrets. They are looked at where that needs nobody: ``env:`` and ``file:``; they are never shown."""

from __future__ import annotations

import enum
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


class Carriage(enum.IntEnum):
    """How a release takes an enrolment secret; each refuses what the one before refuses, and more."""

    ACTION = 0
    """As a leaf of a modelled action, which carries every character."""
    COMMAND = 1
    """As a word of a command."""
    TYPED = 2
    """As a word of a command that is typed in a CLI session."""


_REFUSED = {
    Carriage.COMMAND: ("\"\\", 'the secret has a " or a \\, which a command line cannot carry (below SR OS 23.3)'),
    Carriage.TYPED: ("?", "the secret has a ?, which asks for help in a CLI session (below SR OS 20.10)"),
}


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


def contents(router: RouterIntent, peek: Peek, carriage: Carriage) -> Iterator[Finding]:
    """Yield what is doubtful about the secrets themselves.

    ``carriage``: how a release of the router takes those of enrolments.
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
        if loc[0] == "certificates" and (why := _refused(secret, carriage)):
            yield Finding("unsafe-text", why, loc, "another secret")
        if mark := _MARKED.search(secret):
            yield Finding(
                "secret-read-as-hash", f"the secret ends in a blank and {mark[1]}: SR OS takes the rest for a hash",
                loc, "another secret",
            )
        elif len(secret) > LONGEST:
            yield Finding("secret-too-long", f"the secret has more than {LONGEST} characters", loc, "a shorter one")


def _refused(secret: str, carriage: Carriage) -> str:
    """Return why a secret cannot be carried, or an empty text."""
    for needed, (characters, why) in _REFUSED.items():
        if carriage >= needed and any(character in secret for character in characters):
            return why
    return ""


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
