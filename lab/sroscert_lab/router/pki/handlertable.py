"""`show log event-handling handler "<name>"`, in the form of the tutorial's transcript.

Owns the table. The states are logstate.py's; scripts are not run by the lab, so every count is zero.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ..logstate import add_log_state
from ..namespaces import descend
from ..tree import elements, find_entry, new_root, text_of
from .tables import DOUBLE, SINGLE

_NONE = "(Not Specified)"
_HANDLER_COUNTS = ("Success", "Err No Entry", "Err Adm Status")
_ENTRY_COUNTS = ("Success", "Err Min Delay", "Err Launch", "Err Adm Status")


def handler_table(running: etree._Element, name: str) -> str | None:
    """The table of one handler; None when the configuration has no such handler."""
    configured = descend(running, "log", "event-handling")
    handler = None if configured is None else find_entry(configured, "handler", {"name": name})
    if handler is None:
        return None
    states = new_root("state")
    add_log_state(states, running)
    shown = descend(states, "log", "event-handling")
    state = None if shown is None else find_entry(shown, "handler", {"name": name})
    return "".join(f"{line}\n" for line in _lines(handler, state))


def _lines(handler: etree._Element, state: etree._Element | None) -> Iterator[str]:
    yield from ("", DOUBLE, "Event Handling System - Handlers", DOUBLE, "", DOUBLE)
    yield f"{'Handler':<17}: {text_of(handler, 'name')}"
    yield DOUBLE
    yield f"{'Description':<17}: {text_of(handler, 'description') or _NONE}"
    yield _states(handler, "disable", text_of(state, "oper-state", default="down"))
    yield from ("", SINGLE, "Handler Execution Statistics")
    yield from _counts(_HANDLER_COUNTS)
    for entry in elements(handler, "entry"):
        number = text_of(entry, "id")
        found = None if state is None else find_entry(state, "entry", {"id": number})
        yield from _entry(entry, text_of(found, "oper-state", default="down"))
    yield DOUBLE


def _entry(entry: etree._Element, oper_state: str) -> Iterator[str]:
    policy = ("script-policy", "name")
    yield from ("", SINGLE, SINGLE, "Handler Action-List Entry", SINGLE)
    yield f"{'Entry-id':<17}: {text_of(entry, 'id')}"
    yield f"{'Description':<17}: {text_of(entry, 'description') or _NONE}"
    yield _states(entry, "enable", oper_state)
    yield "Script"
    yield f"{'  Policy Name':<17}: {text_of(entry, *policy) or _NONE}"
    yield f"{'  Policy Owner':<17}: {text_of(entry, 'script-policy', 'owner') or 'TiMOS CLI'}"
    yield f"{'Min Delay':<17}: {text_of(entry, 'min-delay') or '0'}"
    # ASSUMPTION: how an entry shows that it never ran.
    yield f"{'Last Exec':<17}: never"
    yield from (SINGLE, "Handler Action-List Entry Execution Statistics")
    yield from _counts(_ENTRY_COUNTS)


def _states(element: etree._Element, default: str, oper_state: str) -> str:
    admin = "up" if text_of(element, "admin-state", default=default) == "enable" else "down"
    return f"{'Admin State':<17}: {admin:<34}Oper State : {oper_state}"


def _counts(names: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{'  ' + name:<17}: 0" for name in names)
    yield f"{'Total':<17}: 0"
