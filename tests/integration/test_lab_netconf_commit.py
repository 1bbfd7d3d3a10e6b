"""The lab router's datastores over NETCONF: edits and commits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.tree import text_of

from tests.support.datastores import NAME, Recorder, edit, errors_of, name_of
from tests.support.lab import lab_router
from tests.support.netconf_client import NS, PlainClient, configuration, connect, data_of

pytestmark = pytest.mark.client("ncclient")


@pytest.fixture
def core(tmp_path: Path) -> Iterator[RouterCore]:
    """A running router of release 21.2."""
    with lab_router(tmp_path, make_behaviour=lambda core: Recorder()) as router:
        yield router.core


def test_a_commit_puts_the_candidate_in_force(core: RouterCore) -> None:
    """An edit shows in the candidate only; a commit makes it running and tells the behaviour."""
    with connect(core) as client:
        edit(client, NAME.format("new"))
        assert name_of(core) == "sr"
        assert data_of(client.get_config("candidate")).findtext(".//c:system/c:name", namespaces=NS) == "new"
        client.validate("candidate")
        client.commit()
    assert name_of(core) == "new"
    assert isinstance(core.behaviour, Recorder)
    assert core.behaviour.names == ["sr", "new"]


def test_discarding_forgets_the_candidate(core: RouterCore) -> None:
    """After discard-changes a commit changes nothing."""
    with connect(core) as client:
        edit(client, NAME.format("new"))
        client.discard_changes()
        client.commit()
    assert name_of(core) == "sr"


@pytest.mark.parametrize(
    ("text", "tag", "words", "path"),
    [
        (
            "<system><tt>1</tt></system>",
            "unknown-element",
            "MINOR: MGMT_CORE #2201: Unknown element - 'tt'",
            "/configure/system/tt",
        ),
        (
            "<system><grpc><admin-state>up</admin-state></grpc></system>",
            "invalid-value",
            "MINOR: MGMT_CORE #2301: Invalid element value",
            "/configure/system/grpc/admin-state",
        ),
        (
            "<system><security><pki><certificate-expiration-warning><hours>9999</hours></certificate-expiration-warning>"
            "</pki></security></system>",
            "invalid-value",
            "MINOR: MGMT_CORE #2301: Invalid element value",
            "/configure/system/security/pki/certificate-expiration-warning/hours",
        ),
        (
            "<log><filter><filter-name> x</filter-name></filter></log>",
            "invalid-value",
            "MINOR: MGMT_CORE #2301: Invalid element value",
            "/configure/log/filter[filter-name=' x']/filter-name",
        ),
        (
            "<log><filter><default-action>drop</default-action></filter></log>",
            "missing-element",
            "Missing element value - 'filter-name'",
            "/configure/log/filter[filter-name='']",
        ),
    ],
    ids=["unknown element", "enumeration", "range", "pattern of a key", "missing key"],
)
def test_an_edit_is_checked_against_the_models(core: RouterCore, text: str, tag: str, words: str, path: str) -> None:
    """What the release does not know is refused with SR OS words and the path, and the candidate stays as it was."""
    with connect(core) as client:
        (error,) = errors_of(lambda: edit(client, NAME.format("new") + text))
        assert words in error.message
        assert (error.tag, error.path) == (tag, path)
        client.commit()
    assert name_of(core) == "sr"


def test_all_errors_of_an_edit_are_told(core: RouterCore) -> None:
    """Two wrong leaves make two rpc-errors."""
    with PlainClient(core) as client:
        reply = client.rpc(
            "<edit-config><target><candidate/></target>"
            + configuration("<system><tt/><uu/></system>")
            + "</edit-config>"
        )
    assert len(reply.findall("nc:rpc-error", NS)) == 2


def test_a_dangling_reference_is_refused_at_commit(core: RouterCore) -> None:
    """A leafref may be edited in, but not committed, while its target is missing."""
    grpc = "<system><grpc><tls-server-profile>none</tls-server-profile></grpc></system>"
    with connect(core) as client:
        edit(client, grpc)
        (error,) = errors_of(client.commit)
    assert error.message == (
        "MINOR: MGMT_CORE #224: configure system grpc tls-server-profile - Entry does not exist - "
        'configure system security tls server-tls-profile "none"'
    )


def test_a_missing_mandatory_leaf_is_refused_at_commit(core: RouterCore) -> None:
    """A cipher without its name is not committed."""
    cipher = (
        "<system><security><tls><server-cipher-list><server-cipher-list-name>x</server-cipher-list-name>"
        "<cipher><index>1</index></cipher></server-cipher-list></tls></security></system>"
    )
    with connect(core) as client:
        edit(client, cipher)
        (error,) = errors_of(client.commit)
    assert "MGMT_CORE #236" in error.message
    assert "Missing mandatory fields" in error.message


def test_an_owner_left_out_dangles(core: RouterCore) -> None:
    """On 21.2 a handler that names a script policy without its owner is refused, though the name exists."""
    policy = (
        "<system><script-control><script><script-name>s</script-name><owner>TiMOS CLI</owner></script><script-policy>"
        "<policy-name>p</policy-name><owner>TiMOS CLI</owner><script><name>s</name><owner>TiMOS CLI</owner></script>"
        "</script-policy></script-control></system>"
    )
    handler = (
        "<log><event-handling><handler><name>h</name><entry><id>1</id><script-policy><name>p</name>{}"
        "</script-policy></entry></handler></event-handling></log>"
    )
    with connect(core) as client:
        edit(client, policy + handler.format(""))
        (error,) = errors_of(client.commit)
        assert "#224" in error.message
        edit(client, handler.format("<owner>TiMOS CLI</owner>"))
        client.commit()


def test_a_case_removes_the_other(core: RouterCore) -> None:
    """Setting tls-server-profile takes allow-unsecure-connection away."""
    with connect(core) as client:
        edit(client, "<system><grpc><allow-unsecure-connection/></grpc></system>")
        edit(client, "<system><grpc><tls-server-profile>x</tls-server-profile></grpc></system>")
        grpc = data_of(client.get_config("candidate")).find(".//c:system/c:grpc", NS)
        client.discard_changes()
    assert grpc is not None
    assert [etree.QName(item).localname for item in grpc] == ["tls-server-profile"]


OPERATION = '<log><filter nc:operation="{}"><filter-name>{}</filter-name></filter></log>'


def test_delete_create_and_remove_keep_their_promises(core: RouterCore) -> None:
    """Deleting what is absent and creating what exists are errors; removing what is absent is none."""
    with connect(core) as client:
        assert errors_of(lambda: edit(client, OPERATION.format("delete", "99")))[0].tag == "data-missing"
        assert errors_of(lambda: edit(client, OPERATION.format("create", "10")))[0].tag == "data-exists"
        edit(client, OPERATION.format("remove", "99"))
        edit(client, OPERATION.format("create", "99"))
        edit(client, OPERATION.format("delete", "99"))
        client.commit()


def test_replace_leaves_only_what_is_sent(core: RouterCore) -> None:
    """A replaced list entry has nothing of the old one."""
    text = OPERATION.format("replace", "10").replace("</filter>", "<default-action>drop</default-action></filter>")
    with connect(core) as client:
        edit(client, text)
        client.commit()
    (entry,) = [item for item in core.running().iter("{*}filter") if text_of(item, "filter-name") == "10"]
    assert [etree.QName(item).localname for item in entry] == ["filter-name", "default-action"]


def test_the_default_operation_decides_for_what_says_nothing(core: RouterCore) -> None:
    """`none` changes only what says so and refuses what is not there; `replace` leaves nothing else."""
    inner = '<log><filter><filter-name>10</filter-name>{}</filter></log>'
    drop = '<default-action{}>drop</default-action>'
    with connect(core) as client:

        def send(text: str, default: str) -> None:
            client.edit_config(configuration(text), target="candidate", default_operation=default)

        send(inner.format(drop.format("")), "none")
        assert not core.datastores.is_dirty
        absent = errors_of(lambda: send("<system><grpc><admin-state>enable</admin-state></grpc></system>", "none"))
        assert absent[0].tag == "data-missing"
        send(inner.format(drop.format(' nc:operation="merge"')), "none")
        candidate = data_of(client.get_config("candidate"))
        assert candidate.findtext(".//c:log/c:filter/c:default-action", namespaces=NS) == "drop"
        send("<system><name>alone</name></system>", "replace")
        (configure,) = data_of(client.get_config("candidate"))
        assert [etree.QName(item).localname for item in configure.iter() if len(item) == 0] == ["name"]
        client.discard_changes()


def test_nothing_is_merged_below_what_is_removed(core: RouterCore) -> None:
    """An operation that writes below one that removes is an error."""
    text = '<log><filter nc:operation="remove"><filter-name>10</filter-name>{}</filter></log>'
    with connect(core) as client:
        merged = text.format('<default-action nc:operation="merge">drop</default-action>')
        assert errors_of(lambda: edit(client, merged))[0].tag == "bad-element"
        assert not core.datastores.is_dirty
        edit(client, text.format("<default-action>drop</default-action>"))
        client.discard_changes()


def test_validate_takes_running_the_candidate_and_a_configuration(core: RouterCore) -> None:
    """Each is judged by itself, and start-up is refused; so is the format of another interface."""
    dangling = "<system><grpc><tls-server-profile>none</tls-server-profile></grpc></system>"
    with connect(core) as client:
        edit(client, dangling)
        client.validate("running")
        assert "#224" in errors_of(lambda: client.validate("candidate"))[0].message
        client.discard_changes()
    request = "<validate><source>{}</source></validate>"
    whole = configuration(dangling.replace("none", "{}"))
    with PlainClient(core) as plain:
        ok = plain.rpc(request.format(configuration("<system><name>x</name></system>")))
        bad = plain.rpc(request.format(whole))
        startup = plain.rpc(request.format("<startup/>"))
        foreign = plain.rpc("<get-config><source><running/></source><format>md-cli</format></get-config>")
    assert ok.find("nc:ok", NS) is not None
    assert "#224" in bad.findtext(".//nc:error-message", "", NS)
    assert startup.findtext(".//nc:error-tag", "", NS) == "operation-not-supported"
    assert foreign.findtext(".//nc:error-tag", "", NS) == "invalid-value"
    assert name_of(core) == "sr"


def test_datastores_are_compared(tmp_path: Path) -> None:
    """`md-compare` prints what the MD-CLI prints, without secrets; what the lab does not compare is refused."""
    action = (
        '<action xmlns="urn:ietf:params:xml:ns:yang:1">'
        '<global-operations xmlns="urn:nokia.com:sros:ns:yang:sr:oper-global">'
        "<md-compare><format>{}</format><source><candidate/></source><destination><baseline/></destination></md-compare>"
        "</global-operations></action>"
    )
    with lab_router(tmp_path, "25.10") as router, PlainClient(router.core) as client:
        empty = client.rpc(action.format("md-cli"))
        edit_ = f"<edit-config><target><candidate/></target>{configuration(NAME.format('new'))}</edit-config>"
        client.rpc(edit_)
        changed = client.rpc(action.format("md-cli"))
        refused = client.rpc(action.format("xml"))
    assert empty.findtext(".//{*}md-compare-output") in (None, "")
    lines = (changed.findtext(".//{*}md-compare-output") or "").splitlines()
    assert [line.split() for line in lines] == [
        ["configure", "{"], ["system", "{"], ["-", "name", '"sr"'], ["+", "name", '"new"'], ["}"], ["}"]
    ]
    assert refused.findtext(".//nc:error-tag", "", NS) == "invalid-value"


@pytest.mark.parametrize(("release", "taken"), [("21.2", False), ("25.10", True)])
def test_a_commit_has_a_comment_from_21_7_on(tmp_path: Path, release: str, taken: bool) -> None:
    """Before, the leaf is unknown; a comment has at most 2048 characters."""
    comment = '<commit><comment xmlns="urn:nokia.com:sros:ns:yang:sr:ietf-netconf-augments">{}</comment></commit>'
    with lab_router(tmp_path, release) as router, PlainClient(router.core) as client:
        assert (client.rpc(comment.format("why")).find("nc:ok", NS) is not None) == taken
        assert client.rpc(comment.format("x" * 2049)).find("nc:rpc-error", NS) is not None


def test_what_is_referred_to_cannot_be_deleted(core: RouterCore) -> None:
    """Deleting a log filter that a log uses fails at commit."""
    with connect(core) as client:
        edit(client, OPERATION.format("delete", "10"))
        (error,) = errors_of(client.commit)
    assert error.message.startswith('MINOR: MGMT_CORE #224: configure log log-id "11" filter - Entry does not exist')


def test_findings_of_an_application_stop_a_commit(core: RouterCore) -> None:
    """Each finding of the behaviour becomes an rpc-error, and running stays."""
    with connect(core) as client:
        edit(client, NAME.format("refused"))
        assert errors_of(lambda: client.validate("candidate"))
    with PlainClient(core) as client:
        reply = client.rpc("<commit/>")
    texts = [item.findtext("nc:error-message", "", NS) for item in reply.findall("nc:rpc-error", NS)]
    assert texts == [f"MINOR: MGMT_CORE #4001: configure system name - reason {number}" for number in (1, 2)]
    assert name_of(core) == "sr"
