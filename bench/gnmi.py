"""Measure gNMI checks, one after the other, beside pygnmi used alone: ``python bench/gnmi.py [CHECKS]``.

The server is gRPC's own with TLS, in a process whose time does not count. Peers: a loop over pygnmi in one process,
which is what the calls cost and has no deadline that holds, and a process with pygnmi for each call.
"""

from __future__ import annotations

import datetime
import ipaddress
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent import futures
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sroscert.device.credentials import Credentials
from sroscert.device.gnmi import capabilities
from sroscert.device.gnmi_process import PROCESSES

CHECKS = 50
HOST = "127.0.0.1"
LOOP = """
import sys
from pygnmi.client import gNMIclient
host, port, trusted, count = sys.argv[1:]
for _ in range(int(count)):
    with gNMIclient(target=(host, port), username="admin", password="admin", path_cert=trusted) as client:
        assert client.capabilities()["gnmi_version"]
"""


def main() -> None:
    """Measure ours and both peers; or be the server."""
    if len(sys.argv) > 2 and sys.argv[1] == "serve":
        serve(Path(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CHECKS
    with tempfile.TemporaryDirectory(prefix="sroscert-bench-") as name:
        trusted = make_certificate(Path(name))
        words = [sys.executable, __file__, "serve", name]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            measure(trusted, port, count)
            server.terminate()


def measure(trusted: Path, port: str, count: int) -> None:
    """Print processor milliseconds of one check of each kind."""
    def loop(calls: int) -> None:
        subprocess.run([sys.executable, "-c", LOOP, HOST, port, str(trusted), str(calls)], check=True,
                       stdout=subprocess.DEVNULL)

    def ours() -> None:
        for _ in range(count):
            capabilities(HOST, int(port), trusted.read_bytes(), Credentials("admin", "admin"))
        PROCESSES.close()

    def each() -> None:
        for _ in range(count):
            loop(1)

    print(f"{f'{count} checks, one after the other':50} {'CPU ms':>8} {'ms':>8}  for one")
    for what, act in (
        ("ours: TLS probe and Capabilities", ours),
        ("pygnmi, a loop in one process", lambda: loop(count)),
        ("pygnmi, a process for each", each),
    ):
        processor, elapsed = cost(act)
        print(f"{what:50} {processor * 1000 / count:8.1f} {elapsed * 1000 / count:8.1f}")


def cost(act: Callable[[], None]) -> tuple[float, float]:
    """Seconds of the processor, of this process and those that it waited for, and seconds that went by."""
    def spent() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    before, begun = spent(), time.monotonic()
    act()
    return spent() - before, time.monotonic() - begun


def make_certificate(folder: Path) -> Path:
    """Make a key and its self-signed certificate; where the certificate is."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    trusted = folder / "certificate.pem"
    trusted.write_bytes(certificate.public_bytes(encoding))
    return trusted


def serve(folder: Path) -> None:
    """Be the server: say the port, and serve until told to end."""
    import grpc
    from pygnmi.spec.v080 import gnmi_pb2, gnmi_pb2_grpc

    class Service(gnmi_pb2_grpc.gNMIServicer):  # type: ignore[misc]  # generated code without types
        def Capabilities(self, request: Any, context: Any) -> Any:  # noqa: N802  # the name is gNMI's
            return gnmi_pb2.CapabilityResponse(gNMI_version="0.8.0")

    server = grpc.server(futures.ThreadPoolExecutor(4))
    gnmi_pb2_grpc.add_gNMIServicer_to_server(Service(), server)
    pair = [(folder / "key.pem").read_bytes(), (folder / "certificate.pem").read_bytes()]
    port = server.add_secure_port(f"{HOST}:0", grpc.ssl_server_credentials([(pair[0], pair[1])]))
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
