"""``openssl ocsp``, as a responder of a CA's index of certificates and as a client that asks one."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.support.minting import CA, PrivateKey

#: What a line of the index says of a certificate: valid, or revoked at a time for a reason.
VALID, REVOKED = "V", "R"


@contextlib.contextmanager
def responding(
    folder: Path, authority: CA, serials: Mapping[int, str], signer: tuple[bytes, PrivateKey] | None = None,
    *options: str, address: str = "127.0.0.1",
) -> Iterator[str]:
    """Run a responder, and give its URL; ``signer`` is a certificate in DER with its key, else the CA signs."""
    folder.mkdir(exist_ok=True)
    (folder / "ca.pem").write_bytes(authority.pem)
    lines = [
        "\t".join((state, "491231235959Z", "" if state == VALID else "240101000000Z,keyCompromise", f"{serial:04X}",
                   "unknown", "/CN=x"))
        for serial, state in serials.items()
    ]
    (folder / "index.txt").write_text("".join(f"{line}\n" for line in lines))
    certificate, key = signer or (authority.der, authority.key)
    pem = x509.load_der_x509_certificate(certificate).public_bytes(serialization.Encoding.PEM)
    (folder / "signer.pem").write_bytes(pem + _pem(key))
    command = [
        "openssl", "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "signer.pem", "-rkey", "signer.pem",
        "-port", "0", *options,
    ]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield f"http://{address}:{_port_of(process)}/any"
    finally:
        process.kill()
        process.communicate()


def _port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        found = re.match(r"ACCEPT \S+:(\d+)", line)
        if found:
            return int(found[1])
        said.append(line)
    raise AssertionError(f"openssl ocsp does not listen: {''.join(said)}")


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def ask(folder: Path, url: str, *options: str) -> str:
    """What ``openssl ocsp`` says of the certificates in ``options``, with ``ca.pem`` as their trusted issuer."""
    command = ["openssl", "ocsp", "-issuer", "ca.pem", "-CAfile", "ca.pem", "-url", url, "-timeout", "10", *options]
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30, check=False
    )
    return done.stdout
