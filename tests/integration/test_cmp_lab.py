"""The simulated router's CMP client against the lab's CA, over loopback."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import http.server
import pickle
import random
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sroscert_lab.cmp import (
    CertificationAuthority,
    CMPEndpoint,
    CMPServer,
    FailInfo,
    Outcome,
    certificate_request,
    initial_registration,
    key_update,
    poll,
)

from tests.counting import note
from tests.support.cmp_messages import read, seal

HOST = "127.31.7.1"
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"
IPS = ("172.20.20.5",)
pytestmark = pytest.mark.timeout(60)


def now() -> datetime.datetime:
    """Return lab time: here it is real time."""
    return datetime.datetime.now(datetime.UTC)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CMPServer]:
    """A CA that listens, with a code for one router."""
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "Lab CA", now, key_kind="ecdsa-p256")
    ca.codes.issue("sr-1", "secret", subject=SUBJECT, san_ips=IPS)
    with CMPServer(ca, HOST) as running:
        yield running
    ca.close()


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    """A router's key."""
    return ec.generate_private_key(ec.SECP256R1())


def endpoint(server: CMPServer, **settings: object) -> CMPEndpoint:
    """Return the router's view of the CA."""
    return CMPEndpoint(server.url, server.ca.certificate_pem(), 5.0, **settings)  # type: ignore[arg-type]


def register(place: CMPEndpoint, key: ec.EllipticCurvePrivateKey, secret: str = "secret") -> Outcome:  # noqa: S107
    """Ask for the first certificate."""
    return initial_registration(place, key, SUBJECT, IPS, (), "sr-1", secret)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_router_enrols_and_renews(server: CMPServer, key: ec.EllipticCurvePrivateKey, version: str) -> None:
    """ir, cr and kur each end processed and accepted, and the CA's journal shows them confirmed."""
    place = endpoint(server, http_version=version, source_address="127.31.7.9")
    new_key = rsa.generate_private_key(65537, 2048)
    first = register(place, key)
    assert first.certificate is not None, first
    second = certificate_request(place, key, first.certificate, new_key, SUBJECT, IPS, ())
    assert second.certificate is not None, second
    third = key_update(place, new_key, second.certificate, key)
    assert {(item.status, item.code) for item in (first, second, third)} == {("processed", "accepted")}
    entries = server.ca.journal.entries()
    assert [(entry.kind, entry.result) for entry in entries] == [
        ("ir", "issued"), ("certConf", "confirmed"), ("cr", "issued"), ("certConf", "confirmed"),
        ("kur", "issued"), ("certConf", "confirmed"),
    ]
    assert {entry.peer for entry in entries} == {"127.31.7.9"}


@pytest.mark.parametrize(("always", "expected"), [(False, 0), (True, 4)])
def test_the_sender_of_an_ir_is_empty_unless_told(
    server: CMPServer, key: ec.EllipticCurvePrivateKey, always: bool, expected: int
) -> None:
    """SR OS sends a NULL-DN with a password unless always-set-sender-for-ir is set."""
    seen: list[bytes] = []
    with socket.create_server(("127.31.7.2", 0)) as listener:
        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                seen.append(connection.recv(65536))
                while b"\r\n\r\n" not in seen[-1] or len(seen[-1].split(b"\r\n\r\n", 1)[1]) < 100:
                    seen[-1] += connection.recv(65536)

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.31.7.2:{listener.getsockname()[1]}/cmp"
        outcome = register(
            CMPEndpoint(url, server.ca.certificate_pem(), 5.0, always_set_sender_for_ir=always), key
        )
        thread.join(5)
    der = seen[0].split(b"\r\n\r\n", 1)[1]
    start = der.index(b"\xa4")  # the first directoryName is the sender
    sender = x509.Name([]).public_bytes() in der[start : start + 4]
    assert (outcome.status, outcome.code, sender) == ("failed", "none", expected == 0)


