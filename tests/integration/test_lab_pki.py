"""The lab router's PKI side against the lab's CA, over HTTP on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from lxml import etree
from sroscert_lab.cmp import CertificationAuthority, CMPServer
from sroscert_lab.cmp.issuing import new_authority
from sroscert_lab.cmp.status import FailInfo
from sroscert_lab.router.errors import ActionResult, CommandFailed

from tests.support.cmp_vendors import DEVICE, make_vendor
from tests.support.lab_bench import (
    STATE,
    Bench,
    Tree,
    ca_profile,
    cert_profile,
    cipher_list,
    configuration,
    server_profile,
)
from tests.support.openssl_cmp import pem
from tests.support.replies import action_reply, action_request

if TYPE_CHECKING:
    from tests.yang.yanglint import Yanglint

SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"
CA_HOST = "127.53.0.5"
ACCEPTED = "Processing request...\nReceived 'accepted'.\n"


@dataclass
class Lab:
    """A CA with its HTTP server, and one router."""

    ca: CertificationAuthority
    url: str
    bench: Bench

    def code(self, subject: str = SUBJECT) -> tuple[str, str]:
        """A one-time enrolment code for the router: reference and secret."""
        reference = f"sr-{len(self.ca.codes.all()) + 1}"
        code = self.ca.codes.issue(reference, subject=subject, san_ips=(self.bench.host.address,))
        return code.reference, code.secret

    def profile(self, **leaves: str) -> Tree:
        """The CA profile for this CA."""
        return ca_profile(url=self.url, **leaves)

    def prepare(self) -> None:
        """Import the CA certificate, bring the CA profile up, and make and import a key `sr-key`."""
        self.bench.put("ca.pem", self.ca.certificate_pem())
        self.bench.run("//admin certificate import type cert input cf3:/ca.pem output ca.pem format pem")
        self.bench.apply(configuration({"ca-profile": [self.profile()]}))
        self.new_key("sr-key")

    def new_key(self, name: str) -> None:
        """Make and import a key."""
        self.bench.run(f"//admin certificate gen-keypair cf3:/{name} size 2048 type rsa")
        self.bench.run(f"//admin certificate import type key input cf3:/{name} output {name} format der")

    def register(self, reference: str, secret: str, save_as: str = "cf3:/sr-cert.der") -> str:
        """The tutorial's initial registration."""
        return self.bench.run(
            f'//admin certificate cmpv2 initial-registration ca "ejbca" key-to-certify sr-key protection-alg password '
            f"{secret} reference {reference} subject-dn {SUBJECT} ip-addr {self.bench.host.address} save-as {save_as}"
        )

    def saved(self, name: str = "sr-cert.der") -> x509.Certificate:
        """The certificate in a save-as file, which must be DER."""
        return x509.load_der_x509_certificate(self.bench.host.flash.read(f"cf3:/{name}"))


@pytest.fixture
def make_lab(tmp_path: Path) -> Iterator[Callable[[str], Lab]]:
    """Build a lab of a release."""
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "ManagementCA", lambda: datetime.now(UTC))
    made: list[Bench] = []
    with CMPServer(ca, CA_HOST) as server:

        def build(release: str) -> Lab:
            bench = Bench(tmp_path / release, release)
            made.append(bench)
            return Lab(ca, server.url, bench)

        yield build
        for bench in made:
            bench.close()
    ca.close()


