"""Doubts about event handling that is declared outright: filters, owners, and what its scripts do."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from sroscert.intent import ehs
from sroscert.intent.rules.finding import Finding, Loc
from sroscert.intent.values import RouterIntent

EXACT_MINUTE = re.compile(r"\d+ hour\(?s?\)?.*\d+ minute")


def filters(router: RouterIntent) -> Iterator[Finding]:
    """Yield the filters that match one minute only."""
    for name, log_filter in router.log.filters.items():
        for entry_name, entry in log_filter.named_entry.items():
            message = entry.match.message if entry.match else None
            if message and message.eq and not message.regexp and EXACT_MINUTE.search(message.eq):
                yield Finding(
                    "exact-minute",
                    "this matches one minute of one hour: a reboot or a clock step then, and nothing renews",
                    ("log", "filters", name, "named_entry", entry_name, "match", "message", "eq"),
                    f"regexp: true, eq: {ehs.warning_pattern('CERTIFICATE')}",
                )


def owners(router: RouterIntent) -> Iterator[Finding]:
    """Yield what has no owner, or refers to what has."""
    for name, handler in router.log.handlers.items():
        for number, handled in handler.entry.items():
            if handled.script_policy.owner is None:
                yield _ownerless(("log", "handlers", name, "entry", number, "script_policy"))
    for name, policy in router.script_control.policies.items():
        if policy.owner is None:
            yield _ownerless(("script_control", "policies", name))
        if policy.script is not None and policy.script.owner is None:
            yield _ownerless(("script_control", "policies", name, "script"))
    for name, script in router.script_control.scripts.items():
        if script.owner is None:
            yield _ownerless(("script_control", "scripts", name))


def _ownerless(loc: Loc) -> Finding:
    return Finding(
        "owner-missing", "without an owner the reference dangles on some releases (19.10 to 20.7, 21.2, 21.5)", loc,
        'owner: "TiMOS CLI"',
    )


_IMPORT = re.compile(r"admin certificate import type (\w+) input (\S+) output (\S+)(?:.* format (\w+))?")
_REQUEST = re.compile(r"admin certificate cmpv2 (cert-request|key-update) (.*)")


def scripts(router: RouterIntent) -> Iterator[Finding]:
    """Yield what the scripts of the intent do that fails at night; each is read in the classic spelling."""
    in_use = {certificate.key.file for certificate in router.certificates.values()}
    for name, script in router.script_control.scripts.items():
        if script.content is not None:
            yield from _script(
                script.content.decode("utf-8", "replace"), in_use, ("script_control", "scripts", name, "source")
            )


def _script(text: str, in_use: set[str], loc: Loc) -> Iterator[Finding]:
    lines = [line.strip() for line in text.splitlines()]
    requests = [match for line in lines if (match := _REQUEST.search(line))]
    imports = [match for line in lines if (match := _IMPORT.search(line))]
    first_request = min((number for number, line in enumerate(lines) if _REQUEST.search(line)), default=len(lines))
    for number, line in enumerate(lines, 1):
        match = _IMPORT.search(line)
        if match and match[1] == "key" and match[3] in in_use and number <= first_request:
            yield Finding(
                "script-overwrites-key",
                f"line {number} imports a new key over {match[3]}: until the CA answers, key and certificate differ",
                loc, "import under a new name, and switch when the certificate is there",
            )
    if any(re.match(r"sleep\s+\d", line) for line in lines):
        yield Finding(
            "script-sleeps", "fixed waits stand for results: a slow CA, and the old file or none is imported", loc,
            "leave renewal to method: auto",
        )
    yield from _requests(requests, imports, text, loc)


def _requests(
    requests: list[re.Match[str]], imports: list[re.Match[str]], text: str, loc: Loc
) -> Iterator[Finding]:
    for request in requests:
        words = request[2].split()
        given = dict(itertools.pairwise(words))
        if "newkey" in given and given.get("current-key") == given["newkey"]:
            yield Finding(
                "script-same-key", "old and new key are one file: the key that must sign may already be gone", loc,
                "a new name for the new key",
            )
        if request[1] == "cert-request":
            yield Finding(
                "script-cert-request", "EJBCA takes this only after the end entity was set to New, each time", loc,
                "key-update, or automatic approval at the CA",
            )
        if not any(word.startswith("hash") for word in words):
            yield Finding("script-default-hash", "the request is signed with SHA-1", loc, "ask for sha256")
        saved = given.get("save-as", "")
        if any(match[2] == saved and (match[4] or "der") != "der" for match in imports):
            yield Finding(
                "script-import-format", "CMPv2 saves DER: the import fails", loc, "format der"
            )
    if requests and any(match[1] == "cert" for match in imports):
        yield Finding(
            "script-unchecked-import", "nobody compares subject, SAN and key with what was asked", loc,
            "method: external has sroscert compare first",
        )
    if requests and "poll" not in text:
        yield Finding(
            "script-no-poll", "a CA that answers `waiting` keeps the request pending, and that blocks the next", loc,
            "poll, or method: auto",
        )
