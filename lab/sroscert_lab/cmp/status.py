"""What a CMP answer says about its request: PKIStatus, PKIFailureInfo, and the refusal that carries them.

Owns no encoding (see ``asn1``) and no decision (see ``policy`` and ``ca``).
"""

from __future__ import annotations

import enum


class BodyKind(enum.IntEnum):
    """The context tag of a PKIBody alternative (RFC 4210 section 5.1.2; RFC 9810 keeps the numbers)."""

    IR = 0
    IP = 1
    CR = 2
    CP = 3
    P10CR = 4
    KUR = 7
    KUP = 8
    RR = 11
    RP = 12
    PKICONF = 19
    GENM = 21
    GENP = 22
    ERROR = 23
    CERT_CONF = 24
    POLL_REQ = 25
    POLL_REP = 26


ANSWER_TO = {
    BodyKind.IR: BodyKind.IP, BodyKind.CR: BodyKind.CP, BodyKind.P10CR: BodyKind.CP, BodyKind.KUR: BodyKind.KUP,
}
"""The response kind that belongs to each certificate request."""


class PKIStatus(enum.IntEnum):
    """PKIStatus of RFC 4210 section 5.2.3."""

    ACCEPTED = 0
    GRANTED_WITH_MODS = 1
    REJECTION = 2
    WAITING = 3
    REVOCATION_WARNING = 4
    REVOCATION_NOTIFICATION = 5
    KEY_UPDATE_WARNING = 6


class FailInfo(enum.IntEnum):
    """Bit numbers of PKIFailureInfo (RFC 4210 section 5.2.3)."""

    BAD_ALG = 0
    BAD_MESSAGE_CHECK = 1
    BAD_REQUEST = 2
    BAD_TIME = 3
    BAD_CERT_ID = 4
    BAD_DATA_FORMAT = 5
    WRONG_AUTHORITY = 6
    INCORRECT_DATA = 7
    MISSING_TIME_STAMP = 8
    BAD_POP = 9
    CERT_REVOKED = 10
    CERT_CONFIRMED = 11
    WRONG_INTEGRITY = 12
    BAD_RECIPIENT_NONCE = 13
    TIME_NOT_AVAILABLE = 14
    UNACCEPTED_POLICY = 15
    UNACCEPTED_EXTENSION = 16
    ADD_INFO_NOT_AVAILABLE = 17
    BAD_SENDER_NONCE = 18
    BAD_CERT_TEMPLATE = 19
    SIGNER_NOT_TRUSTED = 20
    TRANSACTION_ID_IN_USE = 21
    UNSUPPORTED_VERSION = 22
    NOT_AUTHORIZED = 23
    SYSTEM_UNAVAIL = 24
    SYSTEM_FAILURE = 25
    DUPLICATE_CERT_REQ = 26

    @property
    def label(self) -> str:
        """The name in the RFC's ASN.1, e.g. ``badMessageCheck``."""
        first, *rest = self.name.lower().split("_")
        label = first + "".join(word.capitalize() for word in rest)
        return {"badPop": "badPOP"}.get(label, label)


class Refusal(Exception):
    """The CA will not do what was asked. ``text`` goes to the client, so it never holds a secret."""

    def __init__(self, fail_info: FailInfo, text: str) -> None:
        super().__init__(text)
        self.fail_info = fail_info
        self.text = text


class UnreadableRequest(Exception):
    """The bytes are not a PKIMessage at all: there is no header that a CMP answer could mirror."""
