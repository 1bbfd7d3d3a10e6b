"""The lab router's NETCONF server: greeting, framing, reading, and what it refuses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from ncclient.operations import RPCError
from ncclient.transport.errors import AuthenticationError
from sroscert_lab.router.behaviour import PlainBehaviour
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.models import source_of
from sroscert_lab.router.namespaces import LIBRARY, MONITORING

from tests.support.lab import lab_host, lab_router
from tests.support.netconf_client import CONF, NETCONF, NS, STATE, PlainClient, configuration, connect, data_of
from tests.yang.yanglint import Yanglint

pytestmark = pytest.mark.client("ncclient")

RELEASES = ("21.2", "25.10")


class Echo(PlainBehaviour):
    """Answers a raw command with itself; a line `nothing` prints nothing."""

    def raw_command(self, line: str, user: str) -> str:
        """The line, and who sent it."""
        return "" if line == "nothing" else f"{user}: {line}\n"


@pytest.fixture(params=RELEASES)
def core(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RouterCore]:
    """A running router of each release."""
    with lab_router(tmp_path, request.param, make_behaviour=lambda core: Echo()) as router:
        yield router.core


@pytest.fixture
def core_21(tmp_path: Path) -> Iterator[RouterCore]:
    """A running router of release 21.2."""
    with lab_router(tmp_path, "21.2") as router:
        yield router.core


def message_of(reply: etree._Element) -> str:
    """The words of a reply's first rpc-error."""
    return reply.findtext("nc:rpc-error/nc:error-message", "", NS)


def test_hello_says_the_release(core: RouterCore) -> None:
    """The hello carries the release in module-set-id and major-release, and the revision of nokia-conf."""
    with connect(core) as client:
        said = list(client.server_capabilities)
    assert any(f"module-set-id={core.release}.R1" in uri for uri in said)
    assert f"urn:nokia.com:sros:ns:yang:sr:major-release-{core.release.split('.')[0]}" in said
    assert any(uri.startswith(f"{CONF}?module=nokia-conf&revision=") for uri in said)
    assert "urn:ietf:params:netconf:capability:confirmed-commit:1.1" in said


@pytest.mark.parametrize("versions", [("1.0",), ("1.0", "1.1")])
def test_both_framings_carry_a_reply(core_21: RouterCore, versions: tuple[str, ...]) -> None:
    """A client gets end-of-message framing with base:1.0, and chunks with base:1.1."""
    with PlainClient(core_21, capabilities=versions) as client:
        reply = client.rpc("<get-config><source><running/></source></get-config>")
    assert reply.findtext(".//c:configuration-mode", namespaces=NS) == "model-driven"


def test_netconf_is_served_on_port_22_too(core_21: RouterCore) -> None:
    """The subsystem answers on the SSH port."""
    with PlainClient(core_21, port=core_21.ports.ssh) as client:
        assert client.rpc("<discard-changes/>").find("nc:ok", NS) is not None


def test_attributes_of_the_rpc_come_back(core_21: RouterCore) -> None:
    """The reply echoes message-id, other attributes and namespace declarations of the rpc."""
    with PlainClient(core_21) as client:
        reply = client.rpc("<discard-changes/>", 'message-id="a&amp;b" xmlns:x="urn:x" x:y="z"')
    assert reply.get("message-id") == "a&b"
    assert reply.get("{urn:x}y") == "z"
    assert reply.nsmap["x"] == "urn:x"


def test_no_common_base_is_told_to_the_first_rpc(core_21: RouterCore) -> None:
    """A hello without a base capability is met by an error to the rpc that follows."""
    with PlainClient(core_21, capabilities=()) as client:
        assert message_of(client.rpc("<discard-changes/>")) == "Common base capability not found."


