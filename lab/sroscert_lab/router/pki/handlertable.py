"""`show log event-handling handler "<name>"`, in the form of the tutorial's transcript.

Owns the table. What it shows is event handling's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .tables import DOUBLE, SINGLE

if TYPE_CHECKING:
    from ..ehs.conf import HandlerConf, HandlerEntry
    from ..ehs.counts import ActionCounts, Counts
    from .operations import Handling

_NONE = "(Not Specified)"


def handler_table(handling: Handling, name: str) -> str | None:
    """The table of one handler; None when the configuration has no such handler."""
    handler = handling.conf.handlers.get(name)
    return None if handler is None else "".join(f"{line}\n" for line in _lines(handler, handling.counts))


def _lines(handler: HandlerConf, counts: Counts) -> Iterator[str]:
    outcomes = counts.handlers[handler.name]
    yield from ("", DOUBLE, "Event Handling System - Handlers", DOUBLE, "", DOUBLE)
    yield f"{'Handler':<17}: {handler.name}"
    yield DOUBLE
    yield f"{'Description':<17}: {handler.description or _NONE}"
    yield _states(handler.enabled)
    yield from ("", SINGLE, "Handler Execution Statistics")
    yield f"{'  Success':<17}: {outcomes.success}"
    yield f"{'  Err No Entry':<17}: {outcomes.error_no_entry}"
    yield f"{'  Err Adm Status':<17}: {outcomes.error_admin_state}"
    yield f"{'Total':<17}: {outcomes.total}"
    for entry in handler.entries:
        yield from _entry(entry, counts.actions[handler.name, entry.number])
    yield DOUBLE


def _entry(entry: HandlerEntry, counts: ActionCounts) -> Iterator[str]:
    yield from ("", SINGLE, SINGLE, "Handler Action-List Entry", SINGLE)
    yield f"{'Entry-id':<17}: {entry.number}"
    # A limit of the lab: it keeps no description of an entry.
    yield f"{'Description':<17}: {_NONE}"
    yield _states(entry.enabled)
    yield "Script"
    yield f"{'  Policy Name':<17}: {entry.policy[0] or _NONE}"
    yield f"{'  Policy Owner':<17}: {entry.policy[1]}"
    yield f"{'Min Delay':<17}: {entry.min_delay}"
    # ASSUMPTION: how an entry shows that it never ran.
    last = counts.last_exec
    yield f"{'Last Exec':<17}: {'never' if last is None else f'{last:%m/%d/%y %H:%M:%S} UTC'}"
    yield from (SINGLE, "Handler Action-List Entry Execution Statistics")
    yield f"{'  Success':<17}: {counts.success}"
    yield f"{'  Err Min Delay':<17}: {counts.error_min_delay}"
    yield f"{'  Err Launch':<17}: {counts.error_launch_failure}"
    yield f"{'  Err Adm Status':<17}: {counts.error_admin_state}"
    yield f"{'Total':<17}: {counts.total}"


def _states(enabled: bool) -> str:
    # ASSUMPTION: the operational state follows the administrative one.
    state = "up" if enabled else "down"
    return f"{'Admin State':<17}: {state:<34}Oper State : {state}"
