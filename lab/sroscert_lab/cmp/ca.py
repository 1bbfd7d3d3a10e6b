"""The lab's certification authority: takes a CMP request, decides, and gives the CMP answer.

RFC 4210 and RFC 9810: ir with an enrolment code; cr and kur with the present certificate; certConf, implicit
confirmation, polling. Owns the course of a transaction. Sockets are ``server``'s, rules ``policy``'s, memory
``store``'s.
"""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from . import asn1, certrequests, conformance, general, issuing, messages, revoking
from .certificates import Certificates, RevocationLists, serial_text
from .certrequests import CertificateRequest, request_id
from .codes import EnrolmentCodes
from .credentials import Authenticator, Credential
from .faults import CAFaults, Faults
from .journal import Journal
from .messages import Message
from .names import AlternativeNames, alternative_names, directory_name, dn_text, parse_dn
from .policy import CertifiedKey, Grant, Policy, Registration, decide
from .protection import SignatureProtector
from .status import ANSWER_TO, BodyKind, FailInfo, PKIStatus, Refusal
from .store import Store
from .transactions import State, Transaction, Transactions

_LOG = logging.getLogger(__name__)
_UNKNOWN_TRANSACTION = "the transaction is unknown, or is not at this point"


def _real_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class CertificationAuthority:
    """One CA, living in one folder. Thread-safe; everything but ``lifetime`` is set once.

    ``lifetime`` is that of the certificates it issues, and may be changed while it runs. ``now`` gives lab time.
    """

    def __init__(
        self, authority: issuing.Authority, store: Store, now: Callable[[], datetime.datetime],
        lifetime: datetime.timedelta, policy: Policy, real_now: Callable[[], datetime.datetime] = _real_now,
    ) -> None:
        self._authority = authority
        self._store = store
        self._now = now
        self._real_now = real_now
        self._policy = policy
        self._lock = threading.RLock()
        self.lifetime = lifetime
        self.faults = CAFaults()
        self.codes = EnrolmentCodes(store, now)
        self.journal = Journal(store, now)
        self.certificates = Certificates(store, now)
        self._crls = RevocationLists(authority, store, self.certificates, now, real_now)
        self.transactions = Transactions(store)
        self._signer = SignatureProtector(authority.key, authority.key_id)
        self._authenticator = Authenticator(policy, self.codes, self.certificates, self._signer)

    @classmethod
    def create_or_load(
        cls, folder: Path, name: str, now: Callable[[], datetime.datetime],
        lifetime: datetime.timedelta = datetime.timedelta(days=365), *, policy: Policy | None = None,
        key_kind: str = "rsa-2048", real_now: Callable[[], datetime.datetime] = _real_now,
    ) -> CertificationAuthority:
        """Return the CA kept in ``folder``; make it first when there is none.

        ``name`` (a distinguished name or a common name) and ``key_kind`` (``rsa-<bits>``, ``ecdsa-p256``) count only
        when it is made. Raises ValueError, OSError.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = issuing.load(folder)
        if authority is None:
            authority = issuing.new_authority(name, key_kind, now(), real_now())
            issuing.save(authority, folder)
        return cls(authority, Store(folder / "ca.sqlite"), now, lifetime, policy or Policy(), real_now)

    def close(self) -> None:
        """Close the CA's files."""
        with self._lock:
            self._store.close()

    def certificate(self) -> x509.Certificate:
        """Return the CA's certificate."""
        return self._authority.certificate

    def certificate_pem(self) -> bytes:
        """Return the CA's certificate as PEM."""
        return self._authority.certificate.public_bytes(serialization.Encoding.PEM)

    def crl_der(self) -> bytes:
        """Return the CRL in force."""
        with self._lock:
            return self._crls.current()

    def revoke(self, serial: str, reason: int = 0) -> bool:
        """Revoke a certificate on the operator's word; tell False when there is none with this hexadecimal serial."""
        with self._lock, self._store.transaction():
            known = self.certificates.revoke(serial, reason)
            if known:
                self.journal.add(
                    peer="", kind="operator", transaction_id="", credential="operator", result="revoked", serial=serial
                )
            return known

    def waiting(self) -> tuple[bytes, ...]:
        """Return the identifiers of the transactions that wait for approval or more polls."""
        return tuple(item.tid for item in self.transactions.waiting())

    def approve(self, transaction_id: bytes | None = None) -> int:
        """Let the next poll of one waiting transaction (or of all) succeed; return how many that are."""
        return self.transactions.approve(transaction_id)

    # --- one message ------------------------------------------------------------------------------------------------

    def handle(self, request: bytes, peer: str = "") -> bytes:
        """Answer one PKIMessage. Raises UnreadableRequest when it has no header that an answer could mirror."""
        message = messages.parse(request)
        with self._lock:
            credential = None
            try:
                conformance.check_header(message, self._policy, self._now())
                credential = self._authenticator.authenticate(message, self._now())
                body, implicit = self._answer(message, credential, peer)
            except Refusal as refusal:
                self._note(message, credential, peer, "refused", refusal=refusal)
                body, implicit = messages.error_body(refusal), False
            except Exception:  # noqa: BLE001 - the boundary to the network: whatever is wrong, the client gets an answer
                _LOG.exception("a CMP request could not be served")
                body, implicit = messages.error_body(Refusal(FailInfo.SYSTEM_FAILURE, "the CA has failed")), False
            return self._seal(message, credential, body, implicit=implicit)

    def _answer(self, message: Message, credential: Credential, peer: str) -> tuple[bytes, bool]:
        """Return the body of the answer, and whether implicit confirmation is granted. Raises Refusal."""
        tag = message.body_tag
        if tag in ANSWER_TO:
            return self._request(message, BodyKind(tag), credential, peer)
        if tag == BodyKind.CERT_CONF:
            self._confirm(message, credential, peer)
            return messages.pkiconf_body(), False
        if tag == BodyKind.POLL_REQ:
            return self._poll(message, credential, peer)
        if tag == BodyKind.ERROR:
            self._client_gave_up(message, credential, peer)
            return messages.pkiconf_body(), False
        if tag == BodyKind.GENM:
            return self._general(message, credential, peer), False
        if tag == BodyKind.RR:
            return self._revoke(message, credential, peer), False
        raise Refusal(FailInfo.BAD_REQUEST, "this CA does not serve that kind of message")

    def _seal(self, message: Message, credential: Credential | None, body: bytes, *, implicit: bool) -> bytes:
        nonce = messages.fresh_nonce()
        tag = body[0] & 0x1F
        if credential is not None and tag not in (BodyKind.ERROR, BodyKind.PKICONF):
            self.transactions.add_nonces(_tid(message), nonce, message.header.sender_nonce or b"")
        protector = credential.protector if credential else self._signer
        bare = tag == BodyKind.ERROR and self.faults.current.unprotected_errors
        return messages.build(
            sender=directory_name(self._authority.certificate.subject.public_bytes()),
            recipient=asn1.raw(message.header.sender),
            body=body,
            protector=None if bare else protector,
            transaction_id=message.header.transaction_id,
            sender_nonce=nonce,
            recip_nonce=message.header.sender_nonce,
            pvno=min(max(message.header.pvno, messages.PVNO_2), messages.PVNO_3),
            extra_certs=() if bare else (self._authority.der,),
            implicit_confirm=implicit,
            time=self._now(),
        )

    def _note(
        self, message: Message, credential: Credential | None, peer: str, result: str, *,
        certificate: x509.Certificate | None = None, refusal: Refusal | None = None, subject: str = "",
    ) -> None:
        names = ""
        if certificate is not None:
            subject = dn_text(certificate.subject)
            sans = alternative_names(certificate.extensions) or AlternativeNames()
            names = " ".join((*sans.ips, *sans.dns))
        claimed = (message.header.sender_kid or b"")[:64].decode("ascii", "replace")
        self.journal.add(
            peer=peer, kind=_kind_name(message.body_tag), transaction_id=(message.header.transaction_id or b"").hex(),
            credential=credential.identity if credential else f"unknown:{claimed!r}", result=result, subject=subject,
            names=names, serial=serial_text(certificate) if certificate else "",
            fail_info=refusal.fail_info.label if refusal else "", text=refusal.text if refusal else "",
        )

    # --- ir, cr, p10cr, kur ------------------------------------------------------------------------------------------

    def _request(
        self, message: Message, kind: BodyKind, credential: Credential, peer: str
    ) -> tuple[bytes, bool]:
        if kind is BodyKind.IR and credential.code is None:
            raise Refusal(FailInfo.WRONG_INTEGRITY, "an initial registration needs an enrolment code")
        if kind in (BodyKind.CR, BodyKind.KUR) and credential.certificate is None:
            raise Refusal(FailInfo.WRONG_INTEGRITY, "this request must be signed with the present certificate")
        self._claim(message, kind, credential)
        faults = self.faults.current
        try:
            if faults.reject is not None:
                raise Refusal(faults.reject, "the CA rejects every request")
            grant = self._decide(message, kind, credential)
            if faults.pending is None:
                return self._issue(message, kind, grant, credential, peer)
        except Refusal as refusal:
            return self._reject(message, kind, credential, peer, refusal), False
        polls_left = None if faults.pending < 0 else faults.pending
        self.transactions.wait(_tid(message), message.der, polls_left)
        self._note(message, credential, peer, "waiting", subject=dn_text(grant.subject))
        return messages.certificate_body(
            ANSWER_TO[kind], messages.status_info(PKIStatus.WAITING), request_id=request_id(kind)
        ), False

    def _reject(
        self, message: Message, kind: BodyKind, credential: Credential, peer: str, refusal: Refusal
    ) -> bytes:
        self.transactions.move(_tid(message), State.REFUSED)
        if self.faults.current.unprotected_errors:
            raise refusal
        self._note(message, credential, peer, "refused", refusal=refusal)
        status = messages.status_info(PKIStatus.REJECTION, refusal)
        return messages.certificate_body(ANSWER_TO[kind], status, request_id=request_id(kind))

    def _decide(self, message: Message, kind: BodyKind, credential: Credential) -> Grant:
        request = certrequests.read(kind, message.body)
        self._check_issuer(request)
        grant = decide(self._policy, kind, request, self._registration(credential))
        if kind is BodyKind.KUR and credential.certificate is not None:
            _check_update(request, credential.certificate, grant.key)
        return grant

    def _check_issuer(self, request: CertificateRequest) -> None:
        own = self._authority.certificate.subject.public_bytes()
        if request.issuer not in (None, own, asn1.NULL_DN):
            raise Refusal(FailInfo.WRONG_AUTHORITY, "the issuer asked for is not this CA")

    def _registration(self, credential: Credential) -> Registration:
        code, certificate = credential.code, credential.certificate
        if code is not None:
            if code.consumed is not None:
                raise Refusal(FailInfo.NOT_AUTHORIZED, "the enrolment code has been used already")
            if code.is_expired(self._now()):
                raise Refusal(FailInfo.NOT_AUTHORIZED, "the enrolment code has expired")
            return Registration(parse_dn(code.subject), code.sans)
        if certificate is None:
            raise Refusal(FailInfo.NOT_AUTHORIZED, "the requester is not registered")
        return Registration(certificate.subject, alternative_names(certificate.extensions) or AlternativeNames())

    def _issue(
        self, message: Message, kind: BodyKind, grant: Grant, credential: Credential, peer: str
    ) -> tuple[bytes, bool]:
        implicit = self._policy.implicit_confirm and message.asks_implicit_confirmation()
        grant = _spoilt(grant, self.faults.current)
        validity = issuing.Validity.starting(self._now(), self._real_now(), self.lifetime)
        certificate = issuing.issue(self._authority, grant.subject, grant.sans, grant.key, validity)
        serial = serial_text(certificate)
        # One database transaction: a code is used up if and only if its certificate exists.
        with self._store.transaction():
            if credential.code is not None and not self.codes.consume(credential.code.reference, serial):
                raise Refusal(FailInfo.NOT_AUTHORIZED, "the enrolment code has been used already")
            self.certificates.add(certificate)
            self.transactions.move(_tid(message), State.DONE if implicit else State.UNCONFIRMED, serial)
            self._note(message, credential, peer, "issued", certificate=certificate)
        status = PKIStatus.GRANTED_WITH_MODS if grant.modified else PKIStatus.ACCEPTED
        der = certificate.public_bytes(serialization.Encoding.DER)
        return messages.certificate_body(
            ANSWER_TO[kind], messages.status_info(status), der, request_id=request_id(kind)
        ), implicit

    # --- genm, rr ---------------------------------------------------------------------------------------------------

    def _claim(self, message: Message, kind: BodyKind, credential: Credential) -> None:
        """Begin a transaction. Raises Refusal: RFC 9483 section 3.5, an identifier is never used twice."""
        if not self.transactions.claim(_tid(message), kind, credential.identity):
            raise Refusal(FailInfo.TRANSACTION_ID_IN_USE, "the transaction identifier has been used before")

    def _general(self, message: Message, credential: Credential, peer: str) -> bytes:
        """Tell; a used or expired code still says who asks, and only what it may have is not told any more."""
        self._claim(message, BodyKind.GENM, credential)
        self.transactions.move(_tid(message), State.DONE)
        try:
            registration = self._registration(credential)
        except Refusal:
            registration = None
        knowledge = general.Knowledge(self._authority.der, self.crl_der(), self._policy, registration)
        body = general.answer(message.body, knowledge, exactly_one=self._policy.strict)
        self._note(message, credential, peer, "told")
        return body

    def _revoke(self, message: Message, credential: Credential, peer: str) -> bytes:
        if credential.certificate is None:
            raise Refusal(FailInfo.WRONG_INTEGRITY, "a revocation request must be signed with a certificate")
        self._claim(message, BodyKind.RR, credential)
        try:
            wish = revoking.read_request(message.body, self._authority.certificate)
            issued = self.certificates.find(f"{wish.serial:x}")
            revoking.check(wish, issued, credential.certificate)
            if self.faults.current.reject is not None:
                raise Refusal(self.faults.current.reject, "the CA rejects every request")
        except Refusal as refusal:
            self.transactions.move(_tid(message), State.REFUSED)
            self._note(message, credential, peer, "refused", refusal=refusal)
            return revoking.answer_body(messages.status_info(PKIStatus.REJECTION, refusal))
        with self._store.transaction():
            self.certificates.revoke(f"{wish.serial:x}", wish.reason)
            self.transactions.move(_tid(message), State.DONE, f"{wish.serial:x}")
            self._note(message, credential, peer, "revoked", certificate=issued.certificate if issued else None)
        return revoking.answer_body(messages.status_info(PKIStatus.ACCEPTED))

    # --- certConf, pollReq, error -----------------------------------------------------------------------------------

    def _own_transaction(self, message: Message, credential: Credential) -> Transaction:
        """Return the transaction that this sender began. Raises Refusal."""
        transaction = self.transactions.find(_tid(message))
        if transaction is None or transaction.credential != credential.identity:
            raise Refusal(FailInfo.BAD_REQUEST, _UNKNOWN_TRANSACTION)
        return transaction

    def _confirm(self, message: Message, credential: Credential, peer: str) -> None:
        transaction = self._own_transaction(message, credential)
        if transaction.state is State.DONE:
            raise Refusal(FailInfo.CERT_CONFIRMED, "the certificate has been confirmed already")
        issued = self.certificates.find(transaction.serial or "")
        if transaction.state is not State.UNCONFIRMED or issued is None:
            raise Refusal(FailInfo.BAD_REQUEST, _UNKNOWN_TRANSACTION)
        if message.header.recip_nonce not in transaction.server_nonces[-1:]:
            raise Refusal(FailInfo.BAD_RECIPIENT_NONCE, "the recipNonce is not the nonce of the last answer")
        accepted = conformance.reads_as_accepted(message, issued.certificate, request_id(transaction.kind))
        with self._store.transaction():
            if not accepted:
                self.certificates.revoke(serial_text(issued.certificate))
            self.transactions.move(transaction.tid, State.DONE)
            result = "confirmed" if accepted else "rejected-by-client"
            self._note(message, credential, peer, result, certificate=issued.certificate)

    def _poll(self, message: Message, credential: Credential, peer: str) -> tuple[bytes, bool]:
        transaction = self._own_transaction(message, credential)
        if transaction.state is not State.WAITING or transaction.request is None:
            raise Refusal(FailInfo.BAD_REQUEST, _UNKNOWN_TRANSACTION)
        # SR OS can be told to repeat the recipNonce of the last answer (same-recipient-nonce-for-poll-request).
        if message.header.recip_nonce not in (*transaction.server_nonces, transaction.client_nonce):
            raise Refusal(FailInfo.BAD_RECIPIENT_NONCE, "the recipNonce is not a nonce of this transaction")
        conformance.check_poll_request(message, request_id(transaction.kind))
        if not transaction.approved and transaction.polls_left != 0:
            self.transactions.count_poll(transaction.tid)
            return messages.poll_body(self.faults.current.check_after, request_id(transaction.kind)), False
        request = messages.parse(transaction.request)
        try:
            grant = self._decide(request, transaction.kind, credential)
            return self._issue(request, transaction.kind, grant, credential, peer)
        except Refusal as refusal:
            return self._reject(request, transaction.kind, credential, peer, refusal), False

    def _client_gave_up(self, message: Message, credential: Credential, peer: str) -> None:
        transaction = self._own_transaction(message, credential)
        if transaction.state in (State.WAITING, State.UNCONFIRMED):
            with self._store.transaction():
                if transaction.serial:
                    self.certificates.revoke(transaction.serial)
                self.transactions.move(transaction.tid, State.DONE)
        self._note(message, credential, peer, "rejected-by-client")


