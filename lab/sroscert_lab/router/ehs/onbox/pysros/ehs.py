"""The event that a script is run for."""

from __future__ import annotations

from typing import Any

from . import _wire


class EventParams:
    """The parameters of an event, to be read by name."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def keys(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]


class Event:
    """One event."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.name: str = values["name"]
        self.appid: str = values["appid"]
        self.eventid: int = values["eventid"]
        self.severity: str = values["severity"]
        self.sequence: int = values["sequence"]
        self.subject: str = values["subject"]
        self.router_name: str = values["router_name"]
        self.gentime: str = values["gentime"]
        self.timestamp: float = values["timestamp"]
        self.text: str = values["text"]
        self.eventparameters = EventParams(values["eventparameters"])


def get_event() -> Event | None:
    """The event, or None for a script that no event set off."""
    values = _wire.ask("event")["event"]
    return None if values is None else Event(values)
