"""The simulated router's CMP client: initial registration, certificate request, key update and poll.

Synchronous; the router calls it in a thread. Owns the course of a transaction; the wire is ``exchange``'s, the words
for its end are ``outcome``'s. Nothing here shares state with the CA.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization

from . import asn1, messages
from .exchange import CMPEndpoint, Credentials, ExchangeError, NoAnswerError, Position, exchange
from .messages import Message
from .names import AlternativeNames, parse_dn
from .outcome import CODES, GRANTED, MAX_STATUS_STRING, Outcome, OutcomeCode, OutcomeStatus, PendingTransaction
from .signatures import SIGNING_KEYS, SigningKey, sign, signature_algorithm
from .status import ANSWER_TO, BodyKind, FailInfo, PKIStatus, Refusal

__all__ = [
    "CMPEndpoint", "Outcome", "OutcomeCode", "OutcomeStatus", "PendingTransaction", "certificate_request",
    "initial_registration", "key_update", "poll", "signed_registration",
]


@dataclass(frozen=True, slots=True)
class _Transaction:
    """What stays the same throughout one transaction."""

    endpoint: CMPEndpoint
    credentials: Credentials
    kind: BodyKind
    public_key: bytes


def initial_registration(
    endpoint: CMPEndpoint, key: SigningKey, subject_dn: str, san_ips: tuple[str, ...], san_dns: tuple[str, ...],
    reference: str, secret: str, hash_name: str = "sha256",
) -> Outcome:
    """Ask for a first certificate with a reference and a secret (ir). Never raises for what the CA does.

    Raises ValueError for a subject or address that SR OS's own input check would not let through.
    """
    subject = parse_dn(subject_dn).public_bytes()
    sender = subject if endpoint.always_set_sender_for_ir else asn1.NULL_DN
    # ASSUMPTION: one hash serves the MAC and the proof of possession; Nokia documents hash-algorithm only as a word.
    credentials = Credentials(sender, reference.encode(), secret.encode(), hash_name=hash_name)
    transaction = _Transaction(endpoint, credentials, BodyKind.IR, _public(key))
    names = AlternativeNames.of(san_ips, san_dns)
    return _begin(transaction, key, subject, names, None)


def signed_registration(
    endpoint: CMPEndpoint, vendor_key: SigningKey, vendor_certificate: bytes, key: SigningKey, subject_dn: str,
    san_ips: tuple[str, ...], san_dns: tuple[str, ...], hash_name: str = "sha256", chain: tuple[bytes, ...] = (),
) -> Outcome:
    """Ask for a first certificate, signing with one of another CA that this CA trusts, of the vendor for example (ir).

    ``vendor_certificate`` and ``chain`` are DER. Raises ValueError like ``initial_registration``.
    """
    transaction = _signed(endpoint, BodyKind.IR, vendor_key, vendor_certificate, key, hash_name, chain)
    names = AlternativeNames.of(san_ips, san_dns)
    return _begin(transaction, key, parse_dn(subject_dn).public_bytes(), names, None)


def certificate_request(
    endpoint: CMPEndpoint, current_key: SigningKey, current_certificate: bytes, new_key: SigningKey, subject_dn: str,
    san_ips: tuple[str, ...], san_dns: tuple[str, ...], hash_name: str = "sha256",
) -> Outcome:
    """Ask for one more certificate, signing with the present one (cr). ``current_certificate`` is DER.

    Raises ValueError like ``initial_registration``.
    """
    transaction = _signed(endpoint, BodyKind.CR, current_key, current_certificate, new_key, hash_name)
    names = AlternativeNames.of(san_ips, san_dns)
    return _begin(transaction, new_key, parse_dn(subject_dn).public_bytes(), names, None)


def key_update(
    endpoint: CMPEndpoint, current_key: SigningKey, current_certificate: bytes, new_key: SigningKey,
    hash_name: str = "sha256",
) -> Outcome:
    """Replace key and certificate, keeping the identity (kur). ``current_certificate`` is DER, else ValueError."""
    transaction = _signed(endpoint, BodyKind.KUR, current_key, current_certificate, new_key, hash_name)
    current = transaction.credentials.certificate
    # ASSUMPTION: the template repeats the subject and leaves the alternative names to the CA.
    return _begin(transaction, new_key, transaction.credentials.sender, AlternativeNames(), current)


def poll(endpoint: CMPEndpoint, pending: PendingTransaction) -> Outcome:
    """Ask whether a waiting request has been decided (pollReq). Without an answer the request stays pending."""
    credentials = Credentials(
        pending.sender, pending.reference, pending.secret, hash_name=pending.hash_name,
        key=_load_key(pending.key) if pending.key else None,
        certificate=x509.load_der_x509_certificate(pending.certificate) if pending.certificate else None,
        chain=pending.chain,
    )
    transaction = _Transaction(endpoint, credentials, BodyKind(pending.kind), pending.public_key)
    position = pending.position
    # ASSUMPTION: the leaf means the recipNonce field itself; without it the RFC's rule holds.
    repeated = endpoint.same_recipient_nonce_for_poll_request
    nonce = position.last_recip_nonce if repeated else position.last_sender_nonce
    try:
        answer, position = exchange(
            endpoint, credentials, position, messages.poll_request_body(), recip_nonce=nonce
        )
    except ExchangeError as error:
        # ASSUMPTION: a poll that gets no answer leaves the request pending, so that it can be polled again.
        return Outcome(OutcomeStatus.IN_PROGRESS, OutcomeCode.WAITING, _short(str(error)), pending=pending)
    return _after(transaction, answer, position)


def _signed(
    endpoint: CMPEndpoint, kind: BodyKind, key: SigningKey, certificate: bytes, new_key: SigningKey, hash_name: str,
    chain: tuple[bytes, ...] = (),
) -> _Transaction:
    current = x509.load_der_x509_certificate(certificate)
    credentials = Credentials(
        current.subject.public_bytes(), key=key, certificate=current, hash_name=hash_name, chain=chain
    )
    return _Transaction(endpoint, credentials, kind, _public(new_key))


def _begin(
    transaction: _Transaction, key: SigningKey, subject: bytes, names: AlternativeNames,
    old_certificate: x509.Certificate | None,
) -> Outcome:
    """Send the request and follow the transaction to its end, or until the CA makes it wait."""
    extensions = [messages.extension_der(names.as_extension())] if names else []
    request = messages.certificate_request_der(subject, transaction.public_key, extensions, old_certificate)
    hash_name = transaction.credentials.hash_name
    try:
        algorithm = signature_algorithm(key, hash_name)
        body = messages.request_body(transaction.kind, request, algorithm, sign(key, hash_name, request))
    except ValueError as error:
        return _failed(str(error))
    try:
        answer, position = exchange(
            transaction.endpoint, transaction.credentials, Position(messages.fresh_nonce()), body
        )
    except ExchangeError as error:
        return replace(_failed(str(error)), answered=not isinstance(error, NoAnswerError))
    return _after(transaction, answer, position)


def _after(transaction: _Transaction, answer: Message, position: Position) -> Outcome:
    """Decide what an answer to a request or poll means."""
    try:
        if answer.body_tag == BodyKind.ERROR:
            return _refused(asn1.decode(asn1.ErrorContent, answer.body).status)
        if answer.body_tag == BodyKind.POLL_REP:
            entry = asn1.decode(asn1.PollRepEntry, asn1.children(answer.body)[0])
            return _waiting(transaction, position, entry.check_after)
        if answer.body_tag != ANSWER_TO[transaction.kind]:
            return _failed("the CMP server answered with a message of the wrong kind")
        response = asn1.decode(asn1.CertRepMessage, answer.body).response[0]
        status = PKIStatus(response.status.status)
        if status is PKIStatus.WAITING:
            return _waiting(transaction, position, 0)
        if status not in GRANTED:
            return _refused(response.status)
        certificate = _certificate(response)
    except (ValueError, IndexError) as error:
        return _failed(f"the answer of the CMP server cannot be read: {error}")
    return _confirm(transaction, certificate, CODES[status], answer, position)


def _certificate(response: asn1.CertResponse) -> x509.Certificate:
    """Return the certificate of a response. Raises ValueError when there is none in clear that can be used."""
    if response.key_pair is None or response.cert_req_id != 0:
        raise ValueError("there is no certificate for the request")
    field_der = asn1.raw(response.key_pair.cert_or_enc_cert)
    if field_der[0] != asn1.context(0):
        raise ValueError("the certificate is encrypted")
    try:
        certificate = x509.load_der_x509_certificate(asn1.content_of(field_der))
        _key_der(certificate)
        _digest(certificate)
    except (x509.InvalidVersion, UnsupportedAlgorithm, TypeError) as error:
        raise ValueError(f"not a certificate that can be used: {error}") from error
    return certificate


def _digest(certificate: x509.Certificate) -> bytes:
    """Return the certHash: by the hash of the certificate's signature, SHA-512 for Ed25519 (RFC 9481 section 3.3)."""
    return certificate.fingerprint(certificate.signature_hash_algorithm or hashes.SHA512())


