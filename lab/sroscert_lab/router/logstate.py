"""The state of event handling: handlers and triggers of /state/log, as far as the configuration decides it.

Owns no execution: scripts are not run here, so every count is zero.
"""

from __future__ import annotations

from lxml import etree

from .tree import add, elements, first, text_of

# ASSUMPTION: an oper-state follows the admin-state of its object and of nothing else. The one transcript there is (the
# CMPv2 tutorial's) shows both as up for an enabled handler.


def add_log_state(root: etree._Element, running: etree._Element) -> None:
    """Add /state/log/event-handling and /state/log/event-trigger for what `running` configures."""
    log = first(running, "log")
    if log is None:
        return
    handling, trigger = first(log, "event-handling"), first(log, "event-trigger")
    if handling is None and trigger is None:
        return
    shown = add(root, "log")
    if handling is not None:
        _handlers(add(shown, "event-handling"), handling)
    if trigger is not None:
        _triggers(add(shown, "event-trigger"), trigger)


def _handlers(shown: etree._Element, handling: etree._Element) -> None:
    for handler in elements(handling, "handler"):
        item = add(shown, "handler")
        add(item, "name", text_of(handler, "name"))
        add(item, "oper-state", _oper_state(handler, "disable"))
        for entry in elements(handler, "entry"):
            part = add(item, "entry")
            add(part, "id", text_of(entry, "id"))
            add(part, "oper-state", _oper_state(entry, "enable"))


def _triggers(shown: etree._Element, trigger: etree._Element) -> None:
    for event in elements(trigger, "security"):
        item = add(shown, "security")
        add(item, "event", text_of(event, "event"))
        add(item, "oper-state", _oper_state(event, "disable"))


def _oper_state(element: etree._Element, default: str) -> str:
    return "up" if text_of(element, "admin-state", default=default) == "enable" else "down"
