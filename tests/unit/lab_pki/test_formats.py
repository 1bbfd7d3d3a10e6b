"""Import and export in every format, against files that ``openssl`` made and reads."""

from __future__ import annotations

import pytest
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.pki.failure import PKIRefusal
from sroscert_lab.router.pki.formats import FORMATS, Kind

from tests.support.lab_bench import Bench, ca_profile, configuration
from tests.support.pki_files import PASSWORD, PKIFiles, openssl

HELD = (
    *(("cert", encoding) for encoding in FORMATS),
    *(("key", encoding) for encoding in ("pkcs12", "pem", "der")),
    *(("crl", encoding) for encoding in ("pkcs7-der", "pkcs7-pem", "pem", "der")),
)
every = pytest.mark.parametrize(("kind", "encoding"), HELD, ids=["-".join(pair) for pair in HELD])


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> PKIFiles:
    """One file for each kind and format."""
    return PKIFiles(tmp_path_factory.mktemp("openssl"))


def take(bench: Bench, data: bytes, kind: str, encoding: str, password: str | None = None) -> bytes:
    """Import a file as ``x``; give what system-pki then holds."""
    bench.put("source", data)
    store = bench.pki.operations.store
    store.import_file(Kind(kind), "cf3:/source", "x", encoding, password)
    return store.load(Kind(kind), "x").der


def refused(bench: Bench, data: bytes, kind: str, encoding: str, password: str | None = PASSWORD) -> str:
    """Import what must be refused, leaving nothing but an event; give the reason."""
    with pytest.raises(PKIRefusal) as caught:
        take(bench, data, kind, encoding, password)
    assert bench.host.events[-1].event.number == 2232
    assert bench.host.events[-1].event.text.endswith("outcome fail.")
    assert not bench.host.flash.exists("cf3:/system-pki/x")
    return caught.value.reason


@every
def test_each_format_is_read(bench: Bench, files: PKIFiles, kind: str, encoding: str) -> None:
    """What openssl writes in a format is imported from it, and told in event 2232."""
    assert take(bench, files.files[kind, encoding], kind, encoding, PASSWORD) == files.expected[kind]
    assert bench.host.events[-1].event.text.endswith(f"type {kind}, format {encoding}, outcome success.")


@every
def test_a_file_in_another_format_is_refused(bench: Bench, files: PKIFiles, kind: str, encoding: str) -> None:
    """A file is refused in each format but its own (tutorial)."""
    for other in (*FORMATS, "pkcs10"):
        if other != encoding:
            reason = refused(bench, files.files[kind, encoding], kind, other)
            assert reason in (f"Invalid {kind} file - not in {other} format", f"Invalid format - {other}")


@every
def test_an_object_of_another_type_is_refused(bench: Bench, files: PKIFiles, kind: str, encoding: str) -> None:
    """A file that holds one object holds no other: a key is no certificate, whatever the format."""
    both = {"cert", "key"} if (kind, encoding) == ("cert", "pkcs12") else {kind}
    for other in {"cert", "key", "crl"} - both:
        refused(bench, files.files[kind, encoding], other, encoding)


