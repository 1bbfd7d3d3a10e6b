"""The TLS probe against real TLS servers on loopback: each fault gets its own reason."""

from __future__ import annotations

import datetime
import socket
import struct
import threading
import time
from pathlib import Path

import pytest

from sroscert.device.ports import Handshake, Reason
from sroscert.device.tls import MODERN, STATIC_RSA, probe
from sroscert.errors import PKIError
from tests.support.certificates import Minted, make_ca, make_certificate
from tests.support.tls_servers import ADDRESS, Seen, server_context, tcp_server, tls_front

DAY = datetime.timedelta(days=1)


def serve_and_probe(
    folder: Path, minted: Minted, trusted: bytes, *, seen: Seen | None = None, ciphers: str = "",
    legacy: bool = False, **arguments: object,
) -> Handshake:
    """Serve one certificate and probe it."""
    context = server_context(folder, minted, ciphers=ciphers, legacy=legacy)
    with tcp_server(tls_front(context, seen or Seen())) as port:
        return probe(ADDRESS, port, trusted, timeout_s=10, **arguments)  # type: ignore[arg-type]


CA, OTHER, NAMESAKE = make_ca(), make_ca("Other CA", number=2), make_ca(number=2)
GOOD = make_certificate(CA, ips=[ADDRESS])
CASES = {
    "right": (GOOD, CA.pem, Reason.OK),
    "right among several CAs": (GOOD, OTHER.pem + CA.pem, Reason.OK),
    "another CA": (GOOD, OTHER.pem, Reason.UNKNOWN_CA),
    "another CA of the same name": (GOOD, NAMESAKE.pem, Reason.UNKNOWN_CA),
    "self-signed": (make_certificate(ips=[ADDRESS]), CA.pem, Reason.SELF_SIGNED),
    "expired": (make_certificate(CA, ips=[ADDRESS], starts=-2 * DAY, ends=-DAY), CA.pem, Reason.EXPIRED),
    "not yet valid": (make_certificate(CA, ips=[ADDRESS], starts=DAY), CA.pem, Reason.NOT_YET_VALID),
    "another address": (make_certificate(CA, ips=["127.0.8.2"]), CA.pem, Reason.NAME_MISMATCH),
    "the address as a DNS name": (make_certificate(CA, dns=[ADDRESS]), CA.pem, Reason.NAME_MISMATCH),
    "the address as common name only": (make_certificate(CA, common_name=ADDRESS), CA.pem, Reason.NAME_MISMATCH),
}


@pytest.mark.parametrize("legacy", [False, True], ids=["TLS 1.3", "RSA key exchange"])
@pytest.mark.parametrize("case", CASES)
def test_reasons_for_certificates(tmp_path: Path, case: str, legacy: bool) -> None:
    """Each fault has its own reason, the served certificate is shown in every case, and nothing is sent."""
    minted, trusted, reason = CASES[case]
    seen = Seen()

    handshake = serve_and_probe(tmp_path, minted, trusted, seen=seen, legacy=legacy)

    assert (handshake.reason, handshake.verified) == (reason, reason is Reason.OK)
    assert handshake.der == minted.der
    assert handshake.certificate is not None
    assert handshake.certificate.serial == minted.certificate.serial_number
    assert handshake.version == ("TLSv1.2" if legacy else "TLSv1.3")
    assert bool(seen.received) is False


def test_names_may_be_given(tmp_path: Path) -> None:
    """All names that are asked for must be in the certificate, addresses and DNS names alike."""
    minted = make_certificate(CA, ips=[ADDRESS, "2001:db8::5"], dns=["sr.example.net"])
    right = serve_and_probe(tmp_path, minted, CA.pem, expected_names=["sr.example.net", "2001:DB8:0::5"])
    wrong = serve_and_probe(tmp_path, minted, CA.pem, expected_names=["sr.example.net", "other.example.net"])
    assert right.reason is Reason.OK
    assert wrong.reason is Reason.NAME_MISMATCH
    assert "other.example.net" in wrong.detail


