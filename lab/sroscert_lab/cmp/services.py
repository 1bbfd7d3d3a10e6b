"""What the CA does beside certifying: it answers questions (genm) and revokes on the owner's word (rr).

RFC 9483 sections 4.2 and 4.3. Owns the course of these transactions; what is told stands in ``general``, who may have
what revoked in ``revoking``.
"""

from __future__ import annotations

from . import general, messages, revoking
from .core import Core, tid
from .credentials import Credential
from .messages import Message, Reply
from .status import BodyKind, FailInfo, PKIStatus, Refusal
from .transactions import State


def tell(core: Core, message: Message, credential: Credential, peer: str) -> Reply:
    """Answer a genm. Raises Refusal.

    A used or expired code still says who asks, and only what it may have is not told any more.
    """
    core.claim(message, BodyKind.GENM, credential)
    core.transactions.move(tid(message), State.DONE)
    try:
        registration = core.registration(credential)
    except Refusal:
        registration = None
    knowledge = general.Knowledge(core.shown, core.crl_der(), core.policy, registration)
    body = general.answer(message.body, knowledge, exactly_one=core.policy.strict)
    core.note(message, credential, peer, "told")
    return Reply(body)


def revoke(core: Core, message: Message, credential: Credential, peer: str) -> Reply:
    """Answer an rr. Raises Refusal."""
    if credential.certificate is None:
        raise Refusal(FailInfo.WRONG_INTEGRITY, "a revocation request must be signed with a certificate of this CA")
    core.claim(message, BodyKind.RR, credential)
    try:
        wish = revoking.read_request(message.body, core.authority.certificate)
        issued = core.certificates.find(f"{wish.serial:x}")
        revoking.check(wish, issued, credential.certificate)
        if core.faults.current.reject is not None:
            raise Refusal(core.faults.current.reject, "the CA rejects every request")
    except Refusal as refusal:
        core.transactions.move(tid(message), State.REFUSED)
        core.note(message, credential, peer, "refused", refusal=refusal)
        return Reply(revoking.answer_body(messages.status_info(PKIStatus.REJECTION, refusal)))
    with core.store.transaction():
        core.certificates.revoke(f"{wish.serial:x}", wish.reason)
        core.transactions.move(tid(message), State.DONE, f"{wish.serial:x}")
        core.note(message, credential, peer, "revoked", certificate=issued.certificate if issued else None)
    return Reply(revoking.answer_body(messages.status_info(PKIStatus.ACCEPTED)))
