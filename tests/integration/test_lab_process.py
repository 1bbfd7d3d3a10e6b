"""The lab as a process: up, status, control, down, and what a killed one leaves behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from ncclient import manager
from sroscert_lab.asking import ControlError, ask
from sroscert_lab.cmp import CMPEndpoint, initial_registration, poll
from sroscert_lab.intentfile import subject
from sroscert_lab.process import is_running

from tests.support.cmp_vendors import DEVICE, make_vendor
from tests.support.lab import wait_until
from tests.support.netconf_client import NS, configuration, data_of

LAB = Path(__file__).parents[2] / "lab"


def lab(folder: Path, *arguments: str, code: int = 0) -> str:
    """Run one command of the lab; its output, or what it complains about when `code` is not 0."""
    environment = {**os.environ, "PYTHONPATH": str(LAB)}
    done = subprocess.run(
        [sys.executable, "-m", "sroscert_lab", arguments[0], "--folder", str(folder), *arguments[1:]],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=environment,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running lab with two routers, in a folder whose name is too long for a socket address."""
    place = tmp_path_factory.mktemp("lab") / ("long-" * 20)
    lab(place, "up", "--routers", "2", "--release", "21.2", "--ca-key", "ecdsa-p256")
    yield place
    lab(place, "down")
    assert "no lab is running" in lab(place, "status", code=1)
    assert not (place / "control.sock").exists()


def described(folder: Path) -> dict[str, Any]:
    """`status -o json`."""
    found: dict[str, Any] = json.loads(lab(folder, "status", "-o", "json"))
    assert found.pop("exit_code") == 0
    return found


def connect(router: dict[str, Any], known_hosts: Path) -> Any:
    """An ncclient session."""
    return manager.connect(
        host=router["address"],
        port=router["ports"]["netconf"],
        username="admin",
        password="admin",
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
        timeout=20,
    )


