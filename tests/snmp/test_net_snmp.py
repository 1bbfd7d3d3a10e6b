"""net-snmp starts CMPv2 requests on a lab router by TIMETRA-SECURITY-MIB's action table."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sroscert_lab.cmp import CertificationAuthority, CMPServer
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import make_behaviour

from tests.support.lab import free_address, lab_router, wait_until
from tests.support.netconf_client import CONF, NETCONF, PlainClient

pytestmark = [
    pytest.mark.client("net-snmp"),
    pytest.mark.skipif(
        shutil.which("snmpset") is None or importlib.util.find_spec("pysnmp") is None,
        reason="needs Debian's snmp and the extra snmp: make snmp",
    ),
]
TABLE = "1.3.6.1.4.1.6527.3.1.2.22.18.22.1"
PORT = 16161
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"
CONFIGURATION = (
    "<system><management-interface><snmp><general-port>{port}</general-port></snmp></management-interface><security>"
    "<snmp><community><community-string>see</community-string><access-permissions>r</access-permissions></community>"
    "<community><community-string>do</community-string><access-permissions>rwa</access-permissions>"
    "<version>v2c</version></community></snmp>"
    "<pki><ca-profile><ca-profile-name>ejbca</ca-profile-name><admin-state>enable</admin-state>"
    "<cert-file>ca.pem</cert-file><revocation-check>crl-optional</revocation-check><cmpv2><url><url-string>{url}"
    "</url-string></url></cmpv2></ca-profile></pki></security></system>"
)


def column(number: int) -> str:
    """An instance of the row of `ejbca`."""
    return f"{TABLE}.{number}.5.{'.'.join(str(byte) for byte in b'ejbca')}"


class Manager:
    """net-snmp's commands against one router."""

    def __init__(self, core: RouterCore) -> None:
        self.place = f"{core.address}:{PORT}"

    def run(self, command: str, *words: str, community: str = "do", version: str = "2c") -> tuple[int, str]:
        """Exit code and output of one command."""
        done = subprocess.run(
            [command, f"-v{version}", "-c", community, "-Onqv", "-r0", "-t2", self.place, *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30, check=False,
        )
        return done.returncode, done.stdout

    def get(self, number: int) -> str:
        """The value of a column."""
        return self.run("snmpget", column(number))[1].strip().strip('"')

    def set(self, **values: str) -> tuple[int, str]:
        """Set columns together: `c1="i 6"`."""
        words = [word for name, text in values.items() for word in (column(int(name[1:])), *text.split(" ", 1))]
        return self.run("snmpset", *words)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[Manager, RouterCore, CertificationAuthority]]:
    """A router of 25.10 with a key and a CA profile, configured over NETCONF."""
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "Lab CA", lambda: datetime.now(UTC))
    made = lab_router(tmp_path, "25.10", make_behaviour=make_behaviour)
    with CMPServer(ca, free_address()) as server, made as router:
        core = router.core
        core.flash.write("cf3:/ca.pem", ca.certificate_pem())
        for line in (
            "//admin certificate import type cert input cf3:/ca.pem output ca.pem format pem",
            "//admin certificate gen-keypair cf3:/sr-key size 2048 type rsa",
            "//admin certificate import type key input cf3:/sr-key output sr-key format der",
        ):
            core.behaviour.raw_command(line, "admin")
        with PlainClient(core) as client:
            client.rpc(
                f'<edit-config><target><candidate/></target><config><configure xmlns="{CONF}">'
                f"{CONFIGURATION.format(port=PORT, url=server.url)}</configure></config></edit-config>"
            )
            assert client.rpc("<commit/>").find(f"{{{NETCONF}}}ok") is not None
        yield Manager(core), core, ca
    ca.close()


def test_net_snmp_enrols_polls_and_aborts(manager: tuple[Manager, RouterCore, CertificationAuthority]) -> None:
    """A registration that waits is polled, another one aborted; who may not is not answered or refused."""
    snmp, core, ca = manager
    code = ca.codes.issue("sr", subject=SUBJECT, san_ips=("192.0.2.1",))
    code_words = {"c4": f"s {code.secret}", "c5": "s sr", "c8": f"s {SUBJECT}", "c9": "s cf3:/sr.der"}
    address = {"c20": "i 1", "c21": "x C0000201"}
    ca.faults.set(pending=-1)
    started = snmp.set(c1="i 1", c2="i 1", c3="s sr-key", c7="i 4", **code_words, **address)
    assert started[0] == 0, started
    wait_until(lambda: snmp.get(13) == "4", "the request waits")
    assert (snmp.get(11), snmp.get(4), snmp.get(2)) == ("1", "", "2")
    ca.approve()
    assert snmp.set(c1="i 4", c2="i 1")[0] == 0
    wait_until(lambda: (snmp.get(11), snmp.get(13)) == ("0", "1"), "the certificate")
    assert core.flash.exists("cf3:/sr.der")

    again = ca.codes.issue("sr-2", subject=SUBJECT, san_ips=("192.0.2.1",))
    assert snmp.set(c1="i 1", c2="i 1", c4=f"s {again.secret}", c5="s sr-2", c9="s cf3:/sr2.der")[0] == 0
    wait_until(lambda: snmp.get(13) == "4", "another one waits")
    assert snmp.set(c1="i 6", c2="i 1")[0] == 0
    wait_until(lambda: (snmp.get(11), snmp.get(12)) == ("2", "Aborted"), "the end of it")
    assert snmp.set(c1="i 4", c2="i 1")[0] == 0
    wait_until(lambda: "is pending" in snmp.get(12), "nothing to poll")

    # Two CA profiles: ours, and that of another team, which a lab's router always has.
    walks = [snmp.run(command, TABLE)[1].splitlines() for command in ("snmpwalk", "snmpbulkwalk")]
    walked, bulk = ([line for line in lines if line and "No more" not in line] for lines in walks)
    assert (len(walked), walked[:2], walked[4]) == (42, ["4", "1"], '"sr-key"')
    assert bulk == walked
    assert "inconsistentValue" in snmp.set(c2="i 1")[1]
    assert "notWritable" in snmp.set(c11="i 0")[1]
    assert "wrongValue" in snmp.set(c1="i 9")[1]
    for words in ({"community": "nobody"}, {"community": "see"}, {"version": "1"}):
        refused = snmp.run("snmpget", column(11), **words)
        assert refused[0] != 0, (words, refused)
