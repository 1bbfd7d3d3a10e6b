"""Small TLS servers on loopback for the tests of the probe and of gNMI; none of them is a router."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from pygnmi.spec.v080 import gnmi_pb2, gnmi_pb2_grpc

from tests.support.certificates import Minted

ADDRESS = "127.0.8.1"
STATIC_RSA = "AES256-SHA:AES128-SHA:@SECLEVEL=0"


@dataclass
class GNMIService(gnmi_pb2_grpc.gNMIServicer):  # type: ignore[misc]  # generated code without types
    """A gNMI service that knows Capabilities only and notes the metadata it is sent."""

    password: str = "right-password"
    release: str = "TiMOS-B-21.2.R1"
    stall: threading.Event | None = None
    seen: list[dict[str, str]] = field(default_factory=list)

    def Capabilities(self, request: Any, context: Any) -> Any:  # noqa: N802  # the name is gNMI's
        """Answer as SR OS 21.2 does, after a look at the password."""
        metadata = {str(key): str(value) for key, value in context.invocation_metadata()}
        self.seen.append(metadata)
        if self.stall is not None:
            self.stall.wait(60)
        if metadata.get("password") != self.password:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, f"bad password {metadata.get('password')}")
        return gnmi_pb2.CapabilityResponse(
            supported_models=[
                gnmi_pb2.ModelData(name=name, organization="Nokia", version=self.release)
                for name in ("nokia-conf", "nokia-state")
            ],
            supported_encodings=[gnmi_pb2.JSON, gnmi_pb2.BYTES, gnmi_pb2.PROTO], gNMI_version="0.7.0",
        )


@contextlib.contextmanager
def gnmi_over_unix_socket(folder: Path, service: GNMIService) -> Iterator[str]:
    """Serve gNMI without TLS on a Unix socket; yield its path."""
    path = str(folder / "gnmi.sock")
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    gnmi_pb2_grpc.add_gNMIServicer_to_server(service, server)
    server.add_insecure_port(f"unix:{path}")
    server.start()
    try:
        yield path
    finally:
        if service.stall is not None:
            service.stall.set()
        server.stop(0).wait(10)


def server_context(folder: Path, minted: Minted, *, ciphers: str = "", legacy: bool = False) -> ssl.SSLContext:
    """Return a server's context; ``legacy`` is TLS 1.2 with RSA key exchange only, as SR OS up to 23.10."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (folder / "server.pem").write_bytes(minted.pem)
    (folder / "server.key").write_bytes(minted.key_pem)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.set_alpn_protocols(["h2"])
    if legacy or ciphers:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers or STATIC_RSA)
    return context


@contextlib.contextmanager
def tcp_server(handle: Callable[[socket.socket], None], address: str = ADDRESS) -> Iterator[int]:
    """Accept connections, each in a thread of its own; yield the port."""
    listener = socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
    open_sockets: list[socket.socket] = []

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            handle(sock)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                open_sockets.append(sock)
                threading.Thread(target=serve, args=(sock,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for sock in open_sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        thread.join(10)


@dataclass
class Seen:
    """What a TLS server received after the handshakes, in the clear."""

    received: bytearray = field(default_factory=bytearray)
    handshakes: int = 0


def tls_front(context: ssl.SSLContext, seen: Seen, backend: str = "") -> Callable[[socket.socket], None]:
    """Return a handler that ends TLS, notes what arrives and hands it to ``backend``, a Unix socket."""
    def handle(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as secure:
            seen.handshakes += 1
            if not backend:
                while data := secure.recv(4096):
                    seen.received += data
                return
            with socket.socket(socket.AF_UNIX) as behind:
                behind.connect(backend)
                _pipe(secure, behind, seen)
    return handle


def _pipe(secure: ssl.SSLSocket, behind: socket.socket, seen: Seen) -> None:
    # One thread for both directions: an SSL object is not for two threads at once.
    secure.settimeout(0.02)
    behind.setblocking(False)
    while True:
        with contextlib.suppress(TimeoutError):
            data = secure.recv(65536)
            if not data:
                return
            seen.received += data
            behind.setblocking(True)
            behind.sendall(data)
            behind.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            data = behind.recv(65536)
            if not data:
                return
            secure.settimeout(10)
            secure.sendall(data)
            secure.settimeout(0.02)