@pytest.mark.parametrize(
    ("message", "tag"),
    [
        ('<rpc xmlns="urn:wrong" message-id="1"><discard-changes/></rpc>', "unknown-namespace"),
        (f'<rpc xmlns="{NETCONF}" message-id="1"><discard-changes xmlns="urn:wrong"/></rpc>', "unknown-namespace"),
        (
            f'<rpc xmlns="{NETCONF}" message-id="1"><discard-changes/><discard-changes/></rpc>',
            "operation-not-supported",
        ),
        (f'<rpc xmlns="{NETCONF}" message-id="1"><partial-lock/></rpc>', "operation-not-supported"),
        ("<rpc", "malformed-message"),
    ],
    ids=["namespace of the rpc", "namespace of the operation", "two operations", "unknown operation", "not XML"],
)
def test_what_is_no_rpc_is_refused(core_21: RouterCore, message: str, tag: str) -> None:
    """A message that is not one known operation in the right namespace gets an rpc-error, and the session goes on."""
    with PlainClient(core_21) as client:
        assert client.ask(message).findtext("nc:rpc-error/nc:error-tag", "", NS) == tag
        assert client.rpc("<discard-changes/>").find("nc:ok", NS) is not None


def test_filters_select_and_match(core_21: RouterCore) -> None:
    """A subtree filter finds an entry by its key, selects leaves, and gives keys with them."""
    user = "<system><security><user-params><local-user><user>{}</user></local-user></user-params></security></system>"
    with connect(core_21) as client:
        by_key = user.format("<user-name>operator</user-name>")
        found = data_of(client.get_config("running", ("subtree", f'<configure xmlns="{CONF}">{by_key}</configure>')))
        names = user.format("<access><netconf/></access>")
        selected = data_of(client.get_config("running", ("subtree", f'<configure xmlns="{CONF}">{names}</configure>')))
    assert [item.text for item in found.iter(f"{{{CONF}}}user-name")] == ["operator"]
    assert found.find(".//c:password", NS) is not None
    assert [item.text for item in selected.iter(f"{{{CONF}}}user-name")] == ["admin"]
    assert selected.find(".//c:password", NS) is None
    assert selected.findtext(".//c:netconf", namespaces=NS) == "true"


def test_what_does_not_exist_is_empty_data(core_21: RouterCore) -> None:
    """A filter for an absent entry gives empty data; with the fault `missing-is-error` an rpc-error."""
    filter_ = (
        f'<configure xmlns="{CONF}"><system><security><pki><ca-profile><ca-profile-name>none</ca-profile-name>'
        "</ca-profile></pki></security></system></configure>"
    )
    with connect(core_21) as client:
        assert len(data_of(client.get_config("running", ("subtree", filter_)))) == 0
        core_21.faults.set("missing-is-error", times=1)
        with pytest.raises(RPCError, match="#224"):
            client.get_config("running", ("subtree", filter_))


def test_a_filter_needs_the_right_namespace(core_21: RouterCore) -> None:
    """A filter in another namespace is refused."""
    with connect(core_21) as client, pytest.raises(RPCError, match="#2201: Unknown element - 'configure'"):
        client.get_config("running", ("subtree", '<configure xmlns="urn:wrong"/>'))


def test_state_tells_version_sessions_and_locks(core: RouterCore) -> None:
    """State has the version, this session, and which datastores are locked."""
    with connect(core) as client:
        client.lock("candidate")
        filter_ = f'<state xmlns="{STATE}"><system><version/><management-interface/></system></state>'
        found = data_of(client.get(("subtree", filter_)))
        number = client.session_id
    assert found.findtext(".//s:version-number", namespaces=NS) == core.release_name
    assert found.findtext(".//s:active-sessions/s:session-id", namespaces=NS) == number
    stores = {
        item.findtext("s:ds-name", "", NS): item.findtext("s:locked", "", NS)
        for item in found.iter(f"{{{STATE}}}datastore")
    }
    assert stores == {"running": "false", "candidate": "true"}


def test_what_is_read_is_valid_by_the_models(core: RouterCore, yanglint: Yanglint) -> None:
    """Configuration and state of a fresh router pass yanglint with Nokia's models of the release."""
    with connect(core) as client:
        client.edit_config(configuration(CMP_KEY + HANDLER), target="candidate")
        client.commit()
        client.copy_config("running", "startup")
        client.lock("candidate")
        reply = str(client.get())
        full = str(client.get_config("running"))
    assert yanglint.validate_config(core.release, full.encode()) == []
    assert yanglint.validate_state(core.release, reply.encode()) == []


