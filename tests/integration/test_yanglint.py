"""The judge judges: yanglint accepts what Nokia's models allow and refuses what they do not."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from tests.yang import counter, models
from tests.yang.plugin import unavailable
from tests.yang.yanglint import Yanglint

CONF = "urn:nokia.com:sros:ns:yang:sr:conf"
STATE = "urn:nokia.com:sros:ns:yang:sr:state"
ADMIN = "urn:nokia.com:sros:ns:yang:sr:oper-admin"
GLOBAL = "urn:nokia.com:sros:ns:yang:sr:oper-global"
NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"
RELEASES = ("21.2", "25.10")


def configure(inside: str) -> bytes:
    """Return a configuration with ``inside`` below system/security."""
    return (
        f'<configure xmlns="{CONF}" xmlns:nc="{NETCONF}"><system><security>{inside}</security></system></configure>'
    ).encode()


def poll(profile: str, more: str = "") -> bytes:
    """Return an invocation of the poll action."""
    return (
        f'<admin xmlns="{ADMIN}"><system><security><pki><cmpv2><poll><ca-profile>{profile}</ca-profile>{more}'
        "</poll></cmpv2></pki></security></system></admin>"
    ).encode()


def reply(inside: str) -> bytes:
    """Return a reply with ``inside`` as the output."""
    return f'<rpc-reply xmlns="{NETCONF}" message-id="1">{inside}</rpc-reply>'.encode()


@pytest.mark.parametrize("release", RELEASES)
def test_configuration_is_accepted_and_counted(yanglint: Yanglint, release: str) -> None:
    """A valid configuration has no complaints, bare or in an envelope, and each validation is counted."""
    before = counter.total()
    document = configure("<pki><maximum-cert-chain-depth>5</maximum-cert-chain-depth></pki>")
    enveloped = b'<config xmlns="' + NETCONF.encode() + b'">' + document + b"</config>"

    assert yanglint.validate_config(release, document) == []
    assert yanglint.validate_config(release, enveloped) == []
    assert yanglint.validate_edit(release, enveloped) == []
    assert counter.total() == before + 3


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("inside", [
    "<pki><maximum-cert-chain-depth>8</maximum-cert-chain-depth></pki>",
    "<pki><no-such-leaf>8</no-such-leaf></pki>",
    "<pki xmlns='urn:example:wrong'/>",
    "<tls><cert-profile><cert-profile-name>x</cert-profile-name></cert-profile><server-tls-profile>"
    "<server-profile-name>s</server-profile-name><cert-profile>y</cert-profile></server-tls-profile></tls>",
], ids=["range", "name", "namespace", "reference"])
def test_invalid_configuration_is_refused(yanglint: Yanglint, release: str, inside: str) -> None:
    """The negative control: a payload with one fault is refused, and the next valid one is accepted again."""
    assert yanglint.validate_config(release, configure(inside)) != []
    assert yanglint.validate_config(release, configure("<pki/>")) == []


def test_obsolete_nodes_are_refused_where_they_are_obsolete(yanglint: Yanglint) -> None:
    """The cipher list of 21.2 is refused in 25.10, where the default nodes' own warnings are no complaint."""
    ciphers = (
        "<tls><server-cipher-list><server-cipher-list-name>c</server-cipher-list-name><cipher><index>1</index>"
        "<name>tls-rsa-with-aes128-cbc-sha</name></cipher></server-cipher-list></tls>"
    )

    assert yanglint.validate_config("21.2", configure(ciphers)) == []
    assert "cipher is obsolete" in yanglint.validate_config("25.10", configure(ciphers))


@pytest.mark.parametrize("release", RELEASES)
def test_edits_may_be_incomplete_but_not_wrong(yanglint: Yanglint, release: str) -> None:
    """An edit may refer to what is not in it and delete an empty leaf; a wrong operation or type is refused."""
    profile = (
        "<tls><server-tls-profile><server-profile-name>s</server-profile-name><cert-profile>y</cert-profile>"
        '<cipher-list nc:operation="{operation}"/></server-tls-profile></tls>'
    )
    depth = "<pki><maximum-cert-chain-depth nc:operation='{}'>{}</maximum-cert-chain-depth></pki>"

    assert yanglint.validate_edit(release, configure(profile.format(operation="delete"))) == []
    assert yanglint.validate_edit(release, configure(depth.format("replace", 3))) == []
    assert yanglint.validate_edit(release, configure(depth.format("overwrite", 3))) != []
    assert yanglint.validate_edit(release, configure(depth.format("replace", "three"))) != []