@every
def test_damaged_files_are_refused(bench: Bench, files: PKIFiles, kind: str, encoding: str) -> None:
    """Half a file, an empty one and noise are refused in every format."""
    data = files.files[kind, encoding]
    for spoilt in (data[: len(data) // 2], data[:-40], b"", b"\0" * 200, b"-----BEGIN CERTIFICATE-----\n"):
        refused(bench, spoilt, kind, encoding)


def test_a_password_that_is_wrong_or_missing(bench: Bench, files: PKIFiles) -> None:
    """Encrypted files need their password: PKCS #12 and keys in PEM (both forms) and DER."""
    for kind in ("cert", "key"):
        for password in ("other", None):
            reason = refused(bench, files.files[kind, "pkcs12"], kind, "pkcs12", password)
            assert reason == "Invalid password, or the file is damaged"
    for form, data in files.locked.items():
        encoding = "der" if form == "der" else "pem"
        refused(bench, data, "key", encoding, "other")
        assert refused(bench, data, "key", encoding, None) == "Password is required"
        assert take(bench, data, "key", encoding, PASSWORD) == files.expected["key"]
        bench.host.flash.remove("cf3:/system-pki/x")


@pytest.mark.parametrize("encoding", ["pem", "pkcs7-der", "pkcs7-pem"])
def test_of_several_objects_the_first_of_the_type_is_taken(bench: Bench, files: PKIFiles, encoding: str) -> None:
    """A file with certificates, a CRL and a key gives the first of what is asked for."""
    kinds = ("cert", "crl", "key") if encoding == "pem" else ("cert", "crl")
    for kind in kinds:
        assert take(bench, files.mixed[encoding], kind, encoding) == files.expected[kind]


def test_pkcs12_gives_the_certificate_of_its_key(bench: Bench, files: PKIFiles) -> None:
    """A file with a chain gives the key's certificate, one of certificates alone its first."""
    assert take(bench, files.files["cert", "pkcs12"], "key", "pkcs12", PASSWORD) == files.expected["key"]
    alone = openssl(
        "pkcs12", "-export", "-nokeys", "-passout", f"pass:{PASSWORD}", stdin=files.read("ca.pem") + files.read("c.pem")
    )
    assert take(bench, alone, "cert", "pkcs12", PASSWORD) == files.authority_der


def test_what_stops_an_import_besides_the_file(bench: Bench, files: PKIFiles) -> None:
    """A missing file, a bad name and a full card are refused, and only what was begun is an event."""
    store = bench.pki.operations.store
    with pytest.raises(PKIRefusal, match=r"open file \"cf3:.none\""):
        store.import_file(Kind.CERT, "cf3:/none", "x", "pem")
    assert bench.host.events[-1].event.text.endswith("outcome fail.")
    for url, name in (("ftp://h/x", "x"), ("cf3:/none", "a/b")):
        with pytest.raises(PKIRefusal, match="Invalid"):
            store.import_file(Kind.CERT, url, name, "pem")
    bench.put("source", files.read("c.pem"))
    bench.host.faults.set("flash-full")
    with pytest.raises(PKIRefusal, match="write file"):
        store.import_file(Kind.CERT, "cf3:/source", "x", "pem")
    assert bench.host.events[-1].event.text.endswith("outcome fail.")
    assert bench.host.numbers() == [2232, 2109, 2232]


def test_a_chain_is_validated_when_that_is_asked_for(new_bench: Bench, files: PKIFiles) -> None:
    """With validate-certificate-chain a certificate is imported only if its CA profile is in service."""
    leaves = {"input_url": "cf3:\\c.pem", "output_file": "c", "type": "certificate", "format": "pem"}
    new_bench.put("c.pem", files.read("c.pem"))
    new_bench.put("ca", files.read("ca.pem"))
    with pytest.raises(CommandFailed, match="chain cannot be validated"):
        new_bench.act("import", **leaves, validate_certificate_chain="")
    assert not new_bench.host.flash.exists("cf3:/system-pki/c")

    new_bench.act("import", input_url="cf3:\\ca", output_file="ca.pem", type="certificate", format="pem")
    new_bench.apply(configuration({"ca-profile": [ca_profile()]}))
    new_bench.act("import", **leaves, validate_certificate_chain="")
    assert new_bench.host.flash.exists("cf3:/system-pki/c")


READERS = {
    ("cert", "pem"): ("x509", "-outform", "DER"),
    ("cert", "der"): ("x509", "-inform", "DER", "-outform", "DER"),
    ("crl", "pem"): ("crl", "-outform", "DER"),
    ("crl", "der"): ("crl", "-inform", "DER", "-outform", "DER"),
    ("key", "pem"): ("pkcs8", "-topk8", "-nocrypt", "-outform", "DER"),
    ("key", "der"): ("pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-outform", "DER"),
}


def read_back(data: bytes, kind: str, encoding: str) -> bytes:
    """Have openssl read an export; give the object in DER."""
    if encoding == "pkcs12":
        what = "-nokeys" if kind == "cert" else "-nocerts"
        pem = openssl("pkcs12", what, "-noenc", "-passin", f"pass:{PASSWORD}", stdin=data)
        return openssl(*READERS[kind, "pem"], stdin=pem)
    if encoding.startswith("pkcs7"):
        pem = openssl("pkcs7", "-print_certs", "-inform", encoding.removeprefix("pkcs7-").upper(), stdin=data)
        return openssl(*READERS[kind, "pem"], stdin=pem)
    return openssl(*READERS[kind, encoding], stdin=data)


@every
def test_each_format_is_written(bench: Bench, files: PKIFiles, kind: str, encoding: str) -> None:
    """What the router exports in a format, openssl reads."""
    for name in ("cert", "key", "crl"):
        bench.put(name, files.expected[name])
        bench.pki.operations.store.import_file(Kind(name), f"cf3:/{name}", name, "der")
    with_password = (PASSWORD, "key" if kind == "cert" else "") if encoding == "pkcs12" else ()
    bench.pki.operations.store.export_file(Kind(kind), kind, "cf3:/out", encoding, *with_password)

    assert read_back(bench.host.flash.read("cf3:/out"), kind, encoding) == files.expected[kind]
    assert bench.host.events[-1].event.text.endswith(f"type {kind}, format {encoding}, outcome success.")


def test_an_exported_key_is_encrypted_with_a_password(new_bench: Bench, files: PKIFiles) -> None:
    """With a password a key leaves as encrypted PKCS #8, which openssl opens with that password only."""
    new_bench.put("k", files.expected["key"])
    new_bench.act("import", input_url="cf3:\\k", output_file="k", type="key", format="der")
    leaves = {"input_file": "k", "output_url": "cf3:\\out", "type": "key"}
    new_bench.act("export", **leaves, format="pem", password=PASSWORD)
    data = new_bench.host.flash.read("cf3:/out")

    assert b"ENCRYPTED" in data
    opened = openssl("pkey", "-passin", f"pass:{PASSWORD}", "-outform", "DER", stdin=data)
    assert openssl("pkey", "-outform", "DER", stdin=files.read("k.pem")) == opened
    with pytest.raises(CommandFailed, match="Invalid element value - 'password'"):
        new_bench.act("export", **leaves, format="pem", password="x" * 33)
    told = new_bench.host.events[-1].event
    assert (told.number, dict(told.parameters)["tmnxSecEventOutcome"]) == (2233, "success")


def test_what_stops_an_export(bench: Bench, files: PKIFiles) -> None:
    """Refused: no or another object, a format that cannot hold it, no password or key for PKCS #12, a full card."""
    for name in ("cert", "key", "crl"):
        bench.put(name, files.expected[name])
        bench.run(f"//admin certificate import type {name} input cf3:/{name} output {name} format der")
    bench.run("//admin certificate gen-keypair cf3:/other type ecdsa")
    bench.run("//admin certificate import type key input cf3:/other output other format der")
    export = "//admin certificate export output cf3:/out"
    for line, reason in (
        ("type cert input none format pem", 'File not found - "none"'),
        ("type cert input key format pem", 'File is not of type cert - "key"'),
        ("type key input key format pkcs7-der", "cannot be exported in pkcs7-der"),
        ("type crl input crl format pkcs12 password p", "cannot be exported in pkcs12"),
        ("type cert input cert format pkcs12 password p", "needs the key"),
        ("type cert input cert format pkcs12 pkey key", "needs a password"),
        ("type cert input cert format pkcs12 pkey other password p", "do not match"),
        ("type cert input cert format pkcs12 pkey none password p", 'File not found - "none"'),
        ("type cert input cert format what", "Invalid format - what"),
    ):
        assert reason in bench.run(f"{export} {line}")
        assert bench.host.events[-1].event.text.endswith("outcome fail.")
    bench.host.faults.set("flash-full")
    assert "write file" in bench.run(f"{export} type cert input cert format pem")
    assert not bench.host.flash.exists("cf3:/out")
