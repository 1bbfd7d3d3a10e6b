"""The lab's EST server (RFC 7030), asked by curl and read by openssl."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from sroscert_lab.clock import Clock
from sroscert_lab.cmp import CertificationAuthority, FailInfo
from sroscert_lab.cmp.certificates import serial_text
from sroscert_lab.cmp.issuing import new_authority
from sroscert_lab.est.server import ESTServer

from tests.support.cmp_vendors import DEVICE, make_vendor
from tests.support.openssl_cmp import pem
from tests.support.pki_files import openssl

HOST = "127.53.0.7"
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"
NAMES = ("DNS:sr.example", "IP:127.53.0.11")
pytestmark = [
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs the curl command"),
    pytest.mark.client("curl and openssl (EST)"),
]


def in_pem(certificate: x509.Certificate) -> bytes:
    """A certificate in PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


@dataclass
class Reply:
    """What curl got."""

    status: int
    headers: dict[str, str]
    body: bytes

    def certificates(self) -> list[x509.Certificate]:
        """The certificates in a certs-only answer, as openssl takes them out."""
        assert self.status == 200, self.body
        assert self.headers["content-type"] == "application/pkcs7-mime; smime-type=certs-only"
        assert self.headers["content-transfer-encoding"] == "base64"
        der = openssl("base64", "-d", stdin=self.body)
        return x509.load_pem_x509_certificates(openssl("pkcs7", "-inform", "DER", "-print_certs", stdin=der))


