"""General messages: what a client may ask the CA about itself, and the answers (RFC 4210 section 5.3.19 and 5.3.20).

Owns the information types of RFC 9810 sections 5.3.19.14 to 5.3.19.17, as RFC 9483 section 4.3 uses them. Pure:
who asks, and what the CA knows, come in as values.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509

from . import asn1
from .messages import extension_der
from .policy import Policy, Registration
from .status import BodyKind, FailInfo, Refusal

_IT = "1.3.6.1.5.5.7.4."
CA_CERTS = _IT + "17"
ROOT_CA_KEY_UPDATE = _IT + "18"
CERT_REQ_TEMPLATE = _IT + "19"
ROOT_CA_CERT = _IT + "20"
CRL_STATUS_LIST = _IT + "22"
CRLS = _IT + "23"
_ALG_ID = "1.3.6.1.5.5.7.5.1.11"
_RSA_KEY_LENGTH = "1.3.6.1.5.5.7.5.1.12"
_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
_GENERALIZED_TIME = 0x18
_P256 = "1.2.840.10045.3.1.7"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the CA can tell: its certificate, its present CRL (both DER), and who is asking when that is known."""

    certificate: bytes
    crl: bytes
    policy: Policy
    registration: Registration | None


Answer = Callable[[Knowledge, bytes | None], bytes]


def _item(oid: str, value: bytes | None = None) -> bytes:
    """Return an InfoTypeAndValue."""
    return asn1.wrap(asn1.SEQUENCE, asn1.encode(x509.ObjectIdentifier(oid)) + (value or b""))


def read_items(body: bytes, *, exactly_one: bool) -> list[tuple[str, bytes | None]]:
    """Return types and values of a GenMsgContent. Raises Refusal.

    RFC 9483 section 4.3 allows exactly one; RFC 4210 section 5.3.19 any number, none meaning "whatever there is".
    """
    try:
        items = []
        for element in asn1.children(body):
            oid, *value = asn1.children(element)
            if len(value) > 1:
                raise ValueError("more than one value")
            items.append((asn1.object_identifier(oid), value[0] if value else None))
    except ValueError:
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the general message cannot be read") from None
    if exactly_one and len(items) != 1:
        raise Refusal(FailInfo.BAD_REQUEST, "a general message must ask for exactly one thing")
    return items


def answer(body: bytes, knowledge: Knowledge, *, exactly_one: bool = False) -> bytes:
    """Return the genp for the content of a genm. Raises Refusal.

    Types that are not known are left out: RFC 4210 section 5.3.20 lets a receiver ignore them.
    """
    items = read_items(body, exactly_one=exactly_one)
    if not items:
        items = [(oid, None) for oid in (CA_CERTS, ROOT_CA_CERT, CERT_REQ_TEMPLATE)]
    answers = [_ANSWERS[oid](knowledge, value) for oid, value in items if oid in _ANSWERS]
    if exactly_one and not answers:
        raise Refusal(FailInfo.BAD_REQUEST, "this CA does not know that kind of information")
    return asn1.wrap(asn1.context(BodyKind.GENP), asn1.wrap(asn1.SEQUENCE, b"".join(answers)))


def _no_value(value: bytes | None) -> None:
    """RFC 9810 sections 5.3.19.14 and 5.3.19.16: the value is absent in the question. NULL is taken for absent."""
    if value not in (None, b"\x05\x00"):
        raise Refusal(FailInfo.BAD_REQUEST, "that question has no value")


def _ca_certs(knowledge: Knowledge, value: bytes | None) -> bytes:
    """RFC 9810 section 5.3.19.14, RFC 9483 section 4.3.1: the certificates of the CA."""
    _no_value(value)
    return _item(CA_CERTS, asn1.wrap(asn1.SEQUENCE, knowledge.certificate))