def _confirm(
    transaction: _Transaction, certificate: x509.Certificate, code: OutcomeCode, answer: Message, position: Position
) -> Outcome:
    """Send certConf and wait for pkiConf: SR OS confirms explicitly (tutorial's packet capture)."""
    refusal = None
    if transaction.endpoint.verify_issued_key and _key_der(certificate) != transaction.public_key:
        refusal = Refusal(FailInfo.INCORRECT_DATA, "the certificate is for another key")
    body = messages.cert_conf_body(_digest(certificate), refusal)
    try:
        reply, _ = exchange(
            transaction.endpoint, transaction.credentials, position, body, recip_nonce=answer.header.sender_nonce
        )
    except ExchangeError as error:
        return _failed(f"the certificate was not confirmed: {error}")
    if reply.body_tag == BodyKind.ERROR:
        try:
            return _refused(asn1.decode(asn1.ErrorContent, reply.body).status)
        except ValueError:
            return _failed("the answer of the CMP server cannot be read")
    if reply.body_tag != BodyKind.PKICONF:
        return _failed("the CMP server did not answer the confirmation with pkiConf")
    if refusal is not None:
        return _failed(refusal.text)
    return Outcome(OutcomeStatus.PROCESSED, code, certificate=certificate.public_bytes(serialization.Encoding.DER))