def test_an_answer_to_another_request_is_not_believed(
    server: CMPServer, key: ec.EllipticCurvePrivateKey
) -> None:
    """A replayed answer, rightly protected, has the nonces of the request that it was for."""
    answers: list[bytes] = []

    class Replayer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Let the CA answer the first request, and give that answer to all others."""
            request = self.rfile.read(int(self.headers["Content-Length"]))
            answers.append(answers[0] if answers else server.ca.handle(request))
            self.send_response(200)
            self.send_header("Content-Type", "application/pkixcmp")
            self.send_header("Content-Length", str(len(answers[-1])))
            self.end_headers()
            self.wfile.write(answers[-1])

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    with http.server.HTTPServer(("127.31.7.3", 0), Replayer) as replayer:
        thread = threading.Thread(target=replayer.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        url = f"http://127.31.7.3:{replayer.server_address[1]}/cmp"
        outcome = register(CMPEndpoint(url, server.ca.certificate_pem(), 5.0), key)
        replayer.shutdown()
        thread.join(5)
    assert len(answers) == 2
    assert (outcome.status, outcome.certificate) == ("failed", None)
    assert "is not that of the request" in outcome.status_string


def test_a_wrong_secret_fails_with_the_cas_reason(server: CMPServer, key: ec.EllipticCurvePrivateKey) -> None:
    """The signed error is believed, and its reason shown; the secret is not."""
    outcome = register(endpoint(server), key, "wrong-secret")
    assert (outcome.status, outcome.code, outcome.fail_info) == ("failed", "rejection", ("badMessageCheck",))
    assert "wrong-secret" not in repr(outcome)


def test_unprotected_errors_are_accepted_only_if_told(server: CMPServer, key: ec.EllipticCurvePrivateKey) -> None:
    """accept-unprotected-message error-message decides whether EJBCA's reason is seen."""
    server.ca.faults.set(reject=FailInfo.NOT_AUTHORIZED, unprotected_errors=True)
    refused = register(endpoint(server), key)
    told = register(endpoint(server, accept_unprotected_error=True), key)
    assert (refused.code, refused.fail_info) == ("none", ())
    assert "not protected" in refused.status_string
    assert (told.code, told.fail_info) == ("rejection", ("notAuthorized",))


def test_an_answer_of_another_ca_is_not_believed(
    server: CMPServer, key: ec.EllipticCurvePrivateKey, tmp_path: Path
) -> None:
    """A signed answer is checked with the profile's CA certificate."""
    other = CertificationAuthority.create_or_load(tmp_path / "other", "Lab CA", now, key_kind="ecdsa-p256")
    place = CMPEndpoint(server.url, other.certificate_pem(), 5.0)
    other.close()
    first = register(endpoint(server), key)
    assert first.certificate is not None
    outcome = key_update(place, key, first.certificate, ec.generate_private_key(ec.SECP256R1()))
    assert (outcome.status, outcome.code, outcome.certificate) == ("failed", "none", None)
    assert "protection" in outcome.status_string


@pytest.mark.clause("SR OS same-recipient-nonce-for-poll-request")
@pytest.mark.parametrize("same_nonce", [False, True])
def test_a_waiting_request_is_polled(
    server: CMPServer, key: ec.EllipticCurvePrivateKey, same_nonce: bool
) -> None:
    """The pending state can be pickled; two polls are in vain and the third brings the certificate."""
    place = endpoint(server, same_recipient_nonce_for_poll_request=same_nonce)
    server.ca.faults.set(pending=2)
    outcome = register(place, key)
    codes = []
    while outcome.pending is not None:
        codes.append((outcome.status, outcome.code))
        outcome = poll(place, pickle.loads(pickle.dumps(outcome.pending)))  # noqa: S301 - our own bytes
    assert codes == [("in-progress", "waiting")] * 3
    assert (outcome.status, outcome.certificate is not None) == ("processed", True)


def test_a_signed_request_waits_too(server: CMPServer, key: ec.EllipticCurvePrivateKey) -> None:
    """The pending state of a kur carries key and certificate; it stays good when the answer to a poll was lost."""
    place = endpoint(server)
    first = register(place, key)
    assert first.certificate is not None
    server.ca.faults.set(pending=-1)
    waiting = key_update(place, key, first.certificate, ec.generate_private_key(ec.SECP256R1()))
    assert waiting.pending is not None
    assert poll(place, waiting.pending).code == "waiting"
    assert server.ca.approve(server.ca.waiting()[0]) == 1
    assert poll(place, waiting.pending).status == "processed"


