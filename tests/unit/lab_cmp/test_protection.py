"""Password-based MACs and signatures."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from sroscert_lab.cmp import asn1
from sroscert_lab.cmp.macs import PBM, MacParameters, mac_is_right, mac_parameters
from sroscert_lab.cmp.signatures import sign, signature_algorithm, signature_is_right
from sroscert_lab.cmp.status import FailInfo, Refusal


@pytest.mark.clause("RFC 4210 5.1.3.1 PBM")
@pytest.mark.parametrize("name", ["sha1", "sha224", "sha256", "sha384", "sha512"])
def test_the_mac_is_that_of_rfc_4210(name: str) -> None:
    """The key is the hash, iterated, of secret and salt; the MAC is an HMAC under it."""
    parameters = MacParameters.fresh(name, 100)
    key = b"secret" + parameters.salt
    for _ in range(100):
        key = hashlib.new(name, key).digest()
    assert parameters.compute(b"secret", b"data") == hmac.digest(key, b"data", name)
    assert mac_is_right(parameters, b"secret", b"data", hmac.digest(key, b"data", name))
    assert not mac_is_right(parameters, b"other", b"data", hmac.digest(key, b"data", name))


def test_parameters_survive_encoding_and_a_new_salt_changes_only_the_salt() -> None:
    """An answer mirrors hash, MAC and iterations of the request."""
    parameters = MacParameters.fresh("sha256", 777)
    assert mac_parameters(parameters.algorithm()) == parameters
    other = parameters.resalted()
    assert (other.owf, other.mac, other.iterations) == (parameters.owf, parameters.mac, 777)
    assert other.salt != parameters.salt


@pytest.mark.clause("RFC 4211 4.4 iterations")
@pytest.mark.parametrize("iterations", [0, 99, 100_001, 2**70])
def test_iteration_counts_beyond_the_bounds_are_refused(iterations: int) -> None:
    """Neither a worthless nor a ruinous number of iterations is computed."""
    algorithm = MacParameters.fresh("sha256", iterations).algorithm()
    with pytest.raises(Refusal) as caught:
        mac_parameters(algorithm)
    assert caught.value.fail_info is FailInfo.BAD_ALG


@pytest.mark.clause("RFC 4210 5.1.3.1 algorithms")
def test_md5_is_refused() -> None:
    """An unknown one-way function is badAlg."""
    good = MacParameters.fresh("sha256", 100)
    bad = MacParameters(asn1.algorithm("1.2.840.113549.2.5"), good.mac, 100, b"salt")
    with pytest.raises(Refusal) as caught:
        mac_parameters(bad.algorithm())
    assert caught.value.fail_info is FailInfo.BAD_ALG


def test_other_algorithms_are_no_mac_and_garbage_is_bad_data() -> None:
    """A signature algorithm is not mistaken for a MAC."""
    assert mac_parameters(asn1.algorithm("1.2.840.113549.1.1.11")) is None
    with pytest.raises(Refusal) as caught:
        mac_parameters(asn1.algorithm(PBM, b"\x05\x00"))
    assert caught.value.fail_info is FailInfo.BAD_DATA_FORMAT


@pytest.mark.clause("RFC 9481 3.1 RSA", "RFC 9481 3.2 ECDSA")
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_signatures_are_checked(kind: str) -> None:
    """The right signature over the right data passes; NULL parameters may be absent."""
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP384R1())
    algorithm = signature_algorithm(key, "sha256")
    signature = sign(key, "sha256", b"data")
    bare = asn1.wrap(asn1.SEQUENCE, asn1.children(algorithm)[0])
    for identifier in (algorithm, bare):
        assert signature_is_right(key.public_key(), identifier, b"data", signature, accept_sha1=False)
        assert not signature_is_right(key.public_key(), identifier, b"date", signature, accept_sha1=False)


@pytest.mark.clause("RFC 9481 2 SHA-1")
def test_sha1_signatures_need_the_policy() -> None:
    """SHA-1 is badAlg unless accepted."""
    key = ec.generate_private_key(ec.SECP256R1())
    algorithm, signature = signature_algorithm(key, "sha1"), sign(key, "sha1", b"data")
    assert signature_is_right(key.public_key(), algorithm, b"data", signature, accept_sha1=True)
    with pytest.raises(Refusal) as caught:
        signature_is_right(key.public_key(), algorithm, b"data", signature, accept_sha1=False)
    assert caught.value.fail_info is FailInfo.BAD_ALG


@pytest.mark.clause("RFC 9481 3 MD5")
@pytest.mark.parametrize("accept_sha1", [False, True])
def test_md5_signatures_are_refused(accept_sha1: bool) -> None:
    """md5WithRSAEncryption is badAlg, whatever the policy."""
    key = rsa.generate_private_key(65537, 2048)
    signature = key.sign(b"data", padding.PKCS1v15(), hashes.MD5())  # noqa: S303
    with pytest.raises(Refusal) as caught:
        signature_is_right(
            key.public_key(), asn1.algorithm("1.2.840.113549.1.1.4", b"\x05\x00"), b"data", signature,
            accept_sha1=accept_sha1,
        )
    assert caught.value.fail_info is FailInfo.BAD_ALG