HANDLER = "<log><event-handling><handler><name>h</name><entry><id>1</id></entry></handler></event-handling></log>"
CMP_KEY = (
    "<system><security><pki><ca-profile><ca-profile-name>ca</ca-profile-name><cmpv2><key-list><key>"
    "<reference-number>1</reference-number><password>{}</password></key></key-list></cmpv2></ca-profile></pki>"
    "</security></system>"
)


@pytest.mark.parametrize("secret", ["s3cret", "x" * 64])
def test_a_secret_reads_back_as_a_blob(core: RouterCore, secret: str) -> None:
    """An encrypted leaf reads back as `… hash2`, the same each time; written back it still is the secret."""
    with connect(core) as client:
        client.edit_config(configuration(CMP_KEY.format(secret)), target="candidate")
        client.commit()
        texts = [data_of(client.get_config("running")).findtext(".//c:key/c:password", "", NS) for _ in range(2)]
        assert texts[0] == texts[1]
        assert texts[0].endswith(" hash2")
        assert secret not in str(client.get_config("running"))
        assert len(texts[0]) <= 115  # the leaf's length in nokia-conf
        client.edit_config(configuration(CMP_KEY.format(texts[0])), target="candidate")
        client.commit()
    assert core.running().findtext(".//c:key/c:password", "", NS) == secret


def test_passwords_of_users_read_back_as_a_hash(core_21: RouterCore) -> None:
    """A user's password is never shown."""
    with connect(core_21) as client:
        found = data_of(client.get_config("running"))
    passwords = [item.text or "" for item in found.iter(f"{{{CONF}}}password")]
    assert passwords
    assert all(item.startswith("$2y$") for item in passwords)


def test_defaults_are_told_when_asked_for(core_21: RouterCore) -> None:
    """report-all adds defaults; without it only what was set is told."""
    with connect(core_21) as client:
        explicit = data_of(client.get_config("running"))
        everything = data_of(client.get_config("running", with_defaults="report-all"))
    assert explicit.find(".//c:system/c:grpc", NS) is None
    assert everything.findtext(".//c:system/c:grpc/c:admin-state", namespaces=NS) == "disable"


def test_a_raw_command_answers_in_the_form_of_the_release(core: RouterCore, yanglint: Yanglint) -> None:
    """Up to 21.2 the results stand alone and silence is ok; later there is a status. Both fit the models."""
    line = "<md-cli-input-line>{}</md-cli-input-line>"
    request = (
        '<action xmlns="urn:ietf:params:xml:ns:yang:1">'
        '<global-operations xmlns="urn:nokia.com:sros:ns:yang:sr:oper-global">'
        f"<md-cli-raw-command>{line}</md-cli-raw-command></global-operations></action>"
    )
    with PlainClient(core) as client:
        reply = client.rpc(request.format("show version"))
        silent = client.rpc(request.format("nothing"))
    assert reply.findtext(".//{*}md-cli-output-block") == "admin: show version\n"
    assert reply.findtext("{*}status") == ("completed" if core.release == "25.10" else None)
    assert (silent.find("nc:ok", NS) is not None) == (core.release == "21.2")
    complaints = yanglint.validate_reply(core.release, etree.tostring(reply), request.format("show version").encode())
    assert complaints == []


def test_an_action_of_a_later_release_is_unknown(core_21: RouterCore) -> None:
    """21.2 has no actions below admin."""
    request = (
        '<action xmlns="urn:ietf:params:xml:ns:yang:1"><admin xmlns="urn:nokia.com:sros:ns:yang:sr:oper-admin"><system>'
        "<security><pki><cmpv2><poll><ca-profile>x</ca-profile></poll></cmpv2></pki></security></system></admin></action>"
    )
    with PlainClient(core_21) as client:
        assert message_of(client.rpc(request)) == "MINOR: MGMT_CORE #2201: Unknown element - 'admin'"


