"""What the lab answers holds in the models of each release: replies to actions, and the state after each step."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.cmp import CertificationAuthority, CMPServer
from sroscert_lab.router.pki import RouterPKI, make_behaviour
from sroscert_lab.router.pki.assumptions import FailureForm

from sroscert import schema
from sroscert.commands import operations as op
from sroscert.commands.action import Action, spelling, to_action
from sroscert.commands.raw import to_line
from sroscert.schema import Schema
from sroscert.schema.facts import facts
from sroscert.values import Release
from tests.support.lab import free_address, lab_router, wait_until
from tests.support.netconf_client import CONF, NETCONF, STATE, PlainClient
from tests.support.samples import every_operation
from tests.yang import counter
from tests.yang.yanglint import Yanglint

GLOBAL = "urn:nokia.com:sros:ns:yang:sr:oper-global"
ACTION = '<action xmlns="urn:ietf:params:xml:ns:yang:1">{}</action>'
RAW = "/global-operations/md-cli-raw-command"
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"
CA_PROFILE = (
    "<system><security><pki><ca-profile><ca-profile-name>ejbca</ca-profile-name><admin-state>enable</admin-state>"
    "<cert-file>ca.pem</cert-file><revocation-check>crl-optional</revocation-check><cmpv2><url><url-string>{url}"
    "</url-string></url></cmpv2></ca-profile></pki></security></system>"
)
CERT_PROFILE = (
    "<system><security><tls><cert-profile><cert-profile-name>served</cert-profile-name>"
    "<admin-state>enable</admin-state><entry><entry-id>1</entry-id><certificate-file>sr-cert</certificate-file>"
    "<key-file>sr-key</key-file></entry></cert-profile></tls></security>{more}</system>"
)
GNOI = "<grpc><gnoi><cert-mgmt><admin-state>enable</admin-state></cert-mgmt></gnoi></grpc>"
BESIDE = (
    "<router><router-name>Base</router-name><interface><interface-name>lan</interface-name><admin-state>enable"
    "</admin-state><ipv4><primary><address>192.0.2.1</address><prefix-length>24</prefix-length></primary></ipv4>"
    "</interface></router><policy-options><as-path><name>own</name><expression>65000</expression></as-path>"
    "</policy-options><service><customer><customer-name>1</customer-name><customer-id>1</customer-id></customer><vprn>"
    "<service-name>ca</service-name><service-id>7</service-id><customer>1</customer></vprn></service>"
)
"""Of what a lab's router holds besides the product's schemas."""
SNMP = (
    "<system><security><snmp><community><community-string>see</community-string><access-permissions>r"
    "</access-permissions><version>v2c</version></community></snmp></security></system>"
)
"""That, too; such a community opens nothing in the lab."""
IPSEC = (
    "<ipsec><cert-profile><name>vpn</name><admin-state>enable</admin-state><entry><id>3</id><cert>sr-cert</cert>"
    "<key>sr-key</key></entry></cert-profile><trust-anchor-profile><name>vpn</name><trust-anchor>"
    "<ca-profile>ejbca</ca-profile></trust-anchor></trust-anchor-profile></ipsec>"
)
SUCCEED = frozenset({
    op.GenerateKeypair, op.ImportFile, op.ExportFile, op.GenerateCSR, op.InitialRegistration, op.CertRequest,
    op.KeyUpdate, op.Poll, op.ClearRequest, op.ShowRequest, op.DisplayCertificate, op.RemoveFile, op.ListFiles,
    op.CopyFile, op.Checksum, op.Reload,
})
"""What the lab must have done at least once, or there is no reply of it to hold against the models."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CMPServer]:
    """A CA."""
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "ManagementCA", lambda: datetime.now(UTC))
    with CMPServer(ca, free_address()) as running:
        yield running
    ca.close()


def request(operation: op.Operation, one: Schema, code: str) -> bytes:
    """Return what stands below ``<action>``: a modelled action, or the raw command with a line."""
    if isinstance(spelling(operation, one), Action):
        return etree.tostring(to_action(operation, one, lambda _: code))
    root = etree.Element(f"{{{GLOBAL}}}global-operations", nsmap={None: GLOBAL})  # type: ignore[dict-item]
    command = etree.SubElement(root, f"{{{GLOBAL}}}md-cli-raw-command")
    etree.SubElement(command, f"{{{GLOBAL}}}md-cli-input-line").text = to_line(operation, lambda _: code)
    return etree.tostring(root)


def files() -> tuple[op.Operation, ...]:
    """Return what brings a CA certificate and two keys into a router."""
    return (
        op.ImportFile("cf3:/ca.pem", "ca.pem", "certificate", "pem"),
        op.GenerateKeypair("cf3:/sr-key"),
        op.ImportFile("cf3:/sr-key", "sr-key", "key", "der"),
        op.GenerateKeypair("cf3:/sr-key2"),
        op.ImportFile("cf3:/sr-key2", "sr-key2", "key", "der"),
    )


def commit(client: PlainClient, members: str) -> None:
    """Configure a router."""
    client.rpc(
        f'<edit-config><target><candidate/></target><config><configure xmlns="{CONF}">{members}</configure>'
        "</config></edit-config>"
    )
    assert client.rpc("<commit/>").find(f"{{{NETCONF}}}ok") is not None


