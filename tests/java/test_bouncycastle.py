"""Interoperability: BouncyCastle, the library inside EJBCA, as the client of the lab's CA.

`make bouncycastle`, or the CI job `.ci/bouncycastle`, which installs Debian's packages first.
"""

from __future__ import annotations

import datetime
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from sroscert_lab.cmp import CertificationAuthority, CMPServer
from sroscert_lab.intentfile import write_secret

HOST = "127.31.8.9"
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=bc"
ADDRESS = "10.9.9.9"
JARS = [Path("/usr/share/java") / f"{name}.jar" for name in ("bcprov", "bcpkix", "bcutil")]
CLIENT = Path(__file__).with_name("CmpClient.java")
pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.client("BouncyCastle"),
    pytest.mark.skipif(
        shutil.which("javac") is None or not all(jar.exists() for jar in JARS),
        reason="needs a JDK and Debian's libbcpkix-java; .ci/bouncycastle installs them",
    ),
]


def test_bouncycastle_lives_a_routers_life(tmp_path: Path) -> None:
    """With PBM and with PBMAC1: ir, cr, p10cr, kur, certConf, genm, rr; every answer is verified."""
    ca = CertificationAuthority.create_or_load(
        tmp_path / "ca", "C=NL,O=Lab,CN=Lab CA", lambda: datetime.datetime.now(datetime.UTC)
    )
    (tmp_path / "ca.pem").write_bytes(ca.certificate_pem())
    codes = [ca.codes.issue(reference, subject=SUBJECT, san_ips=(ADDRESS,)) for reference in ("bc-pbm", "bc-pbmac1")]
    write_secret(tmp_path / "codes", "\n".join(f"{code.reference} {code.secret}" for code in codes))
    with CMPServer(ca, HOST) as server:
        run = subprocess.run(
            ["java", "-cp", ":".join(map(str, JARS)), str(CLIENT), server.url, "ca.pem", "codes"], cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100, check=False,
        )
    results = Counter((entry.kind, entry.result) for entry in ca.journal.entries())
    ca.close()
    assert run.returncode == 0, run.stdout
    assert run.stdout.splitlines() == [
        line
        for mac, owner in (("PBM", "SHA256withRSA"), ("PBMAC1", "SHA256withRSAandMGF1"))
        for line in (
            f"genm caCerts, rootCaCert, certReqTemplate, crlStatusList under {mac}",
            f"ir for RSA under {mac}",
            f"cr for RSA under {owner}",
            f"p10cr for RSA under {owner}",
            f"cr confirmed implicitly under {owner}",
            f"kur for EC under {owner}",
            "kur for Ed25519 under SHA384withECDSA",
            "genm caCerts, rootCaCert, certReqTemplate, crlStatusList under Ed25519",
            "rr under Ed25519",
            f"refusal of a used code under {mac}",
        )
    ]
    assert results == Counter({
        ("ir", "issued"): 2, ("cr", "issued"): 4, ("kur", "issued"): 4, ("p10cr", "issued"): 2,
        ("certConf", "confirmed"): 10, ("genm", "told"): 16, ("rr", "revoked"): 2, ("ir", "refused"): 2,
    })
