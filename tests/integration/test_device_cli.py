"""The CLI adapter over real SSH, against a shell that answers by a script."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sroscert.commands.raw import Engine
from sroscert.device.cli import CLISession, recognise
from sroscert.device.credentials import Credentials
from sroscert.errors import AuthenticationError, ConnectError, HostKeyError, Outcome, SessionLostError
from tests.support.shells import Shell
from tests.support.ssh_servers import PASSWORD, Scripted, SSHServer, ssh_server

LINE = "admin system information"
LONG = "//admin certificate cmpv2 initial-registration ca ejbca-profile " + "key-to-certify sr-key " * 20 + "end"
ENGINES = pytest.mark.parametrize("md_cli", [True, False], ids=["md-cli", "classic"])


@contextmanager
def serving(folder: Path, shell: Shell) -> Iterator[SSHServer]:
    """Run a router with a command line."""
    with ssh_server(folder, Scripted(shell=shell)) as server:
        yield server


@contextmanager
def session(folder: Path, shell: Shell, timeout_s: float = 10) -> Iterator[CLISession]:
    """Log in to a router with a command line."""
    with serving(folder, shell) as server, login(server, timeout_s) as opened:
        yield opened


def login(server: SSHServer, timeout_s: float = 10, password: str = PASSWORD) -> CLISession:
    """Open a session."""
    credentials = Credentials("admin", password)
    return CLISession.connect(
        server.address, server.port, credentials, known_hosts=server.known_hosts, timeout_s=timeout_s
    )


@ENGINES
def test_the_engine_is_recognised_and_a_line_answered(tmp_path: Path, md_cli: bool) -> None:
    """The prompt tells the engine; what stands between the echo and the next prompt is the answer."""
    shell = Shell(md_cli=md_cli, answer=lambda line: "\nSystem Name : sr\nA line with # and A:b\n")
    with session(tmp_path, shell) as opened:
        assert opened.engine is (Engine.MD_CLI if md_cli else Engine.CLASSIC)
        assert opened.run(LINE, 10) == "System Name : sr\nA line with # and A:b"
        assert opened.run(LINE, 10) == "System Name : sr\nA line with # and A:b"
        assert opened.is_open
    assert shell.commands == [LINE, LINE]
    assert shell.terminals == ["vt100"]


@ENGINES
def test_paging_is_turned_off_first(tmp_path: Path, md_cli: bool) -> None:
    """Before any command the pager of the engine is turned off, and in MD-CLI completion on space too."""
    shell = Shell(md_cli=md_cli)
    with session(tmp_path, shell) as opened:
        opened.run(LINE, 10)
    before = shell.typed[: shell.typed.index(LINE)]
    assert ("environment more false" if md_cli else "environment no more") in before
    assert ("environment command-completion space false" in before) is md_cli


@ENGINES
def test_pages_are_turned_where_paging_stays_on(tmp_path: Path, md_cli: bool) -> None:
    """A pager that would not be turned off loses no line and leaves nothing of itself in the text."""
    lines = [f"line {number}" for number in range(25)]
    shell = Shell(md_cli=md_cli, page=7, answer=lambda line: "".join(f"{text}\n" for text in lines))
    with session(tmp_path, shell) as opened:
        text = opened.run(LINE, 10)
    assert [line.strip() for line in text.split("\n") if line.strip()] == lines


@pytest.mark.parametrize("width", [60, 80])
def test_a_wrapped_echo_is_no_part_of_the_answer(tmp_path: Path, width: int) -> None:
    """However the terminal wraps a long line, nothing of it, secrets included, is taken for an answer."""
    shell = Shell(width=width, answer=lambda line: "Received 'accepted'.\n")
    with session(tmp_path, shell) as opened:
        assert opened.run(LONG, 10) == "Received 'accepted'."
    assert shell.commands == [LONG]


def test_a_long_banner_may_stand_before_the_prompt(tmp_path: Path) -> None:
    """Licence texts and messages of the day, with # and brackets in them, are passed over."""
    banner = "#" * 79 + "\n[note] A:b is not a prompt # really\n" + "All rights reserved.\n" * 300
    with session(tmp_path, Shell(banner=banner)) as opened:
        assert opened.engine is Engine.MD_CLI
        assert opened.run(LINE, 10) == ""


@pytest.mark.law(7)
@pytest.mark.parametrize("known", ["", "other"])
def test_no_password_is_sent_to_an_unknown_key(tmp_path: Path, known: str) -> None:
    """An unknown or another host key ends it before the login, and nothing is added to known_hosts."""
    shell = Shell()
    with serving(tmp_path, shell) as server, ssh_server(tmp_path / "..", address="127.0.7.2") as stranger:
        kind, blob = stranger.key.export_public_key("openssh").decode().split()[:2]
        text = f"[{server.address}]:{server.port} {kind} {blob}\n" if known else ""
        server.known_hosts.write_text(text)
        with pytest.raises(HostKeyError):
            login(server)
        assert server.script.passwords == []
        assert server.known_hosts.read_text() == text
    assert shell.typed == []


