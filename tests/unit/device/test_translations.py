"""Every exception class of ncclient and paramiko has a meaning of ours."""

from __future__ import annotations

import inspect
from types import ModuleType

import ncclient.operations.errors
import ncclient.operations.rpc
import ncclient.transport.errors
import ncclient.transport.parser
import ncclient.xml_
import netmiko.exceptions
import paramiko.sftp
import paramiko.ssh_exception
import pytest

from sroscert.device import cli, files, netconf, ssh_errors
from sroscert.device.ssh_errors import Circumstances, translate, translated
from sroscert.errors import (
    AuthenticationError,
    ConnectError,
    DeviceError,
    FileTransferError,
    HostKeyError,
    Outcome,
    SessionLostError,
)


def classes(*modules: ModuleType) -> list[type[BaseException]]:
    """Return the exception classes that the modules define."""
    return [
        found for module in modules for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, BaseException) and found.__module__ == module.__name__
    ]


NCCLIENT = classes(
    ncclient.transport.errors, ncclient.operations.errors, ncclient.operations.rpc, ncclient.transport.parser,
    ncclient.xml_,
)
NETMIKO = classes(netmiko.exceptions)
PARAMIKO = classes(paramiko.ssh_exception, paramiko.sftp)


@pytest.mark.parametrize("kind", [*NCCLIENT, *PARAMIKO], ids=lambda kind: kind.__name__)
def test_every_class_is_named(kind: type[BaseException]) -> None:
    """A new exception class of a library is noticed here: falling back to its base is not enough."""
    assert kind in netconf.TRANSLATIONS


@pytest.mark.parametrize("kind", PARAMIKO, ids=lambda kind: kind.__name__)
def test_every_class_of_paramiko_is_named_for_files(kind: type[BaseException]) -> None:
    """The file adapter knows every exception of paramiko."""
    assert kind in files.TRANSLATIONS


@pytest.mark.parametrize("kind", [*NETMIKO, *PARAMIKO], ids=lambda kind: kind.__name__)
def test_every_class_of_netmiko_is_named_for_the_cli(kind: type[BaseException]) -> None:
    """The CLI adapter knows every exception of netmiko and of paramiko below it."""
    assert kind in cli.TRANSLATIONS


def test_netmikos_words_are_not_repeated() -> None:
    """netmiko puts what it read into some of its exceptions; ours do not have it, nor a cause that has."""
    error = netmiko.exceptions.ReadException("output='canary'")
    found = translate(error, COMMIT, cli.TRANSLATIONS)

    assert type(found) is SessionLostError
    assert found.outcome is Outcome.UNKNOWN
    assert "canary" not in str(found)


def test_the_walk_finds_classes() -> None:
    """The walk is not empty because a module moved."""
    assert len(NETMIKO) >= 9
    assert len(NCCLIENT) >= 14
    assert len(PARAMIKO) >= 13


@pytest.mark.parametrize("operation", ["connect", "commit"])
@pytest.mark.parametrize("kind", [*netconf.TRANSLATIONS, *NETMIKO], ids=lambda kind: kind.__name__)
def test_every_translation_gives_our_error(kind: type[BaseException], operation: str) -> None:
    """Each entry of the table works, before and after the session is there, and keeps the words or hides them."""
    at = Circumstances(operation, changes=operation == "commit")
    for table in (files.TRANSLATIONS, netconf.TRANSLATIONS, cli.TRANSLATIONS):
        if kind in table:
            assert isinstance(table[kind](ValueError("words"), at), DeviceError)


CONNECT = Circumstances("connect", changes=False, address="172.20.20.5:830")
COMMIT = Circumstances("commit", changes=True)
LOCK = Circumstances("lock", changes=False)
CASES = [
    (ConnectionRefusedError(111, "Connection refused"), CONNECT, ConnectError, Outcome.NOT_APPLIED),
    (TimeoutError(), CONNECT, ConnectError, Outcome.NOT_APPLIED),
    (paramiko.AuthenticationException("Authentication failed."), CONNECT, AuthenticationError, Outcome.NOT_APPLIED),
    (paramiko.AuthenticationException("Authentication timeout."), CONNECT, ConnectError, Outcome.NOT_APPLIED),
    (ncclient.transport.errors.SSHUnknownHostError("h", "f"), CONNECT, HostKeyError, Outcome.NOT_APPLIED),
    (paramiko.ChannelException(1, "Administratively prohibited"), CONNECT, ConnectError, Outcome.NOT_APPLIED),
    (ncclient.transport.errors.SessionCloseError(b"in", b"out"), COMMIT, SessionLostError, Outcome.UNKNOWN),
    (ncclient.operations.errors.TimeoutExpiredError(), COMMIT, SessionLostError, Outcome.UNKNOWN),
    (ncclient.operations.errors.TimeoutExpiredError(), LOCK, SessionLostError, Outcome.NOT_APPLIED),
    (EOFError(), COMMIT, SessionLostError, Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("error", "at", "kind", "outcome"), CASES, ids=lambda value: type(value).__name__)
def test_meaning(error: BaseException, at: Circumstances, kind: type[DeviceError], outcome: Outcome) -> None:
    """What an exception means depends on when it came."""
    found = translate(error, at, netconf.TRANSLATIONS)
    assert type(found) is kind
    assert found.outcome is outcome


def test_what_was_sent_is_in_no_error() -> None:
    """ncclient's exception for a lost session carries the text in its buffers; ours does not, nor its cause."""
    with pytest.raises(SessionLostError) as caught, translated("edit", changes=True, table=netconf.TRANSLATIONS):
        raise ncclient.transport.errors.SessionCloseError(b"canary", b"canary")
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_bug_of_ours_is_not_translated() -> None:
    """An exception that is no library's passes."""
    with pytest.raises(KeyError), translated("edit", changes=True, table=netconf.TRANSLATIONS):
        raise KeyError("x")
    assert translate(KeyError("x"), COMMIT, ssh_errors.TRANSLATIONS) is None


def test_a_refused_file_is_not_a_lost_session() -> None:
    """An SFTP status is about the file."""
    found = translate(PermissionError(13, "Permission denied"), Circumstances("write cf3:/x", True), files.TRANSLATIONS)
    assert type(found) is FileTransferError
