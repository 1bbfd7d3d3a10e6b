"""Keys that follow from a seed: the same ones again, others for another seed or purpose, and sound ones."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from sroscert_lab.cmp.issuing import KEY_KINDS, new_key
from sroscert_lab.router.pki.failure import PKIRefusal
from sroscert_lab.router.pki.formats import public_der
from sroscert_lab.router.pki.keypairs import CURVES, KeyPairs
from sroscert_lab.seededkeys import KeyMaker

KINDS = [kind.replace("<bits>", "1024") for kind in KEY_KINDS]
SMALL = 1024


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_follows_from_seed_and_purpose(kind: str) -> None:
    """All kinds of the CA; without a seed no two keys are the same."""
    key = public_der(new_key(kind, "7", "own"))
    assert key == public_der(new_key(kind, "7", "own"))
    others = [new_key(kind, "8", "own"), new_key(kind, "7", "wrong"), new_key(kind), new_key(kind)]
    assert len({key, *map(public_der, others)}) == 5


@pytest.mark.parametrize("bits", [1024, 1025, 1536, 2048])
def test_an_rsa_key_is_sound(bits: int) -> None:
    """Of the size that was asked for; OpenSSL's own check has passed, and it signs."""
    key = KeyMaker("7").rsa(bits, "x")
    assert key.key_size == bits
    numbers = key.private_numbers()
    assert {numbers.p.bit_length(), numbers.q.bit_length()} == {(bits + 1) // 2, bits // 2}
    assert key.public_key().public_numbers().e == 65537
    signature = key.sign(b"text", padding.PKCS1v15(), hashes.SHA256())
    key.public_key().verify(signature, b"text", padding.PKCS1v15(), hashes.SHA256())


def test_seeds_and_purposes_do_not_run_into_each_other() -> None:
    """What stands on which side of a boundary counts; so does a number against its text."""
    keys = [
        KeyMaker("a").ed25519("bc"), KeyMaker("ab").ed25519("c"), KeyMaker("a").ed25519("b", "c"),
        KeyMaker("a").ed25519("b", 1), KeyMaker("a").ed25519("b", "1"),
    ]
    assert len(set(map(public_der, keys))) == len(keys)


def test_keys_of_a_seed_stay_what_they_are() -> None:
    """A rehearsal of last year runs again: these values were made once, by this module."""
    key = KeyMaker("7").ec(ec.SECP256R1(), "x").private_numbers().private_value
    assert f"{key:x}"[:16] == "44f4b337f3c8ab24"
    assert KeyMaker("7").ed25519("x").public_key().public_bytes_raw().hex()[:16] == "f2e34f9fea97eece"
    assert f"{KeyMaker('7').rsa(SMALL, 'x').public_key().public_numbers().n:x}"[:16] == "e33b9671d6d7e8cc"


def test_rsa_2048_takes_no_longer_than_a_client_waits() -> None:
    """On average a third of a second of this processor; the bound leaves room for slow ones."""
    start = time.process_time()
    for number in range(3):
        KeyMaker("speed").rsa(2048, number)
    assert (time.process_time() - start) / 3 < 2


def test_a_file_made_again_gets_another_key_also_after_a_restart(tmp_path: Path) -> None:
    """Otherwise a renewal would go on with the old key; the card does not tell A from a."""

    def router(folder: str) -> KeyPairs:
        (tmp_path / folder).mkdir(exist_ok=True)
        return KeyPairs(KeyMaker("7:sr:keys"), tmp_path / folder / "keys-made.json")

    pairs = router("one")
    made = [pairs.make("cf3:\\k", "rsa", SMALL).der, pairs.make("cf3:\\other", "rsa", SMALL).der]
    made += [router("one").make("cf3:\\K", "rsa", SMALL).der]
    assert len(set(made)) == 3
    again = router("two")
    # In another order of the files.
    assert made[1] == again.make("cf3:\\other", "rsa", SMALL).der
    assert [made[0], made[2]] == [again.make("cf3:\\k", "rsa", SMALL).der for _ in range(2)]


def test_without_a_seed_keys_are_random_and_nothing_is_remembered(tmp_path: Path) -> None:
    """As it was."""
    pairs = KeyPairs(KeyMaker(), tmp_path / "keys-made.json")
    assert len({pairs.make("cf3:\\k", "ecdsa", curve="secp256r1").der for _ in range(2)}) == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", ["", "7"])
def test_what_cannot_be_made_is_refused(tmp_path: Path, seed: str) -> None:
    """The same with and without a seed."""
    pairs = KeyPairs(KeyMaker(seed), tmp_path / "keys-made.json")
    for algorithm, size, curve in (("rsa", 511, ""), ("rsa", 600, ""), ("dsa", 8193, ""), ("ecdsa", 0, "secp111r1")):
        with pytest.raises(PKIRefusal):
            pairs.make("cf3:\\k", algorithm, size, curve)
    assert isinstance(pairs.make("cf3:\\k", "ecdsa", curve=list(CURVES)[2]).key(), ec.EllipticCurvePrivateKey)
