"""Interoperability: ``openssl cmp`` as the lab CA's client, and OpenSSL's mock server as the router's CA."""

from __future__ import annotations

import datetime
import http.client
import queue
import re
import shutil
import subprocess
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sroscert_lab.cmp import (
    AlternativeNames,
    CertificationAuthority,
    CMPEndpoint,
    CMPServer,
    FailInfo,
    Policy,
    asn1,
    certificate_request,
    initial_registration,
    key_update,
    messages,
    parse_dn,
    poll,
)
from sroscert_lab.cmp.issuing import Authority, Validity, issue, new_authority
from sroscert_lab.cmp.server import CONTENT_TYPE

from tests.support.openssl_cmp import HOST, IP, IR, MAC, SLASHED, SUBJECT, Bench, now, open_bench, pem

pytestmark = [
    pytest.mark.client("openssl cmp"),
    pytest.mark.timeout(90),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command"),
]


@pytest.fixture(scope="module")
def keys() -> tuple[rsa.RSAPrivateKey, ...]:
    """Three RSA keys."""
    return tuple(rsa.generate_private_key(65537, 2048) for _ in range(3))


# --- openssl cmp as the client --------------------------------------------------------------------------------------


@pytest.fixture
def bench(tmp_path: Path, keys: tuple[rsa.RSAPrivateKey, ...]) -> Iterator[Bench]:
    """A CA with an RSA key and a code, and the files that openssl needs."""
    with open_bench(tmp_path, keys) as made:
        yield made


@pytest.mark.parametrize("extra", [(), ("-mac", "hmacWithSHA256"), ("-keep_alive", "0"), ("-implicit_confirm",)])
def test_openssl_enrols_with_a_code(bench: Bench, extra: tuple[str, ...]) -> None:
    """ir with password-based MAC, confirmed explicitly or, if asked, implicitly."""
    run = bench.cmp(*IR, "-sans", IP, *extra)
    assert run.returncode == 0, run.stdout
    certificate = bench.certificate("c0")
    assert certificate.subject == parse_dn(SUBJECT)
    certificate.verify_directly_issued_by(bench.server.ca.certificate())
    expected = ["issued"] if extra == ("-implicit_confirm",) else ["issued", "confirmed"]
    assert [entry.result for entry in bench.server.ca.journal.entries()] == expected


def test_openssl_renews_with_its_certificate(bench: Bench) -> None:
    """cr and kur, signed, with the CA's signed answers verified by openssl."""
    assert bench.cmp(*IR, "-sans", IP).returncode == 0
    signer = ("-trusted", "ca.pem", "-cert")
    cr = bench.cmp(
        "-cmd", "cr", *signer, "c0", "-key", "k0", "-subject", SLASHED, "-newkey", "k1", "-sans", IP, "-certout", "c1"
    )
    kur = bench.cmp("-cmd", "kur", *signer, "c1", "-key", "k1", "-newkey", "k2", "-certout", "c2", "-days", "10")
    same = bench.cmp("-cmd", "kur", *signer, "c1", "-key", "k1", "-newkey", "k1", "-certout", "c3")
    assert cr.returncode == 0, cr.stdout
    assert kur.returncode == 0, kur.stdout
    assert (same.returncode, "badCertTemplate" in same.stdout) == (1, True), same.stdout
    updated = bench.certificate("c2")
    names = updated.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == [IP]


@pytest.mark.parametrize("pending", [None, 1])
def test_openssl_enrols_with_a_pkcs10_request(bench: Bench, pending: int | None) -> None:
    """p10cr (RFC 9483 section 4.1.4) with a code, waiting or not, confirmed by openssl under certReqId -1."""
    bench.server.ca.faults.set(pending=pending)
    subprocess.run(
        ["openssl", "req", "-new", "-key", "k0", "-subj", SLASHED, "-addext", f"subjectAltName=IP:{IP}", "-out", "csr"],
        cwd=bench.folder, check=True, capture_output=True, timeout=30,
    )
    run = bench.cmp("-cmd", "p10cr", *MAC, "-csr", "csr", "-certout", "c0")
    assert run.returncode == 0, run.stdout
    assert bench.certificate("c0").subject == parse_dn(SUBJECT)
    signed = ("-trusted", "ca.pem", "-cert", "c0", "-key", "k0")
    assert bench.cmp("-cmd", "p10cr", *signed, "-csr", "csr", "-certout", "c1").returncode == 0
    kinds = [entry.kind for entry in bench.server.ca.journal.entries() if entry.result == "issued"]
    assert kinds == ["p10cr", "p10cr"] and not any(item.revoked for item in bench.server.ca.certificates.all())


