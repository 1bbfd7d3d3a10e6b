"""Pure decision: what an OCSP response says of a certificate, and whether it may be believed (RFC 6960).

The Nokia guide ("OCSP") has: requests are not signed, a response must be; it is verified with its signer's certificate
if it encloses that, else with the CA's; after its nextUpdate it is not reliable. Who may sign for a CA is RFC 6960's
section 4.2.2.2. Owns request and response; sockets and the cache are ocsp.py's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from ...cmp import asn1
from ...cmp.signatures import signature_is_right
from ...cmp.status import Refusal

Status = Literal["good", "revoked", "unknown"]
_STATUS: dict[ocsp.OCSPCertStatus, Status] = {
    ocsp.OCSPCertStatus.GOOD: "good",
    ocsp.OCSPCertStatus.REVOKED: "revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}


class Unreliable(Exception):
    """There is no answer that can be believed; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a response that can be believed says."""

    status: Status
    this_update: datetime
    #: None when newer information is always to be had (RFC 6960 section 4.2.2.1).
    next_update: datetime | None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question about one certificate, and what its answers are judged by."""

    request: ocsp.OCSPRequest
    authority: x509.Certificate

    @classmethod
    def about(cls, certificate: x509.Certificate, authority: x509.Certificate) -> Inquiry:
        """Ask about a certificate that `authority` has issued."""
        # ASSUMPTION: SHA-1 in the CertID, as RFC 5019 has it and every responder knows; no nonce, since answers are
        # cached and responders may have made them before.
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, authority, hashes.SHA1())  # noqa: S303
        return cls(builder.build(), authority)

    @property
    def der(self) -> bytes:
        """The request."""
        return self.request.public_bytes(Encoding.DER)

    def read(self, response: bytes, now: datetime) -> Answer:
        """What the response says of the certificate at the time `now`. Raises Unreliable."""
        try:
            loaded = ocsp.load_der_ocsp_response(response)
            if loaded.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                raise Unreliable(f"the responder says {loaded.response_status.name.lower()}")
            self._check_signature(loaded, response, now)
            found = next((item for item in loaded.responses if self._is_asked_for(item)), None)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise Unreliable("the response cannot be read") from error
        if found is None:
            raise Unreliable("the response is about another certificate")
        # ASSUMPTION: one that begins later is refused as well, which RFC 6960 section 4.2.2.1 says and the guide not.
        if found.this_update_utc > now:
            raise Unreliable("the response is not valid yet")
        if found.next_update_utc is not None and now > found.next_update_utc:
            raise Unreliable("the response is out of date")
        return Answer(_STATUS[found.certificate_status], found.this_update_utc, found.next_update_utc)

    def _is_asked_for(self, single: ocsp.OCSPSingleResponse) -> bool:
        request = self.request
        return (
            single.serial_number == request.serial_number
            and isinstance(single.hash_algorithm, type(request.hash_algorithm))
            and single.issuer_name_hash == request.issuer_name_hash
            and single.issuer_key_hash == request.issuer_key_hash
        )

    def _check_signature(self, response: ocsp.OCSPResponse, der: bytes, now: datetime) -> None:
        signer = next((item for item in response.certificates if _is_responder(item, response)), self.authority)
        try:
            # ASSUMPTION: SHA-1 is taken in a signature, since responders of the time of SR OS's first OCSP used it.
            is_right = signature_is_right(
                signer.public_key(), _signature_algorithm(der), response.tbs_response_bytes, response.signature,
                accept_sha1=True,
            )
        except Refusal as refusal:
            raise Unreliable(f"the signature of the response cannot be checked: {refusal.text}") from refusal
        if not is_right:
            raise Unreliable("the signature of the response is wrong")
        # ASSUMPTION: who may sign. The guide says whose certificate verifies a response, not whom the CA lets sign.
        if signer != self.authority and not _may_sign_for(self.authority, signer, now):
            raise Unreliable("the signer of the response is not authorised by the CA")


def _is_responder(certificate: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    if response.responder_name is not None:
        return certificate.subject == response.responder_name
    return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest == response.responder_key_hash


def _may_sign_for(authority: x509.Certificate, signer: x509.Certificate, now: datetime) -> bool:
    """RFC 6960 section 4.2.2.2: issued by the CA itself, for the purpose id-kp-OCSPSigning.

    ASSUMPTION: whether the signer is revoked is not asked, as if it had id-pkix-ocsp-nocheck.
    """
    try:
        signer.verify_directly_issued_by(authority)
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    is_valid = signer.not_valid_before_utc <= now <= signer.not_valid_after_utc
    return is_valid and ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _signature_algorithm(response: bytes) -> bytes:
    """The AlgorithmIdentifier of a BasicOCSPResponse's signature: the library does not give PSS parameters."""
    _, explicit = asn1.children(response)
    _, octets = asn1.children(asn1.content_of(explicit))
    return asn1.children(asn1.content_of(octets))[1]