def test_a_wrong_password_is_refused(core_21: RouterCore) -> None:
    """Wrong credentials end in an authentication failure of SSH, and leave no session."""
    with pytest.raises(AuthenticationError):
        connect(core_21, password="wrong")
    assert core_21.sessions.all() == ()


def test_a_user_without_netconf_access_gets_no_netconf(core_21: RouterCore) -> None:
    """Console access alone does not open the subsystem."""
    with pytest.raises(Exception, match=r"(?i)subsystem|session|hello|closed|eof|authentication"):
        connect(core_21, username="operator", password="not-admin")


def test_routers_do_not_know_each_other(tmp_path: Path) -> None:
    """Two routers of one lab have configurations, addresses and host keys of their own."""
    with lab_host(tmp_path) as host:
        one, two = host.add_router("sr1"), host.add_router("sr2", "25.10")
        with connect(one.core) as client:
            client.edit_config(configuration("<system><name>changed</name></system>"), target="candidate")
            client.commit()
        assert one.core.address != two.core.address
        assert two.core.running().findtext("c:system/c:name", "", NS) == "sr2"
        assert len({line.split()[-1] for line in host.write_known_hosts().read_text().splitlines()}) == 2


def test_the_texts_of_the_models_can_be_fetched(core: RouterCore) -> None:
    """ncclient's get_schema gets a module, by name and revision; what is not there is refused in Nokia's words."""
    source = source_of(core.release)
    if source is None:
        pytest.skip("no Nokia YANG models")
    with connect(core) as client:
        text = client.get_schema("nokia-types-security").data
        assert text.lstrip().startswith("module nokia-types-security {")
        with pytest.raises(RPCError, match="#2301: Invalid element value"):
            client.get_schema("nokia-nothing")
        with pytest.raises(RPCError, match="#2301: Invalid element value"):
            client.get_schema("nokia-types-security", version="1999-01-01")
        listed = data_of(client.get(("subtree", f'<netconf-state xmlns="{MONITORING}"><schemas/></netconf-state>')))
        one = f'<modules-state xmlns="{LIBRARY}"><module><name>nokia-conf</name></module></modules-state>'
        library = data_of(client.get(("subtree", one)))
    names = [item.text for item in listed.iter(f"{{{MONITORING}}}identifier")]
    assert {"nokia-conf", "nokia-conf-system", "nokia-types-security", "ietf-netconf-monitoring"} <= set(names)
    assert listed.find(".//m:sessions", {"m": MONITORING}) is None
    assert [item.text for item in library.iterfind(".//l:module/l:name", {"l": LIBRARY})] == ["nokia-conf"]
    assert library.findtext(".//l:module/l:namespace", "", {"l": LIBRARY}) == CONF
    revision = dict((name, revision) for name, _, revision in core.schema.modules)["nokia-conf"]
    assert library.findtext(".//l:module/l:revision", "", {"l": LIBRARY}) == revision
    assert "nokia-conf-system" in [item.text for item in library.iterfind(".//l:submodule/l:name", {"l": LIBRARY})]


def test_without_the_models_get_schema_says_so(core_21: RouterCore, tmp_path: Path) -> None:
    """Where nobody has the models the router answers as one whose image lacks them; the list is what it speaks."""
    os.environ["SROSCERT_YANG"] = str(tmp_path / "none")  # put back after each test
    with connect(core_21) as client:
        with pytest.raises(RPCError, match=r"NETCONF #265: Unable to open file - cf3:\\TiMOS-SR-21.2.R1\\yang.tim"):
            client.get_schema("nokia-conf")
        library = data_of(client.get(("subtree", f'<modules-state xmlns="{LIBRARY}"/>')))
    assert library.findtext(".//l:module-set-id", "", {"l": LIBRARY}) == "21.2.R1"
    names = [item.text for item in library.iterfind(".//l:module/l:name", {"l": LIBRARY})]
    assert names == ["nokia-conf", "nokia-oper-global", "nokia-state"]