def _tid(message: Message) -> bytes:
    return message.header.transaction_id or b""


def _kind_name(tag: int) -> str:
    try:
        name = BodyKind(tag).name.lower()
    except ValueError:
        return f"body-{tag}"
    return {"cert_conf": "certConf", "poll_req": "pollReq"}.get(name, name)


def _check_update(request: CertificateRequest, current: x509.Certificate, key: CertifiedKey) -> None:
    """Check what holds for a key update only. Raises Refusal."""
    old_serial = request.old_certificate_serial()
    if old_serial is not None and old_serial != current.serial_number:
        raise Refusal(FailInfo.BAD_CERT_ID, "the certificate to be updated is not the signing one")
    if key == current.public_key():
        raise Refusal(FailInfo.BAD_CERT_TEMPLATE, "an update must bring a new key")


def _spoilt(grant: Grant, faults: Faults) -> Grant:
    """Return what a CA with these faults certifies instead."""
    subject, sans, key = grant.subject, grant.sans, grant.key
    if faults.wrong_san is not None:
        sans = AlternativeNames.of((faults.wrong_san,), sans.dns)
    if faults.wrong_subject:
        others = [attribute for attribute in subject if attribute.oid != NameOID.COMMON_NAME]
        subject = x509.Name([*others, x509.NameAttribute(NameOID.COMMON_NAME, "somebody-else")])
    if faults.wrong_key:
        kind = f"rsa-{key.key_size}" if isinstance(key, rsa.RSAPublicKey) else "ecdsa-p256"
        key = issuing.new_key(kind).public_key()
    return Grant(subject, sans, key, grant.modified)