def test_a_lab_is_started_used_and_stopped(folder: Path) -> None:
    """Routers answer where status says; faults, changes and the clock go by the control socket; down ends all of it."""
    found = described(folder)
    assert list(found["routers"]) == ["sr1", "sr2"]
    router = found["routers"]["sr1"]
    for name in ("password", "codes/sr1", "codes/sr2"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert (folder / "ManagementCA.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert router["address"] in (folder / "known_hosts").read_text()
    with connect(router, folder / "known_hosts") as client:
        lab(folder, "change", "--router", "sr1", "/configure", "system", "name", "changed")
        data = data_of(client.get_config("running"))
        assert data.findtext(".//c:system/c:name", namespaces=NS) == "changed"
        assert "flash-full" in json.loads(lab(folder, "fault", "-o", "json"))
        lab(folder, "fault", "commit-refused", "--router", "sr1", "--arg", "busy", "--times", "1")
        with pytest.raises(Exception, match="#4001: configure system - busy"):
            client.validate("candidate")
        lab(folder, "fault", "lock-held", "--router", "sr1")
        assert described(folder)["routers"]["sr1"]["faults"] == {"lock-held": ""}
        with pytest.raises(Exception, match="#2052"):
            client.lock("candidate")
        lab(folder, "clear")
        client.lock("candidate")
    before = described(folder)["clock_offset_s"]
    lab(folder, "clock", "advance", "30d")
    assert described(folder)["clock_offset_s"] - before == 30 * 86400
    code = (folder / "codes" / "sr1").read_text()
    lab(folder, "codes", "issue", "--router", "sr1")
    assert (folder / "codes" / "sr1").read_text() != code
    lab(folder, "fault", "ca-down")
    assert json.loads(lab(folder, "journal", "-o", "json")) == []
    lab(folder, "clear")


def test_the_ca_has_a_command_line(folder: Path) -> None:
    """An operator approves one waiting request, sees its transaction and certificate, and revokes it."""
    ca = described(folder)["ca"]
    router = described(folder)["routers"]["sr2"]
    key = ec.generate_private_key(ec.SECP256R1())
    trusted = x509.load_pem_x509_certificate(Path(ca["certificate"]).read_bytes())
    place = CMPEndpoint(ca["url"], trusted.public_bytes(Encoding.DER), 10.0)
    ask(folder, "inject", fault="ca-pending")
    secret = (folder / "codes" / "sr2").read_text().strip()
    waiting = initial_registration(place, key, subject("sr2"), (router["address"],), (), "sr2", secret)
    assert waiting.pending is not None, waiting
    assert ask(folder, "codes", router="sr1", expires="12h")
    listed = {item["reference"]: item for item in json.loads(lab(folder, "codes", "list", "-o", "json"))}
    assert (listed["sr1"]["state"], bool(listed["sr1"]["expires"]), listed["sr2"]["expires"]) == ("good", True, "")
    assert secret not in json.dumps(listed)
    (found,) = ask(folder, "ca", verb="transactions")
    assert (found["kind"], found["state"], found["credential"]) == ("ir", "waiting", "mac:sr2")
    assert lab(folder, "ca", "approve", found["transaction"][:8]) == "1 request(s) approved.\n"
    assert poll(place, waiting.pending).certificate is not None
    ask(folder, "clear")
    (certificate,) = json.loads(lab(folder, "ca", "list", "-o", "json"))
    assert (certificate["names"], certificate["revoked"]) == ([router["address"]], None)
    shown = json.loads(lab(folder, "ca", "show", found["transaction"][:8], "-o", "json"))
    assert (shown["state"], shown["serial"]) == ("done", certificate["serial"])
    assert [entry["result"] for entry in shown["journal"]] == ["waiting", "issued", "confirmed"]
    assert secret not in json.dumps(shown)
    assert f"used  {certificate['serial']}" in lab(folder, "codes", "list")
    assert "keyCompromise" in lab(folder, "ca", "revoke", certificate["serial"], "--reason", "keyCompromise")
    for wrong, text in (
        ({"verb": "revoke", "serial": certificate["serial"]}, "revoked already"),
        ({"verb": "revoke", "serial": "12ab"}, "no certificate"),
        ({"verb": "revoke", "serial": "12ab", "reason": "boredom"}, "unknown reason"),
        ({"verb": "approve", "transaction": found["transaction"]}, "does not wait"),
        ({"verb": "show", "transaction": "00000000"}, "no transaction"),
    ):
        with pytest.raises(ControlError, match=text):
            ask(folder, "ca", **wrong)
    assert "needs a serial number" in lab(folder, "ca", "revoke", code=1)
    assert json.loads(lab(folder, "ca", "est", "-o", "json"))["url"] == ca["est"]
    assert isinstance(trusted.public_key(), ec.EllipticCurvePublicKey)


def test_the_ca_is_told_of_vendors(folder: Path, tmp_path: Path) -> None:
    """A root to trust, and which router a device is: what a first request signed by the vendor needs."""
    root = make_vendor(datetime.now(UTC)).root.certificate
    (tmp_path / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    assert "CN=Vendor Root" in lab(folder, "ca", "trust", str(tmp_path / "root.pem"))
    peer = (str(tmp_path / "root.pem"), "--asks", str(tmp_path / "root.pem"), "--router", "sr1")
    assert 'ipsec-transport-mode-profile "t" does not exist' in lab(folder, "ike", "t", *peer, code=1)
    ask(folder, "ca", verb="expect", device=DEVICE, router="sr2")
    assert lab(folder, "ca", "vendors").splitlines() == [
        "root  O=Vendor,CN=Vendor Root",
        f"{DEVICE}  is  {subject('sr2')}  {described(folder)['routers']['sr2']['address']}  expected",
    ]
    mistakes: list[tuple[dict[str, Any], str]] = [
        ({"verb": "expect", "device": DEVICE, "router": "sr9"}, "no router sr9; there are sr1, sr2"),
        ({"verb": "trust", "pem": "nothing"}, "no certificate in PEM"),
    ]
    for wrong, text in mistakes:
        with pytest.raises(ControlError, match=text):
            ask(folder, "ca", **wrong)
    assert "has a key already" in lab(folder, "up", "--ca-key", "ed25519", code=1)


def test_a_second_lab_in_the_folder_is_refused(folder: Path) -> None:
    """`up` on a running lab says so and changes nothing."""
    pid = described(folder)["pid"]
    assert "a lab is running" in lab(folder, "up", code=1)
    assert described(folder)["pid"] == pid


def test_a_killed_lab_is_noticed_and_started_again(tmp_path: Path) -> None:
    """After kill -9 status says that the lab ended; `up` finds everything again; SIGTERM ends it."""
    lab(tmp_path, "up")
    before = described(tmp_path)
    with connect(before["routers"]["sr"], tmp_path / "known_hosts") as client:
        client.edit_config(configuration("<system><name>saved</name></system>"), target="candidate")
        client.commit()
        client.copy_config("running", "startup")
    pem = (tmp_path / "ManagementCA.pem").read_bytes()
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(lambda: not is_running(tmp_path), "death of the lab")
    assert "ended without being stopped" in lab(tmp_path, "status", code=1)
    lab(tmp_path, "up")
    after = described(tmp_path)
    assert after["routers"]["sr"]["address"] == before["routers"]["sr"]["address"]
    assert (tmp_path / "ManagementCA.pem").read_bytes() == pem
    with connect(after["routers"]["sr"], tmp_path / "known_hosts") as client:
        assert data_of(client.get_config("running")).findtext(".//c:system/c:name", namespaces=NS) == "saved"
    os.kill(after["pid"], signal.SIGTERM)
    wait_until(lambda: not is_running(tmp_path), "end of the lab")
    assert json.loads((tmp_path / "lab.json").read_text())["pid"] is None
    assert not (tmp_path / "control.sock").exists()


def test_mistakes_are_told(folder: Path) -> None:
    """Unknown faults, routers, leaves and values are refused with the reason."""
    assert "known: drop-before-commit" in lab(folder, "inject", "nonsense", code=1)
    assert "no router x" in lab(folder, "fault", "slow-rpc", "--router", "x", code=1)
    assert "unknown element 'nonsense'" in lab(folder, "change", "/configure", "system", "nonsense", "1", code=1)
    assert "#2301" in lab(folder, "change", "/configure/system/grpc/admin-state", "maybe", code=1)
    assert "not a duration" in lab(folder, "clock", "advance", "soon", code=1)


def test_asking_a_lab_loads_neither_routers_nor_ssh() -> None:
    """Each command of the lab is a process: it must start quickly."""
    code = "import sys, sroscert_lab.__main__; print(*sorted({'asyncssh', 'grpc', 'pygnmi'} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": str(LAB)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
