"""gNMI Capabilities against a real gRPC server behind real TLS on loopback."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from sroscert.device.credentials import Credentials
from sroscert.device.gnmi import CipherClass, call, capabilities
from sroscert.device.gnmi_process import PROCESSES
from sroscert.device.ports import GNMIModel, Reason
from sroscert.device.tls import probe
from sroscert.errors import TLSProbeError
from tests.support.certificates import Minted, make_ca, make_certificate
from tests.support.lab import wait_until
from tests.support.processes import workers_of
from tests.support.tls_servers import (
    ADDRESS,
    GNMIService,
    Seen,
    gnmi_over_unix_socket,
    server_context,
    tcp_server,
    tls_front,
)

LOGIN = Credentials("admin", "right-password")
CA, OTHER = make_ca(), make_ca("Other CA", number=2)
GOOD = make_certificate(CA, ips=[ADDRESS])


@pytest.fixture(autouse=True)
def no_process_before() -> Iterator[None]:
    """No process of an earlier test is used, and none is left."""
    PROCESSES.close()
    yield
    PROCESSES.close()


@dataclass
class Router:
    """A running gNMI server: its port, what it was asked and what came through TLS."""

    port: int
    service: GNMIService
    seen: Seen


@contextlib.contextmanager
def router(
    folder: Path,
    minted: Minted = GOOD,
    *,
    legacy: bool = False,
    service: GNMIService | None = None,
    address: str = ADDRESS,
) -> Iterator[Router]:
    """Serve gNMI over TLS with one certificate."""
    service = service or GNMIService()
    seen = Seen()
    context = server_context(folder, minted, legacy=legacy)
    with gnmi_over_unix_socket(folder, service) as path, tcp_server(tls_front(context, seen, path), address) as port:
        yield Router(port, service, seen)


@pytest.mark.parametrize("legacy", [False, True], ids=["TLS 1.3", "RSA key exchange"])
def test_capabilities_over_verified_tls(tmp_path: Path, legacy: bool) -> None:
    """The right CA, name and password give version, models and encodings, whatever TLS the release speaks."""
    with router(tmp_path, legacy=legacy) as server:
        found = capabilities(ADDRESS, server.port, CA.pem, LOGIN, timeout_s=30)

    assert found.version == "0.7.0"
    assert GNMIModel("nokia-conf", "Nokia", "TiMOS-B-21.2.R1") in found.models
    assert found.encodings == ("JSON", "BYTES", "PROTO")
    assert server.service.seen[0]["username"] == "admin"


def has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback."""
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 loopback on this machine")
@pytest.mark.parametrize("legacy", [False, True], ids=["TLS 1.3", "RSA key exchange"])
def test_a_router_with_an_ipv6_address(tmp_path: Path, legacy: bool) -> None:
    """An IPv6 address is dialled in brackets, and verified by the address in subjectAltName; another one is not."""
    with router(tmp_path, make_certificate(CA, ips=["::1"]), legacy=legacy, address="::1") as server:
        assert capabilities("::1", server.port, CA.pem, LOGIN, timeout_s=30).version == "0.7.0"
    (tmp_path / "other").mkdir()
    with router(tmp_path / "other", make_certificate(CA, ips=["::2"]), legacy=legacy, address="::1") as server:
        with pytest.raises(TLSProbeError, match=r"\[::1\]:\d+") as caught:
            capabilities("::1", server.port, CA.pem, LOGIN, timeout_s=30)
        assert caught.value.reason == Reason.NAME_MISMATCH.value
        with pytest.raises(TLSProbeError, match=r"\[::1\]:\d+"):
            call("::1", server.port, CA.pem, LOGIN, cipher_class=CipherClass.COMPATIBLE, timeout_s=5)
        assert server.service.seen == []


def test_a_handshake_that_was_made_is_used(tmp_path: Path) -> None:
    """A probe made just now is not repeated."""
    with router(tmp_path, legacy=True) as server:
        handshake = probe(ADDRESS, server.port, CA.pem, timeout_s=10)
        capabilities(ADDRESS, server.port, CA.pem, LOGIN, handshake=handshake, timeout_s=30)
    assert server.seen.handshakes == 2


BAD = {
    "another CA": (GOOD, OTHER.pem, Reason.UNKNOWN_CA),
    "another address": (make_certificate(CA, ips=["127.0.8.9"]), CA.pem, Reason.NAME_MISMATCH),
    "the address as common name only": (make_certificate(CA, common_name=ADDRESS), CA.pem, Reason.NAME_MISMATCH),
}


@pytest.mark.law(7)
@pytest.mark.parametrize("case", BAD)
def test_a_wrong_certificate_gets_no_password(tmp_path: Path, case: str) -> None:
    """Where TLS does not hold, the reason is exact and no byte follows the handshake."""
    minted, trusted, reason = BAD[case]
    with router(tmp_path, minted, legacy=True) as server:
        with pytest.raises(TLSProbeError) as caught:
            capabilities(ADDRESS, server.port, trusted, LOGIN, timeout_s=30)
        assert caught.value.reason == reason.value
        assert server.service.seen == []
        assert not server.seen.received


