"""The ways in which the lab's CA can be told to misbehave. Owns the switches; ``ca`` and ``server`` obey them."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass

from .status import FailInfo


@dataclass(frozen=True, slots=True)
class Faults:
    """The state of the switches at one moment; the default is a CA without faults.

    ``down``: connections are closed without an answer. ``slow``: seconds before each answer. ``pending``: a new request
    waits; the first that many polls are answered with "still waiting", -1 means until it is approved.
    ``check_after``: the seconds a waiting client is told. ``reject``: every request is refused with this failInfo.
    ``wrong_san``: the certificate carries this IP address instead. ``wrong_key``, ``wrong_subject``: it carries a key,
    or a common name, that nobody asked for. ``unprotected_errors``: every refusal is an error message without
    protection, as EJBCA's are. ``mute_confirmations``: what a router confirms is taken, and gets no answer.
    """

    down: bool = False
    slow: float = 0.0
    pending: int | None = None
    check_after: int = 1
    reject: FailInfo | None = None
    wrong_san: str | None = None
    wrong_key: bool = False
    wrong_subject: bool = False
    unprotected_errors: bool = False
    mute_confirmations: bool = False


class CAFaults:
    """Holds the faults of a running CA. Any thread may set and read them; a reader sees one consistent state."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current = Faults()
        self._watchers: list[Callable[[str], None]] = []

    @property
    def current(self) -> Faults:
        """The faults of this moment."""
        return self._current

    def set(self, **changes: object) -> Faults:
        """Change the named switches, e.g. ``set(down=True)``, and return the new state. Raises TypeError."""
        with self._lock:
            self._current = dataclasses.replace(self._current, **changes)  # type: ignore[arg-type]
            current = self._current
        for name in changes:
            for watcher in self._watchers:
                watcher(name)
        return current

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Have ``watcher(name)`` called after each setting of a switch, in the thread that did it."""
        self._watchers.append(watcher)

    def clear(self) -> None:
        """Let the CA behave again."""
        with self._lock:
            self._current = Faults()