def _root_update(knowledge: Knowledge, value: bytes | None) -> bytes:
    """RFC 9810 section 5.3.19.15, RFC 9483 section 4.3.2: the present root; no value when the client has it already.

    The lab's CA never changes its key, so there are no link certificates; whoever names another root is told ours.
    """
    if value is None or value == knowledge.certificate:
        return _item(ROOT_CA_KEY_UPDATE)
    try:
        x509.load_der_x509_certificate(value)
    except (ValueError, x509.InvalidVersion):
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the root certificate cannot be read") from None
    return _item(ROOT_CA_KEY_UPDATE, asn1.wrap(asn1.SEQUENCE, knowledge.certificate))


def _request_template(knowledge: Knowledge, value: bytes | None) -> bytes:
    """RFC 9810 section 5.3.19.16, RFC 9483 section 4.3.3: names as registered, and the keys that are taken."""
    _no_value(value)
    if knowledge.registration is None:
        return _item(CERT_REQ_TEMPLATE)
    names = knowledge.registration.sans
    template = asn1.CertTemplate(
        subject=asn1.parts(knowledge.registration.subject.public_bytes()),
        extensions=[asn1.tlv(extension_der(names.as_extension()))] if names else None,
    )
    curve = asn1.algorithm(_EC_PUBLIC_KEY, asn1.encode(x509.ObjectIdentifier(_P256)))
    keys = _item(_RSA_KEY_LENGTH, asn1.encode(knowledge.policy.min_rsa_bits)) + _item(_ALG_ID, curve)
    content = asn1.encode(template) + asn1.wrap(asn1.SEQUENCE, keys)
    return _item(CERT_REQ_TEMPLATE, asn1.wrap(asn1.SEQUENCE, content))


def _crl_update(knowledge: Knowledge, value: bytes | None) -> bytes:
    """RFC 9810 section 5.3.19.17, RFC 9483 section 4.3.4: the CRL, without a value when the client's is as new."""
    if value is None:
        raise Refusal(FailInfo.BAD_REQUEST, "a question for CRLs must say which")
    crl = x509.load_der_x509_crl(knowledge.crl)
    names = _names_of(crl)
    try:
        asked = [_crl_status(element) for element in asn1.children(value)]
    except ValueError:
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the list of CRLs cannot be read") from None
    ours = [since for source, since in asked if source in names]
    if not ours:
        raise Refusal(FailInfo.BAD_REQUEST, "none of these CRLs is this CA's")
    if all(since is not None and since >= crl.last_update_utc for since in ours):
        return _item(CRLS)
    return _item(CRLS, asn1.wrap(asn1.SEQUENCE, knowledge.crl))


def _names_of(crl: x509.CertificateRevocationList) -> set[bytes]:
    """Return the CRLSource values that mean this CRL: its issuer's name, either way; or its distribution point."""
    general = asn1.wrap(asn1.context(4), crl.issuer.public_bytes())
    sources = {asn1.wrap(asn1.context(1), asn1.wrap(asn1.SEQUENCE, general)), asn1.wrap(asn1.context(1), general)}
    full_name = asn1.wrap(asn1.context(0), general)
    return sources | {asn1.wrap(asn1.context(0), full_name)}


def _crl_status(element: bytes) -> tuple[bytes, datetime.datetime | None]:
    """Return CRLSource and thisUpdate of a CRLStatus. Raises ValueError."""
    source, *rest = asn1.children(element)
    if not rest:
        return source, None
    if len(rest) > 1:
        raise ValueError("too many elements")
    if rest[0][0] == _GENERALIZED_TIME:
        return source, asn1.decode(asn1.GeneralizedTime, rest[0]).as_datetime()
    return source, asn1.decode(asn1.UTCTime, rest[0]).as_datetime()


_ANSWERS: dict[str, Answer] = {
    CA_CERTS: _ca_certs,
    ROOT_CA_CERT: _root_update,
    ROOT_CA_KEY_UPDATE: _root_update,
    CERT_REQ_TEMPLATE: _request_template,
    CRL_STATUS_LIST: _crl_update,
}
