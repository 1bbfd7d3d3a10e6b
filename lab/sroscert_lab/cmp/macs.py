"""MACs under a shared secret: the password-based MAC of RFC 4210 and PBMAC1, made and checked.

RFC 4210 section 5.1.3.1, RFC 8018 appendix A.5, RFC 9481 section 6.1. Owns the cryptography; who may use which secret
is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, replace

from . import asn1
from .algorithms import DIGESTS, NULL, known, oid_for
from .status import FailInfo, Refusal

PBM = "1.2.840.113533.7.66.13"
PBMAC1 = "1.2.840.113549.1.5.14"
_PBKDF2 = "1.2.840.113549.1.5.12"
MIN_ITERATIONS = 100
"""RFC 4211 section 4.4 asks for at least 100."""
MIN_PBKDF2_ITERATIONS = 1000
"""RFC 8018 section 4.2 asks for at least 1000."""
MAX_ITERATIONS = 100_000
"""Keeps a stranger from buying our CPU time."""
_KEY_BYTES = range(20, 65)
"""For PBMAC1: from SHA-1's size, the least that is taken, to SHA-512's, beyond which nothing is won."""
_MAX_SALT = 1024
_SALT_BYTES = 16
_MACS = {
    "1.2.840.113549.2.7": "sha1",
    "1.3.6.1.5.5.8.1.2": "sha1",
    "1.2.840.113549.2.8": "sha224",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
_HMAC_SHA1 = asn1.algorithm("1.2.840.113549.2.7", NULL)


def fresh_salt() -> bytes:
    """Return a new salt."""
    return secrets.token_bytes(_SALT_BYTES)


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
        owf = asn1.algorithm(oid_for(DIGESTS, hash_name))
        return cls(owf, asn1.algorithm(oid_for(_MACS, hash_name), NULL), iterations, fresh_salt())

    def resalted(self) -> MacParameters:
        """Return the same parameters with a new salt: what a response to a MACed request uses."""
        return replace(self, salt=fresh_salt())

    def algorithm(self) -> bytes:
        """Return the AlgorithmIdentifier that carries these parameters."""
        parameter = asn1.PBMParameter(
            salt=self.salt, owf=asn1.parts(self.owf), iteration_count=self.iterations, mac=asn1.parts(self.mac)
        )
        return asn1.algorithm(PBM, asn1.encode(parameter))

    def compute(self, secret: bytes, data: bytes) -> bytes:
        """Return the MAC of RFC 4210 section 5.1.3.1. Raises Refusal badAlg."""
        digest = getattr(hashlib, known(DIGESTS, self.owf))
        key = secret + self.salt
        for _ in range(self.iterations):
            key = digest(key).digest()
        return hmac.digest(key, data, known(_MACS, self.mac))


@dataclass(frozen=True, slots=True)
class PBMAC1Parameters:
    """The parameters of one PBMAC1: PBKDF2 and an HMAC; the two algorithms keep the DER they came in."""

    prf: bytes
    mac: bytes
    iterations: int
    salt: bytes
    key_bytes: int

    @classmethod
    def fresh(cls, hash_name: str, iterations: int) -> PBMAC1Parameters:
        """Return parameters with a new salt, one hash used for key and MAC. Raises ValueError."""
        mac = asn1.algorithm(oid_for(_MACS, hash_name), NULL)
        return cls(mac, mac, iterations, fresh_salt(), hashlib.new(hash_name).digest_size)

    def resalted(self) -> PBMAC1Parameters:
        """Return the same parameters with a new salt: what a response to a MACed request uses."""
        return replace(self, salt=fresh_salt())

    def algorithm(self) -> bytes:
        """Return the AlgorithmIdentifier that carries these parameters; in DER, a default prf is left out."""
        numbers = asn1.encode(self.iterations) + asn1.encode(self.key_bytes)
        prf = b"" if self.prf == _HMAC_SHA1 else self.prf
        derivation = asn1.wrap(asn1.SEQUENCE, asn1.wrap(asn1.OCTET_STRING, self.salt) + numbers + prf)
        return asn1.algorithm(PBMAC1, asn1.wrap(asn1.SEQUENCE, asn1.algorithm(_PBKDF2, derivation) + self.mac))

    def compute(self, secret: bytes, data: bytes) -> bytes:
        """Return the MAC of RFC 8018 section 7.1. Raises Refusal badAlg."""
        key = hashlib.pbkdf2_hmac(known(_MACS, self.prf), secret, self.salt, self.iterations, self.key_bytes)
        return hmac.digest(key, data, known(_MACS, self.mac))


Parameters = MacParameters | PBMAC1Parameters


def mac_parameters(identifier: bytes) -> Parameters | None:
    """Return the parameters of a MAC under a shared secret, or None for any other algorithm. Raises Refusal."""
    try:
        oid, *rest = asn1.children(identifier)
        name = asn1.object_identifier(oid)
        if name not in (PBM, PBMAC1):
            return None
        parameters = _read_pbm(b"".join(rest)) if name == PBM else _read_pbmac1(b"".join(rest))
    except ValueError:
        raise Refusal(FailInfo.BAD_DATA_FORMAT, "the protection algorithm cannot be read") from None
    least = MIN_ITERATIONS if name == PBM else MIN_PBKDF2_ITERATIONS
    if not least <= parameters.iterations <= MAX_ITERATIONS:
        raise Refusal(FailInfo.BAD_ALG, f"the iteration count must be between {least} and {MAX_ITERATIONS}")
    if len(parameters.salt) > _MAX_SALT:
        raise Refusal(FailInfo.BAD_ALG, f"the salt has more than {_MAX_SALT} bytes")
    return parameters


def _read_pbm(der: bytes) -> MacParameters:
    parameter = asn1.decode(asn1.PBMParameter, der)
    owf, mac = asn1.join(parameter.owf), asn1.join(parameter.mac)
    known(DIGESTS, owf)
    known(_MACS, mac)
    return MacParameters(owf, mac, parameter.iteration_count, parameter.salt)


def _read_pbmac1(der: bytes) -> PBMAC1Parameters:
    """Read PBMAC1-params. Raises ValueError, Refusal.

    RFC 8018 leaves the length of the key out where it is known otherwise. That of an HMAC is not, hence RFC 9579 wants
    it there, and so do we.
    """
    derivation, mac = asn1.children(der)
    function, parameters = asn1.children(derivation)
    if asn1.object_identifier(function) != _PBKDF2:
        raise Refusal(FailInfo.BAD_ALG, "the key of a PBMAC1 must be derived by PBKDF2")
    salt, iterations, *rest = asn1.children(parameters)
    if salt[0] != asn1.OCTET_STRING or len(rest) > 2:
        raise ValueError("not the parameters of PBKDF2")
    if not rest or rest[0][0] != asn1.INTEGER:
        raise Refusal(FailInfo.BAD_ALG, "the key length of a PBMAC1 must be said")
    prf = rest[1] if len(rest) == 2 else _HMAC_SHA1
    key_bytes = asn1.decode(int, rest[0])
    known(_MACS, prf)
    known(_MACS, mac)
    if key_bytes not in _KEY_BYTES:
        raise Refusal(FailInfo.BAD_ALG, "the key length of a PBMAC1 must be 20 to 64 bytes")
    return PBMAC1Parameters(prf, mac, asn1.decode(int, iterations), asn1.content_of(salt), key_bytes)


def mac_is_right(parameters: Parameters, secret: bytes, data: bytes, protection: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(parameters.compute(secret, data), protection)


@dataclass(frozen=True, slots=True)
class MacProtector:
    """Protects with a shared secret; ``reference`` is the senderKID."""

    reference: bytes
    parameters: Parameters
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
