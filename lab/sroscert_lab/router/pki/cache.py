"""The system-wide cache: one loaded copy of each certificate, key and CRL for all profiles that use it.

A copy is made when the first user (an enabled ca-profile or cert-profile) names the file and dropped when the last one
lets go; a changed file has no effect before a reload (Nokia guide, "Certificate, CRL and key cache").
"""

from __future__ import annotations

from collections.abc import Iterable

from . import events
from .failure import PKIRefusal, UnreadableFile
from .formats import Kind, PKIObject
from .store import PKIStore

#: A cached thing: its kind and its file name.
Slot = tuple[Kind, str]


class PKICache:
    """Loaded objects and who holds them."""

    def __init__(self, store: PKIStore, emit: events.Emit) -> None:
        self._store = store
        self._emit = emit
        self._copies: dict[Slot, PKIObject | None] = {}
        self._users: dict[Slot, set[str]] = {}

    def hold(self, user: str, slots: Iterable[Slot]) -> None:
        """Make `user` hold exactly `slots`: new ones are loaded unless somebody has them, given-up ones are dropped."""
        wanted = set(slots)
        for slot in [slot for slot, users in self._users.items() if user in users and slot not in wanted]:
            self._let_go(user, slot)
        for slot in wanted:
            if slot not in self._copies:
                self._copies[slot] = self._load(slot)
            self._users.setdefault(slot, set()).add(user)

    def release(self, user: str) -> None:
        """`user` lets go of everything."""
        self.hold(user, ())

    def users(self) -> set[str]:
        """All present users."""
        return {user for users in self._users.values() for user in users}

    def get(self, kind: Kind, name: str) -> PKIObject | None:
        """The loaded copy; None when nobody uses the file or it could not be read."""
        return self._copies.get((kind, name))

    def names(self, kind: Kind) -> list[str]:
        """Names of the loaded copies of a kind."""
        return sorted(name for (held, name), copy in self._copies.items() if held is kind and copy is not None)

    def reload(self, items: dict[Slot, PKIObject]) -> bool:
        """Replace loaded copies that are in use by the given objects; True when one was."""
        used = [slot for slot in items if slot in self._copies]
        for slot in used:
            self._copies[slot] = items[slot]
        return bool(used)

    def _load(self, slot: Slot) -> PKIObject | None:
        # ASSUMPTION: a file that is missing now is not looked for again before a reload or a bounce of its users.
        try:
            return self._store.load(*slot)
        except UnreadableFile:
            return None
        except PKIRefusal as refusal:
            self._emit(events.read_failed(slot[1], refusal.reason))
            return None

    def _let_go(self, user: str, slot: Slot) -> None:
        users = self._users[slot]
        users.discard(user)
        if not users:
            del self._users[slot]
            del self._copies[slot]