def test_a_poll_without_an_answer_stays_pending(server: CMPServer, key: ec.EllipticCurvePrivateKey) -> None:
    """A CA that is down loses no request."""
    place = endpoint(server)
    server.ca.faults.set(pending=0)
    waiting = register(place, key)
    server.ca.faults.set(down=True)
    assert waiting.pending is not None
    again = poll(place, waiting.pending)
    assert (again.status, again.pending) == ("in-progress", waiting.pending)
    server.ca.faults.set(down=False)
    assert poll(place, waiting.pending).status == "processed"


def test_a_certificate_for_another_key_is_rejected(server: CMPServer, key: ec.EllipticCurvePrivateKey) -> None:
    """certConf says no, the CA revokes; told not to look, the client takes it."""
    server.ca.faults.set(wrong_key=True)
    outcome = register(endpoint(server), key)
    assert (outcome.status, outcome.certificate) == ("failed", None)
    assert server.ca.journal.entries(limit=1)[0].result == "rejected-by-client"
    server.ca.codes.restore("sr-1")
    assert register(endpoint(server, verify_issued_key=False), key).status == "processed"


def test_a_ca_that_is_down_closes_the_connection(server: CMPServer, key: ec.EllipticCurvePrivateKey) -> None:
    """The router fails at once, not after its timeout, and the same CA serves when it is up again."""
    server.ca.faults.set(down=True)
    started = time.monotonic()
    outcome = register(endpoint(server), key)
    assert (outcome.status, outcome.code) == ("failed", "none")
    assert time.monotonic() - started < 4
    server.ca.faults.clear()
    assert register(endpoint(server), key).status == "processed"


def test_a_slow_ca_runs_into_the_timeout(server: CMPServer, key: ec.EllipticCurvePrivateKey) -> None:
    """The http response-timeout ends the wait, and stopping the server does not wait for the slow answer."""
    server.ca.faults.set(slow=30.0)
    outcome = register(CMPEndpoint(server.url, server.ca.certificate_pem(), 0.3), key)
    assert "did not answer within 0.3 seconds" in outcome.status_string
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 5


def test_nobody_listening_is_a_failure_not_an_exception(
    server: CMPServer, key: ec.EllipticCurvePrivateKey
) -> None:
    """A stopped CA gives an outcome that says so."""
    place = endpoint(server)
    server.stop()
    assert "cannot be reached" in register(place, key).status_string


def test_an_unsupported_hash_fails(server: CMPServer, key: ec.EllipticCurvePrivateKey) -> None:
    """md5 is not signed with."""
    outcome = initial_registration(endpoint(server), key, SUBJECT, IPS, (), "sr-1", "secret", "md5")
    assert (outcome.status, "md5" in outcome.status_string) == ("failed", True)


