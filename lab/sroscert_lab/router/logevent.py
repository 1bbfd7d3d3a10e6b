"""One event of a router, whatever raises it: what logs, streams, handlers and event control see of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """An event, ready for the router's log.

    Attributes:
        number: its number in the application.
        name: its name in the MIB.
        severity: minor, major, …
        subject: what it is about.
        text: the message.
        parameters: objects of the MIB and their values. ASSUMPTION: the form of the values.
    """

    number: int
    name: str
    severity: str
    subject: str
    text: str
    parameters: tuple[tuple[str, str], ...] = ()
