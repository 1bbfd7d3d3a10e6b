"""What the CA allows: pure decisions about keys, names and extensions of a certificate request.

Owns the rules and the failInfo that goes with each. Reads no clock and no database.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from .certrequests import CertificateRequest
from .names import AlternativeNames, alternative_names, same_name
from .signatures import signature_is_right
from .status import BodyKind, FailInfo, Refusal

CertifiedKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
"""The kinds of key that the CA certifies."""
_CURVES = ("secp256r1", "secp384r1", "secp521r1")


@dataclass(frozen=True, slots=True)
class Policy:
    """The CA's rules; the defaults accept what SR OS and ``openssl cmp`` send (the ``compat`` policy).

    ``strict``: hold every client to the profile of RFC 9483 as well. ``accept_null_sender``: SR OS leaves the sender of
    a password-protected ir empty (leaf always-set-sender-for-ir). ``implicit_confirm``: grant it when asked for.
    ``accept_sha1``: in signatures, not in MACs. ``confirm_within``: a certificate that is not confirmed by then, in lab
    time, is revoked.
    """

    strict: bool = False
    accept_null_sender: bool = True
    implicit_confirm: bool = True
    accept_sha1: bool = False
    min_rsa_bits: int = 2048
    max_rsa_bits: int = 8192
    min_nonce_bytes: int = 16
    confirm_within: datetime.timedelta = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Registration:
    """The identity that the requester has proven: from an enrolment code, or from its present certificate."""

    subject: x509.Name
    sans: AlternativeNames


@dataclass(frozen=True, slots=True)
class Grant:
    """What will be certified. ``modified`` when the request asked for more than that.

    ``opened_by`` is the reference of the code that let a requester with a certificate have other names.
    """

    subject: x509.Name
    sans: AlternativeNames
    key: CertifiedKey
    modified: bool
    opened_by: str = ""


def check_key(policy: Policy, contents_key: bytes | None) -> CertifiedKey:
    """Return the key asked for. Raises Refusal."""
    if contents_key is None:
        raise Refusal(FailInfo.BAD_CERT_TEMPLATE, "the request has no public key")
    try:
        key: PublicKeyTypes = serialization.load_der_public_key(contents_key)
    except (ValueError, UnsupportedAlgorithm):
        raise Refusal(FailInfo.BAD_ALG, "the public key cannot be read, or is of an unknown kind") from None
    if isinstance(key, rsa.RSAPublicKey):
        if not policy.min_rsa_bits <= key.key_size <= policy.max_rsa_bits:
            raise Refusal(
                FailInfo.BAD_ALG, f"an RSA key must have {policy.min_rsa_bits} to {policy.max_rsa_bits} bits"
            )
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    raise Refusal(FailInfo.BAD_ALG, "the key must be RSA, ECDSA on P-256, P-384 or P-521, or Ed25519")


def check_possession(policy: Policy, request: CertificateRequest, key: CertifiedKey) -> None:
    """Check that the requester has the private key (RFC 4211 section 4.1, RFC 2986 section 4.2). Raises Refusal."""
    proof = request.proof()
    if not signature_is_right(key, proof.algorithm, proof.covers, proof.signature, accept_sha1=policy.accept_sha1):
        raise Refusal(FailInfo.BAD_POP, "the proof of possession is wrong")


def _check_extensions(extensions: x509.Extensions, key: CertifiedKey) -> None:
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints) and (value.ca or value.path_length is not None):
            raise Refusal(FailInfo.BAD_CERT_TEMPLATE, "a router cannot have a CA certificate")
        if isinstance(value, x509.KeyUsage) and (value.key_cert_sign or value.crl_sign):
            raise Refusal(FailInfo.BAD_CERT_TEMPLATE, "a router cannot sign certificates or CRLs")
        if isinstance(value, x509.KeyUsage) and value.key_agreement and not isinstance(key, ec.EllipticCurvePublicKey):
            # RFC 3279 section 2.3.1, RFC 8410 section 5.
            raise Refusal(FailInfo.BAD_CERT_TEMPLATE, "a key of this kind cannot agree on keys")


def _requested_names(request: CertificateRequest, key: CertifiedKey) -> AlternativeNames | None:
    try:
        extensions = request.contents.extensions()
        _check_extensions(extensions, key)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise Refusal(FailInfo.BAD_CERT_TEMPLATE, "the extensions asked for cannot be read") from None
    try:
        return alternative_names(extensions)
    except ValueError as error:
        raise Refusal(FailInfo.NOT_AUTHORIZED, f"{error} is not registered for this requester") from None


def decide(policy: Policy, kind: BodyKind, request: CertificateRequest, registration: Registration) -> Grant:
    """Return what may be certified for this requester. Raises Refusal.

    An ir or p10cr gets the names it asks for, within the registration. A cr or kur that names none keeps those of the
    present certificate: SR OS's key-update has no input for them.
    """
    key = check_key(policy, request.contents.public_key_der)
    check_possession(policy, request, key)
    subject, sans = request.contents.subject, _requested_names(request, key)
    if kind in (BodyKind.CR, BodyKind.KUR):
        subject = registration.subject if subject is None else subject
        sans = registration.sans if sans is None else sans
    if subject is None or not list(subject):
        raise Refusal(FailInfo.BAD_CERT_TEMPLATE, "the request has no subject")
    if not same_name(subject, registration.subject):
        raise Refusal(FailInfo.NOT_AUTHORIZED, "the subject asked for is not the registered one")
    sans = sans or AlternativeNames()
    if not sans.is_within(registration.sans):
        raise Refusal(FailInfo.NOT_AUTHORIZED, "a subject alternative name asked for is not registered")
    return Grant(subject, sans, key, modified=request.has_validity)
