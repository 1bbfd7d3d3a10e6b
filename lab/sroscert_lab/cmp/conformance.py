"""What the RFCs ask of a message whoever sent it. Pure checks; owns no state and no authentication."""

from __future__ import annotations

import datetime
import hmac

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from . import asn1, messages
from .algorithms import hash_by_algorithm
from .messages import Message
from .names import read_name
from .policy import Policy
from .status import ANSWER_TO, BodyKind, FailInfo, PKIStatus, Refusal

_MAX_TRANSACTION_ID = 128
_MAX_NONCE = 128
_MAX_EXTRA_CERTS = 16
_MAX_GENERAL_INFO = 16
_CLOCK_TOLERANCE = datetime.timedelta(minutes=5)
_FIRST = (*ANSWER_TO, BodyKind.GENM, BodyKind.RR)
_LATER = (BodyKind.CERT_CONF, BodyKind.POLL_REQ)


def check_header(message: Message, policy: Policy, now: datetime.datetime) -> None:
    """Check what RFC 4210 section 5.1.1 asks of every request, before its protection is looked at. Raises Refusal."""
    header = message.header
    if header.pvno not in (messages.PVNO_2, messages.PVNO_3):
        # RFC 9810 section 7: the answer says so in a version that the CA does speak.
        raise Refusal(FailInfo.UNSUPPORTED_VERSION, "the CA speaks CMP versions 2 and 3")
    if not header.transaction_id or len(header.transaction_id) > _MAX_TRANSACTION_ID:
        # RFC 9483 section 3.5. RFC 4210 lets a server invent one; then a replayed request would go unnoticed.
        later = message.body_tag in _LATER and not header.transaction_id
        raise Refusal(
            FailInfo.BAD_REQUEST if later else FailInfo.BAD_DATA_FORMAT, "the transactionID is missing or too long"
        )
    if not policy.min_nonce_bytes <= len(header.sender_nonce or b"") <= _MAX_NONCE:
        # RFC 9483 section 3.5: at least 128 bits.
        raise Refusal(FailInfo.BAD_SENDER_NONCE, "the senderNonce is missing, too short or too long")
    if len(message.extra_certs) > _MAX_EXTRA_CERTS or len(header.general_info or []) > _MAX_GENERAL_INFO:
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "there are too many certificates, or too much generalInfo")
    if message.body_tag in ANSWER_TO and message.asks_implicit_confirmation() and message.has_confirm_wait_time():
        # RFC 9483 section 3.1: who confirms implicitly has nothing to wait for.
        raise Refusal(FailInfo.BAD_REQUEST, "implicitConfirm and confirmWaitTime exclude each other")
    if policy.strict:
        _check_profile(message, now)


def _check_profile(message: Message, now: datetime.datetime) -> None:
    """Check what RFC 9483 sections 3.1 and 3.5 ask beyond that. Raises Refusal."""
    header = message.header
    if message.body_tag in _FIRST and header.recip_nonce is not None:
        raise Refusal(FailInfo.BAD_RECIPIENT_NONCE, "the first message of a transaction has no recipNonce")
    # Only here: a router that has just been unpacked may not know the time.
    if header.message_time is not None and abs(header.message_time.as_datetime() - now) > _CLOCK_TOLERANCE:
        raise Refusal(FailInfo.BAD_TIME, "the messageTime is more than five minutes off")


def check_mac_sender(message: Message, policy: Policy) -> None:
    """Check the sender of a message whose MAC is right. Raises Refusal.

    RFC 4210 section 5.1.1 wants an empty name where the sender does not know its own, and a stock SR OS sends that; RFC
    9483 section 3.1 wants a name whose common name is the senderKID.
    """
    name = message.sender_name
    if policy.strict:
        try:
            common = [item.value for item in read_name(name).get_attributes_for_oid(NameOID.COMMON_NAME)]
        except ValueError:
            raise Refusal(FailInfo.BAD_DATA_FORMAT, "the sender cannot be read") from None
        if common != [(message.header.sender_kid or b"").decode("utf-8", "replace")]:
            raise Refusal(FailInfo.BAD_MESSAGE_CHECK, "the sender's common name is not the senderKID")
    elif not policy.accept_null_sender and name == asn1.NULL_DN:
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the sender is empty")


def check_poll_request(message: Message, request_id: int) -> None:
    """Check that a pollReq is about the one request of its transaction. Raises Refusal."""
    try:
        ids = [asn1.decode(int, asn1.content_of(entry)) for entry in asn1.children(message.body)]
    except ValueError:
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the pollReq cannot be read") from None
    if ids != [request_id]:
        raise Refusal(FailInfo.BAD_REQUEST, f"the certReqId must be {request_id}")


def reads_as_accepted(message: Message, certificate: x509.Certificate, request_id: int) -> bool:
    """Tell whether a certConf accepts the certificate (RFC 4210 section 5.3.18). Raises Refusal."""
    try:
        statuses = [asn1.decode(asn1.CertStatus, entry) for entry in asn1.children(message.body)]
    except ValueError:
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the certConf cannot be read") from None
    if not statuses:
        return False
    status, *others = statuses
    if others or status.cert_req_id != request_id:
        raise Refusal(FailInfo.BAD_REQUEST, f"a certConf must be about certReqId {request_id} alone")
    algorithm = certificate.signature_hash_algorithm or hashes.SHA512()  # RFC 9481 section 3.3: of Ed25519
    if status.hash_alg is not None:
        if message.header.pvno != messages.PVNO_3:
            raise Refusal(FailInfo.BAD_REQUEST, "hashAlg is only for CMP version 3")
        algorithm = hash_by_algorithm(asn1.join(status.hash_alg))
    if not hmac.compare_digest(status.cert_hash, certificate.fingerprint(algorithm)):
        raise Refusal(FailInfo.BAD_CERT_ID, "the certHash is not that of the issued certificate")
    info = status.status_info
    if info is None:
        return True
    if info.status == PKIStatus.ACCEPTED and not asn1.bits_of(info.fail_info):
        return True
    if info.status == PKIStatus.REJECTION:
        return False
    raise Refusal(FailInfo.BAD_REQUEST, "a certConf either accepts or rejects")
