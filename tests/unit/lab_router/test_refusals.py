"""Refusals that arise by themselves: by what a configuration says, by rights, by the script before a commit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.router.cli.shell import Shell
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.errors import CommandFailed, RPCFailed
from sroscert_lab.router.sessions import Session
from sroscert_lab.router.tree import new_root, put

from tests.support.lab_core import booted

PROFILE = "/configure/system/security/aaa/local-profiles/profile[user-profile-name='net']"
USER = "/configure/system/security/user-params/local-user/user[user-name='ann']"
INTERFACE = "/configure/router[router-name='Base']/interface[interface-name='{}']"
POLICY = "/configure/policy-options/policy-statement[name='X']/named-entry[entry-name='Y']/action"
SCRIPTS = "/configure/system/management-interface/commit-management/python-scripts"
ALIAS = "/configure/system/management-interface/cli/md-cli/environment/command-alias/alias[alias-name='ls']"


class Node:
    """A router, and a NETCONF session of `admin` on it."""

    def __init__(self, core: RouterCore) -> None:
        self.core = core
        self.session = self.login("admin")

    def login(self, user: str, kind: str = "netconf") -> Session:
        """A session of a user."""
        return self.core.sessions.open(user, "192.0.2.1", kind, self.core.clock())

    def commit(self, *leaves: tuple[str, ...], session: Session | None = None) -> None:
        """Edit and commit; the candidate is clean again when that fails."""
        who = session or self.session
        config = etree.Element("config")
        config.append(new_root("configure"))
        for path, *values in leaves:
            put(config[0], path, *values)
        try:
            self.core.datastores.edit(who, config, "merge")
            self.core.datastores.commit(who)
        except RPCFailed:
            self.core.datastores.discard(who)
            raise

    def refusal(self, *leaves: tuple[str, ...], session: Session | None = None) -> list[str]:
        """The texts that a commit is refused with."""
        with pytest.raises(RPCFailed) as caught:
            self.commit(*leaves, session=session)
        return [error.message for error in caught.value.errors]


@pytest.fixture
def node(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Node]:
    """A 26.3 router."""
    release = getattr(request, "param", "26.3")
    with booted(tmp_path, release) as core:
        yield Node(core)


def interface(name: str, address: str) -> tuple[tuple[str, ...], ...]:
    """A router interface with an address."""
    path = f"{INTERFACE.format(name)}/ipv4/primary"
    return (f"{path}/address", address), (f"{path}/prefix-length", "24")


def service(name: str, number: str) -> tuple[tuple[str, ...], ...]:
    """A VPRN of the customer that every router has."""
    path = f"/configure/service/vprn[service-name='{name}']"
    return (f"{path}/service-id", number), (f"{path}/customer", "1")


@pytest.mark.parametrize("node", ["19.10", "26.3"], indirect=True)
def test_applications_refuse_in_the_words_of_the_transcripts(node: Node) -> None:
    """References, addresses, identifiers, ports; several at once come all; what is right passes."""
    policy = (f"{POLICY}/action-type", "accept"), (f"{POLICY}/as-path/replace", "gone")
    missing = (
        'MINOR: MGMT_CORE #224: configure policy-options policy-statement "X" named-entry "Y" action as-path replace - '
        'Entry does not exist - configure policy-options as-path "gone"'
    )
    assert node.refusal(*policy) == [missing]
    address = (
        'MINOR: COMMON #238: configure router "Base" interface "j" ipv4 primary - Configuration change failed '
        'validation - Duplicate address on interface "i"'
    )
    twice = (
        'MINOR: MGMT_CORE #5001: configure service vprn "x" - vprn service y also has id 400 - configure service '
        'vprn "y"'
    )
    pair = (*interface("i", "192.0.2.1"), *interface("j", "192.0.2.1"))
    assert node.refusal(*pair, *service("y", "400"), *service("x", "400"), *policy) == [address, twice, missing]
    assert node.refusal(("/configure/port[port-id='1/1/1']/admin-state", "enable")) == [
        'MINOR: MGMT_CORE #4001: configure port "1/1/1" - MDA must exist'
    ]
    assert node.refusal((f"{INTERFACE.format('k')}/ipv4/primary/address", "192.0.2.3")) == [
        'MINOR: MGMT_CORE #236: configure router "Base" interface "k" ipv4 primary - Missing mandatory fields - '
        "'prefix-length'"
    ]

    node.commit(
        *interface("i", "192.0.2.1"), *interface("j", "192.0.2.2"), *service("x", "400"), *service("y", "401"),
        *policy, ("/configure/policy-options/as-path[name='gone']/expression", "65000"),
    )
    assert len(node.core.running().findall(".//{*}vprn")) == 2


def test_an_alias_needs_model_driven_mode(node: Node) -> None:
    """In mixed mode it is refused."""
    command = (f"{ALIAS}/cli-command", "file list"), (f"{ALIAS}/mount-point[path='global']",)
    assert node.refusal(*command, ("/configure/system/management-interface/configuration-mode", "mixed")) == [
        "MINOR: MGMT_CORE #4001: Command alias is only supported in model-driven configuration mode"
    ]
    node.commit(*command)


def test_a_profile_is_asked_entry_by_entry(node: Node) -> None:
    """Edits, commands of both engines and raw commands; the first entry that matches decides, else the default."""
    node.commit(
        (f"{USER}/password", "secret"), (f"{USER}/access/netconf", "true"), (f"{USER}/access/console", "true"),
        (f"{USER}/console/member", "net"), (f"{PROFILE}/default-action", "permit-all"),
        (f"{PROFILE}/entry[entry-id='10']/match", 'configure router "Base" interface system'),
        (f"{PROFILE}/entry[entry-id='10']/action", "permit"),
        (f"{PROFILE}/entry[entry-id='20']/match", "configure router interface"),
        (f"{PROFILE}/entry[entry-id='20']/action", "deny"),
        (f"{PROFILE}/entry[entry-id='30']/match", "file"), (f"{PROFILE}/entry[entry-id='30']/action", "read-only"),
        (f"{PROFILE}/entry[entry-id='40']/match", "show version"),
        (f"{PROFILE}/entry[entry-id='40']/action", "read-only"),
    )
    ann = node.login("ann")
    denied = "MINOR: MGMT_CORE #2020: Permission denied - unauthorized use of 'interface'"
    assert node.refusal(*interface("lan", "192.0.2.1"), session=ann) == [denied]
    node.commit(*interface("system", "192.0.2.1"), session=ann)
    node.commit(("/configure/system/name", "other"), session=ann)
    shell = Shell(node.core, node.login("ann", "cli"))
    shell.take("edit-config private")
    assert shell.take('/configure router "Base" interface lan admin-state enable').text == f"{denied}\n"
    assert "unauthorized use of 'file'" in shell.take("/file remove cf3:/none force").text
    assert "unauthorized use of 'file'" in shell.take("//file delete cf3:/none force").text
    assert "TiMOS" in shell.take("/show version").text
    node.commit((f"{PROFILE}/default-action", "deny-all"))
    assert node.refusal(("/configure/system/name", "sr"), session=ann)[0].endswith("unauthorized use of 'name'")
    shell.close()


def test_a_script_before_the_commit_can_refuse_it(node: Node) -> None:
    """An exception stops the commit of an interface whose trigger is on; without an error it passes."""
    script = "/configure/python/python-script[name='gate']"
    node.core.flash.write("cf3:/gate.py", b"raise ValueError('no name today')\n")
    node.commit(
        (f"{script}/admin-state", "enable"), (f"{script}/urls", "cf3:/gate.py"), (f"{script}/version", "python3"),
        (f"{SCRIPTS}/pre-commit-python-script", "gate"), (f"{SCRIPTS}/gnmi-trigger", "false"),
    )
    assert node.refusal(("/configure/system/name", "other")) == [
        "MINOR: MGMT_CORE #2507: Python execution failed - ValueError: no name today",
        "INFO: MGMT_CORE #2608: Commit script failed - commit not applied because of pre-commit script failure",
    ]
    node.commit(("/configure/system/name", "other"), session=node.login("admin", "grpc"))
    assert node.core.running().findtext("{*}system/{*}name") == "other"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("show router bgp summary", "CLI #2005: Error while processing command - BGP is not configured"),
        ('show router "Base" bgp neighbor', "CLI #2005: Error while processing command - BGP is not configured"),
        ("ping", "CLI #2001: Missing element value - 'destination-address'"),
    ],
)
def test_what_a_command_lacks_is_its_error(node: Node, line: str, text: str) -> None:
    """Transcripts of a router without BGP, and of a command without its argument."""
    with pytest.raises(CommandFailed, match=text):
        node.core.behaviour.command(line, "admin", classic=False)


def test_a_list_holds_so_many_entries(node: Node) -> None:
    """The limit is the models'."""
    anchors = "/configure/system/security/tls/trust-anchor-profile[trust-anchor-profile-name='t']"
    nine = [
        leaf for number in range(9) for leaf in (
            (f"/configure/system/security/pki/ca-profile[ca-profile-name='c{number}']/description", "x"),
            (f"{anchors}/trust-anchor[ca-profile-name='c{number}']",),
        )
    ]
    (text,) = node.refusal(*nine)
    assert text.startswith("MINOR: MGMT_CORE #233: ") and text.endswith("Maximum number of entries exceeded - 8")
    node.commit(*nine[:-2])