def leaf(result: ActionResult, name: str) -> str:
    """Text of one leaf of an action's results."""
    return next((item.text or "" for item in result.results if etree.QName(item).localname == name), "")


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_the_tutorial_from_key_to_handshake(make_lab: Callable[[str], Lab], release: str) -> None:
    """By raw commands: register, import, configure; a TLS handshake then shows the issued certificate."""
    lab = make_lab(release)
    lab.prepare()

    assert lab.register(*lab.code()) == ACCEPTED
    table = lab.bench.run('//admin certificate cmpv2 show-request ca "ejbca"')
    lab.bench.run("//admin certificate import type cert input cf3:/sr-cert.der output sr-cert format der")
    lab.bench.apply(
        configuration(
            {"ca-profile": [lab.profile()]},
            {
                "cert-profile": [cert_profile()],
                "server-cipher-list": [cipher_list("tls-rsa-with-aes128-cbc-sha", leaf="cipher")],
                "server-tls-profile": [server_profile()],
            },
            {"admin-state": "enable", "tls-server-profile": "grpc"},
        )
    )

    issued = lab.saved()
    assert lab.bench.served() == issued.public_bytes(serialization.Encoding.DER)
    issued.verify_directly_issued_by(lab.ca.certificate())
    assert "Original Request    : initialRegistration\n" in table
    assert "Request Status      : processed\nCA Response         : accepted\n" in table
    assert "Save-as file path   : cf3:\\sr-cert.der\n" in table
    (told,) = (item.event for item in lab.bench.host.events if item.event.number == 2083)
    values = dict(told.parameters)
    assert values["tmnxPkiCAProfActnOrigCmdTime"] <= values["tmnxPkiCAProfActnLastCAResp"] != ""


def test_the_tutorial_by_actions(make_lab: Callable[[str], Lab], yanglint: Yanglint) -> None:
    """By modelled operations on 25.10: register, renew by cert-request and key-update; replies and state are valid."""
    lab = make_lab("25.10")
    lab.prepare()
    reference, secret = lab.code()
    leaves = {
        "ca-profile": "ejbca", "key-to-certify": "sr-key", "password": secret, "reference": reference,
        "subject-dn": SUBJECT, "ip-address": lab.bench.host.address, "save-as": "cf3:\\sr-cert.der",
    }
    result = lab.bench.act("cmpv2/initial-registration", **leaves)
    assert (leaf(result, "transaction-status"), leaf(result, "transaction-status-code")) == ("processed", "accepted")
    request = action_request("cmpv2/initial-registration", leaves)
    assert yanglint.validate_reply("25.10", action_reply(result), request) == []

    lab.bench.act("import", input_url="cf3:\\sr-cert.der", output_file="sr-cert", type="certificate", format="der")
    lab.new_key("sr-key-g2")
    second = lab.bench.act(
        "cmpv2/cert-request", ca_profile="ejbca", current_key="sr-key", current_certificate="sr-cert",
        new_key="sr-key-g2", subject_dn=SUBJECT, ip_address=lab.bench.host.address, hash_algorithm="sha256",
        save_as="cf3:\\sr-cert-g2.der",
    )
    assert leaf(second, "transaction-status-code") == "accepted"
    third = lab.bench.act(
        "cmpv2/key-update", ca_profile="ejbca", old_key="sr-key", old_certificate="sr-cert", new_key="sr-key-g2",
        hash_algorithm="sha256", save_as="cf3:\\sr-cert-g3.der",
    )
    assert leaf(third, "transaction-status-code") == "accepted"
    assert lab.saved("sr-cert-g2.der").subject == lab.saved("sr-cert-g3.der").subject == lab.saved().subject
    assert secret.encode() not in etree.tostring(lab.bench.pki.state())
    assert yanglint.validate_state("25.10", etree.tostring(lab.bench.pki.state())) == []


def test_a_router_enrols_with_its_vendors_certificate(make_lab: Callable[[str], Lab]) -> None:
    """3GPP TS 33.310: the first request is signed with the key and certificate that it came with, and gets one."""
    lab = make_lab("25.10")
    lab.prepare()
    root = new_authority("O=Vendor,CN=Vendor Root", "ecdsa-p256", datetime.now(UTC), datetime.now(UTC))
    vendor = make_vendor(datetime.now(UTC), root=root, issuer=root)
    lab.ca.vendors.trust(root.certificate)
    lab.ca.vendors.expect(DEVICE, subject=SUBJECT, san_ips=(lab.bench.host.address,))
    lab.bench.put("v.key", pem(vendor.key))
    lab.bench.put("v.pem", vendor.certificate.public_bytes(serialization.Encoding.PEM))
    for kind, name in (("key", "v.key"), ("cert", "v.pem")):
        lab.bench.run(f"//admin certificate import type {kind} input cf3:/{name} output {name} format pem")
    result = lab.bench.act(
        "cmpv2/initial-registration", ca_profile="ejbca", key_to_certify="sr-key", certificate="v.pem",
        protection_key="v.key", hash_algorithm="sha256", subject_dn=SUBJECT, ip_address=lab.bench.host.address,
        save_as="cf3:\\sr-cert.der",
    )
    assert (leaf(result, "transaction-status"), leaf(result, "transaction-status-code")) == ("processed", "accepted")
    lab.saved().verify_directly_issued_by(lab.ca.certificate())
    assert [entry.credential.partition(":")[0] for entry in lab.ca.journal.entries()] == ["vendor", "vendor"]


