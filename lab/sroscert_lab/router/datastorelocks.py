"""Exclusive locks of a router's datastores: who holds which, and in which words another one is kept out.

Owns the locks that are held, and the refusals. Does not own what becomes of a candidate whose lock goes: datastore.py,
whose lock orders every call, is told which went.
"""

from __future__ import annotations

from .errors import RPCError, RPCFailed, failed
from .sessions import Session

LOCK_REFUSED = (
    "MINOR: MGMT_CORE #2052: Exclusive datastore access unavailable - model-driven interface editing global candidate"
)
_EDIT_REFUSED = (
    "MINOR: MGMT_CORE #2051: Global datastore access unavailable - the MD-CLI has exclusive lock on configuration"
)
# ASSUMPTION: the text when NETCONF, not the MD-CLI, holds the lock.
_EDIT_REFUSED_NETCONF = (
    "MINOR: MGMT_CORE #2051: Global datastore access unavailable - NETCONF has exclusive lock on configuration"
)


class DatastoreLocks:
    """The locks of one router; `is_foreign` is that of somebody at the MD-CLI whom the lab does not play."""

    def __init__(self) -> None:
        self._holders: dict[str, Session] = {}
        self.is_foreign = False

    def is_held(self, datastore: str) -> bool:
        """Whether anybody has locked a datastore."""
        return datastore in self._holders or (self.is_foreign and datastore == "candidate")

    def of(self, session: Session) -> tuple[str, ...]:
        """Names of the datastores that a session has locked."""
        return tuple(name for name, holder in self._holders.items() if holder is session)

    def holder(self, datastore: str) -> Session | None:
        """The session that has locked a datastore."""
        return self._holders.get(datastore)

    def take(self, session: Session, datastore: str) -> None:
        """Give a session a lock that nothing stands in the way of."""
        self._holders[datastore] = session

    def give_back(self, session: Session, datastore: str) -> None:
        """Take a lock from its holder; RPCFailed when the session does not hold it."""
        if self._holders.get(datastore) is not session:
            # ASSUMPTION: text and number.
            raise failed("MINOR: MGMT_CORE #2053: Datastore is not locked by this session")
        del self._holders[datastore]

    def release(self, session: Session) -> tuple[str, ...]:
        """Take all locks from a session; the datastores that they were of."""
        return self._drop(self.of(session))

    def release_others(self, session: Session) -> tuple[str, ...]:
        """Take all locks from everybody but a session; the datastores that they were of."""
        self.is_foreign = False
        return self._drop(tuple(name for name, holder in self._holders.items() if holder is not session))

    def clear(self) -> None:
        """Forget the sessions' locks."""
        self._holders.clear()

    def check_writer(self, session: Session) -> None:
        """RPCFailed when another than this session holds any lock."""
        if self.is_foreign:
            raise failed(_EDIT_REFUSED, "lock-denied")
        for holder in self._holders.values():
            if holder is not session:
                raise failed(_EDIT_REFUSED if holder.kind == "cli" else _EDIT_REFUSED_NETCONF, "lock-denied")

    def check_operator(self) -> None:
        """RPCFailed when anybody at all holds a lock."""
        if self._holders or self.is_foreign:
            raise failed(_EDIT_REFUSED_NETCONF, "lock-denied")

    def _drop(self, datastores: tuple[str, ...]) -> tuple[str, ...]:
        for datastore in datastores:
            del self._holders[datastore]
        return datastores


def lock_denied(holder: int = 0) -> RPCFailed:
    """The refusal of a lock, with the number of the session that is in the way (RFC 6241 §7.5)."""
    info = (("session-id", str(holder)),)
    return RPCFailed(RPCError(LOCK_REFUSED, tag="lock-denied", type="protocol", info=info))
