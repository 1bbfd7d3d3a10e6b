"""The command backends over a real NETCONF session on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sroscert.commands.operations import (
    GenerateKeypair,
    InitialRegistration,
    ListFiles,
    Operation,
    Poll,
    RemoveFile,
    SaveConfiguration,
)
from sroscert.device.credentials import Credentials
from sroscert.device.exec import choose_backend, make_exec
from sroscert.device.netconf import NetconfSession
from sroscert.device.ports import ExecPort
from sroscert.errors import CommandError, GuardError, Outcome, SessionLostError
from sroscert.schema import Schema, load
from tests.support.ssh_servers import Scripted, ssh_server

SECRET = "canary-enrolment-code"
OPER = "urn:nokia.com:sros:ns:yang:sr:oper-global"
ADMIN = "urn:nokia.com:sros:ns:yang:sr:oper-admin"
IR = InitialRegistration("ejbca", "sr-key", "1", "env:CODE", "CN=sr", "cf3:/sr-cert.der", ip_address="172.20.20.5")


OLD, MIDDLE, NEW = load("19.10"), load("21.2"), load("25.10")


@contextmanager
def backend(folder: Path, schema: Schema, answer: Callable[[str], str | None]) -> Iterator[tuple[ExecPort, Scripted]]:
    """Run a scripted router and the backend that its release calls for."""
    script = Scripted(answer=answer)
    with ssh_server(folder, script) as server, NetconfSession.connect(
        server.address, server.port, Credentials("admin", "right-password"), known_hosts=server.known_hosts,
    ) as session:
        yield make_exec(session, schema, lambda reference: SECRET), script


@pytest.mark.parametrize(("schema", "name"), [(OLD, "cli"), (MIDDLE, "raw"), (NEW, "action")])
def test_the_release_decides_the_backend(schema: Schema, name: str) -> None:
    """What the models have decides, with a reason."""
    choice = choose_backend(schema)
    assert choice.name == name
    assert choice.reason


def test_a_release_without_either_is_a_guard(tmp_path: Path) -> None:
    """Where only the CLI would do, nothing is sent."""
    with pytest.raises(GuardError), backend(tmp_path, OLD, lambda rpc: "<ok/>"):
        pass


@pytest.mark.parametrize("schema", [MIDDLE, NEW], ids=["raw", "action"])
@pytest.mark.parametrize("operation", [GenerateKeypair("cf3:/sr-key"), RemoveFile("cf3:/sr-key")], ids=repr)
def test_a_silent_operation_is_done(tmp_path: Path, schema: Schema, operation: Operation) -> None:
    """An operation that answers ok is done on either backend."""
    with backend(tmp_path, schema, lambda rpc: "<ok/>") as (port, script):
        assert port.run(operation, 10).outcome == "done"
    assert ("md-cli-input-line" in script.rpcs[0]) == (schema is MIDDLE)


def test_what_has_no_action_goes_as_a_line(tmp_path: Path) -> None:
    """On a release with actions a listing still goes by raw command."""
    listing = (
        f'<results xmlns="{OPER}"><md-cli-output-block>\nDirectory of cf3:\\\n\n'
        "10/19/2026  02:01p               1679 sr-key\n</md-cli-output-block></results>"
    )
    with backend(tmp_path, NEW, lambda rpc: listing) as (port, script):
        assert [entry.name for entry in port.run(ListFiles("cf3:/"), 10).files] == ["sr-key"]
    assert "md-cli-input-line" in script.rpcs[0]


def test_saving_is_a_copy_config(tmp_path: Path) -> None:
    """Saving goes by NETCONF's own operation on every release."""
    with backend(tmp_path, MIDDLE, lambda rpc: "<ok/>") as (port, script):
        assert port.run(SaveConfiguration(), 10).outcome == "done"
    assert "copy-config" in script.rpcs[0]


def failed_action(message: str) -> str:
    """Return the inside of a reply to an action that the router gave up."""
    return (
        f'<n:error-message xmlns:n="{ADMIN}">{message}</n:error-message>'
        f'<n:status xmlns:n="{ADMIN}">terminated-incomplete</n:status>'
    )


@pytest.mark.law(8)
@pytest.mark.parametrize("schema", [MIDDLE, NEW], ids=["raw", "action"])
def test_a_repeated_secret_is_hidden(tmp_path: Path, schema: Schema) -> None:
    """The secret goes to the router, and is in no reply however the router repeats it."""
    answer = failed_action(f"MINOR: MGMT_AGENT #2007: Operation failed - reference 1 {SECRET}")
    with backend(tmp_path, schema, lambda rpc: answer) as (port, script):
        reply = port.run(IR, 10)
    assert SECRET in script.rpcs[0]
    assert reply.outcome == "failed"
    assert "Operation failed" in reply.text
    assert SECRET not in repr(reply)


@pytest.mark.law(8)
@pytest.mark.parametrize("schema", [MIDDLE, NEW], ids=["raw", "action"])
def test_a_repeated_secret_is_not_in_an_error(tmp_path: Path, schema: Schema) -> None:
    """A command that the router does not understand is an error that was not applied, without the secret."""
    answer = (
        "<rpc-error><error-type>application</error-type><error-tag>operation-failed</error-tag>"
        f"<error-severity>error</error-severity><error-message>MINOR: MGMT_CORE #2201: Unknown element - '{SECRET}'"
        "</error-message></rpc-error>"
    )
    with backend(tmp_path, schema, lambda rpc: answer) as (port, script), pytest.raises(CommandError) as caught:
        port.run(IR, 10)
    assert SECRET in script.rpcs[0]
    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert SECRET not in str(caught.value) + caught.value.text + repr(caught.value.__cause__)


@pytest.mark.law(4)
@pytest.mark.parametrize("schema", [MIDDLE, NEW], ids=["raw", "action"])
def test_a_session_lost_during_a_request_is_unknown(tmp_path: Path, schema: Schema) -> None:
    """A request whose answer never came has an unknown outcome."""
    with backend(tmp_path, schema, lambda rpc: None) as (port, _), pytest.raises(SessionLostError) as caught:
        port.run(IR, 10)
    assert caught.value.outcome is Outcome.UNKNOWN


@pytest.mark.law(10)
@pytest.mark.parametrize("schema", [MIDDLE, NEW], ids=["raw", "action"])
def test_unreadable_words_are_not_success(tmp_path: Path, schema: Schema) -> None:
    """A poll that answers something unheard-of is unknown."""
    raw = f'<results xmlns="{OPER}"><md-cli-output-block>Quite so.</md-cli-output-block></results>'
    modelled = f'<s:status xmlns:s="{ADMIN}">completed</s:status>'
    with backend(tmp_path, schema, lambda rpc: raw if "input-line" in rpc else modelled) as (port, _):
        assert port.run(Poll("ejbca"), 10).outcome == "unknown"
