"""What a router's rpc-errors mean; pure, knows nothing of sessions.

Every ``rpc-error`` of a reply counts: an error may stand behind a warning, and several errors may come in one reply
(RFC 6241 section 4.3; a commit in SR OS reports all that is wrong).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.etree import _Element

from sroscert.errors import ConfigInvalidError, LockHeldError, RPCErrorEntry, RPCRejectedError

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"

# <severity>:<module> #<code>: <context> - <message>  (7750 SR System Management Guide, "NETCONF error reporting")
_SROS_CODE = re.compile(r"\b[A-Z][A-Z_]+ #(\d+):")

_LOCKED = frozenset({
    "2051",  # Global datastore access unavailable: another session has the exclusive lock
    "2052",  # Exclusive datastore access unavailable: another session edits the global candidate
    "2703",  # Commit canceled - conflicts detected: somebody committed meanwhile (private candidate)
})
_INVALID = frozenset({
    "224",  # Entry does not exist (a reference, at commit)
    "236",  # Missing mandatory fields
    "238",  # Configuration change failed validation
    "2201",  # Unknown element
    "2301",  # Invalid element value
    "4001",  # refused by the application
    "5001",  # in conflict with another object
})
_LOCKED_TAGS = frozenset({"lock-denied", "in-use"})
_INVALID_TAGS = frozenset({
    "invalid-value", "bad-attribute", "bad-element", "unknown-attribute", "unknown-element", "unknown-namespace",
    "missing-attribute", "missing-element", "data-exists", "data-missing",
})
_PERMISSION = frozenset({"2020"})
_CONFIGURING = frozenset({"edit", "validate", "commit", "confirm"})

_PERMISSION_HINT = (
    "the user's profile does not allow it: see /configure system security aaa local-profiles … netconf "
    "base-op-authorization"
)
_LOCKED_HINT = "show system management-interface datastore-locks tells who it is"


def read_entries(reply: _Element) -> tuple[RPCErrorEntry, ...]:
    """Return every rpc-error of a reply, in order."""
    return tuple(_entry(element) for element in reply.iter(f"{{{BASE}}}rpc-error"))


def is_warning(entry: RPCErrorEntry) -> bool:
    """Tell whether an entry does no harm; a severity that is missing or unknown does."""
    return entry.severity == "warning"


def says_absent(entries: Sequence[RPCErrorEntry]) -> bool:
    """Tell whether the errors of a get or get-config only say that what the filter names is not there.

    ASSUMPTION: Nokia's guide says that a filter naming an absent entry is answered by an rpc-error, Nokia's own
    client expects an empty reply; the form of the error is not known, so both RFC tag and words are taken.
    """
    errors = [entry for entry in entries if not is_warning(entry)]
    return bool(errors) and all(
        entry.tag == "data-missing" or "does not exist" in entry.message for entry in errors
    )


def refused_before_start(entries: Sequence[RPCErrorEntry]) -> bool:
    """Tell whether the errors show that an operation was never begun: not understood, or not allowed."""
    errors = [entry for entry in entries if not is_warning(entry)]
    return bool(errors) and all(
        entry.tag in _INVALID_TAGS | _LOCKED_TAGS | {"access-denied", "operation-not-supported", "malformed-message"}
        or _codes(entry) & (_PERMISSION | {"2201", "2301"})
        for entry in errors
    )


def rejection(entries: Sequence[RPCErrorEntry], operation: str) -> RPCRejectedError | None:
    """Return the error for a reply's entries, or None when there are only warnings or nothing at all."""
    errors = [entry for entry in entries if not is_warning(entry)]
    if not errors:
        return None
    codes = frozenset().union(*map(_codes, errors))
    tags = {entry.tag for entry in errors}
    if codes & _LOCKED or tags & _LOCKED_TAGS:
        return LockHeldError(entries, operation=operation, hint=_LOCKED_HINT)
    if codes & _PERMISSION or "access-denied" in tags:
        return RPCRejectedError(entries, operation=operation, hint=_PERMISSION_HINT)
    if operation in _CONFIGURING and (codes & _INVALID or tags & _INVALID_TAGS):
        return ConfigInvalidError(entries, operation=operation)
    return RPCRejectedError(entries, operation=operation)


def _codes(entry: RPCErrorEntry) -> frozenset[str]:
    return frozenset(_SROS_CODE.findall(entry.message))


def _entry(element: _Element) -> RPCErrorEntry:
    def text(name: str) -> str:
        return " ".join((element.findtext(f"{{{BASE}}}{name}") or "").split())

    message = (element.findtext(f"{{{BASE}}}error-message") or "").strip()
    return RPCErrorEntry(
        type=text("error-type"), tag=text("error-tag"), severity=text("error-severity"), message=message or text(
            "error-tag"), path=text("error-path"), app_tag=text("error-app-tag"),
    )
