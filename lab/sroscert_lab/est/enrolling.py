"""simpleenroll and simplereenroll (RFC 7030 sections 4.2.1 and 4.2.2): who may have which certificate.

Owns the course of a request. Codes, certificates, policy, journal, faults are those of the CA that CMP has too; HTTP is
``server``'s.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from ..cmp import certrequests
from ..cmp.ca import CertificationAuthority
from ..cmp.certificates import serial_text
from ..cmp.certrequests import CertificateRequest
from ..cmp.codes import EnrolmentCode
from ..cmp.core import Core
from ..cmp.enrolling import check_faults, make
from ..cmp.names import AlternativeNames, alternative_names, dn_text, same_name
from ..cmp.policy import Grant, Registration, decide
from ..cmp.status import BodyKind, FailInfo, Refusal
from ..cmp.transactions import State

ENROLL, REENROLL = "simpleenroll", "simplereenroll"


class LoginRequired(Exception):
    """The client has not said who it is, or not proven it."""


@dataclass(frozen=True, slots=True)
class Client:
    """What a client brings: a name and password of HTTP, the certificate of its TLS session."""

    peer: str = ""
    login: tuple[str, str] | None = field(default=None, repr=False)
    certificate: x509.Certificate | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The client shall ask again, the same (section 4.2.3)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class _Applicant:
    """Who asks, once that is proven; ``cmp.core.Requester``."""

    identity: str
    code: EnrolmentCode | None = None
    certificate: x509.Certificate | None = None
    vendor: x509.Certificate | None = None


def answer(ca: CertificationAuthority, operation: str, request: bytes, client: Client) -> bytes | Waiting:
    """Return the DER of the certificate for a PKCS #10 request. Raises LoginRequired, Refusal."""
    with ca.exclusively() as core:
        applicant = _applicant(core, client, renewing=operation == REENROLL)
        try:
            return _answer(core, operation, request, client, applicant)
        except Refusal as refusal:
            core.journal.add(
                peer=client.peer, kind=operation, transaction_id="", credential=applicant.identity, result="refused",
                fail_info=refusal.fail_info.label, text=refusal.text,
            )
            raise


def _answer(
    core: Core, operation: str, request: bytes, client: Client, applicant: _Applicant
) -> bytes | Waiting:
    check_faults(core)
    wish = certrequests.read(BodyKind.P10CR, request)
    own = _renewed(core, wish, applicant) if operation == REENROLL else core.registration(applicant)
    grant = decide(core.policy, BodyKind.P10CR, wish, own)
    # Section 4.2.3 has the same request sent again: told by what is signed, as ECDSA signs it differently each time.
    tid = hashlib.sha256(applicant.identity.encode() + b"\0" + wish.covers).digest()[:16]
    if _must_wait(core, tid, request, applicant):
        core.journal.add(
            peer=client.peer, kind=operation, transaction_id=tid.hex(), credential=applicant.identity,
            result="waiting", subject=dn_text(grant.subject),
        )
        return Waiting(core.faults.current.check_after)
    return _issue(core, operation, grant, client, applicant, tid)


def _issue(
    core: Core, operation: str, grant: Grant, client: Client, applicant: _Applicant, tid: bytes
) -> bytes:
    certificate = make(core, grant)
    serial = serial_text(certificate)
    names = alternative_names(certificate.extensions) or AlternativeNames()
    with core.store.transaction():
        if not core.use_up(applicant, serial):
            raise Refusal(FailInfo.NOT_AUTHORIZED, "the enrolment code has been used already")
        core.certificates.add(certificate)
        core.transactions.move(tid, State.DONE, serial)
        core.journal.add(
            peer=client.peer, kind=operation, transaction_id="", credential=applicant.identity, result="issued",
            subject=dn_text(certificate.subject), names=" ".join((*names.ips, *names.dns)), serial=serial,
        )
    return certificate.public_bytes(serialization.Encoding.DER)


def _must_wait(core: Core, tid: bytes, request: bytes, applicant: _Applicant) -> bool:
    pending = core.faults.current.pending
    known = core.transactions.find(tid)
    if known is not None and known.state is State.WAITING:
        if known.approved or known.polls_left == 0:
            return False
        core.transactions.count_poll(tid)
        return True
    if pending is None:
        return False
    core.transactions.claim(tid, BodyKind.P10CR, applicant.identity)
    core.transactions.wait(tid, request, None if pending < 0 else pending)
    return True


def _renewed(core: Core, wish: CertificateRequest, applicant: _Applicant) -> Registration:
    """Return what may be renewed. Raises Refusal.

    Section 4.2.2: subject and subjectAltName are those of the present certificate. It need not be the one of the TLS
    session (section 3.3.2), but that must have the same subject.
    """
    try:
        names = alternative_names(wish.contents.extensions()) or AlternativeNames()
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise Refusal(FailInfo.BAD_CERT_TEMPLATE, "the extensions asked for cannot be read") from None
    subject = wish.contents.subject
    if subject is None or not _is_known(core, subject, names):
        raise Refusal(FailInfo.BAD_CERT_ID, "there is no certificate with this subject and these names to renew")
    if applicant.certificate is not None:
        return Registration(applicant.certificate.subject, names)
    return core.registration(applicant)


def _is_known(core: Core, subject: x509.Name, names: AlternativeNames) -> bool:
    for item in core.certificates.all():
        held = alternative_names(item.certificate.extensions) or AlternativeNames()
        is_same = held.is_within(names) and names.is_within(held)
        if is_same and not item.revoked and same_name(item.certificate.subject, subject):
            return True
    return False


def _applicant(core: Core, client: Client, *, renewing: bool) -> _Applicant:
    """Return who asks. Raises LoginRequired, Refusal.

    A login that is there must be right. A renewal goes by the certificate where there is one, a first request by the
    login.
    """
    code = None if client.login is None else _code(core, *client.login)
    held = None if client.certificate is None else _held(core, client.certificate)
    if held is not None and (renewing or code is None):
        return held
    if code is None:
        raise LoginRequired
    return _Applicant(f"basic:{code.reference}", code=code)


def _code(core: Core, reference: str, secret: str) -> EnrolmentCode:
    code = core.codes.find(reference)
    is_right = hmac.compare_digest((code.secret if code else "").encode(), secret.encode())
    if code is None or not code.secret or code.is_locked or not is_right:
        core.codes.note_bad_mac(reference)
        raise LoginRequired
    return code


def _held(core: Core, certificate: x509.Certificate) -> _Applicant:
    """Return the holder of a certificate, one of ours or a trusted vendor's. Raises Refusal."""
    issued = core.certificates.find(serial_text(certificate))
    now = core.now()
    if issued is not None and issued.certificate == certificate:
        if issued.revoked:
            raise Refusal(FailInfo.CERT_REVOKED, "the certificate of the TLS session is revoked")
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            # TLS has looked at real time, the lab may be elsewhere.
            raise Refusal(FailInfo.SIGNER_NOT_TRUSTED, "the certificate of the TLS session is not valid now")
        return _Applicant(f"tls:{serial_text(certificate)}", certificate=certificate)
    if core.vendors.vouch_for(certificate, []):
        return _Applicant(f"vendor:{certificate.fingerprint(hashes.SHA256()).hex()}", vendor=certificate)
    raise Refusal(FailInfo.SIGNER_NOT_TRUSTED, "the certificate of the TLS session is not one of this CA's")
