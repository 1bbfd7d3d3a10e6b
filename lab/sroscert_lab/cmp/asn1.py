"""The DER of CMP and CRMF: structures for encoding and decoding, and raw slices of what was received.

Protection, proof of possession and names are checked over the bytes that arrived, never over a re-encoding; hence the
slicer. Owns syntax only. ``cryptography.hazmat.asn1`` is declared unstable by its authors; this is the only module that
uses it. Its limits shape the classes: an optional ANY is not expressible, so an AlgorithmIdentifier is a list of TLVs.

RFC 4210 appendix F (explicit tags) and RFC 4211 appendix B (implicit tags).
"""

from __future__ import annotations

from typing import Annotated as A  # noqa: N817 - it stands in nearly every field

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.asn1 import TLV, BitString, Explicit, GeneralizedTime, Implicit, UTCTime

__all__ = [
    "INTEGER", "MAX_ELEMENTS", "NULL_DN", "OCTET_STRING", "SEQUENCE", "TLV", "BitString", "CertRepMessage",
    "CertRequest", "CertResponse", "CertStatus", "CertTemplate", "CertifiedKeyPair", "ErrorContent",
    "GeneralizedTime", "PBMParameter", "PKIHeader", "PKIMessage", "PKIStatusInfo", "PollRepEntry", "PublicKeyInfo",
    "RevDetails", "UTCTime", "algorithm", "bit_string", "bits_of", "children", "content_of", "context", "decode",
    "encode", "join", "object_identifier", "parts", "raw", "split", "tlv", "wrap",
]

SEQUENCE = 0x30
INTEGER = 0x02
OCTET_STRING = 0x04
NULL_DN = b"\x30\x00"
MAX_ELEMENTS = 256


def context(number: int) -> int:
    """Return the tag byte of a constructed, context-specific element."""
    return 0xA0 | number


