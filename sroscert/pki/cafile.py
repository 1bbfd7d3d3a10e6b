"""The operator's copy of a CA certificate: one certificate, read out of whatever text stands around it, or refused.

A CA profile of SR OS has one certificate. What is sent to the router and what is trusted is that certificate as it was
understood here, never the file's other bytes. Whether a router would take it is decided in ``checks``.
"""

from __future__ import annotations

import codecs
import pathlib
import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sroscert.errors import PKIError
from sroscert.pki.certificate import CertificateInfo, load, read, unreadable

_BEGIN = re.compile(rb"-----BEGIN ([^\r\n]*?)-----")
_CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONVERT = {
    "PKCS7": "openssl pkcs7 -in FILE -print_certs",
    "TRUSTED CERTIFICATE": "openssl x509 -in FILE -out NEW",
}


@dataclass(frozen=True)
class LocalCA:
    """One CA certificate: ``data`` is the certificate alone, in the encoding that its file had."""

    data: bytes
    info: CertificateInfo

    @property
    def format(self) -> str:
        """How the router is told to read it."""
        return "pem" if self.data.startswith(b"-----BEGIN") else "der"

    @property
    def pem(self) -> bytes:
        """The certificate in PEM."""
        return load(self.data).public_bytes(Encoding.PEM)


def read_file(path: pathlib.Path) -> LocalCA:
    """Read the CA certificate in ``path``. Raises PKIError, with the file's name and the reason."""
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise PKIError(f"{path} cannot be read: {error.strerror or error}", code="file-missing") from error
    except PKIError as error:
        raise PKIError(f"{path}: {error.message}", code=error.code, hint=error.hint) from error


def parse(data: bytes) -> LocalCA:
    """Read the one certificate of a file's content: DER, or PEM with any text around it.

    Raises PKIError (``certificate-unreadable``) with the reason: none, several, or something besides certificates.
    """
    if data.startswith(_WIDE):
        data = _narrowed(data)
    if not data.strip():
        raise unreadable("the file is empty")
    labels = [match[1].decode("ascii", "replace") for match in _BEGIN.finditer(data)]
    if not labels:
        return LocalCA(data, _info(data, "it is no PEM, and cannot be read as DER"))
    _refuse_others(labels)
    if len(labels) > 1:
        raise PKIError(
            f"it holds {len(labels)} certificates{_subjects(data)}; a CA profile has one",
            code="certificate-unreadable",
            hint="leave only the certificate of the CA that signs; give each other CA a ca_profile of its own",
        )
    begin = next(_BEGIN.finditer(data))
    block = data[begin.start():].replace(b"X509 CERTIFICATE", b"CERTIFICATE")
    if b"-----END CERTIFICATE-----" not in block:
        raise unreadable("its certificate has no END line: the file is cut off")
    info = _info(block, "its certificate cannot be read")
    return LocalCA(load(block).public_bytes(Encoding.PEM), info)


def _narrowed(data: bytes) -> bytes:
    try:
        return data.decode("utf-16").encode("utf-8")
    except UnicodeDecodeError as error:
        raise unreadable("it begins as UTF-16 text and is none") from error


def _refuse_others(labels: list[str]) -> None:
    for label in labels:
        if "PRIVATE KEY" in label:
            raise PKIError(
                "it holds a private key; a CA's key has no business here, and is sent nowhere",
                code="certificate-unreadable", hint="keep the certificate alone in the file",
            )
        if label not in _CERTIFICATES:
            convert = _CONVERT.get(label)
            raise PKIError(
                f"it holds a {label}, not a certificate", code="certificate-unreadable",
                hint=f"convert it: {convert}" if convert else "export the CA's certificate as PEM or DER",
            )


def _info(data: bytes, reason: str) -> CertificateInfo:
    try:
        return read(data)
    except PKIError as error:
        raise unreadable(reason) from error


def _subjects(data: bytes) -> str:
    try:
        subjects = [item.subject.rfc4514_string() for item in x509.load_pem_x509_certificates(data)]
    except ValueError:
        return ""
    return f" ({'; '.join(subjects)})"
