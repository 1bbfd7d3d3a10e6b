"""`connect`, and what can be asked of the connection."""

from __future__ import annotations

from typing import Any

from . import _wire
from .exceptions import ActionTerminatedIncompleteError, InternalError, InvalidPathError, SrosMgmtError
from .wrappers import Empty, packed, unpacked

__all__ = (
    "ActionTerminatedIncompleteError", "Connection", "Datastore", "Empty", "InternalError", "InvalidPathError",
    "SrosMgmtError", "connect", "sros",
)

_RAISED = {
    "SrosMgmtError": SrosMgmtError,
    "InvalidPathError": InvalidPathError,
    "ActionTerminatedIncompleteError": ActionTerminatedIncompleteError,
    "LookupError": LookupError,
    "RuntimeError": RuntimeError,
}


def sros() -> bool:
    """Whether this runs on a router."""
    return True


def connect(**_ignored: Any) -> Connection:
    """The connection to the router that this runs on; who else is named does not count here."""
    _asked("connect")
    return Connection()


class Datastore:
    """One datastore."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get(self, path: str, *, defaults: bool = False, config_only: bool = False) -> Any:
        """What is at a path; LookupError where nothing is."""
        answer = _asked("get", datastore=self._name, path=path, defaults=defaults, config_only=config_only)
        return unpacked(answer["data"])

    def exists(self, path: str) -> bool:
        """Whether anything is there."""
        return bool(_asked("exists", datastore=self._name, path=path)["data"])

    def get_list_keys(self, path: str) -> list[Any]:
        """The keys of a list's entries."""
        found = _asked("get", datastore=self._name, path=path)["data"]
        return [tuple(key) if isinstance(key, list) else key for key, _ in found.get("list", ())]


class Connection:
    """The router."""

    def __init__(self) -> None:
        self.running = Datastore("running")

    def cli(self, command: str) -> str:
        """What one line of MD-CLI prints."""
        return str(_asked("cli", command=command)["data"])

    def action(self, path: str, value: Any = None) -> Any:
        """The output of a modelled operation."""
        return unpacked(_asked("action", path=path, value=packed(value or {}))["data"])

    def disconnect(self) -> None:
        """On the box there is nothing to end."""


def _asked(question: str, **values: Any) -> dict[str, Any]:
    answer: dict[str, Any] = _wire.ask(question, **values)
    if "raise" in answer:
        raise _RAISED[answer["raise"]](answer["text"])
    return answer