@pytest.mark.law(7)
@pytest.mark.parametrize("legacy", [False, True], ids=["TLS 1.3", "RSA key exchange"])
@pytest.mark.parametrize("case", BAD)
def test_grpc_itself_verifies_too(tmp_path: Path, case: str, legacy: bool) -> None:
    """Even without the probe before it, gRPC sends no password to a router whose certificate is not right."""
    minted, trusted, _ = BAD[case]
    with router(tmp_path, minted, legacy=legacy) as server:
        with pytest.raises(TLSProbeError) as caught:
            call(ADDRESS, server.port, trusted, LOGIN, cipher_class=CipherClass.COMPATIBLE, timeout_s=5)
        assert caught.value.reason in (Reason.UNAVAILABLE.value, Reason.NAME_MISMATCH.value)
        assert server.service.seen == []
        assert b"right-password" not in server.seen.received


def test_a_wrong_password_is_told_apart(tmp_path: Path) -> None:
    """The router's refusal is unauthenticated, and the password that it repeats is not in the error."""
    with router(tmp_path) as server, pytest.raises(TLSProbeError) as caught:
        capabilities(ADDRESS, server.port, CA.pem, Credentials("admin", "canary-password"), timeout_s=30)
    assert caught.value.reason == Reason.UNAUTHENTICATED.value
    assert "canary" not in str(caught.value)


def test_a_stalling_service_is_bounded(tmp_path: Path) -> None:
    """A service that never answers is given up at the time limit, and the process is gone."""
    service = GNMIService(stall=threading.Event())
    with router(tmp_path, service=service) as server:
        started = time.monotonic()
        with pytest.raises(TLSProbeError) as caught:
            capabilities(ADDRESS, server.port, CA.pem, LOGIN, timeout_s=4)
        assert time.monotonic() - started < 8
        assert caught.value.reason == Reason.TIMEOUT.value
        assert workers_of(os.getpid()) == []


def test_a_server_that_stalls_after_tls_is_bounded(tmp_path: Path) -> None:
    """A port that speaks TLS and then nothing is given up at the time limit."""
    with tcp_server(tls_front(server_context(tmp_path, GOOD), Seen())) as port:
        started = time.monotonic()
        with pytest.raises(TLSProbeError):
            capabilities(ADDRESS, port, CA.pem, LOGIN, timeout_s=3)
        assert time.monotonic() - started < 7
        assert workers_of(os.getpid()) == []


