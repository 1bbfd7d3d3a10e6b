"""Protection of CMP messages: password-based MAC and signatures, made and checked.

RFC 4210 sections 5.1.3.1 and 5.1.3.3, algorithms of RFC 9481. Owns the cryptography; who may use which secret or key is
decided elsewhere.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from . import asn1, pss
from .status import FailInfo, Refusal

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
"""The kinds of private key that the lab's CA and routers sign with."""

PBM = "1.2.840.113533.7.66.13"
MIN_ITERATIONS = 100
MAX_ITERATIONS = 100_000
"""RFC 4211 section 4.4 asks for at least 100; the upper bound keeps a stranger from buying our CPU time."""

HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_OWF = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_MAC = {
    "1.2.840.113549.2.7": "sha1",
    "1.3.6.1.5.5.8.1.2": "sha1",
    "1.2.840.113549.2.8": "sha224",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
_RSA = {
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
_ECDSA = {
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
_ED25519 = "1.3.101.112"
_NULL = b"\x05\x00"


def _oid_for(table: dict[str, str], name: str) -> str:
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
    return HASHES[_known(_OWF, identifier)]()


def _known(table: dict[str, str], identifier: bytes) -> str:
    try:
        elements = asn1.children(identifier)
        name = table.get(asn1.object_identifier(elements[0]))
    except (ValueError, IndexError):
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "an algorithm identifier cannot be read") from None
    if name is None or (len(elements) > 1 and elements[1:] != [_NULL]):
        raise Refusal(FailInfo.BAD_ALG, "the algorithm is not supported")
    return name


class Protector(Protocol):
    """Whoever can protect an outgoing message."""

    @property
    def key_id(self) -> bytes | None:
        """The senderKID that tells the peer which secret or certificate to check with."""

    def algorithm(self) -> bytes:
        """Return the AlgorithmIdentifier for the header; what ``protect`` then uses."""

    def protect(self, data: bytes) -> bytes:
        """Return the protection bits over the DER of header and body."""


@dataclass(frozen=True, slots=True)
class MacParameters:
    """The parameters of one password-based MAC; the two algorithms keep the DER they came in."""

    owf: bytes
    mac: bytes
    iterations: int
    salt: bytes

    @classmethod
    def fresh(cls, hash_name: str, iterations: int) -> MacParameters:
        """Return parameters with a new salt, one hash used for key and MAC. Raises ValueError."""
        owf = asn1.algorithm(_oid_for(_OWF, hash_name))
        mac = asn1.algorithm(_oid_for(_MAC, hash_name), _NULL)
        return cls(owf, mac, iterations, secrets.token_bytes(16))

    def resalted(self) -> MacParameters:
        """Return the same parameters with a new salt: what a response to a MACed request uses."""
        return MacParameters(self.owf, self.mac, self.iterations, secrets.token_bytes(16))

    def algorithm(self) -> bytes:
        """Return the AlgorithmIdentifier that carries these parameters."""
        parameter = asn1.PBMParameter(
            salt=self.salt, owf=asn1.parts(self.owf), iteration_count=self.iterations, mac=asn1.parts(self.mac)
        )
        return asn1.algorithm(PBM, asn1.encode(parameter))

    def compute(self, secret: bytes, data: bytes) -> bytes:
        """Return the MAC of RFC 4210 section 5.1.3.1. Raises Refusal badAlg."""
        owf, mac = HASHES[_known(_OWF, self.owf)], HASHES[_known(_MAC, self.mac)]()
        key = secret + self.salt
        for _ in range(self.iterations):
            digest = hashes.Hash(owf())
            digest.update(key)
            key = digest.finalize()
        return hmac.digest(key, data, mac.name)


def mac_parameters(identifier: bytes) -> MacParameters | None:
    """Return the parameters of a password-based MAC, or None for any other algorithm. Raises Refusal."""
    try:
        oid, *rest = asn1.children(identifier)
        if asn1.object_identifier(oid) != PBM:
            return None
        parameter = asn1.decode(asn1.PBMParameter, b"".join(rest))
        owf, mac = asn1.join(parameter.owf), asn1.join(parameter.mac)
    except ValueError:
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the protection algorithm cannot be read") from None
    if not MIN_ITERATIONS <= parameter.iteration_count <= MAX_ITERATIONS:
        raise Refusal(
            FailInfo.BAD_ALG, f"the iteration count must be between {MIN_ITERATIONS} and {MAX_ITERATIONS}"
        )
    _known(_OWF, owf)
    _known(_MAC, mac)
    return MacParameters(owf, mac, parameter.iteration_count, parameter.salt)


def mac_is_right(parameters: MacParameters, secret: bytes, data: bytes, protection: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(parameters.compute(secret, data), protection)


@dataclass(frozen=True, slots=True)
class MacProtector:
    """Protects with a shared secret; ``reference`` is the senderKID."""

    reference: bytes
    parameters: MacParameters
    secret: bytes = field(repr=False)

    @property
    def key_id(self) -> bytes:
        """The reference."""
        return self.reference

    def algorithm(self) -> bytes:
        """Return the AlgorithmIdentifier with this protector's salt."""
        return self.parameters.algorithm()

    def protect(self, data: bytes) -> bytes:
        """Return the MAC."""
        return self.parameters.compute(self.secret, data)


@dataclass(frozen=True, slots=True)
class SignatureProtector:
    """Protects with a private key; ``key_id`` is the subject key identifier of its certificate."""

    key: SigningKey = field(repr=False)
    key_id: bytes | None
    hash_name: str = "sha256"

    def algorithm(self) -> bytes:
        """Return the AlgorithmIdentifier of the signature. Raises ValueError for an unsupported hash."""
        return signature_algorithm(self.key, self.hash_name)

    def protect(self, data: bytes) -> bytes:
        """Return the signature."""
        return sign(self.key, self.hash_name, data)


def signature_algorithm(key: SigningKey, hash_name: str) -> bytes:
    """Return the AlgorithmIdentifier for signatures of this key (RFC 9481 section 3). Raises ValueError."""
    if isinstance(key, rsa.RSAPrivateKey):
        return asn1.algorithm(_oid_for(_RSA, hash_name), _NULL)
    return asn1.algorithm(_oid_for(_ECDSA, hash_name))


def sign(key: SigningKey, hash_name: str, data: bytes) -> bytes:
    """Return the RSA PKCS#1 v1.5 or ECDSA signature. Raises ValueError."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hash_by_name(hash_name))
    return key.sign(data, ec.ECDSA(hash_by_name(hash_name)))


def signature_is_right(
    key: PublicKeyTypes, identifier: bytes, data: bytes, signature: bytes, *, accept_sha1: bool
) -> bool:
    """Check a signature. Raises Refusal badAlg for algorithms that are unknown, or SHA-1 unless accepted."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            name, scheme = _rsa_scheme(identifier)
            key.verify(signature, data, scheme, _allowed(name, accept_sha1=accept_sha1))
        elif isinstance(key, ec.EllipticCurvePublicKey):
            name = _known(_ECDSA, identifier)
            key.verify(signature, data, ec.ECDSA(_allowed(name, accept_sha1=accept_sha1)))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            _check_eddsa(identifier)
            key.verify(signature, data)
        else:
            raise Refusal(FailInfo.BAD_ALG, "the kind of key is not supported")
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _allowed(name: str, *, accept_sha1: bool) -> hashes.HashAlgorithm:
    if name == "sha1" and not accept_sha1:
        raise Refusal(FailInfo.BAD_ALG, "signatures with SHA-1 are refused; use sha256")
    return HASHES[name]()


def _rsa_scheme(identifier: bytes) -> tuple[str, AsymmetricPadding]:
    """Return hash and padding: PKCS #1 version 1.5, or PSS (RFC 9481 section 3.1)."""
    if not pss.is_pss(identifier):
        return _known(_RSA, identifier), padding.PKCS1v15()
    name, salt = pss.read(identifier, lambda algorithm: _known(_OWF, algorithm))
    return name, padding.PSS(padding.MGF1(HASHES[name]()), salt)


def _check_eddsa(identifier: bytes) -> None:
    """RFC 9481 section 3.3, RFC 8410 section 3: Ed25519 has no parameters."""
    if identifier != asn1.algorithm(_ED25519):
        raise Refusal(FailInfo.BAD_ALG, "an Ed25519 key makes Ed25519 signatures only")
