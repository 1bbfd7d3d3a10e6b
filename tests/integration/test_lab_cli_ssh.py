"""The lab router's CLI over a plain SSH channel: paging, exec requests, many channels, garbage, the session limit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import paramiko
import pytest
from lxml import etree
from ncclient import NCClientError
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import make_behaviour

from tests.support.lab import lab_router, wait_until
from tests.support.lab_cli import Screen, screen, ssh_client
from tests.support.netconf_client import connect

pytestmark = pytest.mark.client("paramiko")


@pytest.fixture
def core(tmp_path: Path) -> Iterator[RouterCore]:
    """A running router of release 25.10, with its PKI."""
    with lab_router(tmp_path, "25.10", make_behaviour=make_behaviour) as router:
        yield router.core


def test_long_output_comes_in_pages(core: RouterCore) -> None:
    """A page, a line, the end; and none of it after `environment more false`."""
    with screen(core) as at:
        at.send("edit-config read-only\ninfo\n")
        first = at.until("Press Q to quit, Enter to print next line or any other key to print next page.")
        assert "configure {" in first
        at.send("\r")
        assert at.until("next page.").count("\n") == 1
        at.send(" ")
        assert at.until("next page.").count("\n") > 10
        at.send("q")
        at.until("A:admin@sr# ")
        at.send("environment more false\ninfo\n")
        at.until("A:admin@sr# ")
        whole = at.until("A:admin@sr# ")
        assert "Press Q" not in whole
        assert whole.rstrip().endswith("A:admin@sr#")
        assert "    }\r\n" in whole


def test_the_classic_pager_has_its_own_words(core: RouterCore) -> None:
    """`Press any key to continue (Q to quit)`, off with `environment no more`."""
    with screen(core, height=5) as at:
        at.send("//\n")
        at.until("A:sr# ")
        at.send("show certificate ca-profile\n")
        at.until("Press any key to continue (Q to quit)")
        at.send("Q")
        at.until("A:sr# ")
        at.send("environment no more\nshow certificate ca-profile\n")
        at.until("A:sr# ")
        assert "No. of CA-Profiles" in at.until("A:sr# ")


def test_what_is_said_before_and_after_the_login(core: RouterCore) -> None:
    """`pre-login-message` as the SSH banner, `motd` before the first prompt."""
    with screen(core) as at:
        at.send("edit-config exclusive\n/configure system login-control\n")
        at.send('pre-login-message message "Keep out" name true\nmotd text "Welcome"\ncommit\nquit-config\n')
        at.until("#2064")
    with ssh_client(core) as client:
        transport = client.get_transport()
        assert transport is not None
        assert b"sr Keep out" in (transport.get_banner() or b"")
        assert "Welcome" in Screen(client.invoke_shell()).until("A:admin@sr# ")


def test_an_exec_request_runs_one_line(core: RouterCore) -> None:
    """`ssh router command`: the output and nothing else."""
    with ssh_client(core) as client:
        _, stdout, _ = client.exec_command("show version")
        assert stdout.read().decode().startswith("TiMOS-C-25.10.R1")
        assert stdout.channel.recv_exit_status() == 0


def test_two_channels_are_two_sessions(core: RouterCore) -> None:
    """A mode that one shell enters is not the other's."""
    with ssh_client(core) as client:
        one, two = client.invoke_shell(), client.invoke_shell()
        one.sendall(b"edit-config exclusive\n")
        wait_until(lambda: core.datastores.is_locked("candidate"), "the lock")
        two.sendall(b"edit-config exclusive\n")
        received = b""
        while b"#2052" not in received:
            received += two.recv(4096)
        two.close()
        assert core.datastores.is_locked("candidate")
        one.sendall(b"logout\n")
        wait_until(lambda: not core.datastores.is_locked("candidate"), "the lock is free")


def test_netconf_says_that_the_cli_has_the_lock(core: RouterCore) -> None:
    """An edit over NETCONF while a CLI session is in exclusive mode: #2051, the MD-CLI."""
    with screen(core) as at, connect(core) as client:
        at.send("edit-config exclusive\n")
        at.until("(ex)[/]")
        with pytest.raises(Exception, match=r"#2051: .* the MD-CLI has exclusive lock on configuration"):
            client.discard_changes()


def test_cli_sessions_count_for_the_limit(core: RouterCore) -> None:
    """Five inbound sessions, of whatever kind; one that logs out makes room."""
    with ExitStack() as stack:
        at = [stack.enter_context(screen(core)) for _ in range(4)]
        stack.enter_context(connect(core))
        with pytest.raises((NCClientError, paramiko.SSHException, EOFError)):
            connect(core)
        assert len(core.sessions.all()) == 5
        at[0].send("logout\n")
        wait_until(lambda: len(core.sessions.all()) == 4, "end of a session")


def test_further_channels_count_for_the_limit_too(core: RouterCore) -> None:
    """The sixth shell of one connection is turned away."""
    with ssh_client(core) as client:
        shells = [Screen(client.invoke_shell()) for _ in range(5)]
        for shell in shells:
            shell.until("A:admin@sr# ")
        assert "Maximum number of sessions reached" in _refusal(client)
        shells[0].send("logout\n")
        wait_until(lambda: len(core.sessions.all()) == 4, "end of a session")
        Screen(client.invoke_shell()).until("A:admin@sr# ")


def _refusal(client: paramiko.SSHClient) -> str:
    channel = client.invoke_shell()
    channel.settimeout(10)
    channel.recv(1)
    return channel.recv_stderr(100).decode()


@pytest.mark.parametrize(
    ("fault", "line", "done"),
    [
        ("cli-drop-before", "//admin certificate gen-keypair cf3:/k size 2048 type rsa", False),
        ("cli-drop-after", "//admin certificate gen-keypair cf3:/k size 2048 type rsa", True),
        ("drop-before-commit", "commit", False),
        ("drop-before-commit-reply", "commit", True),
    ],
)
def test_a_session_is_lost_around_a_command(core: RouterCore, fault: str, line: str, done: bool) -> None:
    """Before it nothing is done, after it everything; the client sees the same."""
    with screen(core) as at:
        at.send('edit-config private\n/configure system name "renamed"\n')
        at.until("*(pr)")
        core.faults.set(fault, times=1)
        at.send(f"{line}\n")
        with pytest.raises((AssertionError, OSError)):
            at.until("#2073")
    wait_until(lambda: not core.sessions.all(), "end of the session")
    is_done = core.flash.exists("cf3:/k") if "admin" in line else b"renamed" in etree.tostring(core.running())
    assert is_done == done


def test_garbage_does_not_end_the_session(core: RouterCore) -> None:
    """Random bytes, then a command: it is answered, and the router still is."""
    source = random.Random(20)
    with screen(core, height=1000) as at:
        for _ in range(20):
            at.send(source.randbytes(300).replace(b"\x1b", b""))
            at.send(b"\x15\n\x15\nqq\x15\n")
        at.send("y\n/!md-cli\nenvironment more false\n/show version | count\n")
        at.until("Count: 2 lines", 30)
    with screen(core) as at:
        at.send("show version\n")
        at.until("TiMOS-")
