"""The ways in which the lab's CA can be told to misbehave. Owns the switches; ``ca`` and ``server`` obey them."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass

from .status import FailInfo

#: Every switch with what it does; the argument in brackets.
KNOWN: dict[str, str] = {
    "down": "connections are closed without an answer",
    "slow": "every answer waits [seconds, default 5]",
    "pending": "a new request waits for approval [polls that are told so, default until it is approved]",
    "check_after": "what a waiting client is told to wait [seconds]",
    "reject": "every request is refused [failInfo, default badRequest]",
    "expired": "the CA's own certificate has expired: it shows one that has, and certifies nothing more",
    "wrong_san": "the certificate carries another IP address [address]",
    "wrong_key": "the certificate carries a key that nobody asked for",
    "wrong_subject": "the certificate carries a common name that nobody asked for",
    "wrong_validity": "the certificate has ended already",
    "stale_crl": "the CRL, and what it answers over OCSP, are old ones, whose next update is over",
    "unprotected_errors": "every refusal is an error message without protection, as EJBCA's are",
    "mute_confirmations": "what a router confirms is taken, and gets no answer",
}


@dataclass(frozen=True, slots=True)
class Faults:
    """The state of the switches at one moment, see KNOWN; the default is a CA without faults.

    ``pending``: -1 means until it is approved. ``check_after`` is in force without a fault too.
    """

    down: bool = False
    slow: float = 0.0
    pending: int | None = None
    check_after: int = 1
    reject: FailInfo | None = None
    expired: bool = False
    wrong_san: str | None = None
    wrong_key: bool = False
    wrong_subject: bool = False
    wrong_validity: bool = False
    stale_crl: bool = False
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

    def clear(self, name: str = "") -> None:
        """Let the CA behave again, in everything or in one thing. Raises AttributeError for an unknown name."""
        with self._lock:
            default = Faults()
            self._current = dataclasses.replace(self._current, **{name: getattr(default, name)}) if name else default