def test_many_routers_enrol_at_once(server: CMPServer) -> None:
    """Twelve routers in twelve threads each get their own certificate, and each code is used once."""
    outcomes: dict[int, Outcome] = {}

    def enrol(number: int) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        outcomes[number] = initial_registration(
            endpoint(server), key, f"CN=r{number}", (f"10.0.0.{number}",), (), f"r{number}", f"secret {number}"
        )

    threads = []
    for number in range(12):
        server.ca.codes.issue(f"r{number}", f"secret {number}", subject=f"CN=r{number}", san_ips=(f"10.0.0.{number}",))
        threads.append(threading.Thread(target=enrol, args=(number,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {outcome.status for outcome in outcomes.values()} == {"processed"}
    assert len({outcome.certificate for outcome in outcomes.values()}) == 12


CMP = {"Content-Type": "application/pkixcmp"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        pytest.param("GET", "", {}, b"", 405, marks=pytest.mark.clause("RFC 9811 3.1 POST")),
        pytest.param("POST", "x", CMP, b"0", 404, marks=pytest.mark.clause("RFC 9811 3.4 paths")),
        pytest.param("POST", "", {"Content-Type": "text/plain"}, b"0", 415,
                     marks=pytest.mark.clause("RFC 9811 3.2 media type")),
        pytest.param("POST", "", CMP, b"not DER", 400, marks=pytest.mark.clause("unreadable")),
        pytest.param("POST", "", CMP, b"\x30\x80\x00\x00", 400, marks=pytest.mark.clause("X.690 10.1 DER")),
        pytest.param("POST", "", {**CMP, "Content-Length": "65537"}, b"", 413, marks=pytest.mark.clause("size")),
        pytest.param("POST", "", {**CMP, "Transfer-Encoding": "chunked"}, b"", 411,
                     marks=pytest.mark.clause("RFC 9811 3.2 length")),
    ],
)
def test_what_is_not_cmp_gets_an_http_error(
    server: CMPServer, method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    """The server refuses in HTTP what has no CMP header, and serves on."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=5)
    connection.putrequest(method, f"/ejbca/publicweb/cmp/CMP-Server{path}")
    if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
        headers = {**headers, "Content-Length": str(len(body))}
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    assert connection.getresponse().status == status
    connection.close()


@pytest.mark.clause("RFC 9811 3.1 status", "RFC 9811 3.2 media type", "RFC 9811 3.2 length")
def test_an_error_of_cmp_is_an_answer_of_http(server: CMPServer) -> None:
    """A request without protection: status 200, the media type, the length, and an error message."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=5)
    connection.request("POST", urllib.parse.urlsplit(server.url).path, seal(b"\xb3\x02\x05\x00", None), CMP)
    reply = connection.getresponse()
    content = reply.read()
    connection.close()
    assert (reply.status, reply.headers["Content-Type"]) == (200, CMP["Content-Type"])
    assert (reply.headers["Content-Length"], reply.headers["Transfer-Encoding"]) == (str(len(content)), None)
    assert read(content).fail_info == {FailInfo.BAD_MESSAGE_CHECK}


def test_noise_on_the_port_harms_nobody(server: CMPServer, key: ec.EllipticCurvePrivateKey) -> None:
    """Half requests, lies about lengths and bytes that are no HTTP end in an answer or a closed connection."""
    rng = random.Random(9811)
    path = f"POST {urllib.parse.urlsplit(server.url).path} HTTP/1.1\r\nContent-Type: application/pkixcmp\r\n".encode()
    noise = [
        b"\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET " + b"/" * 70_000, path, path + b"Content-Length: -1\r\n\r\n",
        path + b"Content-Length: 99999999999999999999\r\n\r\n", path + b"Content-Length: 5\r\n\r\n0",
        path + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n000000", path + b"X: y\r\n" * 200 + b"\r\n",
        *(path + b"Content-Length: 40\r\n\r\n" + rng.randbytes(40) for _ in range(10)),
        *(rng.randbytes(rng.randrange(1, 300)) for _ in range(10)),
    ]
    for piece in noise:
        with socket.create_connection((HOST, server.port), timeout=5) as connection:
            connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while connection.recv(65536):
                    pass
    note("fuzz", "noise on the port", len(noise))
    assert register(endpoint(server), key).status == "processed"


@pytest.mark.clause("RFC 9811 3.4 paths")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", "processed"),
        ("/initialization", "processed"),
        ("/p/CMP-Server", "processed"),
        ("/p/CMP-Server/initialization", "processed"),
        ("/p/another", "failed"),
        ("/issue", "failed"),
    ],
)
def test_the_well_known_paths_are_served(
    server: CMPServer, key: ec.EllipticCurvePrivateKey, path: str, status: str
) -> None:
    """RFC 9811 section 3.4 and RFC 9483 section 6.1: with and without label and operation."""
    place = CMPEndpoint(f"http://{HOST}:{server.port}/.well-known/cmp{path}", server.ca.certificate_pem(), 5.0)
    assert register(place, key).status == status
