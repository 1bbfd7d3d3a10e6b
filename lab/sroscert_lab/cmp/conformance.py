"""What the RFCs ask of a message whoever sent it. Pure checks; owns no state and no authentication."""

from __future__ import annotations

import hmac

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from . import asn1, messages
from .messages import Message
from .policy import Policy
from .protection import hash_by_algorithm
from .status import ANSWER_TO, FailInfo, PKIStatus, Refusal

_MAX_TRANSACTION_ID = 128


def check_header(message: Message, policy: Policy) -> None:
    """Check what RFC 4210 section 5.1.1 asks of every request. Raises Refusal."""
    header = message.header
    if header.pvno not in (messages.PVNO_2, messages.PVNO_3):
        raise Refusal(FailInfo.UNSUPPORTED_VERSION, "the CA speaks CMP versions 2 and 3")
    if not header.transaction_id or len(header.transaction_id) > _MAX_TRANSACTION_ID:
        # The RFC lets a server invent one; then a replayed request would go unnoticed.
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the transactionID is missing or too long")
    if len(header.sender_nonce or b"") < policy.min_nonce_bytes:
        raise Refusal(FailInfo.BAD_SENDER_NONCE, "the senderNonce is missing or too short")
    if message.body_tag in ANSWER_TO:
        message.asks_implicit_confirmation()


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
    algorithm = certificate.signature_hash_algorithm or hashes.SHA256()
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
