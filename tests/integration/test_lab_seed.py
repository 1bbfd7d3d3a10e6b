"""A lab with a seed is the same in each run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from lxml import etree
from sroscert_lab.lab import Lab
from sroscert_lab.plan import LabPlan
from sroscert_lab.router.pki import RouterPKI
from sroscert_lab.router.pki.certdesk import CertificateDesk, Exchange

from tests.support.fault_bench import Bench, issued
from tests.support.lab import lab_host
from tests.support.netconf_client import connect, data_of


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    """Network, keys, codes, serial numbers, what secrets look like, and which occasions a chance strikes."""
    one, same = (_run(tmp_path / folder, "7") for folder in ("one", "same"))
    assert one == same
    assert len(set(one["codes"])) == len(set(one["serials"])) == 2
    assert 1 < sum(one["struck"]) < 29
    assert len(set(one["keys"])) == len(one["keys"]) == 7
    other = _run(tmp_path / "other", "8")
    assert not [name for name in one if one[name] == other[name]]
    assert not set(one["keys"]) & set(other["keys"])


def _keys(bench: Bench) -> list[bytes]:
    """The keys of the CA and of SSH, and what the router makes: three for one file, one for gNOI."""
    core = bench.core
    authority = bench.lab.ca.certificate()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    keys = [
        authority.public_key().public_bytes(serialization.Encoding.DER, spki),
        str(authority.serial_number).encode(),
        (core.folder / "host.key").read_bytes(),
    ]
    for kind in ("size 2048 type rsa", "curve secp256r1 type ecdsa", "size 2048 type rsa"):
        line = f"admin certificate gen-keypair cf3:/k {kind}"
        assert "MINOR" not in core.behaviour.command(line, "admin", classic=True)
        keys.append(core.flash.read("cf3:/k"))
    assert isinstance(core.behaviour, RouterPKI)
    with Exchange(CertificateDesk(core.behaviour.operations), rotates=False) as exchange:
        asked = x509.load_pem_x509_csr(exchange.request("one", 2048, {"common_name": "sr"}, ""))
    keys.append(asked.public_key().public_bytes(serialization.Encoding.DER, spki))
    return keys


def _run(folder: Path, seed: str) -> dict[str, Any]:
    """What a lab of that seed does."""
    with lab_host(folder / "none") as host:
        lab = Lab(folder, LabPlan(release="21.2", seed=seed))
        host.run(lab.start())
        try:
            bench = Bench(lab)
            codes = [(folder / "codes" / "sr").read_text()]
            lab.issue_code("sr")
            codes.append((folder / "codes" / "sr").read_text())
            bench.core.faults.set("slow-rpc", chance=0.5)
            struck = [bench.core.faults.take("slow-rpc") for _ in range(30)]
            bench.core.faults.clear()
            with connect(bench.core) as client:
                shown = etree.tostring(data_of(client.get_config("running")))
            serials = [issued(bench.enrol()).serial_number for _ in range(2)]
            address = bench.core.address
            keys = _keys(bench)
            return {
                "address": address, "codes": codes, "serials": serials, "struck": struck, "shown": shown, "keys": keys
            }
        finally:
            host.run(lab.stop())
