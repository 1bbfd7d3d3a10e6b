"""Whose signature a router takes on an answer of its CA, and whom it writes to: the leaves of `ca-profile cmpv2`."""

from __future__ import annotations

import http.server
import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_der_x509_certificate
from sroscert_lab.cmp import asn1, issuing, messages
from sroscert_lab.cmp.ca import CertificationAuthority
from sroscert_lab.cmp.names import directory_name, read_name
from sroscert_lab.cmp.signatures import SignatureProtector

from tests.support.lab_bench import Bench, Tree, ca_profile, configuration
from tests.support.minting import CA, dn

HOST = "127.31.7.10"
SECRET, SUBJECT = "a secret", "CN=sr,O=Nokia"
NOW = datetime.now(UTC)
SIGNER = dn(("CN", "Signer"), ("O", "Lab"))


@dataclass
class Signed:
    """How the answers are signed: by whom, in whose name, and with which certificates enclosed."""

    key: ec.EllipticCurvePrivateKey
    sender: bytes
    enclosed: tuple[bytes, ...] = ()


@dataclass
class Office:
    """A CA whose answers somebody else signs, and a router that asks it."""

    ca: CertificationAuthority
    bench: Bench
    signer: Signed
    stranger: Signed
    now: Signed = field(init=False)
    recipients: list[str] = field(default_factory=list)
    url: str = ""
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def answer(self, request: bytes) -> bytes:
        """The CA's answer, signed anew."""
        asked = messages.parse(request).header
        self.recipients.append(read_name(asn1.content_of(asn1.raw(asked.recipient))).rfc4514_string())
        answer = messages.parse(self.ca.handle(request))
        return messages.build(
            sender=directory_name(self.now.sender), recipient=directory_name(asn1.NULL_DN),
            body=answer.body_der, transaction_id=asked.transaction_id,
            sender_nonce=answer.header.sender_nonce or b"", recip_nonce=asked.sender_nonce,
            protector=SignatureProtector(self.now.key, None, "sha256"), extra_certs=self.now.enclosed,
        )

    def enrol(self, signed: Signed, **leaves: str | None) -> str:
        """Enrol with these leaves in `cmpv2`; the status, or why it failed."""
        self.now = signed
        self.ca.codes.restore("sr-1")
        profile = ca_profile()
        cmp: Tree = {"url": {"url-string": self.url}}
        profile["cmpv2"] = cmp | {name.replace("_", "-"): text for name, text in leaves.items()}
        self.bench.apply(configuration({"ca-profile": [profile]}))
        result = self.bench.act(
            "cmpv2/initial-registration", ca_profile="ejbca", key_to_certify="sr-key", password=SECRET,
            reference="sr-1", subject_dn=SUBJECT, save_as=f"cf3:\\c{next(self.numbers)}.der",
        )
        shown = {leaf.tag.partition("}")[2]: leaf.text or "" for leaf in result.results}
        return shown.get("transaction-status-string", shown["transaction-status"])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One for all tests."""
    folder: Path = tmp_path_factory.mktemp("office")
    root = issuing.new_authority("Lab CA", "ecdsa-p256", NOW, NOW)
    (folder / "ca").mkdir()
    issuing.save(root, folder / "ca")
    ca = CertificationAuthority.create_or_load(folder / "ca", "Lab CA", lambda: datetime.now(UTC))
    ca.codes.issue("sr-1", SECRET, subject=SUBJECT)
    key = ec.generate_private_key(ec.SECP256R1())
    assert isinstance(root.key, ec.EllipticCurvePrivateKey)
    other = CA.make(name=SIGNER, key=key, is_ca=None)
    issued = CA(root.key, root.certificate).issue(subject=SIGNER, key=key)
    name = load_der_x509_certificate(issued).subject.public_bytes()
    own = other.certificate.public_bytes(serialization.Encoding.DER)
    bench = Bench(folder / "router", "25.10")
    made = Office(ca, bench, Signed(key, name, (own, issued)), Signed(key, name, (own,)))
    bench.put("ca", ca.certificate_pem())
    bench.put("signer", issued)
    for file, format_ in (("ca", "pem"), ("signer", "der")):
        bench.act("import", input_url=f"cf3:\\{file}", output_file=f"{file}.pem", type="certificate", format=format_)
    bench.act("generate-keypair", save_path="cf3:\\k", ecdsa_curve="secp256r1")
    bench.act("import", input_url="cf3:\\k", output_file="sr-key", type="key", format="der")

    class Page(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = made.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/pkixcmp")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer((HOST, 0), Page) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        made.url = f"http://{HOST}:{server.server_port}/cmp"
        yield made
        server.shutdown()
    bench.close()
    ca.close()


WRONG = "the protection of the answer is wrong"
NOBODY = "the answer of the CMP server brings no certificate of its signer that the CA has issued"


@pytest.mark.parametrize(
    ("leaves", "outcome"),
    [
        ({}, WRONG),
        ({"response_signing_cert": "signer.pem"}, "processed"),
        ({"response_signing_cert": "ca.pem"}, WRONG),
        ({"response_signing_use_extracert": None}, "processed"),
        ({"response_signing_use_extracert": None, "signing_cert_subject": "CN=Signer"}, "processed"),
        ({"response_signing_use_extracert": None, "signing_cert_subject": "CN=Signer,O=Other"}, NOBODY),
        ({"signing_cert_subject": "CN=Signer"}, WRONG),
    ],
)
def test_whose_signature_is_taken(office: Office, leaves: dict[str, str | None], outcome: str) -> None:
    """The CA's without a leaf, the file's with one, or one among extraCerts: of that subject, else of the sender."""
    assert office.enrol(office.signer, **leaves) == outcome


def test_a_certificate_that_the_ca_has_not_issued_is_worth_nothing(office: Office) -> None:
    """It has the right name and the right key, and came along in extraCerts; so does one without a name."""
    assert office.enrol(office.stranger, response_signing_use_extracert=None) == NOBODY
    nameless = Signed(office.signer.key, asn1.NULL_DN, office.signer.enclosed)
    assert office.enrol(nameless, response_signing_use_extracert=None) == NOBODY
    by_subject = {"response_signing_use_extracert": None, "signing_cert_subject": "CN=Signer,O=Lab"}
    assert office.enrol(nameless, **by_subject) == "processed"


def test_who_is_written_to(office: Office) -> None:
    """The CA, whoever signs its answers; or whom the profile names."""
    office.recipients.clear()
    office.enrol(office.signer, response_signing_cert="signer.pem")
    assert set(office.recipients) == {"CN=Lab CA"}
    office.recipients.clear()
    office.enrol(office.signer, response_signing_cert="signer.pem", recipient_subject="CN=RA,O=Lab")
    assert set(office.recipients) == {"O=Lab,CN=RA"}
