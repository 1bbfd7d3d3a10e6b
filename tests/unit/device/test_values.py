"""The small values of the device package: credentials, file names, names in certificates."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from sroscert.device.credentials import Credentials
from sroscert.device.files import holds_only_certificates, may_be_certificate, sftp_name
from sroscert.device.gnmi import CipherClass, class_of
from sroscert.device.ports import Handshake, Reason
from sroscert.device.tls import _dns_matches, require_verified
from sroscert.errors import FileTransferError, TLSProbeError
from tests.support.certificates import make_ca


@pytest.mark.law(8)
def test_credentials_do_not_show_the_password() -> None:
    """No usual way of showing an object shows the password."""
    credentials = Credentials.resolve("admin", "env:X", {"env:X": "canary"}.__getitem__)
    assert credentials.password == "canary"
    assert "canary" not in f"{credentials!r} {credentials!s} {[credentials]} {credentials}"
    assert not hasattr(credentials, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(credentials)


@pytest.mark.parametrize(("url", "name"), [
    ("cf3:/x", "cf3:/x"), ("cf3:\\x", "cf3:/x"), ("cf3:x", "cf3:/x"),
    ("CF3:\\system-pki\\sr-cert", "cf3:/system-pki/sr-cert"),
    ("cf3-A:/x", "cf3-a:/x"), ("cf3:/", "cf3:/"), ("cf3:", "cf3:/"), ("cf1://a//b/", "cf1:/a/b"),
])
def test_file_names(url: str, name: str) -> None:
    """Both spellings of a name are the same file."""
    assert sftp_name(url) == name


@pytest.mark.parametrize(
    "url", ["/etc/passwd", "x", "cf3:/../x", "cf3:\\a\\..\\b", "cf5:/x", "cf3:/a\nb", "ftp://x/y", ""]
)
def test_names_off_the_flash_are_refused(url: str) -> None:
    """Nothing but a file on a compact flash is touched."""
    with pytest.raises(FileTransferError):
        sftp_name(url)


def test_first_bytes() -> None:
    """A certificate begins as one; what begins as anything else is not read on."""
    ca = make_ca()
    assert may_be_certificate(ca.pem)
    assert may_be_certificate(ca.der)
    assert not may_be_certificate(ca.key_pem)
    assert not may_be_certificate(b"\x30\x82\x04\xa3\x02\x01\x00")
    assert not may_be_certificate(b"")
    assert not holds_only_certificates(ca.pem + ca.key_pem)
    assert not holds_only_certificates(ca.der + b"x")


@pytest.mark.parametrize(("pattern", "name", "expected"), [
    ("sr.example.net", "SR.example.net.", True), ("*.example.net", "sr.example.net", True),
    ("*.example.net", "a.sr.example.net", False), ("*.example.net", "example.net", False), ("*.net", "x.net", False),
    ("*", "x", False), ("s*.example.net", "sr.example.net", False), ("*.example.net", ".example.net", False),
])
def test_dns_names(pattern: str, name: str, expected: bool) -> None:
    """RFC 9525 section 6.3: a wildcard is the whole leftmost label, and only that."""
    assert _dns_matches(pattern, name) is expected


@pytest.mark.parametrize(("version", "cipher", "expected"), [
    ("TLSv1.3", "TLS_AES_256_GCM_SHA384", CipherClass.MODERN),
    ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", CipherClass.MODERN),
    ("TLSv1.2", "AES256-SHA", CipherClass.COMPATIBLE),
])
def test_cipher_class(version: str, cipher: str, expected: CipherClass) -> None:
    """RSA key exchange is offered only where the probe needed it."""
    assert class_of(Handshake("a", 1, Reason.OK, version=version, cipher=cipher)) is expected


@pytest.mark.parametrize("reason", list(Reason))
def test_only_ok_is_verified(reason: Reason) -> None:
    """Every reason but one is an error that names it."""
    handshake = Handshake("172.20.20.5", 57400, reason, detail="words")
    if reason is Reason.OK:
        assert require_verified(handshake) is handshake
        return
    with pytest.raises(TLSProbeError) as caught:
        require_verified(handshake)
    assert caught.value.reason == reason.value


def test_importing_is_quiet_and_light() -> None:
    """Importing the adapters prints nothing, adds no handler to the root logger and loads neither gRPC nor netmiko."""
    code = (
        "import logging, sys\n"
        "import sroscert.device.netconf, sroscert.device.files, sroscert.device.gnmi, sroscert.device.exec\n"
        "assert not logging.getLogger().handlers\n"
        "assert not {'grpc', 'pygnmi', 'netmiko'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
