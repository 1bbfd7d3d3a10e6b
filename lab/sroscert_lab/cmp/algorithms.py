"""Names of hashes and the object identifiers that stand for them. Owns the look-up, not what is done with them.

RFC 9481 section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives import hashes

from . import asn1
from .status import FailInfo, Refusal

NULL = b"\x05\x00"
HASHES: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
DIGESTS: Mapping[str, str] = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


def oid_for(table: Mapping[str, str], name: str) -> str:
    """Return the identifier under which a table has a hash. Raises ValueError (md5 is in none)."""
    for oid, known in table.items():
        if known == name:
            return oid
    raise ValueError(f"the hash {name!r} is not supported")


def hash_by_name(name: str) -> hashes.HashAlgorithm:
    """Return the hash for an SR OS hash-algorithm value. Raises ValueError (md5 is not supported)."""
    if name not in HASHES:
        raise ValueError(f"the hash {name!r} is not supported")
    return HASHES[name]()


def hash_by_algorithm(identifier: bytes) -> hashes.HashAlgorithm:
    """Return the hash that an AlgorithmIdentifier of a hash names. Raises Refusal badAlg."""
    return HASHES[known(DIGESTS, identifier)]()


def known(table: Mapping[str, str], identifier: bytes) -> str:
    """Return what a table says of an AlgorithmIdentifier, whose parameters are absent or NULL. Raises Refusal."""
    try:
        elements = asn1.children(identifier)
        name = table.get(asn1.object_identifier(elements[0]))
    except (ValueError, IndexError):
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "an algorithm identifier cannot be read") from None
    if name is None or (len(elements) > 1 and elements[1:] != [NULL]):
        raise Refusal(FailInfo.BAD_ALG, "the algorithm is not supported")
    return name