class Router:
    """A lab router that is asked, and everything that it has answered."""

    def __init__(self, client: PlainClient, one: Schema, code: str) -> None:
        self.client, self.one, self.code = client, one, code
        self.states: list[bytes] = []
        self.replies: list[tuple[bytes, bytes]] = []
        self.done: set[type] = set()

    def ask(self, *operations: op.Operation) -> None:
        """Ask for what can be said over NETCONF, and keep the replies that are no rpc-error."""
        for operation in operations:
            if not isinstance(spelling(operation, self.one), Action) and self.one.action(RAW) is None:
                continue
            asked = request(operation, self.one, self.code)
            reply = self.client.rpc(ACTION.format(asked.decode()))
            if reply.find(f"{{{NETCONF}}}rpc-error") is None:
                self.replies.append((etree.tostring(reply), asked))
                if b"MINOR:" not in self.replies[-1][0]:
                    self.done.add(type(operation))

    def look(self) -> None:
        """Ask for the state, and for the configuration with it."""
        for inside in (f'<state xmlns="{STATE}"/>', f'<configure xmlns="{CONF}"/><state xmlns="{STATE}"/>'):
            self.states.append(
                etree.tostring(self.client.rpc(f'<get><filter type="subtree">{inside}</filter></get>'))
            )


@pytest.mark.parametrize("release", schema.known_releases(), ids=lambda release: release.train)
def test_what_the_lab_answers_is_valid(
    tmp_path: Path, server: CMPServer, release: Release, yanglint: Yanglint
) -> None:
    """A router enrols, is asked for every operation, and shows its state in between: all of it holds in the models."""
    one = schema.load(release)
    has_gnoi = one.node("/configure/system/grpc/gnoi/cert-mgmt") is not None
    with lab_router(tmp_path, release.train, make_behaviour=make_behaviour) as router:
        core = router.core
        core.flash.write("cf3:/ca.pem", server.ca.certificate_pem())
        code = server.ca.codes.issue("1", subject=SUBJECT, san_ips=(core.address,))
        with PlainClient(core) as client:
            asked = Router(client, one, code.secret)
            asked.look()
            asked.ask(*files())
            commit(client, CA_PROFILE.format(url=server.url))
            asked.look()
            asked.ask(
                op.InitialRegistration("ejbca", "sr-key", "1", "env:CODE", SUBJECT, "cf3:/sr-cert.der", core.address)
            )
            asked.look()
            if one.actions:
                wait_until(lambda: core.flash.exists("cf3:/sr-cert.der"), "a certificate")
            asked.ask(op.ImportFile("cf3:/sr-cert.der", "sr-cert", "certificate", "der"))
            commit(client, SNMP)
            vpn = IPSEC if one.node(("configure", "ipsec", "cert-profile")) else ""
            commit(client, CERT_PROFILE.format(more=GNOI if has_gnoi else "") + BESIDE + vpn)
            asked.look()
            asked.ask(
                op.CopyFile("cf3:/sr-cert.der", "cf3:/a.pem"),
                op.KeyUpdate("ejbca", "sr-key2", "sr-key", "sr-cert", "cf3:/sr-cert2.der", "sha256"),
            )
            asked.look()
            server.ca.faults.set(pending=0)  # the answer is there at the first poll
            asked.ask(
                op.CertRequest(
                    "ejbca", "sr-key", "sr-cert", "sr-key2", SUBJECT, "cf3:/sr-cert3.der", "sha256", core.address
                )
            )
            asked.look()
            asked.ask(op.Poll("ejbca"))
            asked.look()
            for operation in every_operation():
                asked.ask(operation)
                if isinstance(operation, op.KeyUpdate | op.CertRequest):
                    asked.look()

    wrong = [found for found in yanglint.validate_replies(release.train, asked.replies) if found]
    assert wrong == []
    assert [found for reply in asked.states if (found := yanglint.validate_state(release.train, reply))] == []
    assert b"ejbca" in asked.states[-1]
    assert (b"gnoi-cert-mgmt-version" in asked.states[-1]) == has_gnoi
    if one.actions:
        # A raw command of the releases without modelled operations is classic, and the lab has no CSR there.
        assert SUCCEED - asked.done <= (set() if facts(one).pki_actions else {op.GenerateCSR})
    counter.prove("replies", release.train, len(asked.replies))
    counter.prove("states", release.train, len(asked.states))


@pytest.mark.parametrize("train", ["23.3", "25.10"])
def test_a_refused_action_with_a_status_is_valid(tmp_path: Path, train: str, yanglint: Yanglint) -> None:
    """A lab that is told so answers a failing action with ``terminated-incomplete``, as the models have it."""
    operation = op.ImportFile("cf3:/absent", "absent", "certificate", "der")
    with lab_router(tmp_path, train, make_behaviour=make_behaviour) as router:
        behaviour = router.core.behaviour
        assert isinstance(behaviour, RouterPKI)
        behaviour.assumptions = dataclasses.replace(behaviour.assumptions, failure_form=FailureForm.TERMINATED)
        with PlainClient(router.core) as client:
            asked = request(operation, schema.load(Release.parse(train)), "")
            reply = etree.tostring(client.rpc(ACTION.format(asked.decode())))

    assert b"terminated-incomplete" in reply
    assert b"#2007" in reply
    assert [found for found in yanglint.validate_replies(train, [(reply, asked)]) if found] == []
