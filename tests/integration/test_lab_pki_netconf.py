"""PKI through the whole router: a real NETCONF client, a real CMP exchange, a real TLS handshake."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from lxml import etree
from ncclient.operations import RPCError
from sroscert_lab.cmp import CertificationAuthority, CMPServer
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import make_behaviour

from tests.support.lab import lab_router
from tests.support.lab_shell import set_mode
from tests.support.netconf_client import NS, configuration, connect

OPER_GLOBAL = "urn:nokia.com:sros:ns:yang:sr:oper-global"
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CMPServer]:
    """A CA."""
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "ManagementCA", lambda: datetime.now(UTC))
    with CMPServer(ca, "127.53.0.6") as running:
        yield running
    ca.close()


def commit(client: Any, text: str) -> None:
    """Edit the candidate and commit."""
    client.edit_config(target="candidate", config=configuration(text))
    client.commit()


def run(client: Any, line: str) -> str:
    """One raw command; its output."""
    action = etree.Element("{urn:ietf:params:xml:ns:yang:1}action")
    command = etree.SubElement(
        etree.SubElement(action, f"{{{OPER_GLOBAL}}}global-operations"), f"{{{OPER_GLOBAL}}}md-cli-raw-command"
    )
    etree.SubElement(command, f"{{{OPER_GLOBAL}}}md-cli-input-line").text = line
    reply = etree.fromstring(str(client.dispatch(action)).encode())
    return reply.findtext(f".//{{{OPER_GLOBAL}}}md-cli-output-block") or ""


def state(client: Any, path: str) -> str:
    """Text of one state leaf below /state/system/security."""
    steps = path.split("/")
    inner = "".join(f"<{step}>" for step in steps[:-1]) + "".join(f"</{step}>" for step in reversed(steps[:-1]))
    filter_ = f'<state xmlns="{NS["s"]}"><system><security>{inner}</security></system></state>'
    reply = etree.fromstring(str(client.get(filter=("subtree", filter_))).encode())
    return reply.findtext(".//s:security/" + "/".join(f"s:{step}" for step in steps), "", NS)


def served(core: RouterCore) -> x509.Certificate:
    """The certificate of a new handshake with gNMI."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    with (
        socket.create_connection((core.address, core.ports.gnmi), timeout=10) as plain,
        context.wrap_socket(plain) as connection,
    ):
        return x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")


def enrol(client: Any, core: RouterCore, server: CMPServer) -> None:
    """The tutorial up to secured gNMI."""
    cipher = "cipher" if core.release == "21.2" else "tls12-cipher"
    core.flash.write("cf3:/ca.pem", server.ca.certificate_pem())
    code = server.ca.codes.issue("1", subject=SUBJECT, san_ips=(core.address,))
    assert run(client, "//admin certificate import type cert input cf3:/ca.pem output ca.pem format pem") == ""
    assert run(client, "//admin certificate gen-keypair cf3:/sr-key size 2048 type rsa") == ""
    assert run(client, "//admin certificate import type key input cf3:/sr-key output sr-key format der") == ""
    commit(
        client,
        "<system><security><pki><ca-profile><ca-profile-name>ejbca</ca-profile-name>"
        "<admin-state>enable</admin-state><cert-file>ca.pem</cert-file>"
        "<revocation-check>crl-optional</revocation-check>"
        f"<cmpv2><url><url-string>{server.url}</url-string></url></cmpv2></ca-profile></pki></security></system>",
    )
    assert "Oper State     : up\n" in run(client, '/show certificate ca-profile "ejbca"')
    assert "Received 'accepted'." in run(
        client,
        f'//admin certificate cmpv2 initial-registration ca "ejbca" key-to-certify sr-key protection-alg password '
        f"{code.secret} reference 1 subject-dn {SUBJECT} ip-addr {core.address} save-as cf3:/sr-cert.der",
    )
    run(client, "//admin certificate import type cert input cf3:/sr-cert.der output sr-cert format der")
    commit(
        client,
        "<system><security><tls><cert-profile><cert-profile-name>served</cert-profile-name>"
        "<admin-state>enable</admin-state><entry><entry-id>1</entry-id>"
        "<certificate-file>sr-cert</certificate-file><key-file>sr-key</key-file></entry></cert-profile>"
        "<server-cipher-list><server-cipher-list-name>ciphers</server-cipher-list-name>"
        f"<{cipher}><index>1</index><name>tls-rsa-with-aes128-cbc-sha</name></{cipher}></server-cipher-list>"
        "<server-tls-profile><server-profile-name>grpc</server-profile-name><admin-state>enable</admin-state>"
        "<cert-profile>served</cert-profile><cipher-list>ciphers</cipher-list></server-tls-profile></tls>"
        "</security><grpc><admin-state>enable</admin-state>"
        "<tls-server-profile>grpc</tls-server-profile></grpc></system>",
    )


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_a_router_enrols_over_netconf(tmp_path: Path, server: CMPServer, release: str) -> None:
    """By edit-config and raw commands gNMI comes to serve what the CA issued, and still does after a reboot."""
    with lab_router(tmp_path, release, make_behaviour=make_behaviour) as router:
        core = router.core
        with connect(core) as client:
            enrol(client, core, server)
            assert state(client, "tls/server-tls-profile/oper-state") == "up"
            run(client, "admin save")
        saved = x509.load_der_x509_certificate(core.flash.read("cf3:/sr-cert.der"))
        assert served(core) == saved
        core.reboot()
        assert served(core) == saved


def test_classic_configuration_comes_behind_two_slashes(tmp_path: Path) -> None:
    """In mixed mode a raw line changes what is running at once; what is refused is an rpc-error, as in other modes."""
    with lab_router(tmp_path, "21.2", make_behaviour=make_behaviour) as lab, connect(lab.core) as client:
        line = "//configure system name other"
        with pytest.raises(RPCError, match="Modification of the configuration is not allowed"):
            run(client, line)
        set_mode(lab.core, "mixed")
        assert run(client, line) == ""
        assert b"<name>other</name>" in etree.tostring(client.get_config("running").data_ele)
        assert run(client, "//admin display-config | match \"name \"").strip() == 'name "other"'
        with pytest.raises(RPCError, match="Bad command"):
            run(client, "//configure system nonsense")
        set_mode(lab.core, "classic")
        with pytest.raises(RPCError, match="#2053"):
            run(client, line)