def test_the_state_of_21_2_is_valid(make_lab: Callable[[str], Lab], yanglint: Yanglint) -> None:
    """The state of a 21.2 router after an enrolment is what nokia-state of 21.2 allows, without a request in it."""
    lab = make_lab("21.2")
    lab.prepare()
    lab.register(*lab.code())
    disabled: Tree = {"admin-state": "disable"}
    profiles: Tree = {"ca-profile": [lab.profile(), ca_profile("other") | disabled]}
    lab.bench.apply(configuration(profiles, {"cert-profile": [cert_profile()]}))
    state = lab.bench.pki.state()
    assert yanglint.validate_state("21.2", etree.tostring(state)) == []
    assert not list(state.iter(f"{{{STATE}}}request"))
    assert "adminDown" in etree.tostring(state).decode()


def test_save_as_does_not_overwrite(make_lab: Callable[[str], Lab]) -> None:
    """An existing save-as file stops the request before the CA hears of it."""
    lab = make_lab("21.2")
    lab.prepare()
    lab.bench.put("sr-cert.der", b"mine")
    assert "MINOR: " in lab.register(*lab.code())
    assert lab.bench.host.flash.read("cf3:/sr-cert.der") == b"mine"
    assert lab.ca.journal.entries() == ()


def test_a_pending_request_is_polled(make_lab: Callable[[str], Lab]) -> None:
    """A waiting request is in progress, blocks a second one, and is settled by a poll once the CA approves."""
    lab = make_lab("25.10")
    lab.prepare()
    lab.ca.faults.set(pending=-1)

    assert lab.register(*lab.code()) == "Processing request...\nReceived 'waiting'.\n"
    path = "security/pki/ca-profile/cmpv2/request"
    assert lab.bench.state(f"{path}/transaction-status") == "in-progress"
    assert lab.bench.state(f"{path}/transaction-status-code") == "waiting"
    with pytest.raises(CommandFailed, match="in progress"):
        lab.register(*lab.code())
    # One for each CMPv2 server, whichever CA profile leads to it.
    twin = lab.profile() | {"ca-profile-name": "twin"}
    lab.bench.apply(configuration({"ca-profile": [lab.profile(), twin]}))
    with pytest.raises(CommandFailed, match='profile "ejbca" is in progress'):
        lab.bench.act(
            "cmpv2/initial-registration", ca_profile="twin", key_to_certify="sr-key", password="x", reference="y",
            subject_dn=SUBJECT, save_as="cf3:\\twin.der",
        )
    still = lab.bench.act("cmpv2/poll", ca_profile="ejbca")
    assert leaf(still, "transaction-status") == "in-progress"
    assert not lab.bench.host.flash.exists("cf3:/sr-cert.der")

    lab.ca.approve()
    done = lab.bench.act("cmpv2/poll", ca_profile="ejbca")

    assert (leaf(done, "transaction-status"), leaf(done, "request-type")) == ("processed", "initial-registration")
    assert lab.saved().issuer == lab.ca.certificate().subject
    with pytest.raises(CommandFailed, match="pending"):
        lab.bench.act("cmpv2/poll", ca_profile="ejbca")


