"""The two forms of imported files, their conversion, and the key of Secure Neighbor Discovery."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.pki import formats
from sroscert_lab.router.pki.failure import PKIRefusal
from sroscert_lab.router.pki.formats import Kind

from tests.support.lab_bench import Bench, Keys, Tree, cert_profile, configuration
from tests.support.minting import CA, rsa_key

SEND_FILE = "cf3:/system-pki/secureNdKey"


@pytest.fixture
def stocked(new_bench: Bench, authority: CA, keys: Keys) -> Bench:
    """A 25.10 router with an imported certificate, key and CRL: ``c``, ``k``, ``l``."""
    new_bench.put("c", authority.issue(key=keys[0], not_before=datetime.now(UTC) - timedelta(days=1)))
    new_bench.put("k", formats.key_der(keys[0]))
    new_bench.put("l", authority.crl(datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)))
    for name, kind in (("c", "certificate"), ("k", "key"), ("l", "crl")):
        new_bench.act("import", input_url=f"cf3:\\{name}", output_file=name, type=kind, format="der")
    return new_bench


def stored(bench: Bench, name: str) -> bytes:
    """The bytes of an imported file as they lie on the card."""
    return bench.host.flash.read(f"cf3:/system-pki/{name}")


def test_the_forms_differ_in_what_they_hide(stocked: Bench) -> None:
    """Secure files hide certificate and key and hold a CRL compressed; legacy ones hide the key alone."""
    clear = {name: stocked.host.flash.read(f"cf3:/{name}") for name in ("c", "k", "l")}
    for name in clear:
        stocked.act("convert-file", input_file=name, output_file=f"old-{name}", format="legacy")

    assert [clear[name] in stored(stocked, name) for name in ("c", "k", "l")] == [False] * 3
    _, magic, packed = stored(stocked, "l").partition(b"\x78\x9c")
    assert zlib.decompress(magic + packed) == clear["l"]
    assert [clear[name] in stored(stocked, f"old-{name}") for name in ("c", "k", "l")] == [True, False, True]
    for name, kind in (("c", Kind.CERT), ("k", Kind.KEY), ("l", Kind.CRL)):
        assert stocked.pki.operations.store.load(kind, f"old-{name}").der == clear[name]


def test_only_secure_files_belong_to_one_chassis(stocked: Bench, bench: Bench) -> None:
    """A legacy key opens on another router, a secure one does not."""
    stocked.act("convert-file", input_file="k", output_file="old-k", format="legacy")
    bench.put("system-pki/k", stored(stocked, "k"))
    bench.put("system-pki/old-k", stored(stocked, "old-k"))

    assert bench.pki.operations.store.load(Kind.KEY, "old-k").kind is Kind.KEY
    with pytest.raises(PKIRefusal, match="cannot be read"):
        bench.pki.operations.store.load(Kind.KEY, "k")


def test_imported_format_secure_shuts_legacy_files_out(stocked: Bench) -> None:
    """With `secure` a profile on legacy files stays down until they are converted; with `any` it is up."""
    for name in ("c", "k"):
        stocked.act("convert-file", input_file=name, output_file=name, format="legacy", force=None)
    tls: Tree = {"cert-profile": [cert_profile("c", "k")]}
    path = "security/tls/cert-profile/oper-state"

    stocked.apply(configuration({"imported-format": "secure"}, tls))
    assert stocked.state(path) == "down"
    assert stocked.state("security/tls/cert-profile/entry/down-reasons") == "invalid-cert-file invalid-key-file"
    for name in ("c", "k"):
        stocked.act("convert-file", input_file=name, output_file=name, format="secure", force=None)
    stocked.run("//admin certificate reload type cert-key-pair c protocol tls key-file k")
    assert stocked.state(path) == "up"


def test_legacy_files_are_loaded_by_default(stocked: Bench) -> None:
    """Without imported-format both forms are loaded."""
    for name in ("c", "k"):
        stocked.act("convert-file", input_file=name, output_file=name, format="legacy", force=None)
    stocked.apply(configuration({}, {"cert-profile": [cert_profile("c", "k")]}))
    assert stocked.state("security/tls/cert-profile/oper-state") == "up"


@pytest.mark.parametrize(
    ("leaves", "text"),
    [
        ({"input_file": "none", "output_file": "x", "format": "legacy"}, 'File not found - "none"'),
        ({"input_file": "c", "output_file": "k", "format": "legacy"}, 'File already exists - "k"'),
        ({"input_file": "c", "output_file": "c", "format": "secure"}, 'File already exists - "c"'),
        ({"input_file": "c", "output_file": "a\\b", "format": "secure"}, "Invalid file name"),
        ({"input_file": "c", "output_file": "x", "format": "der"}, "Invalid element value - 'format'"),
        ({"input_file": "c", "output_file": "x"}, "Missing mandatory fields - format"),
        ({"input_file": "noise", "output_file": "x", "format": "secure"}, 'File cannot be read - "noise"'),
    ],
)
def test_what_convert_file_refuses(stocked: Bench, leaves: dict[str, str], text: str) -> None:
    """An unknown or unreadable input, an output that is there (without force) and bad words are refused."""
    stocked.put("system-pki/noise", b"LABPKI\x02\x00short")
    before = stored(stocked, "k")
    with pytest.raises(CommandFailed, match=text.replace("\\", "\\\\")):
        stocked.act("convert-file", **leaves)
    assert stored(stocked, "k") == before
    assert not stocked.host.flash.exists("cf3:/system-pki/x")


def test_a_full_card_leaves_the_file_as_it_was(stocked: Bench) -> None:
    """A conversion in place that cannot be written changes nothing."""
    before = stored(stocked, "c")
    stocked.host.faults.set("flash-full")
    with pytest.raises(CommandFailed, match="write file"):
        stocked.act("convert-file", input_file="c", output_file="c", format="legacy", force=None)
    assert stored(stocked, "c") == before


def test_the_classic_command_converts_too(stocked: Bench) -> None:
    """`admin certificate convert-file` is the same operation."""
    line = "//admin certificate convert-file input c output old format legacy"
    assert stocked.run(line) == ""
    with pytest.raises(CommandFailed, match="already exists"):
        stocked.run(line)
    assert stocked.run(f"{line} force") == ""
    assert stocked.host.flash.read("cf3:/c") in stored(stocked, "old")


def send(bench: Bench, words: str) -> str:
    """One secure-nd command; its output."""
    return bench.run(f"//admin certificate secure-nd-{words}")


def test_a_send_key_is_imported_in_three_formats(bench: Bench) -> None:
    """RSA of 1024 bits in DER, PEM or PKCS #12 becomes system-pki's secureNdKey, sealed, key rollover or not."""
    key = rsa_key(1024)
    lock = serialization.BestAvailableEncryption(b"pw")
    bench.put("k.der", formats.key_der(key))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    bench.put("k.pem", pem)
    bundle = pkcs12.serialize_key_and_certificates(None, key, None, None, lock)
    bench.put("k.p12", bundle)

    for words in ("k.der format der", "k.pem format pem key-rollover", "k.p12 format pkcs12 password pw"):
        assert send(bench, f"import cf3:/{words}") == ""
        assert bench.pki.operations.store.load(Kind.KEY, "secureNdKey").der == formats.key_der(key)
        bench.host.flash.remove(SEND_FILE)
    assert bench.host.numbers() == [2232] * 3