def wrap(tag: int, content: bytes) -> bytes:
    """Return the DER element with this one-byte tag and this content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _element_end(data: bytes, start: int) -> tuple[int, int]:
    """Return where the content of the element at ``start`` begins and ends. Raises ValueError."""
    if start + 2 > len(data):
        raise ValueError("truncated element")
    if data[start] & 0x1F == 0x1F:
        raise ValueError("multi-byte tag")
    first = data[start + 1]
    if first < 0x80:
        begin, size = start + 2, first
    else:
        count = first & 0x7F
        if not 1 <= count <= 4 or start + 2 + count > len(data):
            raise ValueError("bad length")
        begin = start + 2 + count
        size = int.from_bytes(data[start + 2 : begin], "big")
        if size < 0x80 or data[start + 2] == 0:
            raise ValueError("length is not minimal")
    if begin + size > len(data):
        raise ValueError("truncated element")
    return begin, begin + size


def content_of(element: bytes) -> bytes:
    """Return the content of one complete element. Raises ValueError when it is not exactly one element."""
    begin, end = _element_end(element, 0)
    if end != len(element):
        raise ValueError("trailing bytes")
    return element[begin:end]


def split(content: bytes) -> list[bytes]:
    """Cut content into the raw elements it consists of. Raises ValueError; at most MAX_ELEMENTS."""
    elements = []
    position = 0
    while position < len(content):
        _, end = _element_end(content, position)
        elements.append(content[position:end])
        position = end
        if len(elements) > MAX_ELEMENTS:
            raise ValueError("too many elements")
    return elements


def children(element: bytes, tag: int = SEQUENCE) -> list[bytes]:
    """Return the raw elements inside a constructed element of the given tag. Raises ValueError."""
    if not element or element[0] != tag:
        raise ValueError(f"expected tag {tag:#04x}")
    return split(content_of(element))


def tlv(element: bytes) -> TLV:
    """Return a DER element in the form that the structures below carry."""
    return asn1.decode_der(TLV, element)


def raw(value: TLV) -> bytes:
    """Return the DER of an element that a structure carried."""
    return asn1.encode_der(value)


def join(values: list[TLV]) -> bytes:
    """Return the SEQUENCE of these elements: an AlgorithmIdentifier, a Name."""
    return wrap(SEQUENCE, b"".join(raw(value) for value in values))


def parts(sequence: bytes) -> list[TLV]:
    """Return the elements of a SEQUENCE in the form that the structures below carry."""
    return [tlv(element) for element in children(sequence)]


def object_identifier(element: bytes) -> str:
    """Return an OBJECT IDENTIFIER element as dotted text. Raises ValueError."""
    return asn1.decode_der(x509.ObjectIdentifier, element).dotted_string


def algorithm(oid: str, parameters: bytes = b"") -> bytes:
    """Return an AlgorithmIdentifier; without ``parameters`` they are absent."""
    return wrap(SEQUENCE, asn1.encode_der(x509.ObjectIdentifier(oid)) + parameters)


def bit_string(bits: set[int]) -> BitString:
    """Return named bits in DER: as short as its highest bit allows (X.690 section 11.2.2)."""
    highest = max(bits)
    octets = bytearray(highest // 8 + 1)
    for bit in bits:
        octets[bit // 8] |= 0x80 >> (bit % 8)
    return BitString(bytes(octets), 7 - highest % 8)


def bits_of(value: BitString | None) -> set[int]:
    """Return the numbers of the bits that are set."""
    if value is None:
        return set()
    octets = value.as_bytes()
    return {bit for bit in range(len(octets) * 8) if octets[bit // 8] & (0x80 >> (bit % 8))}


@asn1.sequence
class PKIHeader:
    """RFC 4210 section 5.1.1."""

    pvno: int
    sender: TLV
    recipient: TLV
    message_time: A[GeneralizedTime | None, Explicit(0)] = None
    protection_alg: A[list[TLV] | None, Explicit(1)] = None
    sender_kid: A[bytes | None, Explicit(2)] = None
    recip_kid: A[bytes | None, Explicit(3)] = None
    transaction_id: A[bytes | None, Explicit(4)] = None
    sender_nonce: A[bytes | None, Explicit(5)] = None
    recip_nonce: A[bytes | None, Explicit(6)] = None
    free_text: A[list[str] | None, Explicit(7)] = None
    general_info: A[list[list[TLV]] | None, Explicit(8)] = None


@asn1.sequence
class PKIMessage:
    """RFC 4210 section 5.1; header and body stay raw because the protection covers their bytes."""

    header: TLV
    body: TLV
    protection: A[BitString | None, Explicit(0)] = None
    extra_certs: A[list[TLV] | None, Explicit(1)] = None


@asn1.sequence
class PBMParameter:
    """RFC 4210 section 5.1.3.1."""

    salt: bytes
    owf: list[TLV]
    iteration_count: int
    mac: list[TLV]


@asn1.sequence
class PublicKeyInfo:
    """SubjectPublicKeyInfo of RFC 5280."""

    algorithm: list[TLV]
    key: BitString


@asn1.sequence
class CertTemplate:
    """RFC 4211 section 5. Names are a CHOICE, hence explicitly tagged even in this implicit module."""

    version: A[int | None, Implicit(0)] = None
    serial_number: A[int | None, Implicit(1)] = None
    signing_alg: A[list[TLV] | None, Implicit(2)] = None
    issuer: A[list[TLV] | None, Explicit(3)] = None
    validity: A[list[TLV] | None, Implicit(4)] = None
    subject: A[list[TLV] | None, Explicit(5)] = None
    public_key: A[PublicKeyInfo | None, Implicit(6)] = None
    issuer_uid: A[BitString | None, Implicit(7)] = None
    subject_uid: A[BitString | None, Implicit(8)] = None
    extensions: A[list[TLV] | None, Implicit(9)] = None


@asn1.sequence
class CertRequest:
    """RFC 4211 section 5."""

    cert_req_id: int
    template: CertTemplate
    controls: list[list[TLV]] | None = None


@asn1.sequence
class PKIStatusInfo:
    """RFC 4210 section 5.2.3."""

    status: int
    status_string: list[str] | None = None
    fail_info: BitString | None = None


@asn1.sequence
class CertifiedKeyPair:
    """RFC 4210 section 5.3.4; the certificate, when in clear, stands in a context tag 0 of its own."""

    cert_or_enc_cert: TLV
    private_key: A[list[TLV] | None, Explicit(0)] = None
    publication_info: A[list[TLV] | None, Explicit(1)] = None


@asn1.sequence
class CertResponse:
    """RFC 4210 section 5.3.4."""

    cert_req_id: int
    status: PKIStatusInfo
    key_pair: CertifiedKeyPair | None = None
    rsp_info: bytes | None = None


@asn1.sequence
class CertRepMessage:
    """RFC 4210 section 5.3.4."""

    ca_pubs: A[list[TLV] | None, Explicit(1)] = None
    response: list[CertResponse]


@asn1.sequence
class CertStatus:
    """RFC 4210 section 5.3.18 with the hash algorithm of RFC 9480."""

    cert_hash: bytes
    cert_req_id: int
    status_info: PKIStatusInfo | None = None
    hash_alg: A[list[TLV] | None, Explicit(0)] = None


@asn1.sequence
class PollRepEntry:
    """RFC 4210 section 5.3.22; ``check_after`` in seconds."""

    cert_req_id: int
    check_after: int
    reason: list[str] | None = None


@asn1.sequence
class RevDetails:
    """RFC 4210 section 5.3.9."""

    details: CertTemplate
    entry: list[TLV] | None = None


@asn1.sequence
class ErrorContent:
    """ErrorMsgContent of RFC 4210 section 5.3.21."""

    status: PKIStatusInfo
    error_code: int | None = None
    error_details: list[str] | None = None


encode = asn1.encode_der
decode = asn1.decode_der
