"""The lab router's datastores over NETCONF: edits, locks, commits, confirmed commits, faults."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from ncclient.operations import RPCError
from ncclient.operations.errors import OperationError
from ncclient.transport.errors import TransportError
from sroscert_lab.router.behaviour import PlainBehaviour
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.errors import ConfigError
from sroscert_lab.router.tree import text_of

from tests.support.lab import lab_router, wait_until
from tests.support.netconf_client import NS, PlainClient, configuration, connect, data_of

pytestmark = pytest.mark.client("ncclient")

NAME = "<system><name>{}</name></system>"


class Recorder(PlainBehaviour):
    """Remembers the names of the configurations put in force; refuses the name `refused`."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def check(self, candidate: etree._Element) -> Sequence[ConfigError]:
        """The name `refused` is refused, twice."""
        if text_of(candidate, "system", "name") != "refused":
            return ()
        return [ConfigError("/configure/system/name", "MGMT_CORE #4001", f"reason {number}") for number in (1, 2)]

    def running_changed(self, running: etree._Element) -> None:
        """Remember the name."""
        self.names.append(text_of(running, "system", "name"))


@pytest.fixture
def core(tmp_path: Path) -> Iterator[RouterCore]:
    """A running router of release 21.2."""
    with lab_router(tmp_path, make_behaviour=lambda core: Recorder()) as router:
        yield router.core


def edit(client: Any, text: str, **options: str) -> None:
    """Edit the candidate."""
    client.edit_config(configuration(text), target="candidate", **options)


def name_of(core: RouterCore) -> str:
    """The system name in force."""
    return text_of(core.running(), "system", "name")


def errors_of(call: Any) -> list[Any]:
    """The errors with which an operation is refused."""
    with pytest.raises(RPCError) as caught:
        call()
    return list(caught.value.errors) if getattr(caught.value, "errors", None) else [caught.value]


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


# --- locks ------------------------------------------------------------------------------------------------------------


def test_a_second_lock_is_refused(core: RouterCore) -> None:
    """Only one session has the candidate; the others can neither lock, edit, commit nor discard."""
    with connect(core) as first, connect(core) as second:
        first.lock("candidate")
        (error,) = errors_of(lambda: second.lock("candidate"))
        assert error.tag == "lock-denied"
        assert "MGMT_CORE #2052: Exclusive datastore access unavailable" in error.message
        for call in (lambda: edit(second, NAME.format("x")), second.commit, second.discard_changes):
            assert "MGMT_CORE #2051: Global datastore access unavailable" in errors_of(call)[0].message
        first.unlock("candidate")
        second.lock("candidate")


def test_a_dirty_candidate_cannot_be_locked(core: RouterCore) -> None:
    """Uncommitted changes survive their session, refuse the lock, and go with discard-changes."""
    with connect(core) as client:
        edit(client, NAME.format("dirty"))
    with connect(core) as client:
        assert "#2052" in errors_of(lambda: client.lock("candidate"))[0].message
        client.discard_changes()
        client.lock("candidate")


@pytest.mark.parametrize("how", ["unlock", "disconnect"])
def test_the_end_of_a_lock_discards(core: RouterCore, how: str) -> None:
    """Unlocking, or the death of the session that holds the lock, throws its changes away."""
    with connect(core) as client:
        client.lock("candidate")
        edit(client, NAME.format("new"))
        if how == "unlock":
            client.unlock("candidate")
    with connect(core) as client:
        client.lock("candidate")
        client.commit()
    assert name_of(core) == "sr"


def test_private_candidates_do_not_see_each_other(core: RouterCore) -> None:
    """A client that says urn:nokia.com:nc:pc edits a candidate of its own, even beside a dirty global one."""
    with connect(core) as other, connect(core, private=True) as client:
        edit(other, "<system><time><prefer-local-time>true</prefer-local-time></time></system>")
        edit(client, NAME.format("private"))
        client.commit()
        assert name_of(core) == "private"
        assert text_of(core.running(), "system", "time", "prefer-local-time") == ""


