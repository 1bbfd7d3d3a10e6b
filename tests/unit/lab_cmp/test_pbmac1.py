"""PBMAC1, the MAC with a key by PBKDF2: RFC 8018 appendix A.5, RFC 9481 section 6.1.2, RFC 9579."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import CertificationAuthority, FailInfo, asn1
from sroscert_lab.cmp.macs import (
    PBMAC1,
    MacProtector,
    PBMAC1Parameters,
    mac_is_right,
    mac_parameters,
)
from sroscert_lab.cmp.status import BodyKind, Refusal

from tests.support.cmp_messages import SECRET, body, read, seal

NULL = b"\x05\x00"
SHA1, SHA256 = (asn1.algorithm(f"1.2.840.113549.2.{number}", NULL) for number in (7, 9))
PBKDF2 = "1.2.840.113549.1.5.12"


def identifier(*fields: bytes, function: str = PBKDF2, mac: bytes = SHA256) -> bytes:
    """Return the AlgorithmIdentifier of a PBMAC1 with these fields in its PBKDF2-params."""
    derivation = asn1.algorithm(function, asn1.wrap(asn1.SEQUENCE, b"".join(fields)))
    return asn1.algorithm(PBMAC1, asn1.wrap(asn1.SEQUENCE, derivation + mac))


SALT = asn1.wrap(asn1.OCTET_STRING, b"salt")
COUNT, LENGTH = asn1.encode(4096), asn1.encode(32)


@pytest.mark.clause("RFC 9481 6.1.2 PBMAC1")
@pytest.mark.parametrize("name", ["sha1", "sha224", "sha256", "sha384", "sha512"])
def test_the_mac_is_that_of_rfc_8018(name: str) -> None:
    """Key by PBKDF2, as long as the hash; parameters survive their encoding."""
    parameters = PBMAC1Parameters.fresh(name, 1000)
    key = hashlib.pbkdf2_hmac(name, b"secret", parameters.salt, 1000, hashlib.new(name).digest_size)
    assert parameters.compute(b"secret", b"data") == hmac.digest(key, b"data", name)
    assert mac_parameters(parameters.algorithm()) == parameters
    assert not mac_is_right(parameters, b"other", b"data", hmac.digest(key, b"data", name))


def test_the_default_function_is_hmac_sha1() -> None:
    """RFC 8018 appendix A.2: an absent prf is HMAC-SHA1, and DER leaves that out."""
    parameters = mac_parameters(identifier(SALT, COUNT, LENGTH))
    assert parameters == PBMAC1Parameters(SHA1, SHA256, 4096, b"salt", 32)
    assert parameters.algorithm() == identifier(SALT, COUNT, LENGTH)


@pytest.mark.clause("RFC 8018 4.2 iterations", "RFC 9579 keyLength")
@pytest.mark.parametrize(
    ("algorithm", "fail_info"),
    [
        (identifier(SALT, asn1.encode(999), LENGTH, SHA256), FailInfo.BAD_ALG),
        (identifier(SALT, asn1.encode(100_001), LENGTH, SHA256), FailInfo.BAD_ALG),
        (identifier(SALT, asn1.encode(2**80), LENGTH, SHA256), FailInfo.BAD_ALG),
        (identifier(SALT, COUNT, SHA256), FailInfo.BAD_ALG),
        (identifier(SALT, COUNT), FailInfo.BAD_ALG),
        (identifier(SALT, COUNT, asn1.encode(2**31), SHA256), FailInfo.BAD_ALG),
        (identifier(SALT, COUNT, asn1.encode(4), SHA256), FailInfo.BAD_ALG),
        (identifier(SALT, COUNT, LENGTH, SHA256, mac=asn1.algorithm("1.2.840.113549.2.6", NULL)), FailInfo.BAD_ALG),
        (identifier(SALT, COUNT, LENGTH, SHA256, function="1.3.6.1.4.1.11591.4.11"), FailInfo.BAD_ALG),
        (identifier(asn1.wrap(asn1.OCTET_STRING, b"s" * 1025), COUNT, LENGTH), FailInfo.BAD_ALG),
        (identifier(asn1.algorithm("1.2.3"), COUNT, LENGTH), FailInfo.BAD_DATA_FORMAT),
        (identifier(SALT, COUNT, LENGTH, SHA256, SHA256), FailInfo.BAD_DATA_FORMAT),
        (asn1.algorithm(PBMAC1, NULL), FailInfo.BAD_DATA_FORMAT),
    ],
)
def test_other_parameters_are_refused(algorithm: bytes, fail_info: FailInfo) -> None:
    """Nothing worthless and nothing ruinous is computed."""
    with pytest.raises(Refusal) as caught:
        mac_parameters(algorithm)
    assert caught.value.fail_info is fail_info


@pytest.mark.clause("RFC 9481 6.1.2 PBMAC1")
@pytest.mark.parametrize("name", ["sha256", "sha512"])
def test_a_request_and_its_answer(
    coded: CertificationAuthority, router_key: ec.EllipticCurvePrivateKey, name: str
) -> None:
    """The answer has the same PBMAC1 with a salt of its own; a wrong secret is badMessageCheck."""
    asked = PBMAC1Parameters.fresh(name, 2048)
    wrong = read(coded.handle(seal(body(router_key), MacProtector(b"sr-1", asked, b"guess"), tid=b"w" * 16)))
    answer = read(coded.handle(seal(body(router_key), MacProtector(b"sr-1", asked, SECRET.encode()))))
    message = answer.message
    assert (wrong.kind, wrong.fail_info) == (BodyKind.ERROR, {FailInfo.BAD_MESSAGE_CHECK})
    assert answer.certificate is not None and message.algorithm is not None and message.protection is not None
    used = mac_parameters(message.algorithm)
    assert isinstance(used, PBMAC1Parameters)
    assert (used.prf, used.mac, used.iterations, used.key_bytes) == (asked.prf, asked.mac, 2048, asked.key_bytes)
    assert used.salt != asked.salt
    assert mac_is_right(used, SECRET.encode(), message.protected_part, message.protection)
