from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.pki import actions
from sroscert_lab.router.pki.assumptions import FailureForm
from sroscert_lab.router.pki.requests import CERTIFICATE, INITIAL, UPDATE, Order, Record

from tests.support.lab_bench import FILE, Bench, to_xml
from tests.support.minting import CA
from tests.support.replies import action_reply, action_request

if TYPE_CHECKING:
    from tests.yang.yanglint import Yanglint

CSR = {"key_url": "cf3:\\k", "output_url": "cf3:\\c"}


def test_generate_and_import(new_bench: Bench, authority: CA) -> None:
    """The modelled operations generate and import as the commands do, and return nothing but their status."""
    made = new_bench.act("generate-keypair", save_path="cf3:\\k", rsa_key_size="2048")
    done = new_bench.act("import", input_url="cf3:\\k", output_file="sr-key", type="key", format="der")

    assert (made.status, list(made.results)) == ("completed", [])
    assert done.status == "completed"
    assert new_bench.host.numbers() == [2231, 2232]


def test_ecdsa_keys(new_bench: Bench) -> None:
    """An elliptic-curve key is made on the curve that was asked for."""
    new_bench.act("generate-keypair", save_path="cf3:\\k", ecdsa_curve="secp384r1")
    key = serialization.load_der_private_key(new_bench.host.flash.read("cf3:/k"), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp384r1"


@pytest.mark.parametrize(
    ("name", "leaves", "text"),
    [
        ("generate-keypair", {"save_path": "cf3:/k", "rsa_key_size": "2048"}, "Invalid element value - 'cf3:/k'"),
        ("import", {"input_url": "ftp://u:open@h/k"}, "#2005: Invalid element value - 'ftp://u:xxxx@h/k'"),
        ("generate-keypair", {"save_path": "cf3:\\k"}, "Missing mandatory fields"),
        ("generate-keypair", {"save_path": "cf3:\\k", "size": "1"}, "Unknown element - 'size'"),
        ("import", {"input_url": "cf3:\\k", "type": "key", "format": "der"}, "Missing mandatory fields - output-file"),
        ("reload", {"application": "tls", "certificate": "c", "key": "k"}, "Invalid element value - 'application'"),
        ("nonsense", {"x": "y"}, "Unknown element"),
        ("clear-ocsp-cache", {"entry_id": "2001"}, "Invalid element value - 'entry-id'"),
        ("generate-csr", CSR | {"subject_dn": "CN=" + "x" * 254}, "Invalid element value - 'subject-dn'"),
        ("generate-csr", CSR | {"domain_name": "x" * 513}, "Invalid element value - 'domain-name'"),
        ("generate-csr", CSR | {"ip_address": "10.0.0"}, "Invalid element value - 'ip-address'"),
        ("cmpv2/initial-registration", {"password": "x" * 65}, "Invalid element value - 'password'"),
        ("cmpv2/initial-registration", {"reference": ""}, "Invalid element value - 'reference'"),
    ],
)
def test_input_that_yang_does_not_allow(new_bench: Bench, name: str, leaves: dict[str, str], text: str) -> None:
    """A slash in a URL, a missing or an unknown leaf and `reload` for TLS are refused."""
    with pytest.raises(CommandFailed) as caught:
        new_bench.act(name, **leaves)
    assert text in caught.value.text


def test_there_are_no_pki_actions_on_21_2(bench: Bench) -> None:
    """Below 23.3 the PKI operations are unknown."""
    with pytest.raises(CommandFailed, match="Unknown element"):
        bench.act("generate-keypair", save_path="cf3:\\k", rsa_key_size="2048")


def test_the_form_of_a_refused_action(new_bench: Bench) -> None:
    """A refused action is an rpc-error, or a terminated one when that is chosen."""
    leaves = {"input_url": "cf3:\\none", "output_file": "k", "type": "key", "format": "der"}
    with pytest.raises(CommandFailed, match="MINOR: MGMT_AGENT #2007: Operation failed"):
        new_bench.act("import", **leaves)
    new_bench.pki.assumptions = replace(new_bench.pki.assumptions, failure_form=FailureForm.TERMINATED)
    result = new_bench.act("import", **leaves)
    assert result.status == "terminated-incomplete"
    assert result.error_messages[0].startswith("MINOR: MGMT_AGENT #2007")


def test_a_csr_carries_what_was_asked(new_bench: Bench) -> None:
    """generate-csr writes a request for the key, with subject and both kinds of names."""
    new_bench.act("generate-keypair", save_path="cf3:\\k", rsa_key_size="2048")
    new_bench.act(
        "generate-csr", key_url="cf3:\\k", output_url="cf3:\\k.csr", subject_dn="C=NL,O=Nokia,CN=sr",
        ip_address="172.20.20.5", domain_name="sr.example,b.example",
    )
    request = x509.load_der_x509_csr(new_bench.host.flash.read("cf3:/k.csr"))
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=sr,O=Nokia,C=NL"
    assert names.get_values_for_type(x509.DNSName) == ["sr.example", "b.example"]

    show = "admin system security pki show file-content cf3:/k.csr type csr format"
    shown = new_bench.run(f"{show} pkcs10").splitlines()
    assert shown == new_bench.run("//admin certificate display type cert-request format pkcs10 cf3:/k.csr").splitlines()
    assert shown[0] == "Certificate Request:"
    assert "        Subject: C=NL, O=Nokia, CN=sr" in shown
    assert "                DNS:sr.example, DNS:b.example, IP Address:172.20.20.5" in shown
    for wrong in (f"{show} der", f"{show} pkcs10".replace("k.csr", "k")):
        with pytest.raises(CommandFailed, match="Invalid csr file"):
            new_bench.run(wrong)


def test_an_ocsp_cache_with_nothing_in_it_is_cleared(new_bench: Bench) -> None:
    """The operation is there, with and without an entry."""
    for leaves in ({}, {"entry_id": "2000"}):
        assert new_bench.act("clear-ocsp-cache", **leaves).status == "completed"


def test_file_actions(new_bench: Bench) -> None:
    """remove needs `force`; checksum gives the digest."""
    new_bench.put("x", b"abc")
    result = new_bench.pki.action(to_xml("file", {"checksum": {"type": "md5", "url": "cf3:\\x"}}, FILE), "admin")
    assert result.results[0].text == "900150983cd24fb0d6963f7d28e17f72"
    with pytest.raises(CommandFailed):
        new_bench.pki.action(to_xml("file", {"remove": {"url": "cf3:\\x"}}, FILE), "admin")
    new_bench.pki.action(to_xml("file", {"remove": {"url": "cf3:\\x", "force": None}}, FILE), "admin")
    assert not new_bench.host.flash.exists("cf3:/x")


@pytest.mark.parametrize(
    ("name", "leaves"),
    [
        ("convert-file", {"input-file": "c", "output-file": "d", "format": "legacy", "force": ""}),
        ("est/ca-certificates", {"est-profile": "est", "output-url": "cf3:\\c", "force": ""}),
        (
            "est/enroll",
            {
                "est-profile": "est", "key": "cf3:\\system-pki\\k", "hash-algorithm": "sha256", "subject-dn": "CN=sr",
                "domain-name": "a.b", "ip-address": "192.0.2.1", "output-file": "c", "force": "",
                "validate-certificate-chain": "",
            },
        ),
        (
            "est/renew",
            {
                "est-profile": "est", "certificate": "cf3:\\system-pki\\c", "key": "cf3:\\k", "output-file": "d",
                "hash-algorithm": "sha1", "force": "", "validate-certificate-chain": "",
            },
        ),
    ],
)
def test_all_leaves_of_the_models_are_known(
    new_bench: Bench, yanglint: Yanglint, name: str, leaves: dict[str, str]
) -> None:
    """Every input that nokia-oper-admin has gets past the check of the input, and fails by what is not there."""
    assert yanglint.validate_rpc("25.10", action_request(name, leaves)) == []
    with pytest.raises(CommandFailed, match=r"Operation failed - (File not found|EST profile|open file)"):
        new_bench.act(name, **{leaf.replace("-", "_"): value for leaf, value in leaves.items()})


@pytest.mark.parametrize(
    ("kind", "code"), [(INITIAL, "accepted"), (INITIAL, "none"), (CERTIFICATE, "rejection"), (UPDATE, "waiting")]
)
def test_cmp_results_are_valid(yanglint: Yanglint, kind: str, code: str) -> None:
    """What the CMPv2 operations return is what nokia-oper-admin of 25.10 allows, whatever came of them."""
    order = Order(
        kind, "ejbca", "cf3:\\c.der", "k", new_key="" if kind == INITIAL else "k2",
        certificate="" if kind == INITIAL else "c", reference="1",
    )
    if kind != UPDATE:
        order = replace(order, subject_dn="CN=sr", ip_address="1.2.3.4", domain_name="a.b")
    status = {"waiting": "in-progress", "accepted": "processed"}.get(code, "failed")
    replied = None if code == "none" else datetime.now(UTC)
    record = Record(order, datetime.now(UTC), status, code, "words", replied)
    name = {INITIAL: "initial-registration", CERTIFICATE: "cert-request", UPDATE: "key-update"}[kind]
    inputs = {
        INITIAL: {"ca-profile": "ejbca", "key-to-certify": "k", "password": "p", "reference": "1"},
        CERTIFICATE: {"ca-profile": "ejbca", "current-key": "k", "current-certificate": "c", "new-key": "k2"},
        UPDATE: {"ca-profile": "ejbca", "old-key": "k", "old-certificate": "c", "new-key": "k2"},
    }[kind] | {"save-as": "cf3:\\c.der"}
    request = action_request(f"cmpv2/{name}", inputs)

    assert yanglint.validate_rpc("25.10", request) == []
    reply = action_reply(actions._transaction(record, poll=False))
    assert yanglint.validate_reply("25.10", reply, request) == []
    poll = action_request("cmpv2/poll", {"ca-profile": "ejbca"})
    assert yanglint.validate_reply("25.10", action_reply(actions._transaction(record, poll=True)), poll) == []