def test_a_private_commit_over_a_changed_running_conflicts(core: RouterCore) -> None:
    """A private candidate that is older than running is not committed before it is discarded."""
    with connect(core) as other, connect(core, private=True) as client:
        edit(client, NAME.format("private"))
        edit(other, NAME.format("other"))
        other.commit()
        assert "#2703" in errors_of(client.commit)[0].message
        client.discard_changes()
        edit(client, NAME.format("private"))
        client.commit()
    assert name_of(core) == "private"


def test_an_edit_holds_running_and_the_wrong_unlock_keeps_the_lock(core: RouterCore) -> None:
    """Running cannot be locked by another while the candidate is edited; unlocking the other datastore is an error."""
    with connect(core) as one, connect(core) as other:
        edit(one, NAME.format("new"))
        assert errors_of(lambda: other.lock("running"))[0].tag == "lock-denied"
        one.discard_changes()
        other.lock("running")
        assert errors_of(lambda: other.unlock("candidate"))
        assert core.datastores.is_locked("running")
        other.unlock("running")
        assert not core.datastores.is_locked("running")


# --- confirmed commits ------------------------------------------------------------------------------------------------


def test_a_pending_commit_looks_like_running_and_is_confirmed(core: RouterCore) -> None:
    """Others read the new configuration while it is pending; a second commit keeps it."""
    with connect(core) as client:
        edit(client, NAME.format("new"))
        client.commit(confirmed=True, timeout="60")
        with connect(core) as other:
            found = data_of(other.get_config("running"))
            assert errors_of(other.commit)[0].tag == "in-use"
        assert found.findtext(".//c:system/c:name", namespaces=NS) == "new"
        client.commit()
    assert core.datastores.pending is None
    assert name_of(core) == "new"


@pytest.mark.parametrize("how", ["close", "kill", "cut", "cancel"])
def test_an_unconfirmed_commit_is_rolled_back(core: RouterCore, how: str) -> None:
    """Closing, killing or losing the session, or cancel-commit, brings the old configuration back."""
    client = connect(core)
    edit(client, NAME.format("new"))
    client.commit(confirmed=True, timeout="600")
    assert name_of(core) == "new"
    if how == "close":
        client.close_session()
    elif how == "kill":
        with connect(core) as other:
            other.kill_session(client.session_id)
    elif how == "cut":
        client._session.transport.sock.close()
    else:
        client.cancel_commit()
    wait_until(lambda: name_of(core) == "sr", "roll-back")
    assert isinstance(core.behaviour, Recorder)
    assert core.behaviour.names == ["sr", "new", "sr"]
    with contextlib.suppress(TransportError, OperationError, OSError):
        client.close_session()


def test_a_confirmed_commit_times_out(core: RouterCore) -> None:
    """Without confirmation the old configuration is back after confirm-timeout, and the session lives on."""
    with connect(core) as client:
        edit(client, NAME.format("new"))
        client.commit(confirmed=True, timeout="1")
        wait_until(lambda: name_of(core) == "sr", "roll-back")
        assert errors_of(client.cancel_commit)


def test_persist_outlives_the_session(core: RouterCore) -> None:
    """With persist another session confirms or cancels by the id, and only with it."""
    with connect(core) as client:
        edit(client, NAME.format("new"))
        client.commit(confirmed=True, timeout="60", persist="token")
    with connect(core) as client:
        assert name_of(core) == "new"
        assert errors_of(client.commit)
        client.commit(persist_id="token")
        edit(client, NAME.format("newer"))
        client.commit(confirmed=True, timeout="60", persist="again")
    with connect(core) as client:
        assert errors_of(lambda: client.cancel_commit("token"))
        client.cancel_commit("again")
    assert core.datastores.pending is None
    assert name_of(core) == "new"


# --- saving -----------------------------------------------------------------------------------------------------------


def test_saving_decides_what_a_reboot_finds(core: RouterCore) -> None:
    """A commit on 21.2 is not saved by itself; copy-config running to startup saves it."""
    with connect(core) as client:
        edit(client, NAME.format("one"))
        client.commit()
        assert core.datastores.is_unsaved
        client.copy_config("running", "startup")
        assert not core.datastores.is_unsaved
        edit(client, NAME.format("two"))
        client.commit()
    core.faults.set("reboot")
    assert name_of(core) == "one"
    assert b"one" in core.flash.read("cf3:/config.cfg")


