"""The router's side of one CMP transaction on the wire: send a message, check the answer that came back.

RFC 9811 for HTTP, RFC 4210 section 5.1 for protection and nonces. What is asked for, and what follows from the answer,
is ``client``'s.
"""

from __future__ import annotations

import http.client
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from . import messages
from .macs import MacParameters, MacProtector, mac_is_right, mac_parameters
from .messages import Message
from .names import directory_name, parse_dn
from .protection import Protector
from .signatures import SignatureProtector, SigningKey, signature_is_right
from .signers import UnknownSigner, enclosed_signer
from .status import BodyKind, Refusal, UnreadableRequest

MAX_ANSWER_BYTES = 256 * 1024
_TYPE = "application/pkixcmp"
_DER = serialization.Encoding.DER


class ExchangeError(Exception):
    """The CA did not answer, or answered what cannot be trusted. The text is for the router's status."""


class NoAnswerError(ExchangeError):
    """No CMP message came back: nothing listens, the time is up, or something else than a CMP server answered."""


@dataclass(frozen=True, slots=True)
class CMPEndpoint:
    """How a router reaches its CA: the ca-profile's CA certificate and its cmpv2 container.

    ``ca_certificate`` (DER or PEM) checks signed answers, or ``signer_certificate`` where there is one. With
    ``signer_in_answer`` it is one of the answer's extraCerts: that of ``signer_subject``, or else of its sender.
    ``recipient`` is a name other than the CA's to send to. ``http_version`` is ``1.0`` or ``1.1``. ``source_address``
    is the router's own. ``verify_issued_key``: refuse a certificate for another key than the one asked for.
    ``is_cut_off`` tells, at each message, whether the router has a way to the CA's host at all.
    """

    url: str
    ca_certificate: bytes = field(repr=False)
    http_timeout_s: float = 30.0
    http_version: str = "1.1"
    accept_unprotected_error: bool = False
    accept_unprotected_pkiconf: bool = False
    always_set_sender_for_ir: bool = False
    same_recipient_nonce_for_poll_request: bool = False
    source_address: str = ""
    signer_certificate: bytes = field(default=b"", repr=False)
    signer_in_answer: bool = False
    signer_subject: str = ""
    recipient: str = ""
    # ASSUMPTION: SR OS compares the issued certificate with the key that it asked for; no document says so.
    verify_issued_key: bool = True
    is_cut_off: Callable[[], bool] = lambda: False

    def authority(self) -> x509.Certificate:
        """Return the CA's certificate. Raises ExchangeError when it cannot be read."""
        return _certificate(self.ca_certificate, "CA certificate of the profile")

    def recipient_name(self) -> bytes:
        """Return the GeneralName of whom messages are for. Raises ExchangeError."""
        try:
            name = parse_dn(self.recipient) if self.recipient else self.authority().subject
        except ValueError as error:
            raise ExchangeError(f"the recipient of the profile cannot be read: {error}") from error
        return directory_name(name.public_bytes())

    def signer_of(self, answer: Message) -> x509.Certificate:
        """Return the certificate that an answer must be signed with. Raises ExchangeError."""
        if self.signer_in_answer:
            try:
                return enclosed_signer(answer, self.authority(), self.signer_subject)
            except UnknownSigner as error:
                raise ExchangeError(str(error)) from error
        if self.signer_certificate:
            return _certificate(self.signer_certificate, "response signing certificate")
        return self.authority()


