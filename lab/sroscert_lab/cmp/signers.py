"""Whose certificate checks an answer that brings it along (`response-signing-use-extracert` of SR OS 22.10).

Owns the choice among extraCerts: by the profile's `signing-cert-subject`, or else by the sender of the answer (MIB).
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from .messages import Message
from .names import parse_dn, read_name, same_name
from .status import Refusal


class UnknownSigner(Exception):
    """No enclosed certificate will do. The text is for the router's status."""


def enclosed_signer(answer: Message, authority: x509.Certificate, subject: str) -> x509.Certificate:
    """Return the certificate among an answer's extraCerts that its signature is checked with. Raises UnknownSigner.

    ASSUMPTION: it must be the CA's own or one that the CA has issued; nothing else would make it worth more than the
    answer itself.
    """
    try:
        wanted = parse_dn(subject) if subject else read_name(answer.sender_name)
    except (ValueError, Refusal) as error:
        raise UnknownSigner(f"the signer of the answer has no name: {error}") from error
    for certificate in _enclosed(answer):
        if _is_named(certificate, wanted, whole=not subject) and _is_trusted(certificate, authority):
            return certificate
    raise UnknownSigner("the answer of the CMP server brings no certificate of its signer that the CA has issued")


def _enclosed(answer: Message) -> Iterator[x509.Certificate]:
    for der in answer.extra_certs:
        try:
            yield x509.load_der_x509_certificate(der)
        except ValueError:
            continue


def _is_named(certificate: x509.Certificate, wanted: x509.Name, *, whole: bool) -> bool:
    """Whether a certificate has this subject, or for configured attributes at least those ("attributes", YANG)."""
    try:
        if whole:
            return same_name(certificate.subject, wanted)
        return {(item.oid, item.value) for item in wanted} <= {(item.oid, item.value) for item in certificate.subject}
    except ValueError:
        return False


def _is_trusted(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    if certificate == authority:
        return True
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