def test_auto_config_save_is_the_default_of_late_releases(tmp_path: Path) -> None:
    """From 23.3 a commit is saved unless auto-config-save says otherwise."""
    with lab_router(tmp_path, "25.10") as router, connect(router.core) as client:
        edit(client, NAME.format("one"))
        client.commit()
        assert not router.core.datastores.is_unsaved


def test_a_full_card_fails_the_save(core: RouterCore) -> None:
    """With flash-full saving is refused."""
    core.faults.set("flash-full")
    with connect(core) as client:
        assert "save failed" in errors_of(lambda: client.copy_config("running", "startup"))[0].message


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "expected"), [("drop-before-commit", "sr"), ("drop-before-commit-reply", "new")])
def test_a_session_dropped_at_commit(core: RouterCore, fault: str, expected: str) -> None:
    """The client sees the session die either way; only the router knows what became of the commit."""
    client = connect(core)
    edit(client, NAME.format("new"))
    core.faults.set(fault, times=1)
    with pytest.raises((TransportError, OperationError)):
        client.commit()
    wait_until(lambda: core.sessions.all() == (), "end of the session")
    assert name_of(core) == expected


def test_a_confirmed_commit_is_rolled_back_when_its_reply_is_lost(core: RouterCore) -> None:
    """The death of the session at the reply undoes a confirmed commit; a ghost session keeps it."""
    for ghost, expected in ((False, "sr"), (True, "new")):
        client = connect(core)
        edit(client, NAME.format("new"))
        core.faults.set("drop-before-commit-reply", times=1)
        if ghost:
            core.faults.set("ghost-session")
        with pytest.raises((TransportError, OperationError)):
            client.commit(confirmed=True, timeout="600")
        wait_until(lambda: all(item.is_ghost for item in core.sessions.all()), "end of the connection")
        assert name_of(core) == expected
    core.faults.clear()
    assert name_of(core) == "sr"
    assert core.sessions.all() == ()


def test_foreign_locks_and_edits_can_be_simulated(core: RouterCore) -> None:
    """lock-held and candidate-dirty refuse the lock as somebody at the MD-CLI would."""
    with connect(core) as client:
        for fault in ("lock-held", "candidate-dirty"):
            core.faults.set(fault)
            assert "#2052" in errors_of(lambda: client.lock("candidate"))[0].message
            core.faults.clear(fault)
        client.lock("candidate")


def test_a_warning_can_hide_an_error(core: RouterCore) -> None:
    """warning-then-error answers a commit with both, the warning first."""
    core.faults.set("warning-then-error", times=1)
    with PlainClient(core) as client:
        reply = client.rpc("<commit/>")
    severities = [item.findtext("nc:error-severity", "", NS) for item in reply.findall("nc:rpc-error", NS)]
    assert severities == ["warning", "error"]


def test_one_slow_session_does_not_stop_another(core: RouterCore) -> None:
    """While one session waits for a slow answer another is served."""
    core.faults.set("slow-rpc", "2", times=1)
    with connect(core) as slow, connect(core) as quick:
        done = threading.Event()

        def wait_for_answer() -> None:
            slow.discard_changes()
            done.set()

        thread = threading.Thread(target=wait_for_answer)
        thread.start()
        wait_until(lambda: not core.faults.is_set("slow-rpc"), "start of the slow rpc")
        quick.discard_changes()
        assert not done.is_set()
        thread.join(20)
        assert done.is_set()


def test_rights_of_a_profile_are_asked(core: RouterCore) -> None:
    """Without base-op-authorization lock a user of 21.2 may not lock."""
    profile = (
        "<system><security><aaa><local-profiles><profile><user-profile-name>administrative</user-profile-name><netconf>"
        "<base-op-authorization><lock>false</lock></base-op-authorization></netconf></profile></local-profiles></aaa>"
        "</security></system>"
    )
    with connect(core) as client:
        edit(client, profile)
        client.commit()
        (error,) = errors_of(lambda: client.lock("candidate"))
    assert error.message == "MINOR: MGMT_CORE #2020: Permission denied - unauthorized use of 'lock'"