@pytest.mark.parametrize("release", RELEASES)
def test_state_is_checked(yanglint: Yanglint, release: str) -> None:
    """A part of the state is accepted, and refused when a value in it is none of its type."""
    document = (
        f'<data xmlns="{NETCONF}"><state xmlns="{STATE}"><system><security><pki><ca-profile><ca-profile-name>x'
        "</ca-profile-name><oper-state>{}</oper-state></ca-profile></pki></security></system></state></data>"
    )

    assert yanglint.validate_state(release, document.format("up").encode()) == []
    assert yanglint.validate_state(release, document.format("upp").encode()) != []


@pytest.mark.parametrize("release", RELEASES)
def test_raw_commands_are_checked(yanglint: Yanglint, release: str) -> None:
    """The raw command's request and reply are accepted, and refused without what they must have."""
    line = "<md-cli-input-line>show version</md-cli-input-line>"
    request = f'<global-operations xmlns="{GLOBAL}"><md-cli-raw-command>{{}}</md-cli-raw-command></global-operations>'
    output = f'<results xmlns="{GLOBAL}"><md-cli-output-block>text</md-cli-output-block></results>'
    valid = request.format(line).encode()
    enveloped = b'<rpc xmlns="' + NETCONF.encode() + b'"><action xmlns="urn:ietf:params:xml:ns:yang:1">'

    assert yanglint.validate_rpc(release, valid) == []
    assert yanglint.validate_rpc(release, enveloped + valid + b"</action></rpc>") == []
    assert yanglint.validate_rpc(release, request.format("").encode()) != []
    assert yanglint.validate_reply(release, reply(output), valid) == []
    assert yanglint.validate_reply(release, reply(output.replace("output", "outputs")), valid) != []


def test_actions_are_checked(yanglint: Yanglint) -> None:
    """An action and its reply are accepted; an unknown input, a wrong output and an unknown module are refused."""
    output = f'<operation-id xmlns="{ADMIN}">3</operation-id><status xmlns="{ADMIN}">{{}}</status>'

    assert yanglint.validate_rpc("25.10", poll("ejbca-profile")) == []
    assert yanglint.validate_rpc("25.10", poll("ejbca-profile", "<output-url>x</output-url>")) != []
    assert yanglint.validate_rpc("25.10", poll("x" * 33)) != []
    assert yanglint.validate_rpc("21.2", poll("ejbca-profile")) == ["SR OS 21.2 has no nokia-oper-admin"]
    assert yanglint.validate_reply("25.10", reply(output.format("completed")), poll("x")) == []
    assert yanglint.validate_reply("25.10", reply(output.format("complete")), poll("x")) != []


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")], ids=["at home", "under CI"])
def test_missing_models_skip_the_test_and_fail_it_under_ci(tmp_path: pathlib.Path, ci: str, outcome: str) -> None:
    """Without Nokia's models a run says which folder it looked in, and under CI it fails."""
    test = f"{__file__}::test_actions_are_checked"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", test],
        env={**os.environ, "SROSCERT_YANG": str(tmp_path), "CI": ci}, cwd=models.CHECKOUT,
        capture_output=True, text=True, check=False, timeout=100,
    )

    if "not installed" not in done.stdout:
        assert f"no Nokia YANG models in {tmp_path}" in done.stdout
    assert outcome in done.stdout
    assert (done.returncode == 0) == (not ci)


def test_models_are_found_and_unpacked_once() -> None:
    """The folder of a release is the same one when it is asked for again, and an unknown release is named."""
    try:
        folder = models.release_folder("21.2")
    except models.ModelsMissingError as error:
        unavailable(str(error))

    assert (folder / "nokia-conf.yang").is_file()
    assert models.release_folder("21.2") == folder
    assert "21.2" in models.releases()
    with pytest.raises(models.ModelsMissingError, match=r"18\.1"):
        models.release_folder("18.1")