def _certificate(data: bytes, what: str) -> x509.Certificate:
    try:
        if data.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise ExchangeError(f"the {what} cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Position:
    """Where a transaction stands between two messages: its identifier and the nonces of the last answer."""

    transaction_id: bytes
    last_sender_nonce: bytes | None = None
    last_recip_nonce: bytes | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What protects the router's messages: a reference and secret, or a key and certificate; and the sender's name.

    ``chain`` (DER) goes along with the certificate.
    """

    sender: bytes
    reference: bytes = b""
    secret: bytes = field(default=b"", repr=False)
    mac_iterations: int = 500
    key: SigningKey | None = field(default=None, repr=False)
    certificate: x509.Certificate | None = None
    hash_name: str = "sha256"
    chain: tuple[bytes, ...] = ()

    def protector(self) -> Protector:
        """Return a protector for one more message. Raises ValueError for an unsupported hash."""
        if self.key is None or self.certificate is None:
            return MacProtector(
                self.reference, MacParameters.fresh(self.hash_name, self.mac_iterations), self.secret
            )
        return SignatureProtector(self.key, subject_key_id(self.certificate), self.hash_name)


def subject_key_id(certificate: x509.Certificate) -> bytes | None:
    """Return the certificate's subject key identifier."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


class _OldConnection(http.client.HTTPConnection):
    """A connection that speaks HTTP/1.0."""

    _http_vsn = 10
    _http_vsn_str = "HTTP/1.0"


def post(endpoint: CMPEndpoint, message: bytes) -> bytes:
    """Send a message and return the body of the answer, whatever its HTTP status. Raises ExchangeError."""
    url = urllib.parse.urlsplit(endpoint.url if "//" in endpoint.url else f"http://{endpoint.url}")
    if url.scheme != "http" or not url.hostname:
        raise ExchangeError(f"the CMP URL {endpoint.url!r} is not an http URL")
    if endpoint.is_cut_off():
        # ASSUMPTION: it is told at once; a router may also wait for its time-out first.
        raise NoAnswerError("the CMP server cannot be reached: no way to its host")
    kind = _OldConnection if endpoint.http_version == "1.0" else http.client.HTTPConnection
    source = (endpoint.source_address, 0) if endpoint.source_address else None
    connection = kind(url.hostname, url.port or 80, timeout=endpoint.http_timeout_s, source_address=source)
    try:
        connection.request("POST", url.path or "/", message, {"Content-Type": _TYPE, "Connection": "close"})
        response = connection.getresponse()
        body = response.read(MAX_ANSWER_BYTES + 1)
    except TimeoutError as error:
        raise NoAnswerError(f"the CMP server did not answer within {endpoint.http_timeout_s:g} seconds") from error
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswerError(f"the CMP server cannot be reached: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()
    if (response.headers.get("Content-Type") or "").split(";")[0].strip() != _TYPE:
        raise NoAnswerError(f"the CMP server answered with HTTP status {response.status}")
    if len(body) > MAX_ANSWER_BYTES:
        raise ExchangeError("the answer of the CMP server is too long")
    return body


def exchange(
    endpoint: CMPEndpoint, credentials: Credentials, position: Position, body: bytes, *,
    recip_nonce: bytes | None = None,
) -> tuple[Message, Position]:
    """Send one message of a transaction; return the checked answer and where the transaction then stands.

    Raises ExchangeError.
    """
    nonce = messages.fresh_nonce()
    certificate = credentials.certificate
    try:
        request = messages.build(
            sender=directory_name(credentials.sender),
            recipient=endpoint.recipient_name(),
            body=body,
            protector=credentials.protector(),
            transaction_id=position.transaction_id,
            sender_nonce=nonce,
            recip_nonce=recip_nonce,
            extra_certs=() if certificate is None else (certificate.public_bytes(_DER), *credentials.chain),
        )
    except ValueError as error:
        raise ExchangeError(str(error)) from error
    try:
        answer = messages.parse(post(endpoint, request))
    except UnreadableRequest as error:
        raise ExchangeError(f"the answer of the CMP server is {error}") from error
    _check_protection(endpoint, credentials, answer)
    _check_header(answer, position.transaction_id, nonce)
    return answer, Position(position.transaction_id, answer.header.sender_nonce, answer.header.recip_nonce)


def _check_header(answer: Message, transaction_id: bytes, nonce: bytes) -> None:
    """Check that the answer belongs to the request; an error message may lack what it does not know."""
    is_error = answer.body_tag == BodyKind.ERROR
    for name, expected, got in (
        ("transactionID", transaction_id, answer.header.transaction_id),
        ("recipNonce", nonce, answer.header.recip_nonce),
    ):
        if got != expected and not (is_error and got is None):
            raise ExchangeError(f"the {name} of the answer is not that of the request")


def _check_protection(endpoint: CMPEndpoint, credentials: Credentials, answer: Message) -> None:
    """Check who sent the answer. Raises ExchangeError."""
    algorithm, protection = answer.algorithm, answer.protection
    if algorithm is None or protection is None:
        accepted = (answer.body_tag == BodyKind.ERROR and endpoint.accept_unprotected_error) or (
            answer.body_tag == BodyKind.PKICONF and endpoint.accept_unprotected_pkiconf
        )
        if not accepted:
            raise ExchangeError("the answer of the CMP server is not protected")
        return
    try:
        parameters = mac_parameters(algorithm)
        if parameters is not None:
            right = bool(credentials.secret) and mac_is_right(
                parameters, credentials.secret, answer.protected_part, protection
            )
        else:
            right = _signed_by(endpoint.signer_of(answer).public_key(), algorithm, answer, protection)
    except Refusal as refusal:
        raise ExchangeError(f"the protection of the answer cannot be checked: {refusal.text}") from refusal
    if not right:
        raise ExchangeError("the protection of the answer is wrong")


def _signed_by(key: PublicKeyTypes, algorithm: bytes, answer: Message, protection: bytes) -> bool:
    return signature_is_right(key, algorithm, answer.protected_part, protection, accept_sha1=True)
