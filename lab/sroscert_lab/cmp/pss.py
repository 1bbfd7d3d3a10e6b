"""The parameters of RSASSA-PSS (RFC 4055 section 3.1, RFC 9481 section 3.1), read and written."""

from __future__ import annotations

from collections.abc import Callable

from . import asn1
from .algorithms import NULL
from .status import FailInfo, Refusal

PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"
_MAX_SALT = 64


def algorithm(hash_oid: str, salt: int) -> bytes:
    """Return the AlgorithmIdentifier of RSASSA-PSS with this hash, its mask and a salt of so many bytes."""
    digest = asn1.algorithm(hash_oid, NULL)
    fields = (digest, asn1.algorithm(_MGF1, digest), asn1.encode(salt))
    content = b"".join(asn1.wrap(asn1.context(number), field) for number, field in enumerate(fields))
    return asn1.algorithm(PSS, asn1.wrap(asn1.SEQUENCE, content))


def is_pss(identifier: bytes) -> bool:
    """Tell whether an AlgorithmIdentifier is that of RSASSA-PSS. False also when it cannot be read."""
    try:
        return asn1.object_identifier(asn1.children(identifier)[0]) == PSS
    except (ValueError, IndexError):
        return False


def read(identifier: bytes, hash_name: Callable[[bytes], str]) -> tuple[str, int]:
    """Return hash and salt length; ``hash_name`` knows the hashes. Raises Refusal.

    A parameter that is absent stands for SHA-1 (RFC 4055). The mask must use the hash of the message (RFC 9481).
    """
    try:
        fields = {item[0]: asn1.content_of(item) for item in asn1.children(asn1.children(identifier)[1])}
        if asn1.context(0) not in fields or asn1.context(1) not in fields:
            raise Refusal(FailInfo.BAD_ALG, "signatures with SHA-1 are refused; use sha256")
        function, mask_hash = asn1.children(fields[asn1.context(1)])
        known = asn1.object_identifier(function)
        name, mask = hash_name(fields[asn1.context(0)]), hash_name(mask_hash)
        salt = asn1.decode(int, fields.get(asn1.context(2), asn1.encode(20)))
        trailer = asn1.decode(int, fields.get(asn1.context(3), asn1.encode(1)))
    except (ValueError, IndexError):
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the parameters of RSASSA-PSS cannot be read") from None
    if known != _MGF1 or mask != name or not 0 <= salt <= _MAX_SALT or trailer != 1:
        raise Refusal(FailInfo.BAD_ALG, "these parameters of RSASSA-PSS are not supported")
    return name, salt