def test_a_recorded_ir_is_not_served_again_after_a_restart(bench: Bench, tmp_path: Path) -> None:
    """RFC 9483 section 3.5, transactionIdInUse: the very bytes that openssl sent, and the code usable again."""
    assert bench.cmp(*IR, "-sans", IP, "-reqout", "ir.der certconf.der").returncode == 0
    recorded = (bench.folder / "ir.der").read_bytes()
    bench.server.stop()
    bench.server.ca.close()
    again = CertificationAuthority.create_or_load(tmp_path / "ca", "Lab CA", now)
    again.codes.restore("sr-1")
    with CMPServer(again, HOST) as server:
        connection = http.client.HTTPConnection(HOST, server.port, timeout=10)
        connection.request("POST", urllib.parse.urlsplit(server.url).path, recorded, {"Content-Type": CONTENT_TYPE})
        answer = messages.parse(connection.getresponse().read())
        connection.close()
    info = asn1.decode(asn1.ErrorContent, answer.body).status
    assert asn1.bits_of(info.fail_info) == {FailInfo.TRANSACTION_ID_IN_USE}
    assert len(again.certificates.all()) == 1
    again.close()


def test_the_strict_policy_takes_openssl_whose_sender_is_its_reference(bench: Bench, tmp_path: Path) -> None:
    """RFC 9483 section 3.1: with a MAC the sender's common name is the senderKID."""
    ca = CertificationAuthority.create_or_load(tmp_path / "strict", "Lab CA", now, policy=Policy(strict=True))
    for reference in ("sr", "sr-1"):
        ca.codes.issue(reference, (bench.folder / "secret").read_text(), subject=SUBJECT, san_ips=(IP,))
    (bench.folder / "ca.pem").write_bytes(ca.certificate_pem())
    with CMPServer(ca, HOST) as server:
        strict = Bench(server, bench.folder)
        wrong = strict.cmp(*IR, "-sans", IP, "-trusted", "ca.pem")
        right = strict.cmp(*IR, "-ref", "sr", "-sans", IP)
    ca.close()
    assert (wrong.returncode, "badMessageCheck" in wrong.stdout) == (1, True), wrong.stdout
    assert right.returncode == 0, right.stdout


def test_openssl_polls(bench: Bench) -> None:
    """A waiting request is polled until the certificate is there."""
    bench.server.ca.faults.set(pending=1, check_after=1)
    run = bench.cmp(*IR, "-sans", IP)
    assert run.returncode == 0, run.stdout
    assert [entry.result for entry in bench.server.ca.journal.entries()] == ["waiting", "issued", "confirmed"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((*IR, "-sans", "172.20.20.6"), "notAuthorized"),
        ((*IR, "-popo", "0"), "notAuthorized"),
        ((*IR, "-popo", "-1"), "badPOP"),
        ((*IR, "-unprotected_requests", "-trusted", "ca.pem"), "badMessageCheck"),
        ((*IR[:2], "-ref", "sr-2", *IR[4:], "-trusted", "ca.pem"), "badMessageCheck"),
        (("-cmd", "kur", *MAC, "-newkey", "k1", "-oldcert", "ca.pem", "-certout", "c"), "wrongIntegrity"),
        (("-cmd", "rr", *MAC, "-oldcert", "ca.pem"), "wrongIntegrity"),
    ],
)
def test_openssl_understands_refusals(bench: Bench, arguments: tuple[str, ...], reason: str) -> None:
    """Each refusal arrives with its failInfo, in a message whose protection openssl accepts."""
    run = bench.cmp(*arguments)
    assert run.returncode == 1
    assert reason in run.stdout
    assert bench.server.ca.certificates.all() == ()


def test_openssl_refuses_a_certificate_for_another_key(bench: Bench) -> None:
    """The client's own check fires and the CA revokes what it issued."""
    bench.server.ca.faults.set(wrong_key=True)
    assert bench.cmp(*IR, "-sans", IP).returncode == 1
    assert [item.revoked for item in bench.server.ca.certificates.all()] == [True]


