"""``openssl cmp`` as a client of the lab's CA: a running CA, and a folder with the files that openssl needs."""

from __future__ import annotations

import contextlib
import datetime
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sroscert_lab.cmp import CertificationAuthority, CMPServer
from sroscert_lab.cmp.signatures import SigningKey

HOST = "127.31.8.1"
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"
SLASHED = "/C=NL/ST=ZH/O=Nokia/CN=sr"
IP = "172.20.20.5"
MAC = ("-ref", "sr-1", "-secret", "file:secret")
IR = ("-cmd", "ir", *MAC, "-subject", SLASHED, "-newkey", "k0", "-certout", "c0")


def now() -> datetime.datetime:
    """Return lab time: here it is real time."""
    return datetime.datetime.now(datetime.UTC)


def pem(key: SigningKey) -> bytes:
    """Return a private key as PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@dataclass(frozen=True)
class Bench:
    """A running CA and a folder in which ``openssl cmp`` works."""

    server: CMPServer
    folder: Path

    def cmp(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``openssl cmp`` against the CA; the output is in ``stdout``."""
        command = [
            "openssl", "cmp", "-config", "", "-server", f"{HOST}:{self.server.port}", "-path",
            "ejbca/publicweb/cmp/CMP-Server", "-recipient", "/CN=Lab CA", "-total_timeout", "20", *arguments,
        ]
        return subprocess.run(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30,
            check=False,
        )

    def certificate(self, name: str) -> x509.Certificate:
        """Return a certificate that ``openssl cmp`` wrote."""
        return x509.load_pem_x509_certificate((self.folder / name).read_bytes())


@contextlib.contextmanager
def open_bench(folder: Path, keys: Sequence[SigningKey], key_kind: str = "rsa-2048") -> Iterator[Bench]:
    """A CA with a key of this kind and one code, and the files ``secret``, ``ca.pem``, ``k0``, ``k1`` …"""
    ca = CertificationAuthority.create_or_load(folder / "ca", "Lab CA", now, key_kind=key_kind)
    code = ca.codes.issue("sr-1", subject=SUBJECT, san_ips=(IP,))
    client = folder / "client"
    client.mkdir()
    (client / "secret").write_text(code.secret)
    (client / "ca.pem").write_bytes(ca.certificate_pem())
    for number, key in enumerate(keys):
        (client / f"k{number}").write_bytes(pem(key))
    with CMPServer(ca, HOST) as server:
        yield Bench(server, client)
    ca.close()