def test_a_pending_request_is_cleared(make_lab: Callable[[str], Lab]) -> None:
    """clear-request forgets the request, and a new one may be made."""
    lab = make_lab("21.2")
    lab.prepare()
    lab.ca.faults.set(pending=-1)
    lab.register(*lab.code())
    assert "Request Status      : inProgress\n" in lab.bench.run("//admin certificate cmpv2 show-request ca ejbca")
    assert lab.bench.run("//admin certificate cmpv2 clear-request ca ejbca") == ""
    lab.ca.faults.clear()
    assert lab.register(*lab.code()) == ACCEPTED


def test_the_ca_refuses(make_lab: Callable[[str], Lab]) -> None:
    """A refusal of the CA is 'rejection', failed in the state, with the CA's words, and leaves no file."""
    lab = make_lab("25.10")
    lab.prepare()
    lab.ca.faults.set(reject=FailInfo.BAD_REQUEST)
    assert lab.register(*lab.code()) == "Processing request...\nReceived 'rejection'.\n"
    path = "security/pki/ca-profile/cmpv2/request"
    assert lab.bench.state(f"{path}/transaction-status") == "failed"
    assert lab.bench.state(f"{path}/transaction-status-string")
    assert not lab.bench.host.flash.exists("cf3:/sr-cert.der")


def test_the_ca_is_silent(make_lab: Callable[[str], Lab]) -> None:
    """Without an answer the command fails after what it had printed, and the request has failed without a code."""
    lab = make_lab("21.2")
    lab.prepare()
    lab.ca.faults.set(down=True)
    text = lab.register(*lab.code())
    assert text.startswith("Processing request...\nMINOR: ")
    told = lab.bench.host.events[-1].event
    assert (told.number, told.name) == (2083, "tmnxPkiCAProfActnStatusChg")
    started, replied = (value for _, value in told.parameters[-2:])
    assert (datetime.fromisoformat(started).tzinfo, replied) == (UTC, "")


def test_a_wrong_secret_is_refused(make_lab: Callable[[str], Lab]) -> None:
    """A wrong password yields no certificate, and the code stays good for the right one."""
    lab = make_lab("21.2")
    lab.prepare()
    reference, secret = lab.code()
    assert "accepted" not in lab.register(reference, "wrong")
    assert lab.register(reference, secret) == ACCEPTED


def test_a_ca_profile_that_is_down_sends_nothing(make_lab: Callable[[str], Lab]) -> None:
    """A request needs a CA profile in service."""
    lab = make_lab("21.2")
    lab.prepare()
    lab.bench.apply(configuration({"ca-profile": [lab.profile() | {"admin-state": "disable"}]}))
    assert "not operational" in lab.register(*lab.code())


def test_the_seeds_overwritten_key_fails(make_lab: Callable[[str], Lab]) -> None:
    """Requesting with a key that was imported over the certified one fails where the CA checks signatures."""
    lab = make_lab("21.2")
    lab.prepare()
    lab.register(*lab.code())
    lab.bench.run("//admin certificate import type cert input cf3:/sr-cert.der output sr-cert format der")
    lab.bench.run("file remove cf3:/sr-cert.der force")
    lab.new_key("sr-key")
    text = lab.bench.run(
        '//admin certificate cmpv2 cert-request ca "ejbca" current-key sr-key current-cert sr-cert newkey sr-key '
        f"hash-alg sha256 subject-dn {SUBJECT} ip-addr {lab.bench.host.address} save-as cf3:/sr-cert.der"
    )
    assert "accepted" not in text
    assert not lab.bench.host.flash.exists("cf3:/sr-cert.der")


def test_a_full_flash_loses_the_certificate(make_lab: Callable[[str], Lab]) -> None:
    """When save-as cannot be written the request counts as failed, and no secret is kept with it."""
    lab = make_lab("21.2")
    lab.prepare()
    reference, secret = lab.code()
    lab.bench.host.faults.set("flash-full")
    assert "MINOR: " in lab.register(reference, secret)
    record = lab.bench.pki.operations.desk.record("ejbca")
    assert record is not None
    assert (record.status, record.order.password) == ("failed", "")