@pytest.mark.parametrize(
    ("question", "answer"),
    [("caCerts", "caCerts"), ("rootCaKeyUpdate", "rootCaKeyUpdate"), ("certReqTemplate", "certReqTemplate")],
)
def test_openssl_asks(bench: Bench, question: str, answer: str) -> None:
    """genm of the kinds that OpenSSL 3.0 has a name for (RFC 9483 section 4.3); it lists what the genp holds."""
    run = bench.cmp("-cmd", "genm", *MAC, "-infotype", question)
    assert run.returncode == 0, run.stdout
    assert f"genp contains ITAV of type: id-it-{answer}" in run.stdout


def test_openssl_revokes_and_verifies_with_the_crl(bench: Bench) -> None:
    """rr (RFC 9483 section 4.2); the CRL that the CA then serves makes ``openssl verify`` refuse the certificate."""
    assert bench.cmp(*IR, "-sans", IP).returncode == 0
    signer = ("-trusted", "ca.pem", "-cert", "c0", "-key", "k0")
    before = verify_with_crl(bench)
    run = bench.cmp("-cmd", "rr", *signer, "-oldcert", "c0", "-revreason", "4")
    after = verify_with_crl(bench)
    again = bench.cmp("-cmd", "rr", *signer, "-oldcert", "c0")
    assert run.returncode == 0, run.stdout
    assert "c0: OK" in before
    assert "certificate revoked" in after
    assert (again.returncode, "certRevoked" in again.stdout) == (1, True), again.stdout


def verify_with_crl(bench: Bench) -> str:
    """Fetch the CRL and return what ``openssl verify`` says about the first certificate."""
    connection = http.client.HTTPConnection(HOST, bench.server.port, timeout=10)
    connection.request("GET", urllib.parse.urlsplit(bench.server.crl_url).path)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/pkix-crl")
    crl = x509.load_der_x509_crl(answer.read())
    connection.close()
    (bench.folder / "crl.pem").write_bytes(crl.public_bytes(serialization.Encoding.PEM))
    run = subprocess.run(
        ["openssl", "verify", "-crl_check", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "c0"], cwd=bench.folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30, check=False,
    )
    return run.stdout


# --- OpenSSL's mock server as the CA --------------------------------------------------------------------------------

StartMock = Callable[..., str]


@pytest.fixture(scope="module")
def authority() -> Authority:
    """The CA that the mock server speaks for."""
    return new_authority("Mock CA", "rsa-2048", now(), now())


