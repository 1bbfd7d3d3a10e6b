"""The lab's certification authority: takes a CMP message, has it answered, and protects the answer.

RFC 4210 and RFC 9810. Owns one CA's life and the frame around each answer. Sockets are ``server``'s, the course of a
transaction ``enrolling``'s and ``services``'s, rules ``policy``'s, memory ``store``'s.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from . import asn1, conformance, enrolling, issuing, messages, ocspresponder, services
from .codevault import CodeVault, open_vault
from .core import Core, tid
from .credentials import Authenticator, Credential
from .messages import Message, Reply
from .names import directory_name
from .policy import Policy
from .signatures import SignatureProtector
from .status import ANSWER_TO, BodyKind, FailInfo, Refusal
from .store import Store

_LOG = logging.getLogger(__name__)

Service = Callable[[Core, Message, Credential, str], Reply]
_SERVICES: Mapping[int, Service] = {
    **dict.fromkeys(ANSWER_TO, enrolling.request),
    BodyKind.CERT_CONF: enrolling.confirm,
    BodyKind.POLL_REQ: enrolling.poll,
    BodyKind.ERROR: enrolling.client_gave_up,
    BodyKind.GENM: services.tell,
    BodyKind.RR: services.revoke,
}


def _real_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class CertificationAuthority:
    """One CA, living in one folder. Thread-safe; everything but ``lifetime`` is set once.

    ``lifetime`` is that of the certificates it issues, and may be changed while it runs. ``now`` gives lab time.
    """

    def __init__(
        self, authority: issuing.Authority, store: Store, vault: CodeVault, now: Callable[[], datetime.datetime],
        lifetime: datetime.timedelta, policy: Policy, real_now: Callable[[], datetime.datetime] = _real_now,
        seed: str = "",
    ) -> None:
        self._core = core = Core(authority, store, vault, now, real_now, lifetime, policy, seed=seed)
        self._lock = threading.RLock()
        self.faults = core.faults
        self.codes = core.codes
        self.vendors = core.vendors
        self.journal = core.journal
        self.certificates = core.certificates
        self.transactions = core.transactions
        self._signer = SignatureProtector(authority.key, authority.key_id, authority.hash_name, authority.with_pss)
        self._authenticator = Authenticator(policy, self.codes, self.certificates, self.vendors, self._signer)

    @classmethod
    def create_or_load(
        cls, folder: Path, name: str, now: Callable[[], datetime.datetime],
        lifetime: datetime.timedelta = datetime.timedelta(days=365), *, policy: Policy | None = None,
        key_kind: str = "rsa-2048", real_now: Callable[[], datetime.datetime] = _real_now, seed: str = "",
    ) -> CertificationAuthority:
        """Return the CA kept in ``folder``; make it first when there is none.

        ``name`` (a distinguished name or a common name) and ``key_kind`` (one of ``issuing.KEY_KINDS``) count only when
        it is made. With a ``seed`` key and serial numbers are the same in each run. Raises ValueError, OSError.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = issuing.load(folder)
        if authority is None:
            authority = issuing.new_authority(name, key_kind, now(), real_now(), seed)
            issuing.save(authority, folder)
        store = Store(folder / "ca.sqlite")
        try:
            vault = open_vault(folder, store)
        except (ValueError, OSError):
            store.close()
            raise
        return cls(authority, store, vault, now, lifetime, policy or Policy(), real_now, seed)

    @contextlib.contextmanager
    def exclusively(self) -> Iterator[Core]:
        """Lend the CA's parts to another protocol than CMP, with nobody else at work."""
        with self._lock:
            self._core.give_up_waiting()
            yield self._core

    @property
    def lifetime(self) -> datetime.timedelta:
        """How long the certificates that it issues are valid."""
        return self._core.lifetime

    @lifetime.setter
    def lifetime(self, value: datetime.timedelta) -> None:
        self._core.lifetime = value

    def close(self) -> None:
        """Close the CA's files."""
        with self._lock:
            self._core.store.close()

    def time(self) -> datetime.datetime:
        """Return the CA's time."""
        return self._core.now()

    def certificate(self) -> x509.Certificate:
        """Return the CA's certificate."""
        return self._core.authority.certificate

    def certificate_pem(self) -> bytes:
        """Return the CA's certificate as PEM."""
        return self._core.authority.certificate.public_bytes(serialization.Encoding.PEM)

    def crl_der(self) -> bytes:
        """Return the CRL in force."""
        with self._lock:
            self._core.give_up_waiting()
            return self._core.crl_der()

    def ocsp(self, request: bytes) -> bytes:
        """Answer an OCSP request."""
        with self._lock:
            self._core.give_up_waiting()
            return ocspresponder.respond(self._core, request)

    def name_responder(self, url: str) -> None:
        """Name an OCSP responder in the certificates that are issued from now on."""
        self._core.ocsp_url = url

    def revoke(self, serial: str, reason: int = 0) -> bool:
        """Revoke a certificate on the operator's word; tell False when there is none with this hexadecimal serial."""
        with self._lock, self._core.store.transaction():
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

    def handle(self, request: bytes, peer: str = "") -> bytes:
        """Answer one PKIMessage. Raises UnreadableRequest when it has no header that an answer could mirror."""
        message = messages.parse(request)
        core = self._core
        with self._lock:
            credential = None
            try:
                core.give_up_waiting()
                conformance.check_header(message, core.policy, core.now())
                credential = self._authenticator.authenticate(message, core.now())
                reply = _service(message)(core, message, credential, peer)
            except Refusal as refusal:
                core.note(message, credential, peer, "refused", refusal=refusal)
                reply = Reply(messages.error_body(refusal))
            except Exception:  # noqa: BLE001 - the boundary to the network: whatever is wrong, the client gets an answer
                _LOG.exception("a CMP request could not be served")
                reply = Reply(messages.error_body(Refusal(FailInfo.SYSTEM_FAILURE, "the CA has failed")))
            return self._seal(message, credential, reply)

    def _seal(self, message: Message, credential: Credential | None, reply: Reply) -> bytes:
        nonce = messages.fresh_nonce()
        core, tag = self._core, reply.body[0] & 0x1F
        if credential is not None and tag not in (BodyKind.ERROR, BodyKind.PKICONF):
            self.transactions.add_nonces(tid(message), nonce, message.header.sender_nonce or b"")
        protector = credential.protector if credential else self._signer
        bare = tag == BodyKind.ERROR and core.faults.current.unprotected_errors
        return messages.build(
            sender=directory_name(core.authority.certificate.subject.public_bytes()),
            recipient=asn1.raw(message.header.sender),
            body=reply.body,
            protector=None if bare else protector,
            transaction_id=message.header.transaction_id,
            sender_nonce=nonce,
            recip_nonce=message.header.sender_nonce,
            pvno=min(max(message.header.pvno, messages.PVNO_2), messages.PVNO_3),
            extra_certs=() if bare else (core.shown,),
            general_info=messages.reply_info(reply),
            time=core.now(),
        )


def _service(message: Message) -> Service:
    service = _SERVICES.get(message.body_tag)
    if service is None:
        raise Refusal(FailInfo.BAD_REQUEST, "this CA does not serve that kind of message")
    return service
