"""What on a router renews a certificate, as running shows: native renewals, and handlers of its expiry warning.

Whose they are, and whether they should be there, is ``leftover``'s and ``flip``'s matter. What a script does is not
known here: one that an expiry warning of a certificate sets off is taken for its renewal. Pure.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sroscert.intent.ehs import EVENT
from sroscert.model.log import LOG
from sroscert.model.pki import PKI
from sroscert.model.python import PYTHON
from sroscert.model.scalars import OWNER
from sroscert.model.script_control import SCRIPT_CONTROL
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path

TRIGGER = (LOG / "event-trigger").entry("security", event=EVENT)
_NUMBER = "2095"
_USERS = ("TLS", "IPsec")
_TIMES = ("0 hour(s) and 20", "1 hour(s) and 0", "6 hour(s) and 0", "24 hour(s) and 0", "240 hour(s) and 0",
          "720 hour(s) and 0")
_NOBODYS = "no-such-file-0"


class Reach(enum.Enum):
    """Which expiry warnings a log filter lets pass, seen from one certificate file."""

    NONE = "none"
    FILE = "file"
    """Those of this file, and not those of any other."""
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Renewer:
    """One thing that renews a certificate file: by ``native`` or ``ehs``, at ``path``, called ``words``.

    ``reach`` is ANY where it is set off by whatever certificate will expire; ``acts`` is False where something of it is
    disabled or missing.
    """

    method: str
    path: Path
    words: str
    reach: Reach
    acts: bool
    handler: str = ""


def renewers(running: ConfigTree, schema: Schema, file: str) -> tuple[Renewer, ...]:
    """Return what of ``running`` renews a certificate file."""
    return (*_native(running, file), *_handlings(running, schema, file))


def _native(running: ConfigTree, file: str) -> Iterator[Renewer]:
    for entry in running.entries(PKI, "certificate-auto-update"):
        if entry.last.keys[0][1].lower() == file.lower():
            profile = running.text(entry / "profile")
            words = f"certificate-auto-update {entry.last.keys[0][1]} (profile {profile or 'none'})"
            there = PKI.entry("certificate-update-profile", name=profile) in running
            yield Renewer("native", entry, words, Reach.FILE, there)


def _handlings(running: ConfigTree, schema: Schema, file: str) -> Iterator[Renewer]:
    for entry in running.entries(TRIGGER, "entry"):
        handler, log_filter = running.text(entry / "handler"), running.text(entry / "filter")
        reach = reach_of(running, log_filter, file)
        if not handler or reach is Reach.NONE or not policies(running, handler):
            continue
        number = entry.last.keys[0][1]
        words = f"event handler {handler} (trigger entry {number}{f', filter {log_filter}' if log_filter else ''})"
        acts = _is_enabled(running, TRIGGER, schema) and _is_enabled(running, entry, schema)
        yield Renewer("ehs", entry, words, reach, acts and _runs(running, handler, schema), handler)


def policies(running: ConfigTree, handler: str) -> dict[Path, Path]:
    """Return the entries of a handler that run something, each with the script policy that it runs."""
    found = {}
    for entry in running.entries((LOG / "event-handling").entry("handler", name=handler), "entry"):
        at = entry / "script-policy"
        name, owner = running.text(at / "name"), running.text(at / "owner")
        if name:
            found[entry] = SCRIPT_CONTROL.entry("script-policy", policy_name=name, owner=owner or OWNER)
    return found


def script_of(running: ConfigTree, policy: Path) -> Path:
    """Return the script that a script policy runs: in a CLI engine, or by Python."""
    if python := running.text(policy / "python-script" / "name"):
        return PYTHON.entry("python-script", name=python)
    at = policy / "script"
    return SCRIPT_CONTROL.entry(
        "script", script_name=running.text(at / "name"), owner=running.text(at / "owner") or OWNER
    )


def _runs(running: ConfigTree, handler: str, schema: Schema) -> bool:
    """Tell whether a handler is enabled, and an entry of it down to its script."""
    if not _is_enabled(running, (LOG / "event-handling").entry("handler", name=handler), schema):
        return False
    return any(
        all(_is_enabled(running, at, schema) for at in (entry, policy, script_of(running, policy)))
        for entry, policy in policies(running, handler).items()
    )


def _is_enabled(running: ConfigTree, at: Path, schema: Schema) -> bool:
    node = schema.node(at / "admin-state")
    default = node.default if node is not None else None
    return at in running and (running.text(at / "admin-state") or default) == "enable"


def reach_of(running: ConfigTree, log_filter: str, file: str) -> Reach:
    """Return which expiry warnings a log filter lets pass; without a filter that is any.

    The first entry that may match decides, as on the router, else the default action. ASSUMPTION: a text that is no
    expression matches a part of the message, as that of the tutorial must.
    """
    if not log_filter:
        return Reach.ANY
    for at in (path for path in running.entries(LOG, "filter") if path.last.keys[0][1] == log_filter):
        for kind in ("named-entry", "entry"):
            for entry in running.entries(at, kind):
                reach = _matches(running, entry / "match", file)
                action = running.text(entry / "action")
                if reach is not Reach.NONE and action:
                    return reach if action == "forward" else Reach.NONE
        return Reach.ANY if running.text(at / "default-action") == "forward" else Reach.NONE
    return Reach.NONE  # a filter that is not there


def _matches(running: ConfigTree, match: Path, file: str) -> Reach:
    event, application = running.text(match / "event" / "eq"), running.text(match / "application" / "eq")
    if event not in {"", _NUMBER} or application.lower() not in {"", "security"}:
        return Reach.NONE
    text = running.text(match / "message" / "eq")
    if not text:
        return Reach.ANY
    expression = running.text(match / "message" / "regexp") == "true"
    if not _matches_any(text, file, expression=expression):
        return Reach.FILE if _names(text, file) else Reach.NONE
    return Reach.ANY if _matches_any(text, _NOBODYS, expression=expression) else Reach.FILE


def _matches_any(text: str, file: str, *, expression: bool) -> bool:
    messages = [
        f"Certificate {file} used by {user} will expire in {time} minute(s)." for user in _USERS for time in _TIMES
    ]
    if not expression:
        return any(text in message for message in messages)
    try:
        return any(re.search(text, message) for message in messages)
    except re.error:
        return False


def _names(text: str, file: str) -> bool:
    """Tell whether a text for some other moment than the samples' names the file."""
    plain = text.replace("[.]", ".").replace("\\.", ".")
    return re.search(rf"(?<![\w.-]){re.escape(file)}(?![\w-]|\.\w)", plain) is not None
