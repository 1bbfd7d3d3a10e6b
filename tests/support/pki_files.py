"""Files of every kind and format that a router imports, made by ``openssl`` and not by us, and ``openssl`` to read."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

PASSWORD = "pass-word"
_PASS = f"pass:{PASSWORD}"


def openssl(*arguments: str, stdin: bytes = b"", folder: Path | None = None) -> bytes:
    """Return what one command of ``openssl`` prints; AssertionError with its words when it fails."""
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class PKIFiles:
    """A CA, a certificate of it with its key, and its CRL: one file for each kind and format that can hold it.

    ``files`` is by kind and format; ``expected`` by kind, in DER (a key in PKCS #8).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._make_objects()
        self.files = {
            ("cert", "pem"): self.read("c.pem"),
            ("cert", "der"): self._run("x509", "-in", "c.pem", "-outform", "DER"),
            ("cert", "pkcs12"): self._pkcs12("-inkey", "k.pem", "-in", "c.pem", "-certfile", "ca.pem"),
            ("cert", "pkcs7-der"): self._pkcs7("DER", "-nocrl", "-certfile", "c.pem"),
            ("cert", "pkcs7-pem"): self._pkcs7("PEM", "-nocrl", "-certfile", "c.pem"),
            ("key", "pem"): self.read("k.pem"),
            ("key", "der"): self._run("pkcs8", "-topk8", "-nocrypt", "-in", "k.pem", "-outform", "DER"),
            ("key", "pkcs12"): self._pkcs12("-inkey", "k.pem", "-nocerts"),
            ("crl", "pem"): self.read("l.pem"),
            ("crl", "der"): self._run("crl", "-in", "l.pem", "-outform", "DER"),
            ("crl", "pkcs7-der"): self._pkcs7("DER", "-in", "l.pem"),
            ("crl", "pkcs7-pem"): self._pkcs7("PEM", "-in", "l.pem"),
        }
        self.locked = {
            "pem": self._run("pkcs8", "-topk8", "-in", "k.pem", "-passout", _PASS),
            "der": self._run("pkcs8", "-topk8", "-in", "k.pem", "-passout", _PASS, "-outform", "DER"),
            "traditional": self._run("ec", "-in", "k.pem", "-aes-256-cbc", "-passout", _PASS),
        }
        self.expected = {kind: self.files[kind, "der"] for kind in ("cert", "key", "crl")}
        self.authority = x509.load_pem_x509_certificate(self.read("ca.pem"))
        self.mixed = {
            "pem": self.read("k.pem") + self.read("l.pem") + self.read("c.pem") + self.read("ca.pem"),
            "pkcs7-der": self._pkcs7("DER", "-in", "l.pem", "-certfile", "c.pem", "-certfile", "ca.pem"),
            "pkcs7-pem": self._pkcs7("PEM", "-in", "l.pem", "-certfile", "c.pem", "-certfile", "ca.pem"),
        }

    def read(self, name: str) -> bytes:
        """Return the bytes of a file that ``openssl`` made."""
        return (self._folder / name).read_bytes()

    @property
    def authority_der(self) -> bytes:
        """The CA's certificate."""
        return self.authority.public_bytes(serialization.Encoding.DER)

    def _run(self, *arguments: str) -> bytes:
        return openssl(*arguments, folder=self._folder)

    def _make_objects(self) -> None:
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30")
        usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self._run("req", "-x509", *curve, "-keyout", "ca-key.pem", "-out", "ca.pem", "-subj", "/CN=CA", *usage)
        self._run(
            "req", "-x509", *curve, "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=sr",
            "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-addext", "basicConstraints=critical,CA:FALSE",
        )
        (self._folder / "index.txt").touch()
        (self._folder / "ca.cnf").write_text("[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\ndefault_md=sha256\n")
        self._run(
            "ca", "-config", "ca.cnf", "-gencrl", "-crldays", "30", "-cert", "ca.pem", "-keyfile", "ca-key.pem",
            "-out", "l.pem",
        )

    def _pkcs12(self, *arguments: str) -> bytes:
        return self._run("pkcs12", "-export", *arguments, "-passout", _PASS)

    def _pkcs7(self, encoding: str, *arguments: str) -> bytes:
        return self._run("crl2pkcs7", *arguments, "-outform", encoding)
