"""Which events a log filter lets through.

The message of the tutorial's filter lacks the full stop that the event ends with, and its handler ran: so a text that
is no expression matches a part.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING

from .conf import FilterConf, FilterEntry

if TYPE_CHECKING:
    from ..core import LoggedEvent

#: In the order of the YANG enumeration. ASSUMPTION: `lt` and the like compare by it.
_SEVERITIES = ("none", "cleared", "indeterminate", "critical", "major", "minor", "warning")
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {"eq": eq, "neq": ne, "lt": lt, "lte": le, "gt": gt, "gte": ge}


def passes(conf: FilterConf, logged: LoggedEvent) -> bool:
    """Whether the filter forwards the event: the first entry that matches decides, else the default action."""
    for entry in conf.entries:
        # ASSUMPTION: an entry without an action is passed over.
        if entry.action and _matches(entry, logged):
            return entry.action == "forward"
    return conf.default_action == "forward"


def _matches(entry: FilterEntry, logged: LoggedEvent) -> bool:
    return all(
        _holds(field, operator, wanted, field in entry.expressions, logged)
        for (field, operator), wanted in entry.match.items()
    )


def _holds(field: str, operator: str, wanted: str, is_expression: bool, logged: LoggedEvent) -> bool:
    if field in ("event", "severity"):
        if field == "event":
            return _COMPARISONS[operator](logged.event.number, int(wanted))
        return _COMPARISONS[operator](_rank(logged.event.severity), _rank(wanted))
    if field == "application":
        found = logged.application.lower() == wanted.lower()
    else:
        texts = {"message": logged.event.text, "subject": logged.event.subject, "vrtr-name": "Base"}
        found = _found(wanted, texts.get(field, ""), is_expression=is_expression)
    return found == (operator == "eq")


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity.lower()) if severity.lower() in _SEVERITIES else 0


def _found(wanted: str, text: str, *, is_expression: bool) -> bool:
    if not is_expression:
        return wanted in text
    # ASSUMPTION: the expressions are those of POSIX, which Python's cover where they matter here; one that cannot be
    # read matches nothing; a match may stand anywhere in the text.
    try:
        return re.search(wanted, text) is not None
    except re.error:
        return False
