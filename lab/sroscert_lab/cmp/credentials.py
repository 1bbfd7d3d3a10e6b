"""Who sent a message: the check of its protection against an enrolment code or an issued certificate.

RFC 4210 section 5.1.3. Owns authentication; what the sender may then have is decided in ``policy``.
"""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from .certificates import Certificates, IssuedCertificate, serial_text
from .codes import EnrolmentCode, EnrolmentCodes
from .conformance import check_mac_sender
from .macs import MacProtector, Parameters, mac_is_right, mac_parameters
from .messages import Message
from .names import read_name, same_name
from .policy import Policy
from .protection import Protector
from .signatures import signature_is_right
from .status import FailInfo, Refusal
from .vendors import Vendors

_UNKNOWN_SECRET = secrets.token_bytes(16)
_NOT_AUTHENTIC = "the message is not authentic: the reference is unknown, or the secret is wrong"


@dataclass(frozen=True, slots=True)
class Credential:
    """A sender who has been authenticated, and what protects the answers to it.

    ``identity`` is ``mac:<reference>``, ``signature:<serial>`` or ``vendor:<fingerprint>``. ``certificate`` is one of
    this CA's, ``vendor`` one that a trusted vendor made.
    """

    identity: str
    protector: Protector
    code: EnrolmentCode | None = None
    certificate: x509.Certificate | None = None
    vendor: x509.Certificate | None = None


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Checks senders for one CA; ``signer`` protects the answers to signed messages."""

    policy: Policy
    codes: EnrolmentCodes
    certificates: Certificates
    vendors: Vendors
    signer: Protector

    def authenticate(self, message: Message, now: datetime.datetime) -> Credential:
        """Return who sent the message. Raises Refusal."""
        algorithm = message.algorithm
        if algorithm is None or message.protection is None:
            raise Refusal(FailInfo.BAD_MESSAGE_CHECK, "the message is not protected")
        parameters = mac_parameters(algorithm)
        if parameters is not None:
            return self._by_mac(message, parameters, message.protection)
        return self._by_signature(message, algorithm, message.protection, now)

    def _by_mac(self, message: Message, parameters: Parameters, protection: bytes) -> Credential:
        key_id = message.header.sender_kid or b""
        reference = key_id.decode("ascii", "replace")
        code = self.codes.find(reference)
        usable = code is not None and code.secret != "" and not code.is_locked
        # An unknown reference costs as much time, and gets the same answer, as a wrong secret.
        secret = code.secret.encode() if code is not None and usable else _UNKNOWN_SECRET
        right = mac_is_right(parameters, secret, message.protected_part, protection)
        if code is None or not (right and usable):
            self.codes.note_bad_mac(reference)
            raise Refusal(FailInfo.BAD_MESSAGE_CHECK, _NOT_AUTHENTIC)
        check_mac_sender(message, self.policy)
        return Credential(f"mac:{reference}", MacProtector(key_id, parameters.resalted(), secret), code=code)

    def _by_signature(
        self, message: Message, algorithm: bytes, protection: bytes, now: datetime.datetime
    ) -> Credential:
        enclosed = _enclosed(message)
        issued = self._signer(message, enclosed)
        vendor = None if issued is not None else self._vendor_signer(message, enclosed)
        certificate = issued.certificate if issued is not None else vendor
        if certificate is None:
            raise Refusal(FailInfo.SIGNER_NOT_TRUSTED, "the signing certificate is not one of this CA's")
        if not signature_is_right(
            certificate.public_key(), algorithm, message.protected_part, protection,
            accept_sha1=self.policy.accept_sha1,
        ):
            raise Refusal(FailInfo.BAD_MESSAGE_CHECK, "the signature of the message is wrong")
        _check_sender(message, certificate)
        if issued is not None and issued.revoked:
            raise Refusal(FailInfo.CERT_REVOKED, "the signing certificate is revoked")
        if now > certificate.not_valid_after_utc:
            raise Refusal(FailInfo.SIGNER_NOT_TRUSTED, "the signing certificate has expired")
        if now < certificate.not_valid_before_utc:
            raise Refusal(FailInfo.SIGNER_NOT_TRUSTED, "the signing certificate is not valid yet")
        if issued is None:
            return Credential(f"vendor:{certificate.fingerprint(hashes.SHA256()).hex()}", self.signer, vendor=vendor)
        return Credential(f"signature:{serial_text(certificate)}", self.signer, certificate=certificate)

    def _signer(self, message: Message, enclosed: list[x509.Certificate]) -> IssuedCertificate | None:
        """Return our certificate that should have signed: by senderKID when given, else the first one enclosed.

        It is our copy that the signature is then checked with, so a forged one of the same number gains nothing.
        """
        key_id = message.header.sender_kid
        for certificate in enclosed:
            issued = self.certificates.find(serial_text(certificate))
            if issued is None:
                continue
            own = issued.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
            if key_id is None or key_id == own:
                return issued
        return None if key_id is None else self.certificates.find_by_key_id(key_id)

    def _vendor_signer(self, message: Message, enclosed: list[x509.Certificate]) -> x509.Certificate | None:
        """Return the first certificate enclosed (RFC 9483 section 3.3) when a trusted vendor made it."""
        if not enclosed or not self.vendors.vouch_for(enclosed[0], enclosed[1:]):
            return None
        return enclosed[0]


def _enclosed(message: Message) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(der) for der in message.extra_certs]
    except (ValueError, x509.InvalidVersion):
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "an enclosed certificate cannot be read") from None


def _check_sender(message: Message, certificate: x509.Certificate) -> None:
    """RFC 9483 section 3.1: the sender is the subject of the certificate that signs. Raises Refusal."""
    try:
        is_own_name = same_name(read_name(message.sender_name), certificate.subject)
    except ValueError:
        is_own_name = False
    if not is_own_name:
        raise Refusal(FailInfo.BAD_MESSAGE_CHECK, "the sender is not the subject of the signing certificate")
