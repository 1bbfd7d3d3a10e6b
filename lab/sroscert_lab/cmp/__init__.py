"""CMPv2 in the lab: a certification authority that strangers' clients accept, and the simulated router's client.

The CA stands in for EJBCA. Importing this package costs no socket and no thread; ``CMPServer.start`` does.
"""

from __future__ import annotations

from .ca import CertificationAuthority
from .client import (
    CMPEndpoint,
    Outcome,
    OutcomeCode,
    OutcomeStatus,
    PendingTransaction,
    certificate_request,
    initial_registration,
    key_update,
    poll,
    signed_registration,
)
from .codes import EnrolmentCode, EnrolmentCodes
from .faults import CAFaults, Faults
from .journal import Journal, JournalEntry
from .names import AlternativeNames, dn_text, parse_dn
from .policy import Policy
from .server import CMPServer
from .status import FailInfo, UnreadableRequest

__all__ = [
    "AlternativeNames",
    "CAFaults",
    "CMPEndpoint",
    "CMPServer",
    "CertificationAuthority",
    "EnrolmentCode",
    "EnrolmentCodes",
    "FailInfo",
    "Faults",
    "Journal",
    "JournalEntry",
    "Outcome",
    "OutcomeCode",
    "OutcomeStatus",
    "PendingTransaction",
    "Policy",
    "UnreadableRequest",
    "certificate_request",
    "dn_text",
    "initial_registration",
    "key_update",
    "parse_dn",
    "poll",
    "signed_registration",
]