def test_what_is_no_send_key(bench: Bench) -> None:
    """Another type or size, a missing file or password and another format are refused, and the key before stays."""
    bench.run("//admin certificate gen-keypair cf3:\\good size 1024 type rsa")
    assert send(bench, "import cf3:/good format der") == ""
    before = stored(bench, "secureNdKey")
    bench.put("long", formats.key_der(rsa_key(2048)))
    bench.put("ec", formats.key_der(ec.generate_private_key(ec.SECP256R1())))
    for words, reason in (
        ("long format der", "Key size is not 1024"),
        ("ec format der", "Key type is not RSA"),
        ("none format der", "open file"),
        ("good format pem", "not in pem format"),
        ("good format pkcs12", "Password is required"),
    ):
        assert reason in send(bench, f"import cf3:/{words}")
    with pytest.raises(CommandFailed, match="Bad command"):
        send(bench, "import cf3:/good format pkcs7-der")
    assert stored(bench, "secureNdKey") == before


def test_the_send_key_in_use_can_be_written_again(bench: Bench) -> None:
    """Export writes the key in memory into the file; a boot reads the file, and without it there is no key."""
    assert "No SeND key is in use" in send(bench, "export")
    bench.run("//admin certificate gen-keypair cf3:\\k size 1024 type rsa")
    send(bench, "import cf3:/k format der")
    bench.host.flash.remove(SEND_FILE)
    assert send(bench, "export") == ""
    assert bench.pki.operations.store.load(Kind.KEY, "secureNdKey").der == bench.host.flash.read("cf3:/k")

    for answer in ("", "No SeND key is in use"):
        bench.host.started += timedelta(hours=1)
        bench.apply(configuration())
        bench.host.flash.remove_folder("cf3:/system-pki", recursive=True)
        bench.host.flash.make_folder("cf3:/system-pki")
        assert answer in send(bench, "export")
        assert bench.host.flash.exists(SEND_FILE) is (answer == "")
        bench.host.flash.remove_folder("cf3:/system-pki", recursive=True)
        bench.host.flash.make_folder("cf3:/system-pki")
