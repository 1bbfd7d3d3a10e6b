"""Named faults of a router, which may be set and cleared while it runs.

Owns which are set, for how many times, and with what argument; what a fault does stands where it happens. `ca-*` faults
belong to the CA and are not here.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

#: Every fault with what it does; the argument in brackets.
KNOWN: dict[str, str] = {
    "drop-before-commit": "the session is lost when a commit arrives; nothing is committed",
    "drop-before-commit-reply": "the commit is done, the session is lost before its reply",
    "drop-after-commit": "the session is lost right after the reply to a commit",
    "cli-drop-before": "the CLI session is lost when an admin command arrives; it is not run",
    "cli-drop-after": "an admin command of the CLI is run, the session is lost before its output",
    "ghost-session": "the router does not notice that a session died, until this is cleared or the id killed",
    "commit-refused": "a commit is refused by a check of an application [text, or whole messages, one a line]",
    "lock-held": "somebody holds the exclusive lock on the candidate",
    "candidate-dirty": "somebody has uncommitted changes in the global candidate",
    "slow-rpc": "every reply waits [seconds, default 5]",
    "flash-full": "nothing can be written to cf3:",
    "standby-out-of-sync": "configuration and certificates are not synchronized to the standby CPM",
    "standby-lost": "the standby CPM does not stand by [failed (default), disabled, syncing, singleton]",
    "clock-skew": "the router's clock is wrong, and moves all that waits for it [seconds ahead, default 3600]",
    "warning-then-error": "a commit or edit is answered by a warning and then an error",
    "missing-is-error": "a filter that names what does not exist is answered by an rpc-error",
    "save-lost": "saving the configuration is answered as done and is not done",
    "grpc-refused": "gNMI does not answer after the next change of TLS",
    "slow-load": "a CA profile that is enabled or restarted loads its files for a while [seconds, default 5]",
    "host-unreachable": "no ping is answered, nothing asked over HTTP gets anywhere [from this router-instance only]",
    "native-no-reload": "a native renewal puts the new pair into its files, and TLS does not read it",
    "script-goes-on": "a script of event handling goes on after a command that failed",
    "script-no-switch": "an MD-CLI script of event handling refuses a line that begins with //",
    "reboot": "the router restarts at once; what it is serving meanwhile is done to its end nonetheless",
    "switchover": "the standby CPM takes over at once: sessions are cut, and cf3: is its own card; with `redundancy "
    "cert-sync false` it has the certificates that `admin redundancy synchronize` copied last",
}


#: Those that hold as long as they are set, or act at once, and so do not strike a number of times.
LASTING = frozenset(
    {
        "lock-held", "candidate-dirty", "flash-full", "standby-out-of-sync", "standby-lost", "clock-skew", "reboot",
        "host-unreachable", "native-no-reload", "script-goes-on", "script-no-switch", "switchover",
    }
)


#: Those whose argument is a number of seconds, and the largest that may be.
_SECONDS = frozenset({"slow-rpc", "clock-skew"})
_MAX_SECONDS = 1e9


@dataclass(slots=True)
class _Setting:
    argument: str
    left: int | None
    skip: int
    chance: float


class Faults:
    """The faults that are set now; safe to use from any thread."""

    def __init__(self, seed: str = "") -> None:
        """With a `seed` the same occasions strike in each run, where a fault has a chance."""
        self._random = random.Random(seed) if seed else random.Random()
        self._lock = threading.Lock()
        self._settings: dict[str, _Setting] = {}
        self._watchers: list[Callable[[str, bool], None]] = []

    def set(
        self, name: str, argument: str = "", times: int | None = None, *, after: int = 0, chance: float = 1.0
    ) -> None:
        """Set a fault until it is cleared; ValueError when it is unknown or cannot be counted.

        Args:
            name: one of KNOWN.
            argument: see there.
            times: how often it strikes.
            after: how many occasions pass unharmed before.
            chance: of each occasion after these, from 0 to 1.
        """
        if name not in KNOWN:
            raise ValueError(f"unknown fault '{name}'; known: {', '.join(KNOWN)}")
        if name in LASTING and (times is not None or after or chance < 1):
            raise ValueError(f"'{name}' holds until it is cleared: it has no times, no after and no chance")
        if not 0 < chance <= 1 or after < 0 or (times is not None and times < 1):
            raise ValueError("a chance is above 0 and at most 1, times are 1 or more, after is 0 or more")
        if name in _SECONDS and argument and not _is_seconds(argument):
            raise ValueError(f"'{name}' takes a number of seconds, up to {_MAX_SECONDS:.0f}, not '{argument}'")
        with self._lock:
            self._settings[name] = _Setting(argument, times, after, chance)
        self._tell(name, True)

    def clear(self, name: str | None = None) -> None:
        """Clear one fault, or all of them."""
        with self._lock:
            names = [name] if name is not None else list(self._settings)
            gone = [item for item in names if self._settings.pop(item, None) is not None]
        for item in gone:
            self._tell(item, False)

    def is_set(self, name: str) -> bool:
        """Whether the fault is set; uses no occasion up."""
        with self._lock:
            return name in self._settings

    def argument(self, name: str) -> str:
        """The argument of a fault, empty when it has none or is not set; uses no occasion up."""
        with self._lock:
            setting = self._settings.get(name)
            return "" if setting is None else setting.argument

    def take(self, name: str) -> bool:
        """Whether the fault strikes now; uses one occasion up."""
        return self.strike(name) is not None

    def strike(self, name: str) -> str | None:
        """The argument of a fault that strikes now, None where it does not; uses one occasion up."""
        with self._lock:
            setting = self._settings.get(name)
            if setting is None:
                return None
            if setting.skip:
                setting.skip -= 1
                return None
            if setting.chance < 1 and self._random.random() >= setting.chance:
                return None
            if setting.left is not None:
                setting.left -= 1
                if setting.left <= 0:
                    del self._settings[name]
            return setting.argument

    def active(self) -> dict[str, str]:
        """Names and arguments of what is set."""
        with self._lock:
            return {name: setting.argument for name, setting in self._settings.items()}

    def watch(self, watcher: Callable[[str, bool], None]) -> None:
        """Have `watcher(name, is_set)` called after each setting and clearing, in the thread that did it."""
        self._watchers.append(watcher)

    def _tell(self, name: str, is_set: bool) -> None:
        for watcher in list(self._watchers):
            watcher(name, is_set)


def _is_seconds(text: str) -> bool:
    try:
        return abs(float(text)) <= _MAX_SECONDS
    except ValueError:
        return False