def _waiting(transaction: _Transaction, position: Position, check_after: int) -> Outcome:
    credentials = transaction.credentials
    key, certificate = b"", b""
    if credentials.key is not None and credentials.certificate is not None:
        key = credentials.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = credentials.certificate.public_bytes(serialization.Encoding.DER)
    pending = PendingTransaction(
        int(transaction.kind), position, transaction.public_key, credentials.sender, credentials.reference,
        credentials.secret, key, certificate, credentials.hash_name, check_after, credentials.chain,
    )
    return Outcome(OutcomeStatus.IN_PROGRESS, OutcomeCode.WAITING, pending=pending)


def _refused(status: asn1.PKIStatusInfo) -> Outcome:
    labels = tuple(info.label for info in FailInfo if info in asn1.bits_of(status.fail_info))
    texts = [*(status.status_string or []), *([f"({', '.join(labels)})"] if labels else [])]
    code = CODES.get(PKIStatus(status.status), OutcomeCode.NONE)
    return Outcome(OutcomeStatus.FAILED, code, _short(" ".join(texts)), fail_info=labels)


def _failed(text: str) -> Outcome:
    return Outcome(OutcomeStatus.FAILED, OutcomeCode.NONE, _short(text))


def _short(text: str) -> str:
    return text[:MAX_STATUS_STRING]


def _public(key: SigningKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _key_der(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _load_key(der: bytes) -> SigningKey:
    key = serialization.load_der_private_key(der, None)
    if not isinstance(key, SIGNING_KEYS):
        raise TypeError("the key of a pending transaction is of an unknown kind")
    return key