@pytest.mark.parametrize("suite", ["AES256-SHA", "AES128-SHA256", "AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"])
def test_every_suite_of_old_releases_is_reached(tmp_path: Path, suite: str) -> None:
    """TLS 1.2 with RSA key exchange is spoken, and the suite is shown."""
    handshake = serve_and_probe(tmp_path, GOOD, CA.pem, ciphers=f"{suite}:@SECLEVEL=0")
    assert (handshake.reason, handshake.cipher, handshake.alpn) == (Reason.OK, suite, "h2")


def test_no_shared_cipher(tmp_path: Path) -> None:
    """A router whose suites we do not offer is told apart."""
    handshake = serve_and_probe(tmp_path, GOOD, CA.pem, legacy=True, ciphers=STATIC_RSA)
    assert handshake.verified
    context = server_context(tmp_path, GOOD, legacy=True)
    with tcp_server(tls_front(context, Seen())) as port:
        refused = probe(ADDRESS, port, CA.pem, ciphers=MODERN, timeout_s=10)
    assert refused.reason is Reason.NO_SHARED_CIPHER


def answer(data: bytes) -> Reason:
    """Probe a server that answers whatever it is sent with some bytes."""
    def handle(sock: socket.socket) -> None:
        sock.recv(1024)
        sock.sendall(data)
        sock.recv(1024)
    with tcp_server(handle) as port:
        return probe(ADDRESS, port, CA.pem, timeout_s=10).reason


@pytest.mark.parametrize(("data", "reason"), [
    (b"\x15\x03\x01\x00\x02\x02\x46", Reason.PROTOCOL_VERSION),
    (b"\x15\x03\x03\x00\x02\x02\x28", Reason.NO_SHARED_CIPHER),
    (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18), Reason.PLAINTEXT_SERVER),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", Reason.PLAINTEXT_SERVER),
    (b"SSH-2.0-OpenSSH_9.2\r\n", Reason.PLAINTEXT_SERVER),
    (b"", Reason.TIMEOUT),
], ids=["alert protocol_version", "alert handshake_failure", "HTTP/2 without TLS", "HTTP", "SSH", "nothing"])
def test_reasons_for_other_answers(data: bytes, reason: Reason) -> None:
    """What is not TLS, or an alert, has its reason."""
    if reason is Reason.TIMEOUT:
        with tcp_server(lambda sock: _wait(sock)) as port:
            started = time.monotonic()
            assert probe(ADDRESS, port, CA.pem, timeout_s=0.5).reason is reason
            assert time.monotonic() - started < 3
        return
    assert answer(data) is reason


def _wait(sock: socket.socket) -> None:
    while sock.recv(1024):
        pass


def test_a_dripping_server_is_bounded() -> None:
    """A server that sends a byte now and then does not stretch the time limit."""
    stop = threading.Event()

    def handle(sock: socket.socket) -> None:
        for byte in b"\x16\x03\x03\x40\x00" + bytes(1000):
            if stop.wait(0.1):
                return
            sock.sendall(bytes([byte]))

    with tcp_server(handle) as port:
        started = time.monotonic()
        reason = probe(ADDRESS, port, CA.pem, timeout_s=1).reason
        stop.set()
    assert reason is Reason.TIMEOUT
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_a_server_that_hangs_up(how: str) -> None:
    """A connection that ends without an alert is a reset."""
    def handle(sock: socket.socket) -> None:
        sock.recv(1024)
        if how == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    with tcp_server(handle) as port:
        assert probe(ADDRESS, port, CA.pem, timeout_s=10).reason is Reason.RESET


def test_nothing_listens() -> None:
    """A closed port is refused."""
    with socket.create_server((ADDRESS, 0)) as listener:
        port = listener.getsockname()[1]
    assert probe(ADDRESS, port, CA.pem, timeout_s=10).reason is Reason.REFUSED


def test_an_unknown_name_is_unreachable() -> None:
    """An address that is none is unreachable."""
    assert probe("no-such-router.invalid", 57400, CA.pem, timeout_s=10).reason is Reason.UNREACHABLE


@pytest.mark.parametrize("trusted", [b"", b"not a certificate"])
def test_nothing_to_trust_is_an_error(trusted: bytes) -> None:
    """Without a CA certificate there is nothing to verify with; the system's are not asked."""
    with pytest.raises(PKIError):
        probe(ADDRESS, 1, trusted, timeout_s=1)
