"""A lab without routers: a CA that enrols whoever has one of its codes, and its command line."""

from __future__ import annotations

import json
import socket
import ssl
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from sroscert_lab.asking import ControlError, ask

from tests.integration.test_lab_process import described, lab
from tests.support.lab import wait_until

SUBJECT = "C=NL,O=Nokia,CN=pe1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running CA without routers."""
    place = tmp_path_factory.mktemp("ca")
    assert "intent" not in lab(place, "up", "--routers", "0", "--ca-key", "ecdsa-p256")
    yield place
    lab(place, "down")


def start_openssl(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`openssl` in the CA's folder."""
    return subprocess.Popen(
        ["openssl", *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def openssl(folder: Path, *arguments: str) -> str:
    """What `openssl` prints when it succeeds."""
    running = start_openssl(folder, *arguments)
    told, _ = running.communicate(timeout=40)
    assert running.returncode == 0, told
    return told


def transactions(folder: Path) -> list[dict[str, Any]]:
    """What the CA has been asked for."""
    found: list[dict[str, Any]] = ask(folder, "ca", verb="transactions")
    return found


@pytest.mark.client("openssl cmp")
def test_a_ca_alone_enrols_with_openssl_and_is_operated(folder: Path) -> None:
    """CMP, EST and OCSP listen; a code is issued, its request approved, shown, and the certificate revoked."""
    found = described(folder)
    assert (found["routers"], found["intent"], found["known_hosts"]) == ({}, "", "")
    assert not (folder / "intent.yaml").exists()
    issued = lab(folder, "codes", "issue", "--reference", "pe1", "--subject", SUBJECT, "--ip", "192.0.2.1")
    assert Path(issued.strip()) == folder / "codes" / "pe1"
    assert stat.S_IMODE((folder / "codes" / "pe1").stat().st_mode) == 0o600
    ask(folder, "inject", fault="ca-pending")
    ask(folder, "inject", fault="ca-check-after", argument="1")
    openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "k0")
    client = start_openssl(
        folder, "cmp", "-config", "", "-server", found["ca"]["url"], "-cmd", "ir", "-ref", "pe1", "-secret",
        "file:codes/pe1", "-recipient", "/C=NL/O=sroscert lab/CN=ManagementCA", "-subject", "/C=NL/O=Nokia/CN=pe1",
        "-sans", "192.0.2.1", "-newkey", "k0", "-certout", "c0", "-total_timeout", "30",
    )
    wait_until(lambda: [item["state"] for item in transactions(folder)] == ["waiting"], "a waiting request", 20.0)
    identifier = transactions(folder)[0]["transaction"][:8]
    assert lab(folder, "ca", "approve", identifier) == "1 request(s) approved.\n"
    told, _ = client.communicate(timeout=40)
    assert client.returncode == 0, told
    ask(folder, "clear")
    certificate = x509.load_pem_x509_certificate((folder / "c0").read_bytes())
    (listed,) = ask(folder, "ca", verb="list")
    serial = listed["serial"]
    assert (int(serial, 16), listed["names"]) == (certificate.serial_number, ["192.0.2.1"])
    shown = ask(folder, "ca", verb="show", transaction=identifier)
    assert [entry["result"] for entry in shown["journal"]] == ["waiting", "issued", "confirmed"]
    assert "used" in lab(folder, "codes", "list")
    assert f"{serial}: good" in (asked := ocsp(folder, found["ca"]["ocsp"], serial)), asked
    with pytest.raises(ControlError, match="at least 4 digits of a certificate"):
        ask(folder, "ca", verb="revoke", serial=serial[:3])
    assert "superseded" in lab(folder, "ca", "revoke", serial[:8], "--reason", "superseded")
    assert f"{serial}: revoked" in ocsp(folder, found["ca"]["ocsp"], serial)
    with pytest.raises(ControlError, match="revoked already"):
        ask(folder, "ca", verb="revoke", serial=serial[:8])
    place = urlsplit(found["ca"]["est"])
    context = ssl.create_default_context(cafile=found["ca"]["certificate"])
    with socket.create_connection((place.hostname or "", place.port or 0), 10) as plain:
        context.wrap_socket(plain, server_hostname=place.hostname).close()


def ocsp(folder: Path, url: str, serial: str) -> str:
    """What the responder says about a serial number."""
    answer = openssl(
        folder, "ocsp", "-issuer", "ManagementCA.pem", "-CAfile", "ManagementCA.pem", "-serial", f"0x{serial}",
        "-url", url,
    )
    assert "Response verify OK" in answer
    return answer.replace(f"0x{serial}", serial)


def test_what_needs_a_router_says_that_there_is_none(folder: Path) -> None:
    """Faults and changes of routers, and codes that say too little or too much, are refused; the CA's faults go."""
    for command, arguments, text in (
        ("change", {"words": ["/configure"]}, "a CA alone"),
        ("inject", {"fault": "flash-full"}, "a CA alone"),
        ("clear", {"fault": "flash-full"}, "a CA alone"),
        ("codes", {}, "--reference"),
        ("codes", {"reference": "../pe1", "subject": SUBJECT}, "names a file"),
        ("codes", {"reference": "pe1", "subject": "pe1"}, "distinguished name"),
        ("codes", {"reference": "pe1", "subject": SUBJECT, "ips": ["192.0.2"]}, "IPv4"),
    ):
        with pytest.raises(ControlError, match=text):
            ask(folder, command, **arguments)
    assert "needs the --subject" in lab(folder, "codes", "issue", "--reference", "pe1", code=1)
    assert "go with --reference" in lab(folder, "codes", "issue", "--subject", SUBJECT, code=1)
    ask(folder, "inject", fault="ca-down")
    assert ask(folder, "clear") == "cleared"
    assert json.loads(lab(folder, "status", "-o", "json"))["routers"] == {}
