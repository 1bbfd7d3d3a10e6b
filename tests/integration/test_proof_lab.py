"""What the lab answers holds in the models of each release: replies to actions, and the state after each step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.cmp import CertificationAuthority, CMPServer
from sroscert_lab.router.pki import make_behaviour

from sroscert import schema
from sroscert.commands import operations as op
from sroscert.commands.action import Action, spelling, to_action
from sroscert.commands.raw import to_line
from sroscert.schema import Schema
from sroscert.values import Release
from tests.support.lab import free_address, lab_router
from tests.support.netconf_client import CONF, NETCONF, STATE, PlainClient
from tests.support.samples import every_operation
from tests.yang import counter
from tests.yang.yanglint import Yanglint

GLOBAL = "urn:nokia.com:sros:ns:yang:sr:oper-global"
ACTION = '<action xmlns="urn:ietf:params:xml:ns:yang:1">{}</action>'
RAW = "/global-operations/md-cli-raw-command"
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"
PROFILES = (
    "<system><security><pki><ca-profile><ca-profile-name>ejbca</ca-profile-name><admin-state>enable</admin-state>"
    "<cert-file>ca.pem</cert-file><revocation-check>crl-optional</revocation-check><cmpv2><url><url-string>{url}"
    "</url-string></url></cmpv2></ca-profile></pki><tls><cert-profile><cert-profile-name>served</cert-profile-name>"
    "<admin-state>enable</admin-state><entry><entry-id>1</entry-id><certificate-file>sr-cert</certificate-file>"
    "<key-file>sr-key</key-file></entry></cert-profile></tls></security></system>"
)


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


def enrolment(address: str, reference: str) -> tuple[op.Operation, ...]:
    """Return what brings a router to its first certificate."""
    return (
        op.ImportFile("cf3:/ca.pem", "ca.pem", "certificate", "pem"),
        op.GenerateKeypair("cf3:/sr-key"),
        op.ImportFile("cf3:/sr-key", "sr-key", "key", "der"),
        op.InitialRegistration("ejbca", "sr-key", reference, "env:CODE", SUBJECT, "cf3:/sr-cert.der", address),
        op.ImportFile("cf3:/sr-cert.der", "sr-cert", "certificate", "der"),
    )


def states(client: PlainClient) -> Iterator[bytes]:
    """Yield the replies to ``<get>``: of the whole state, and of the configuration with it."""
    for inside in (f'<state xmlns="{STATE}"/>', f'<configure xmlns="{CONF}"/><state xmlns="{STATE}"/>'):
        yield etree.tostring(client.rpc(f'<get><filter type="subtree">{inside}</filter></get>'))


@pytest.mark.parametrize("release", schema.known_releases(), ids=lambda release: release.train)
def test_what_the_lab_answers_is_valid(
    tmp_path: Path, server: CMPServer, release: Release, yanglint: Yanglint
) -> None:
    """A router enrols, is asked for every operation, and shows its state in between: all of it holds in the models."""
    one = schema.load(release)
    shown: list[bytes] = []
    answered: list[tuple[bytes, bytes]] = []
    with lab_router(tmp_path, release.train, make_behaviour=make_behaviour) as router:
        core = router.core
        core.flash.write("cf3:/ca.pem", server.ca.certificate_pem())
        code = server.ca.codes.issue("1", subject=SUBJECT, san_ips=(core.address,))
        with PlainClient(core) as client:
            shown += states(client)
            client.rpc(
                f'<edit-config><target><candidate/></target><config><configure xmlns="{CONF}">'
                f"{PROFILES.format(url=server.url)}</configure></config></edit-config>"
            )
            assert client.rpc("<commit/>").find(f"{{{NETCONF}}}ok") is not None
            shown += states(client)
            for operation in (*enrolment(core.address, "1"), *every_operation()) if one.actions else ():
                if not isinstance(spelling(operation, one), Action) and one.action(RAW) is None:
                    continue
                asked = request(operation, one, code.secret)
                reply = client.rpc(ACTION.format(asked.decode()))
                if reply.find(f"{{{NETCONF}}}rpc-error") is None:
                    answered.append((etree.tostring(reply), asked))
                if isinstance(operation, op.InitialRegistration | op.ImportFile):
                    shown += states(client)
            shown += states(client)

    wrong = [found for found in yanglint.validate_replies(release.train, answered) if found]
    assert wrong == []
    assert [found for reply in shown if (found := yanglint.validate_state(release.train, reply))] == []
    assert b"ejbca" in shown[-1]
    assert len(answered) >= 5 or not one.actions
    counter.prove("replies", release.train, len(answered))
    counter.prove("states", release.train, len(shown))