@pytest.fixture
def start_mock(tmp_path: Path, authority: Authority, keys: tuple[rsa.RSAPrivateKey, ...]) -> Iterator[StartMock]:
    """Return a function that starts the mock server, whose only certificate is for the first key, and gives its URL."""
    validity = Validity.starting(now(), now(), datetime.timedelta(days=1))
    names = AlternativeNames((IP,))
    for number in (0, 1):
        certificate = issue(authority, parse_dn(SUBJECT), names, keys[number].public_key(), validity)
        (tmp_path / f"c{number}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "ca.pem").write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "ca.key").write_bytes(pem(authority.key))
    (tmp_path / "secret").write_text("mock secret")
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> str:
        command = [
            "openssl", "cmp", "-config", "", "-port", "0", "-srv_cert", "ca.pem", "-srv_key", "ca.key",
            "-srv_trusted", "ca.pem", "-srv_ref", "sr-1", "-srv_secret", "file:secret", "-rsp_cert", "c0.pem",
            *arguments,
        ]
        server = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        running.append(server)
        return f"http://127.0.0.1:{_port(server)}/pkix/"

    yield start
    for server in running:
        server.kill()
        server.wait(10)


def _port(server: subprocess.Popen[str]) -> int:
    """Return the port that the server says it listens on; keep reading so that it never blocks."""
    found: queue.Queue[int] = queue.Queue()
    lines: list[str] = []

    def read() -> None:
        for line in server.stdout or ():
            lines.append(line)
            match = re.search(r"ACCEPT \S*?:?(\d+)", line)
            if match:
                found.put(int(match[1]))

    threading.Thread(target=read, daemon=True).start()
    try:
        return found.get(timeout=15)
    except queue.Empty:
        pytest.fail(f"openssl did not listen: {''.join(lines)}")


@pytest.fixture
def place(authority: Authority) -> Callable[[str], CMPEndpoint]:
    """Return a function that makes the endpoint for a URL."""
    return lambda url: CMPEndpoint(url, authority.certificate.public_bytes(serialization.Encoding.DER), 10.0)


def test_the_router_enrols_at_openssl(
    start_mock: StartMock, place: Callable[[str], CMPEndpoint], keys: tuple[rsa.RSAPrivateKey, ...], tmp_path: Path
) -> None:
    """ir with certConf and pkiConf."""
    outcome = initial_registration(place(start_mock()), keys[0], SUBJECT, (IP,), (), "sr-1", "mock secret")
    expected = x509.load_pem_x509_certificate((tmp_path / "c0.pem").read_bytes())
    assert (outcome.status, outcome.code) == ("processed", "accepted"), outcome
    assert outcome.certificate == expected.public_bytes(serialization.Encoding.DER)


def test_the_router_renews_at_openssl(
    start_mock: StartMock, place: Callable[[str], CMPEndpoint], keys: tuple[rsa.RSAPrivateKey, ...], tmp_path: Path
) -> None:
    """cr and kur signed with the present certificate, which openssl verifies."""
    present, only = (
        x509.load_pem_x509_certificate((tmp_path / name).read_bytes()).public_bytes(serialization.Encoding.DER)
        for name in ("c1.pem", "c0.pem")
    )
    url = start_mock()
    request = certificate_request(place(url), keys[1], present, keys[0], SUBJECT, (IP,), ())
    # The mock server updates no certificate but the one that it gives out, and does not mind the same key.
    update = key_update(place(url), keys[0], only, keys[0])
    for outcome in (request, update):
        assert (outcome.status, outcome.code) == ("processed", "accepted"), outcome


def test_the_router_polls_openssl(
    start_mock: StartMock, place: Callable[[str], CMPEndpoint], keys: tuple[rsa.RSAPrivateKey, ...]
) -> None:
    """waiting, then a poll in vain, then the certificate."""
    here = place(start_mock("-poll_count", "2", "-check_after", "1"))
    outcome = initial_registration(here, keys[0], SUBJECT, (IP,), (), "sr-1", "mock secret")
    codes: list[str] = []
    while outcome.pending is not None and len(codes) < 5:
        codes.append(str(outcome.code))
        outcome = poll(here, outcome.pending)
    assert set(codes) == {"waiting"}
    assert outcome.status == "processed", outcome


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("-pkistatus", "2", "-failure", "19"), "rejection", "badCertTemplate"),
        (("-send_error",), "rejection", "badRequest"),
        (("-send_error", "-send_unprot_err"), "none", "is not protected"),
        (("-send_unprotected",), "none", "is not protected"),
    ],
)
def test_the_router_understands_openssls_refusals(
    start_mock: StartMock, place: Callable[[str], CMPEndpoint], keys: tuple[rsa.RSAPrivateKey, ...],
    arguments: tuple[str, ...], code: str, text: str,
) -> None:
    """Protected refusals give their reason; unprotected ones are not believed."""
    outcome = initial_registration(place(start_mock(*arguments)), keys[0], SUBJECT, (IP,), (), "sr-1", "mock secret")
    assert (outcome.status, outcome.code, text in outcome.status_string) == ("failed", code, True), outcome


def test_the_router_does_not_take_openssls_certificate_for_another_key(
    start_mock: StartMock, place: Callable[[str], CMPEndpoint], keys: tuple[rsa.RSAPrivateKey, ...]
) -> None:
    """The mock server has one certificate only; a request for another key ends failed."""
    outcome = initial_registration(place(start_mock()), keys[2], SUBJECT, (IP,), (), "sr-1", "mock secret")
    assert (outcome.status, outcome.certificate) == ("failed", None)


def test_a_wrong_secret_fails_at_openssl_too(
    start_mock: StartMock, place: Callable[[str], CMPEndpoint], keys: tuple[rsa.RSAPrivateKey, ...]
) -> None:
    """OpenSSL refuses the MAC; whatever it answers, the outcome is failed."""
    outcome = initial_registration(place(start_mock()), keys[0], SUBJECT, (IP,), (), "sr-1", "wrong")
    assert (outcome.status, outcome.certificate) == ("failed", None)
