"""The lab router's datastores over NETCONF: locks, confirmed commits, saving, faults."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ncclient.operations.errors import OperationError
from ncclient.transport.errors import TransportError
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.tree import text_of

from tests.support.datastores import NAME, Recorder, edit, errors_of, name_of
from tests.support.lab import lab_router, wait_until
from tests.support.netconf_client import NS, PlainClient, connect, data_of

pytestmark = pytest.mark.client("ncclient")


@pytest.fixture
def core(tmp_path: Path) -> Iterator[RouterCore]:
    """A running router of release 21.2."""
    with lab_router(tmp_path, make_behaviour=lambda core: Recorder()) as router:
        yield router.core


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