@dataclass
class Site:
    """A CA with its EST server, and a client's folder."""

    ca: CertificationAuthority
    server: ESTServer
    clock: Clock
    folder: Path

    def code(self) -> tuple[str, ...]:
        """Curl's words for a login with a fresh code."""
        code = self.ca.codes.issue("sr", subject=SUBJECT, san_ips=("127.53.0.11",), san_dns=("sr.example",))
        return "-u", f"sr:{code.secret}"

    def curl(self, operation: str, *words: str, body: bytes | None = None) -> Reply:
        """One request by curl, which trusts the CA and nothing else."""
        arguments = ["curl", "-sS", "-i", "--cacert", str(self.folder / "ca.pem"), "--max-time", "20", *words]
        if body is not None:
            arguments += ["-H", "Content-Type: application/pkcs10", "--data-binary", "@-"]
        done = subprocess.run(
            [*arguments, f"{self.server.url}/{operation}"], input=body or b"", capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return Reply(int(first.split()[1]), headers, content)

    def request(
        self, key: str = "k.pem", subject: str = "/C=NL/ST=ZH/O=Nokia/CN=sr", names: tuple[str, ...] = NAMES
    ) -> bytes:
        """A request made by openssl, in base64."""
        if not (self.folder / key).exists():
            made = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
            (self.folder / key).write_bytes(made)
        more = ("-addext", "subjectAltName=" + ",".join(names)) if names else ()
        der = openssl("req", "-new", "-key", str(self.folder / key), "-subj", subject, *more, "-outform", "DER")
        return openssl("base64", stdin=der)

    def enrol(self) -> tuple[str, ...]:
        """Enrol by login; curl's words for a client with the certificate."""
        (certificate,) = self.curl("simpleenroll", *self.code(), body=self.request()).certificates()
        (self.folder / "c.pem").write_bytes(in_pem(certificate))
        return "--cert", str(self.folder / "c.pem"), "--key", str(self.folder / "k.pem")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A CA with its EST server."""
    clock = Clock()
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "ManagementCA", clock, key_kind="ecdsa-p256")
    (tmp_path / "ca.pem").write_bytes(ca.certificate_pem())
    with ESTServer(ca, HOST, folder=tmp_path) as server:
        yield Site(ca, server, clock, tmp_path)
    ca.close()


def test_a_client_enrols_and_renews(site: Site) -> None:
    """cacerts gives the CA; a login gets a certificate once; its holder renews it with a new key, more than once."""
    assert site.curl("cacerts").certificates() == [site.ca.certificate()]
    assert site.curl("CMP-Server/cacerts").certificates() == [site.ca.certificate()]
    login = site.code()

    (first,) = site.curl("simpleenroll", *login, body=site.request()).certificates()
    openssl("verify", "-CAfile", "ca.pem", "-purpose", "sslclient", stdin=in_pem(first), folder=site.folder)
    names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert first.subject.rfc4514_string() == "CN=sr,O=Nokia,ST=ZH,C=NL"
    assert names.get_values_for_type(x509.DNSName) == ["sr.example"]
    again = site.curl("simpleenroll", *login, body=site.request("k2.pem"))
    assert (again.status, again.body) == (403, b"the enrolment code has been used already\n")

    (site.folder / "c.pem").write_bytes(in_pem(first))
    held = ("--cert", str(site.folder / "c.pem"), "--key", str(site.folder / "k.pem"))
    renewed = [site.curl("simplereenroll", *held, *extra, body=site.request("k2.pem")) for extra in ((), login)]
    keys = [reply.certificates()[0].public_key() for reply in renewed]
    assert keys[0] == keys[1] != first.public_key()
    results = [(entry.kind, entry.result, entry.credential[:5]) for entry in site.ca.journal.entries()]
    assert results == [
        ("simpleenroll", "issued", "basic"),
        ("simpleenroll", "refused", "basic"),
        ("simplereenroll", "issued", f"tls:{serial_text(first)}"[:5]),
        ("simplereenroll", "issued", f"tls:{serial_text(first)}"[:5]),
    ]


def test_who_is_not_let_in(site: Site) -> None:
    """No login, a wrong one, a locked one and one that cannot be read are asked to log in; nothing is made."""
    right = site.code()
    request = site.request()
    unreadable = (("-H", "Authorization: Basic %%"), ("-H", "Authorization: Bearer x"))
    for words in ((), ("-u", "sr:wrong"), ("-u", "nobody:x"), *unreadable):
        for operation in ("simpleenroll", "simplereenroll"):
            reply = site.curl(operation, *words, body=request)
            assert reply.status == 401
            assert reply.headers["www-authenticate"].startswith("Basic realm=")
    for _ in range(10):
        site.curl("simpleenroll", "-u", "sr:wrong", body=request)
    assert site.curl("simpleenroll", *right, body=request).status == 401
    assert site.ca.certificates.count() == 0


def test_what_is_refused(site: Site) -> None:
    """Other paths, methods, media types, encodings, bytes, names, keys and an untrue signature have their status."""
    login = site.code()
    assert site.curl("fullcmc", *login, body=b"").status == 404
    assert site.curl("CMP-Server/none").status == 404
    assert site.curl("simpleenroll").status == 405
    assert site.curl("cacerts", body=b"x").status == 405
    assert site.curl("simpleenroll", "-H", "Content-Type: text/plain", "-d", "x").status == 415
    request = site.request()
    other = site.request(subject="/CN=other")
    der = bytearray(openssl("base64", "-d", stdin=request))
    der[-5] ^= 1
    small = ("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
    (site.folder / "small.pem").write_bytes(openssl(*small))
    for body, status, text in (
        (b"%%%", 400, b"not in base64"),
        (b"AAAA", 400, b"cannot be read"),
        (other, 403, b"not the registered one"),
        (site.request(names=("DNS:other.example",)), 403, b"not registered"),
        (site.request("small.pem"), 400, b"2048"),
        (openssl("base64", stdin=bytes(der)), 400, b""),
    ):
        reply = site.curl("simpleenroll", *login, body=body)
        assert (reply.status, text in reply.body) == (status, True), reply
    assert site.curl("simpleenroll", *login, body=b"A" * 70_000).status == 413
    assert site.ca.certificates.count() == 0


def test_a_renewal_is_of_what_there_is(site: Site) -> None:
    """Section 4.2.2: other names are refused, and so is the holder of a revoked or, in lab time, ended certificate."""
    held = site.enrol()
    serial = serial_text(site.ca.certificates.all()[0].certificate)
    for names in ((), ("DNS:sr.example",)):
        reply = site.curl("simplereenroll", *held, body=site.request(names=names))
        assert (reply.status, b"no certificate" in reply.body) == (400, True)
    site.clock.advance(timedelta(days=400))
    ended = site.curl("simplereenroll", *held, body=site.request())
    assert (ended.status, b"not valid now" in ended.body) == (403, True)
    # RFC 7030 section 3.2.3: a login may stand in for it, here that of a code for the same names.
    assert site.curl("simplereenroll", *site.code(), body=site.request("k2.pem")).status == 200
    site.ca.revoke(serial)
    revoked = site.curl("simplereenroll", *held, body=site.request())
    assert (revoked.status, b"revoked" in revoked.body) == (403, True)
    for item in site.ca.certificates.all():
        if not item.revoked:
            site.ca.revoke(serial_text(item.certificate))
    gone = site.curl("simplereenroll", *site.code(), body=site.request("k2.pem"))
    assert (gone.status, b"no certificate" in gone.body) == (400, True)


def test_a_vendors_certificate_enrols_once(site: Site) -> None:
    """A device with a trusted vendor's certificate gets the one certificate that is expected for it."""
    root = new_authority("O=Vendor,CN=Vendor Root", "ecdsa-p256", datetime.now(UTC), datetime.now(UTC))
    vendor = make_vendor(datetime.now(UTC), root=root, issuer=root)
    site.ca.vendors.trust(root.certificate)
    site.ca.vendors.expect(DEVICE, subject=SUBJECT, san_ips=("127.53.0.11",), san_dns=("sr.example",))
    (site.folder / "device.pem").write_bytes(in_pem(vendor.certificate) + pem(vendor.key))
    held = ("--cert", str(site.folder / "device.pem"))

    assert site.curl("simpleenroll", *held, body=site.request()).status == 200
    assert site.curl("simpleenroll", *held, body=site.request("k2.pem")).status == 403


def test_faults_of_the_ca_are_those_of_est_too(site: Site) -> None:
    """A request waits until it is approved, and the same request then gets it; rejections and wrong names show."""
    login, request = site.code(), site.request()
    site.ca.faults.set(pending=-1, check_after=7)
    for _ in range(2):
        reply = site.curl("simpleenroll", *login, body=request)
        assert (reply.status, reply.headers["retry-after"]) == (202, "7")
    assert site.ca.approve() == 1
    # openssl signs by ECDSA: the request is the same, its signature another.
    assert site.curl("simpleenroll", *login, body=site.request()).status == 200
    site.ca.faults.clear()
    site.ca.faults.set(reject=FailInfo.SYSTEM_UNAVAIL)
    assert site.curl("simpleenroll", *site.code(), body=request).status == 503
    site.ca.faults.clear()
    site.ca.faults.set(wrong_san="192.0.2.9")
    (certificate,) = site.curl("simpleenroll", *site.code(), body=request).certificates()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(item) for item in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.9"]


def test_the_server_shows_a_certificate_of_its_ca(site: Site) -> None:
    """openssl's client verifies name, chain and purpose; the certificate has id-kp-cmcRA and outlives the server."""
    site.curl("cacerts")
    kept = (site.folder / "est-server.pem").read_bytes()
    certificate = x509.load_pem_x509_certificate(kept)
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [item.dotted_string for item in purposes] == [
        ExtendedKeyUsageOID.SERVER_AUTH.dotted_string, "1.3.6.1.5.5.7.3.28",
    ]
    assert (site.folder / "est-server.pem").stat().st_mode & 0o777 == 0o600
    for version in ("-tls1_2", "-tls1_3"):
        openssl(
            "s_client", "-connect", f"{HOST}:{site.server.port}", "-CAfile", "ca.pem", "-verify_ip", HOST, version,
            "-verify_return_error", "-purpose", "sslserver", folder=site.folder,
        )
    site.server.stop()
    site.server.start()
    assert site.curl("cacerts").status == 200
    assert (site.folder / "est-server.pem").read_bytes() == kept