def test_nothing_listening_is_refused() -> None:
    """A closed port is refused by the probe."""
    with socket.create_server((ADDRESS, 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TLSProbeError) as caught:
        capabilities(ADDRESS, port, CA.pem, LOGIN, timeout_s=5)
    assert caught.value.reason == Reason.REFUSED.value


def test_cipher_classes_do_not_influence_each_other(tmp_path: Path) -> None:
    """In one run an old and a new router are reached one after the other, each with suites of its own."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    with router(tmp_path / "old", legacy=True) as old, router(tmp_path / "new") as new:
        for server in (new, old, new, old):
            assert capabilities(ADDRESS, server.port, CA.pem, LOGIN, timeout_s=30).models
        with pytest.raises(TLSProbeError):
            call(ADDRESS, old.port, CA.pem, LOGIN, cipher_class=CipherClass.MODERN, timeout_s=3)
    assert "GRPC_SSL_CIPHER_SUITES" not in os.environ


@pytest.mark.law(8)
def test_the_password_is_in_no_argument_and_no_environment(tmp_path: Path) -> None:
    """While the worker runs, its command line and environment do not have the password."""
    stall = threading.Event()
    service = GNMIService(stall=stall)
    with router(tmp_path, service=service) as server:
        thread = threading.Thread(target=_ignore, args=(server.port,))
        thread.start()
        deadline = time.monotonic() + 20
        while not service.seen and time.monotonic() < deadline:
            threading.Event().wait(0.05)
        (worker,) = workers_of(os.getpid())
        shown = Path(f"/proc/{worker}/cmdline").read_bytes() + Path(f"/proc/{worker}/environ").read_bytes()
        stall.set()
        thread.join()
    assert service.seen[0]["password"] == "right-password"
    assert b"GRPC_SSL_CIPHER_SUITES" in shown
    assert b"right-password" not in shown


def _ignore(port: int) -> None:
    with contextlib.suppress(TLSProbeError):
        capabilities(ADDRESS, port, CA.pem, LOGIN, timeout_s=20)


def test_the_next_call_uses_the_process_and_makes_a_handshake_of_its_own(tmp_path: Path) -> None:
    """A process imports gRPC once for many calls; each of them sees what the router serves by then."""
    with router(tmp_path) as server:
        call(ADDRESS, server.port, CA.pem, LOGIN, cipher_class=CipherClass.MODERN, timeout_s=30)
        (first,) = workers_of(os.getpid())
        call(ADDRESS, server.port, CA.pem, LOGIN, cipher_class=CipherClass.MODERN, timeout_s=30)
        assert workers_of(os.getpid()) == [first]
        assert server.seen.handshakes == 2
        asked = len(server.service.seen)
        with pytest.raises(TLSProbeError):
            call(ADDRESS, server.port, OTHER.pem, LOGIN, cipher_class=CipherClass.MODERN, timeout_s=5)
        assert len(server.service.seen) == asked


def test_a_process_of_which_a_call_failed_is_gone(tmp_path: Path) -> None:
    """What answered with an error is not used again."""
    with router(tmp_path) as server:
        with pytest.raises(TLSProbeError):
            capabilities(ADDRESS, server.port, CA.pem, Credentials("admin", "wrong"), timeout_s=30)
        assert workers_of(os.getpid()) == []


def test_an_idle_process_that_ended_is_replaced(tmp_path: Path) -> None:
    """What was killed while it had nothing to do costs no check."""
    with router(tmp_path) as server:
        capabilities(ADDRESS, server.port, CA.pem, LOGIN, timeout_s=30)
        (idle,) = workers_of(os.getpid())
        os.kill(idle, signal.SIGKILL)
        assert capabilities(ADDRESS, server.port, CA.pem, LOGIN, timeout_s=30).models
        assert len(workers_of(os.getpid())) == 1


def test_few_idle_processes_are_kept(tmp_path: Path) -> None:
    """Six calls at once are answered by six processes; four stay, and none after the close."""
    with router(tmp_path) as server, ThreadPoolExecutor(6) as threads:
        def ask(_: int) -> int:
            return len(capabilities(ADDRESS, server.port, CA.pem, LOGIN, timeout_s=60).models)

        assert all(threads.map(ask, range(6)))
    assert 1 <= len(workers_of(os.getpid())) <= 4
    PROCESSES.close()
    assert workers_of(os.getpid()) == []


CLIENT = """
import signal, sys
from pathlib import Path
from sroscert.device.credentials import Credentials
from sroscert.device.gnmi import capabilities

signal.signal(signal.SIGINT, lambda *_: None)  # as a run does, which finishes the step at hand
address, port, trusted, timeout_s = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]).read_bytes(), float(sys.argv[4])
login = Credentials("admin", "right-password")
print(capabilities(address, port, trusted, login, timeout_s=timeout_s).version, flush=True)
signal.pause()
"""


@contextlib.contextmanager
def client(folder: Path, port: int, timeout_s: float = 60) -> Iterator[subprocess.Popen[str]]:
    """Make a call in an interpreter with a process group of its own, as a shell starts it; it then waits."""
    (folder / "trusted.pem").write_bytes(CA.pem)
    words = [sys.executable, "-c", CLIENT, ADDRESS, str(port), str(folder / "trusted.pem"), str(timeout_s)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, process_group=0) as process:
        try:
            yield process
        finally:
            process.kill()


def test_an_interrupt_from_the_terminal_does_not_end_the_check(tmp_path: Path) -> None:
    """Ctrl-C goes to the whole process group of a terminal; a run finishes the step at hand, its check included."""
    service = GNMIService(stall=threading.Event())
    with router(tmp_path, service=service) as server, client(tmp_path, server.port) as process:
        wait_until(lambda: bool(service.seen), "the call", 30)
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.5)
        assert service.stall is not None
        service.stall.set()
        assert process.stdout is not None
        assert process.stdout.readline() == "0.7.0\n"


def test_no_idle_process_outlives_a_run_that_is_killed(tmp_path: Path) -> None:
    """After SIGKILL of the run its idle process ends by itself."""
    with router(tmp_path) as server, client(tmp_path, server.port) as process:
        assert process.stdout is not None
        process.stdout.readline()
        (idle,) = workers_of(process.pid)
        process.kill()
        process.wait()
        wait_until(lambda: not Path(f"/proc/{idle}").exists(), "the end of the process", 30)


def test_a_call_that_stalls_does_not_outlive_a_run_that_is_killed_by_long(tmp_path: Path) -> None:
    """After SIGKILL of the run nobody kills its process at the time limit: it ends by itself a second later."""
    service = GNMIService(stall=threading.Event())
    with router(tmp_path, service=service) as server, client(tmp_path, server.port, timeout_s=8) as process:
        wait_until(lambda: bool(service.seen), "the call", 30)
        (stalled,) = workers_of(process.pid)
        process.kill()
        process.wait()
        wait_until(lambda: not Path(f"/proc/{stalled}").exists(), "the end of the process", 12)
        assert service.stall is not None
        service.stall.set()


def test_a_process_that_is_killed_in_a_call_is_told(tmp_path: Path) -> None:
    """What ended without an answer, as where memory ran out, is an error with its status, and no wait."""
    service = GNMIService(stall=threading.Event())
    with router(tmp_path, service=service) as server, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(capabilities, ADDRESS, server.port, CA.pem, LOGIN, timeout_s=60)
        wait_until(lambda: bool(service.seen), "the call", 30)
        (worker,) = workers_of(os.getpid())
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(TLSProbeError, match="ended with status -9"):
            asked.result(10)
        assert service.stall is not None
        service.stall.set()