def test_a_refused_login_is_said(tmp_path: Path) -> None:
    """A wrong password is an authentication error, tried once: neither an agent nor key files are looked at."""
    with serving(tmp_path, Shell()) as server:
        with pytest.raises(AuthenticationError):
            login(server, password="wrong")
        assert server.script.passwords == ["wrong"]


@pytest.mark.parametrize(
    "shell", [Shell(greets=False, banner="$ "), Shell(greets=False), Shell(greets=False, banner="router> ")],
    ids=["unix", "silence", "other"],
)
def test_a_prompt_that_is_not_sr_os_is_said(tmp_path: Path, shell: Shell) -> None:
    """Where no SR OS prompt comes nothing is typed but line ends, and the error says so."""
    shell.answer = lambda line: ""
    with serving(tmp_path, shell) as server, pytest.raises(ConnectError) as caught:
        login(server, timeout_s=1.5)
    assert "prompt" in str(caught.value)
    assert shell.commands == []


@pytest.mark.law(4)
def test_a_session_that_ends_is_noticed_at_once(tmp_path: Path) -> None:
    """A connection that dies under a command has an unknown outcome, long before the time limit."""
    began = time.monotonic()
    with session(tmp_path, Shell(answer=lambda line: None)) as opened:
        with pytest.raises(SessionLostError) as caught:
            opened.run(LINE, 60)
        assert not opened.is_open
    assert caught.value.outcome is Outcome.UNKNOWN
    assert time.monotonic() - began < 30


@pytest.mark.law(4)
@pytest.mark.parametrize("changes", [True, False])
def test_no_answer_in_time_ends_the_session(tmp_path: Path, changes: bool) -> None:
    """After a time-out nobody knows where the next answer begins: the session is not used again."""
    with session(tmp_path, Shell(answer=lambda line: "stall")) as opened:
        with pytest.raises(SessionLostError) as caught:
            opened.run(LINE, 0.5, changes=changes)
        assert caught.value.outcome is (Outcome.UNKNOWN if changes else Outcome.NOT_APPLIED)
        assert not opened.is_open
        with pytest.raises(SessionLostError):
            opened.run(LINE, 0.5)


@pytest.mark.parametrize("question", ["Overwrite destination file? (y/n)", "Are you sure? [y,n] ", "Sure (Y/N)?: "])
def test_a_question_is_answered_with_no(tmp_path: Path, question: str) -> None:
    """What the router asks is never agreed to; the question is the answer, and the session ends."""
    shell = Shell(answer=lambda line: question)
    with session(tmp_path, shell) as opened:
        assert opened.run(LINE, 10) == question
        assert not opened.is_open
    assert [line for line in shell.typed if line in {"y", "yes"}] == []


@pytest.mark.law(8)
def test_nothing_that_is_typed_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the password of the login nor an enrolment code in a line reaches any log, at any level."""
    with caplog.at_level(logging.DEBUG), session(tmp_path, Shell()) as opened:
        logging.getLogger("netmiko").setLevel(logging.DEBUG)
        opened.run("//admin certificate protection-alg password canary-code", 10)
    logging.getLogger("netmiko").setLevel(logging.NOTSET)
    assert "canary-code" not in caplog.text
    assert PASSWORD not in caplog.text


PROMPTS = [
    ("\n[/]\nA:admin@sr# ", Engine.MD_CLI, "A:admin@sr"),
    ("\n[]\nA:admin@sr# ", Engine.MD_CLI, "A:admin@sr"),
    ("\n(ex)[/]\nB:admin@sr# ", Engine.MD_CLI, "B:admin@sr"),
    ('\n!*(ro)[configure router "Base"]\nA:admin@sr#', Engine.MD_CLI, "A:admin@sr"),
    ("\n*[pr:/configure]\nA:admin@my router# ", Engine.MD_CLI, "A:admin@my router"),
    ("\n(ex:bof)[/]\nA:net-ops@sr-1.lab# ", Engine.MD_CLI, "A:net-ops@sr-1.lab"),
    ("A:admin@sr# ", Engine.MD_CLI, "A:admin@sr"),
    ("\nA:sr# ", Engine.CLASSIC, "A:sr"),
    ("\n*A:sr# ", Engine.CLASSIC, "A:sr"),
    ("\n*A:ALA 12>config>system# ", Engine.CLASSIC, "A:ALA 12"),
    ("\nD:sr>config>router$ ", Engine.CLASSIC, "D:sr"),
    ("\nE:sr# ", None, ""),
    ("router# ", None, ""),
    ("$ ", None, ""),
    ("A:sr# \nmore", None, ""),
    ("", None, ""),
]


@pytest.mark.parametrize(("text", "engine", "name"), PROMPTS, ids=[repr(row[0]) for row in PROMPTS])
def test_prompts(text: str, engine: Engine | None, name: str) -> None:
    """Every form of prompt in the guides and transcripts is recognised, and nothing else."""
    found = recognise("Copyright (c) Nokia\n" + text if text.startswith("\n") else text)

    assert found == ((engine, name) if engine else None)
