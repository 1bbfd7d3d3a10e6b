"""How a CMP request of the simulated router ends or waits, in words of SR OS (nokia-oper-admin, cmpv2 request state).

Owns those words. How it came to that is ``client``'s.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from .exchange import Position
from .status import PKIStatus


class OutcomeStatus(enum.StrEnum):
    """YANG type cmpv2-transaction-status."""

    PROCESSED = "processed"
    IN_PROGRESS = "in-progress"
    FAILED = "failed"


class OutcomeCode(enum.StrEnum):
    """YANG type cmpv2-transaction-status-code."""

    NONE = "none"
    ACCEPTED = "accepted"
    GRANTED_WITH_MODS = "granted-with-mods"
    REJECTION = "rejection"
    WAITING = "waiting"
    REVOCATION_WARNING = "revocation-warning"
    REVOCATION_NOTIFICATION = "revocation-notification"
    KEY_UPDATE_WARNING = "key-update-warning"


CODES = {
    PKIStatus.ACCEPTED: OutcomeCode.ACCEPTED,
    PKIStatus.GRANTED_WITH_MODS: OutcomeCode.GRANTED_WITH_MODS,
    PKIStatus.REJECTION: OutcomeCode.REJECTION,
    PKIStatus.WAITING: OutcomeCode.WAITING,
    PKIStatus.REVOCATION_WARNING: OutcomeCode.REVOCATION_WARNING,
    PKIStatus.REVOCATION_NOTIFICATION: OutcomeCode.REVOCATION_NOTIFICATION,
    PKIStatus.KEY_UPDATE_WARNING: OutcomeCode.KEY_UPDATE_WARNING,
}
GRANTED = (PKIStatus.ACCEPTED, PKIStatus.GRANTED_WITH_MODS)
MAX_STATUS_STRING = 255


@dataclass(frozen=True, slots=True)
class PendingTransaction:
    """What ``poll`` needs to go on. Opaque, and can be pickled; it holds secrets, so it must not be written down."""

    kind: int
    position: Position
    public_key: bytes
    sender: bytes
    reference: bytes
    secret: bytes = field(repr=False)
    key: bytes = field(repr=False)
    certificate: bytes
    hash_name: str
    check_after: int
    chain: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended, or that it has not. ``status_string`` has at most 255 characters, as on SR OS."""

    status: OutcomeStatus
    code: OutcomeCode
    status_string: str = ""
    certificate: bytes | None = None
    pending: PendingTransaction | None = None
    fail_info: tuple[str, ...] = ()
    answered: bool = True
