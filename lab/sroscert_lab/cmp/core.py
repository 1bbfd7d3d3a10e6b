"""What every part of the lab's CA works with: its key, memory, rules and faults, and who may have what.

Owns nothing that an RFC says; the course of a transaction is ``enrolling``'s and ``services``'s.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from . import issuing
from .certificates import Certificates, RevocationLists, serial_text
from .codes import EnrolmentCode, EnrolmentCodes
from .codevault import CodeVault
from .credentials import Credential
from .faults import CAFaults
from .issuing import Authority
from .journal import Journal
from .messages import Message
from .names import AlternativeNames, alternative_names, dn_text, parse_dn
from .policy import Policy, Registration
from .status import BodyKind, FailInfo, Refusal
from .store import Store
from .transactions import State, Transaction, Transactions
from .vendors import Vendors


class Requester(Protocol):
    """Who asks for a certificate: one of the three is there."""

    @property
    def code(self) -> EnrolmentCode | None: ...  # noqa: D102
    @property
    def certificate(self) -> x509.Certificate | None: ...  # noqa: D102
    @property
    def vendor(self) -> x509.Certificate | None: ...  # noqa: D102


UNKNOWN_TRANSACTION = "the transaction is unknown, or is not at this point"


@dataclass
class Core:
    """The parts of one CA; everything but ``lifetime`` and ``ocsp_url`` is set once. ``now`` gives lab time."""

    authority: Authority
    store: Store
    vault: CodeVault
    now: Callable[[], datetime.datetime]
    real_now: Callable[[], datetime.datetime]
    lifetime: datetime.timedelta
    policy: Policy
    faults: CAFaults = field(default_factory=CAFaults)
    seed: str = ""
    ocsp_url: str = ""
    own: set[int] = field(default_factory=set)
    """Serial numbers of its own services' certificates, which nobody has enrolled for."""

    def __post_init__(self) -> None:
        self.codes = EnrolmentCodes(self.store, self.vault, self.now)
        self.vendors = Vendors(self.store, self.now)
        self.journal = Journal(self.store, self.now)
        self.certificates = Certificates(self.store, self.now)
        self.transactions = Transactions(self.store)
        self.crls = RevocationLists(self.authority, self.store, self.certificates, self.now, self.real_now)

    @property
    def has_ended(self) -> bool:
        """Whether the CA's own certificate has ended, by the lab's time or by the fault."""
        return self.faults.current.expired or self.now() > self.authority.certificate.not_valid_after_utc

    @property
    def shown(self) -> bytes:
        """The DER of the certificate that the CA shows as its own; with the fault one that has ended."""
        return self._ended if self.faults.current.expired else self.authority.der

    @functools.cached_property
    def _ended(self) -> bytes:
        return issuing.ended_copy(self.authority).public_bytes(serialization.Encoding.DER)

    def next_serial(self) -> int:
        """Return a serial number that no other certificate has; with a seed the same ones in the same order."""
        return issuing.seeded_serial(self.seed, self.certificates.count())

    def crl_der(self) -> bytes:
        """Return the CRL in force, or with the fault an old one."""
        return self.crls.stale() if self.faults.current.stale_crl else self.crls.current()

    def note(
        self, message: Message, credential: Credential | None, peer: str, result: str, *,
        certificate: x509.Certificate | None = None, refusal: Refusal | None = None, subject: str = "",
    ) -> None:
        """Write a decision about a message into the journal."""
        names = ""
        if certificate is not None:
            subject = dn_text(certificate.subject)
            sans = alternative_names(certificate.extensions) or AlternativeNames()
            names = " ".join((*sans.ips, *sans.dns))
        claimed = (message.header.sender_kid or b"")[:64].decode("ascii", "replace")
        self.journal.add(
            peer=peer, kind=_kind_name(message.body_tag), transaction_id=tid(message).hex(),
            credential=credential.identity if credential else f"unknown:{claimed!r}", result=result, subject=subject,
            names=names, serial=serial_text(certificate) if certificate else "",
            fail_info=refusal.fail_info.label if refusal else "", text=refusal.text if refusal else "",
        )

    def claim(self, message: Message, kind: BodyKind, credential: Credential) -> None:
        """Begin a transaction. Raises Refusal: RFC 9483 section 3.5, an identifier is never used twice."""
        if not self.transactions.claim(tid(message), kind, credential.identity):
            raise Refusal(FailInfo.TRANSACTION_ID_IN_USE, "the transaction identifier has been used before")

    def own_transaction(self, message: Message, credential: Credential) -> Transaction:
        """Return the transaction that this sender began. Raises Refusal."""
        transaction = self.transactions.find(tid(message))
        if transaction is None or transaction.credential != credential.identity:
            raise Refusal(FailInfo.BAD_REQUEST, UNKNOWN_TRANSACTION)
        return transaction

    def registration(self, credential: Requester) -> Registration:
        """Return what this requester may have. Raises Refusal when it may have nothing, or nothing more."""
        code, certificate = credential.code, credential.certificate
        if code is not None:
            if code.consumed is not None:
                raise Refusal(FailInfo.NOT_AUTHORIZED, "the enrolment code has been used already")
            if code.is_expired(self.now()):
                raise Refusal(FailInfo.NOT_AUTHORIZED, "the enrolment code has expired")
            return Registration(parse_dn(code.subject), code.sans)
        if credential.vendor is not None:
            device = self.vendors.find(credential.vendor.subject)
            if device is None:
                raise Refusal(FailInfo.NOT_AUTHORIZED, "no router with this vendor certificate is expected")
            if device.consumed is not None:
                raise Refusal(FailInfo.NOT_AUTHORIZED, "this vendor certificate has been enrolled with already")
            return Registration(parse_dn(device.subject), device.sans)
        if certificate is None:
            raise Refusal(FailInfo.NOT_AUTHORIZED, "the requester is not registered")
        return Registration(certificate.subject, alternative_names(certificate.extensions) or AlternativeNames())

    def use_up(self, credential: Requester, serial: str, opened_by: str = "") -> bool:
        """Note that a one-time credential got its certificate; tell False when it had got one before.

        ``opened_by`` is the reference of a code that opened further names to a requester with a certificate.
        """
        if opened_by:
            return self.codes.consume(opened_by, serial)
        if credential.code is not None:
            return self.codes.consume(credential.code.reference, serial)
        if credential.vendor is not None:
            return self.vendors.consume(credential.vendor.subject, serial)
        return True

    def give_up_waiting(self) -> None:
        """Revoke what was not confirmed in time (RFC 4210 section 5.1.1.2)."""
        for transaction in self.transactions.overdue(self.now()):
            with self.store.transaction():
                if transaction.serial:
                    self.certificates.revoke(transaction.serial)
                self.transactions.move(transaction.tid, State.REFUSED)
                self.journal.add(
                    peer="", kind=_kind_name(transaction.kind), transaction_id=transaction.tid.hex(),
                    credential=transaction.credential, result="not-confirmed", serial=transaction.serial or "",
                )


def tid(message: Message) -> bytes:
    """Return the transaction identifier of a message, empty when there is none."""
    return message.header.transaction_id or b""


def _kind_name(tag: int) -> str:
    try:
        name = BodyKind(tag).name.lower()
    except ValueError:
        return f"body-{tag}"
    return {"cert_conf": "certConf", "poll_req": "pollReq"}.get(name, name)
