"""How a certificate is asked for, waited for and confirmed: ir, cr, p10cr, kur, pollReq, certConf, and error.

RFC 4210 section 5.3, RFC 9483 sections 4.1 and 4.4. Owns the course of these transactions; what may be certified is
decided in ``policy``, what a well-formed message is in ``conformance``.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from . import asn1, certrequests, conformance, issuing, messages
from .certificates import serial_text
from .certrequests import CertificateRequest, request_id
from .core import UNKNOWN_TRANSACTION, Core, tid
from .credentials import Credential
from .messages import Message, Reply
from .names import AlternativeNames, dn_text
from .policy import CertifiedKey, Grant, Registration, decide
from .status import ANSWER_TO, BodyKind, FailInfo, PKIStatus, Refusal
from .transactions import State

_MINUTE = datetime.timedelta(minutes=1)


def request(core: Core, message: Message, credential: Credential, peer: str) -> Reply:
    """Answer an ir, cr, p10cr or kur. Raises Refusal."""
    kind = BodyKind(message.body_tag)
    _check_protection(kind, credential)
    core.claim(message, kind, credential)
    faults = core.faults.current
    try:
        check_faults(core)
        grant = _decide(core, message, kind, credential)
        if faults.pending is None:
            return _issue(core, message, kind, grant, credential, peer)
    except Refusal as refusal:
        return _reject(core, message, kind, credential, peer, refusal)
    polls_left = None if faults.pending < 0 else faults.pending
    core.transactions.wait(tid(message), message.der, polls_left)
    core.note(message, credential, peer, "waiting", subject=dn_text(grant.subject))
    status = messages.status_info(PKIStatus.WAITING)
    return Reply(messages.certificate_body(ANSWER_TO[kind], status, request_id=request_id(kind)))


def check_faults(core: Core) -> None:
    """Raise Refusal when the CA is told to refuse whatever is asked."""
    faults = core.faults.current
    if faults.reject is not None:
        raise Refusal(faults.reject, "the CA rejects every request")
    if core.has_ended:
        # ASSUMPTION: the failInfo of a CA whose certificate has ended.
        raise Refusal(FailInfo.BAD_REQUEST, "the certificate of the CA has expired")


def _check_protection(kind: BodyKind, credential: Credential) -> None:
    """Check that a request is protected by what it must be (RFC 9483 section 4.1). Raises Refusal."""
    if kind is BodyKind.IR and credential.code is None and credential.vendor is None:
        raise Refusal(
            FailInfo.WRONG_INTEGRITY, "an initial registration needs an enrolment code or a vendor's certificate"
        )
    if kind in (BodyKind.CR, BodyKind.KUR) and credential.certificate is None:
        raise Refusal(FailInfo.WRONG_INTEGRITY, "this request must be signed with the present certificate")
    if kind is BodyKind.P10CR and credential.vendor is not None:
        # 3GPP TS 33.310 section 9: the vendor's key signs an ir and nothing else.
        raise Refusal(FailInfo.WRONG_INTEGRITY, "a vendor's certificate is good for an initial registration only")


def _reject(
    core: Core, message: Message, kind: BodyKind, credential: Credential, peer: str, refusal: Refusal
) -> Reply:
    core.transactions.move(tid(message), State.REFUSED)
    if core.faults.current.unprotected_errors:
        raise refusal
    core.note(message, credential, peer, "refused", refusal=refusal)
    status = messages.status_info(PKIStatus.REJECTION, refusal)
    return Reply(messages.certificate_body(ANSWER_TO[kind], status, request_id=request_id(kind)))


def _decide(core: Core, message: Message, kind: BodyKind, credential: Credential) -> Grant:
    wish = certrequests.read(kind, message.body)
    issuers = [None, core.authority.certificate.subject.public_bytes(), asn1.NULL_DN]
    if credential.vendor is not None:
        # `openssl cmp` takes the issuer for a template from the certificate that it signs with, unless told otherwise.
        issuers.append(credential.vendor.issuer.public_bytes())
    if wish.issuer not in issuers:
        raise Refusal(FailInfo.WRONG_AUTHORITY, "the issuer asked for is not this CA")
    own = core.registration(credential)
    try:
        grant = decide(core.policy, kind, wish, own)
    except Refusal:
        opened = _opened(core, wish, own) if kind is BodyKind.CR else None
        if opened is None:
            raise
        grant = opened
    if kind is BodyKind.KUR and credential.certificate is not None:
        _check_update(wish, credential.certificate, grant.key)
    return grant


def _opened(core: Core, wish: CertificateRequest, own: Registration) -> Grant | None:
    """Return what an unused code of the same subject lets a cr have beyond the present certificate; it is used up.

    As with EJBCA, where an end entity is opened again by hand for a cr (its status must be New).
    """
    for code in core.codes.open_for(own.subject):
        try:
            grant = decide(core.policy, BodyKind.CR, wish, Registration(own.subject, code.sans))
        except Refusal:
            continue
        return replace(grant, opened_by=code.reference)
    return None


def _check_update(wish: CertificateRequest, current: x509.Certificate, key: CertifiedKey) -> None:
    """Check what holds for a key update only. Raises Refusal."""
    old_serial = wish.old_certificate_serial()
    if old_serial is not None and old_serial != current.serial_number:
        raise Refusal(FailInfo.BAD_CERT_ID, "the certificate to be updated is not the signing one")
    if key == current.public_key():
        raise Refusal(FailInfo.BAD_CERT_TEMPLATE, "an update must bring a new key")


def _issue(core: Core, message: Message, kind: BodyKind, grant: Grant, credential: Credential, peer: str) -> Reply:
    implicit = core.policy.implicit_confirm and message.asks_implicit_confirmation()
    certificate = make(core, grant)
    serial = serial_text(certificate)
    confirm_by = None if implicit else core.now() + core.policy.confirm_within
    # One database transaction: a code is used up if and only if its certificate exists.
    with core.store.transaction():
        if not core.use_up(credential, serial, grant.opened_by):
            raise Refusal(FailInfo.NOT_AUTHORIZED, "the enrolment code has been used already")
        core.certificates.add(certificate)
        core.transactions.move(tid(message), State.DONE if implicit else State.UNCONFIRMED, serial)
        if confirm_by is not None:
            core.transactions.expect_confirmation(tid(message), confirm_by)
        core.note(message, credential, peer, "issued", certificate=certificate)
    status = messages.status_info(PKIStatus.GRANTED_WITH_MODS if grant.modified else PKIStatus.ACCEPTED)
    der = certificate.public_bytes(serialization.Encoding.DER)
    body = messages.certificate_body(ANSWER_TO[kind], status, der, request_id=request_id(kind))
    return Reply(body, implicit=implicit, confirm_by=confirm_by)


def make(core: Core, grant: Grant) -> x509.Certificate:
    """Return the certificate for a grant, or the one that a CA with its faults makes; nothing is written down."""
    grant = _spoilt(core, grant)
    validity = issuing.Validity.starting(core.now(), core.real_now(), core.lifetime)
    if core.faults.current.wrong_validity:
        validity = issuing.Validity(validity.not_before, validity.not_before + _MINUTE)
    return issuing.issue(
        core.authority, grant.subject, grant.sans, grant.key, validity, core.next_serial(), ocsp_url=core.ocsp_url
    )


def poll(core: Core, message: Message, credential: Credential, peer: str) -> Reply:
    """Answer a pollReq. Raises Refusal."""
    transaction = core.own_transaction(message, credential)
    if transaction.state is not State.WAITING or transaction.request is None:
        raise Refusal(FailInfo.BAD_REQUEST, UNKNOWN_TRANSACTION)
    # SR OS can be told to repeat the recipNonce of the last answer (same-recipient-nonce-for-poll-request).
    if message.header.recip_nonce not in (*transaction.server_nonces, transaction.client_nonce):
        raise Refusal(FailInfo.BAD_RECIPIENT_NONCE, "the recipNonce is not a nonce of this transaction")
    conformance.check_poll_request(message, request_id(transaction.kind))
    if not transaction.approved and transaction.polls_left != 0:
        core.transactions.count_poll(transaction.tid)
        return Reply(messages.poll_body(core.faults.current.check_after, request_id(transaction.kind)))
    waiting = messages.parse(transaction.request)
    try:
        grant = _decide(core, waiting, transaction.kind, credential)
        return _issue(core, waiting, transaction.kind, grant, credential, peer)
    except Refusal as refusal:
        return _reject(core, waiting, transaction.kind, credential, peer, refusal)


def confirm(core: Core, message: Message, credential: Credential, peer: str) -> Reply:
    """Answer a certConf. Raises Refusal."""
    transaction = core.own_transaction(message, credential)
    if transaction.state is State.DONE:
        raise Refusal(FailInfo.CERT_CONFIRMED, "the certificate has been confirmed already")
    issued = core.certificates.find(transaction.serial or "")
    if transaction.state is not State.UNCONFIRMED or issued is None:
        raise Refusal(FailInfo.BAD_REQUEST, UNKNOWN_TRANSACTION)
    if message.header.recip_nonce not in transaction.server_nonces[-1:]:
        raise Refusal(FailInfo.BAD_RECIPIENT_NONCE, "the recipNonce is not the nonce of the last answer")
    accepted = conformance.reads_as_accepted(message, issued.certificate, request_id(transaction.kind))
    with core.store.transaction():
        if not accepted:
            core.certificates.revoke(serial_text(issued.certificate))
        core.transactions.move(transaction.tid, State.DONE)
        result = "confirmed" if accepted else "rejected-by-client"
        core.note(message, credential, peer, result, certificate=issued.certificate)
    return Reply(messages.pkiconf_body())


def client_gave_up(core: Core, message: Message, credential: Credential, peer: str) -> Reply:
    """Answer an error message: the client ends its transaction. Raises Refusal."""
    transaction = core.own_transaction(message, credential)
    if transaction.state in (State.WAITING, State.UNCONFIRMED):
        with core.store.transaction():
            if transaction.serial:
                core.certificates.revoke(transaction.serial)
            core.transactions.move(transaction.tid, State.DONE)
    core.note(message, credential, peer, "rejected-by-client")
    return Reply(messages.pkiconf_body())


def _spoilt(core: Core, grant: Grant) -> Grant:
    """Return what a CA with its faults certifies instead."""
    faults = core.faults.current
    subject, sans, key = grant.subject, grant.sans, grant.key
    if faults.wrong_san is not None:
        sans = AlternativeNames.of((faults.wrong_san,), sans.dns)
    if faults.wrong_subject:
        others = [attribute for attribute in subject if attribute.oid != NameOID.COMMON_NAME]
        subject = x509.Name([*others, x509.NameAttribute(NameOID.COMMON_NAME, "somebody-else")])
    if faults.wrong_key:
        kind = f"rsa-{key.key_size}" if isinstance(key, rsa.RSAPublicKey) else "ecdsa-p256"
        key = issuing.new_key(kind, core.seed, "wrong", core.certificates.count()).public_key()
    return replace(grant, subject=subject, sans=sans, key=key)
