from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sroscert_lab.router.pki import formats
from sroscert_lab.router.pki.failure import PKIRefusal
from sroscert_lab.router.pki.formats import Kind
from sroscert_lab.router.pki.store import check_name, check_url, pki_name

from tests.support.lab_bench import Bench, Keys


def test_generation_writes_a_clear_key_and_overwrites(bench: Bench) -> None:
    """gen-keypair writes a DER private key on cf3: and replaces an existing file without asking."""
    store = bench.pki.operations.store
    bench.put("sr-key", b"old")

    store.generate_keypair("cf3:/sr-key", "rsa", 2048)

    key = serialization.load_der_private_key(bench.host.flash.read("cf3:/sr-key"), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048
    assert bench.host.numbers() == [2231]


@pytest.mark.parametrize(("algorithm", "size", "curve"), [("rsa", 511, ""), ("rsa", 8193, ""), ("ecdsa", 0, "p256")])
def test_generation_refuses_what_yang_does_not_allow(bench: Bench, algorithm: str, size: int, curve: str) -> None:
    """A size outside 512..8192 or an unknown curve is refused, and the failure is an event."""
    with pytest.raises(PKIRefusal):
        bench.pki.operations.store.generate_keypair("cf3:/k", algorithm, size, curve)
    assert bench.host.numbers() == [2231]
    assert not bench.host.flash.exists("cf3:/k")


def test_only_ciphertext_is_on_the_flash(bench: Bench, keys: Keys) -> None:
    """An imported key stands in system-pki sealed: neither its DER nor its PEM nor any of its primes is there."""
    der = formats.key_der(keys[0])
    bench.put("k.der", der)
    bench.pki.operations.store.import_file(Kind.KEY, "cf3:/k.der", "sr-key", "der")

    sealed = bench.host.flash.read("cf3:/system-pki/sr-key")
    prime = keys[0].private_numbers().p.to_bytes(128, "big")
    assert der not in sealed
    assert prime not in sealed
    assert b"PRIVATE" not in sealed
    assert bench.pki.operations.store.load(Kind.KEY, "sr-key").der == der


def test_a_sealed_file_of_another_chassis_does_not_open(bench: Bench, new_bench: Bench, keys: Keys) -> None:
    """The key of system-pki belongs to one chassis: a copied file cannot be read elsewhere."""
    bench.put("k.der", formats.key_der(keys[0]))
    bench.pki.operations.store.import_file(Kind.KEY, "cf3:/k.der", "sr-key", "der")
    other = type(new_bench)(new_bench.host.folder / "other", "25.10")
    try:
        other.put("system-pki/sr-key", bench.host.flash.read("cf3:/system-pki/sr-key"))
        with pytest.raises(PKIRefusal, match="cannot be read"):
            other.pki.operations.store.load(Kind.KEY, "sr-key")
    finally:
        other.close()


def test_import_overwrites_without_asking(bench: Bench, keys: Keys) -> None:
    """A second import under the same name replaces the first."""
    store = bench.pki.operations.store
    for number, key in enumerate(keys):
        bench.put("k", formats.key_der(key))
        store.import_file(Kind.KEY, "cf3:/k", "sr-key", "der")
        assert store.load(Kind.KEY, "sr-key").der == formats.key_der(keys[number])


def test_a_file_is_of_one_kind(bench: Bench, keys: Keys) -> None:
    """A key cannot be loaded as a certificate."""
    bench.put("k", formats.key_der(keys[0]))
    bench.pki.operations.store.import_file(Kind.KEY, "cf3:/k", "sr-key", "der")
    with pytest.raises(PKIRefusal, match="not of type cert"):
        bench.pki.operations.store.load(Kind.CERT, "sr-key")


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\\b", "a:b", "x" * 96, "ä"])
def test_names_that_system_pki_does_not_take(name: str) -> None:
    """A name has 1 to 95 printable characters, is no path and not blank."""
    with pytest.raises(PKIRefusal):
        check_name(name)


def test_urls_are_normalised() -> None:
    """Either slash names the same file, and only cf3: is a place."""
    assert check_url("cf3:/sr-cert.der") == check_url("cf3:\\sr-cert.der") == "cf3:\\sr-cert.der"
    assert pki_name("cf3:/system-pki/x.pem") == "x.pem"
    assert pki_name("cf3:/x.pem") is None
    for url in ("x", "cf1:/x", "ftp://h/x", "cf3:/"):
        with pytest.raises(PKIRefusal):
            check_url(url)


def test_a_full_flash_is_a_refusal(bench: Bench) -> None:
    """When cf3: is full, generation is refused and nothing is written."""
    bench.host.faults.set("flash-full")
    with pytest.raises(PKIRefusal, match="write file"):
        bench.pki.operations.store.generate_keypair("cf3:/k")


def test_the_chassis_key_is_private(bench: Bench) -> None:
    """The chassis key is a file of mode 0600 outside the flash."""
    path = bench.host.folder / "chassis.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert bench.host.flash.folder not in path.parents
