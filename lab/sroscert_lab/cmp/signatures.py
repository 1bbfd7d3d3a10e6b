"""Signatures: RSA with PKCS #1 version 1.5 and PSS, ECDSA and Ed25519, made and checked.

RFC 4210 section 5.1.3.3, algorithms of RFC 9481 section 3. Owns the cryptography; whose signature counts is decided
elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from . import asn1, pss
from .algorithms import DIGESTS, HASHES, NULL, hash_by_name, known, oid_for
from .status import FailInfo, Refusal

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
"""The kinds of private key that the lab's CA and routers sign with."""
SIGNING_KEYS = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
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


@dataclass(frozen=True, slots=True)
class SignatureProtector:
    """Protects with a private key; ``key_id`` is the subject key identifier of its certificate.

    ``with_pss`` makes an RSA key sign by RSASSA-PSS.
    """

    key: SigningKey = field(repr=False)
    key_id: bytes | None
    hash_name: str = "sha256"
    with_pss: bool = False

    def algorithm(self) -> bytes:
        """Return the AlgorithmIdentifier of the signature. Raises ValueError for an unsupported hash."""
        return signature_algorithm(self.key, self.hash_name, with_pss=self.with_pss)

    def protect(self, data: bytes) -> bytes:
        """Return the signature."""
        return sign(self.key, self.hash_name, data, with_pss=self.with_pss)


def signature_algorithm(key: SigningKey, hash_name: str, *, with_pss: bool = False) -> bytes:
    """Return the AlgorithmIdentifier for signatures of this key (RFC 9481 section 3). Raises ValueError."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return asn1.algorithm(_ED25519)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return asn1.algorithm(oid_for(_ECDSA, hash_name))
    if with_pss:
        return pss.algorithm(oid_for(DIGESTS, hash_name), hash_by_name(hash_name).digest_size)
    return asn1.algorithm(oid_for(_RSA, hash_name), NULL)


def sign(key: SigningKey, hash_name: str, data: bytes, *, with_pss: bool = False) -> bytes:
    """Return the signature; an Ed25519 key has its own hash. Raises ValueError."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hash_by_name(hash_name)))
    return key.sign(data, pss_padding(hash_name) if with_pss else padding.PKCS1v15(), hash_by_name(hash_name))


def pss_padding(hash_name: str) -> padding.PSS:
    """Return the padding that RFC 9481 section 3.1 asks for: the mask of the same hash, a salt of its size."""
    digest = hash_by_name(hash_name)
    return padding.PSS(padding.MGF1(digest), digest.digest_size)


def signature_is_right(
    key: PublicKeyTypes, identifier: bytes, data: bytes, signature: bytes, *, accept_sha1: bool
) -> bool:
    """Check a signature. Raises Refusal badAlg for algorithms that are unknown, or SHA-1 unless accepted."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            name, scheme = _rsa_scheme(identifier)
            key.verify(signature, data, scheme, _allowed(name, accept_sha1=accept_sha1))
        elif isinstance(key, ec.EllipticCurvePublicKey):
            name = known(_ECDSA, identifier)
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
        return known(_RSA, identifier), padding.PKCS1v15()
    name, salt = pss.read(identifier, lambda algorithm: known(DIGESTS, algorithm))
    return name, padding.PSS(padding.MGF1(HASHES[name]()), salt)


def _check_eddsa(identifier: bytes) -> None:
    """RFC 9481 section 3.3, RFC 8410 section 3: Ed25519 has no parameters."""
    if identifier != asn1.algorithm(_ED25519):
        raise Refusal(FailInfo.BAD_ALG, "an Ed25519 key makes Ed25519 signatures only")
