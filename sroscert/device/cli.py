"""One CLI session over SSH, in whichever engine the router greets us with; the only importer of netmiko.

netmiko's ``nokia_sros`` driver prepares the session (no paging, no completion, wide lines) and reads and writes it. The
connection is ours: the host key is checked by ``hostkeys`` before the password is sent, and netmiko never sees the
password. Its log is shut, because it writes down what is typed, and an enrolment code is typed.

An answer is what stands between the echo of our line and the prompt. Whatever leaves doubt where the next answer would
begin (a time-out, a question of the router) ends the session.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import netmiko
import paramiko
from netmiko import exceptions
from netmiko.channel import SSHChannel
from netmiko.nokia.nokia_sros import NokiaSrosSSH

from sroscert.commands.raw import Engine
from sroscert.device import ssh_errors
from sroscert.device.closing import Closing
from sroscert.device.credentials import Credentials
from sroscert.device.hostkeys import close_transport, open_transport, remaining
from sroscert.errors import ConnectError, DeviceError

# The context line of MD-CLI: [baseline !][*](mode)[context], or [mode:context]; "[]" up to 20.x, "[/]" from 21.x.
_CONTEXT = r"(?:^|\n)[!*]*(?:\((?:ex|gl|pr|ro)(?::[\w-]+)?\))?\[[^\n]*\]\n"
_MD_CLI = re.compile(rf"(?:{_CONTEXT}|^|\n)(?P<name>\*?[A-D]:[^\s@]+@[^\n]+)# ?\Z")
# A "*" before it is told of unsaved changes, "$" of a context that was just created.
_CLASSIC = re.compile(r"(?:^|\n)\*?(?P<name>[A-D]:[^\n@>#]+)(?:>[^\n]*)?[#$] ?\Z")
_PROMPT = r"(?:^|\n)\*?[A-D]:[^\n]+[#$] ?\Z"
_QUESTION = re.compile(r"(?:\([yY]/[nN]\)|\[y[,/]n\])\??:? ?\Z")
_PAGER = re.compile(r"(?:Press Q to quit, Enter to print|Press any key to continue)[^\n]*\Z")
_WIDTH, _HEIGHT = 511, 1000
_POLL_S = 0.01
_LOGOUT_S = 1.0


class _Shut(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return False


netmiko.log.addFilter(_Shut())


def _out_of_step(error: BaseException, at: ssh_errors.Circumstances) -> DeviceError:
    """Say that the session makes no sense; netmiko's words may hold what was read, and are not repeated."""
    return ssh_errors.lost(EOFError("the CLI session ended or fell out of step"), at)


TRANSLATIONS: Mapping[type[BaseException], ssh_errors.Translation] = {
    **ssh_errors.TRANSLATIONS,
    exceptions.NetmikoBaseException: _out_of_step,
    exceptions.ConnectionException: _out_of_step,
    exceptions.NetmikoTimeoutException: ssh_errors.timed_out,
    exceptions.NetmikoAuthenticationException: ssh_errors.refused_login,
    exceptions.ConfigInvalidException: _out_of_step,
    exceptions.WriteException: _out_of_step,
    exceptions.ReadException: _out_of_step,
    exceptions.ReadTimeout: ssh_errors.timed_out,
    exceptions.NetmikoParsingException: _out_of_step,
}
"""Every exception class of netmiko is named here, as paramiko's are in ``ssh_errors``."""


class _Driver(NokiaSrosSSH):
    """netmiko's driver on a channel that we opened; ``greeting`` is what came up to the first prompt."""

    greeting = ""

    def __init__(self, channel: paramiko.Channel, *, username: str, deadline: float) -> None:
        super().__init__(
            host="router", username=username, device_type="nokia_sros", auto_connect=False, allow_agent=False,
            use_keys=False, ssh_strict=True,
        )
        self._deadline = deadline
        self._ssh = channel
        self.remote_conn = channel
        self.remote_conn_pre = None
        self.channel = SSHChannel(conn=channel, encoding=self.encoding)

    @property
    def is_there(self) -> bool:
        """Whether the router has not ended the session."""
        return not (self._ssh.closed or self._ssh.eof_received)

    def read_channel(self) -> str:
        """Read what is there; unlike netmiko's, this notices that the router ended the session."""
        text = str(super().read_channel())
        if not text and not self.is_there and not self._ssh.recv_ready():
            raise exceptions.ReadException("the channel is closed")
        return text

    def _test_channel_read(self, count: int = 40, pattern: str = "") -> str:
        """Wait for the first prompt, which a long banner may delay; netmiko would wait for two seconds of silence."""
        self.greeting = self.read_until_pattern(pattern=_PROMPT, read_timeout=remaining(self._deadline))
        return self.greeting

    def cleanup(self, command: str = "logout") -> None:
        """Log out, and give the router a moment to count the session as ended; no configuration mode is open."""
        self.write_channel(command + self.RETURN)
        deadline = time.monotonic() + _LOGOUT_S
        while self.is_there and time.monotonic() < deadline:
            time.sleep(_POLL_S)


class CLISession(Closing):
    """One session; implements ``ports.CLIPort``."""

    def __init__(self, driver: _Driver, transport: paramiko.Transport, engine: Engine, prompt: str, peer: str) -> None:
        self._driver: _Driver | None = driver
        self._transport = transport
        self._prompt = re.compile(rf"(?:{_CONTEXT}|^|\n)\*?{re.escape(prompt)}(?:>[^\n]*)?[#$] ?\Z")
        self._peer = peer
        self.engine = engine

    @classmethod
    def connect(
        cls, address: str, port: int, credentials: Credentials, *, known_hosts: Path, timeout_s: float = 30.0
    ) -> CLISession:
        """Log in and prepare the session; ``timeout_s`` is for all of that.

        Raises HostKeyError before the password is sent, AuthenticationError, ConnectError.
        """
        deadline = time.monotonic() + timeout_s
        peer = f"{address}:{port}"
        transport = open_transport(address, port, known_hosts, deadline=deadline)
        session = None
        try:
            with _translated("connect", peer):
                transport.auth_timeout = remaining(deadline)
                transport.auth_password(credentials.username, credentials.password)
                channel = transport.open_session(timeout=remaining(deadline))
                channel.settimeout(timeout_s)
                channel.get_pty(term="vt100", width=_WIDTH, height=_HEIGHT)
                channel.invoke_shell()
                driver = _Driver(channel, username=credentials.username, deadline=deadline)
                engine, prompt = _prepared(driver, peer)
            session = cls(driver, transport, engine, prompt, peer)
        finally:
            if session is None:
                close_transport(transport)
        return session

    @property
    def is_open(self) -> bool:
        """Whether another line can be run; a session in doubt is closed, and a router ends one that is idle."""
        return self._driver is not None and self._driver.is_there and self._transport.is_active()

    def run(self, line: str, timeout_s: float, *, changes: bool = True) -> str:
        """Type one line and return what was printed up to the prompt.

        A question is answered with no, and is then the end of the text. Raises SessionLostError when the session ends
        or ``timeout_s`` passes; its outcome is unknown where ``changes`` says that the line may change something.
        """
        with _translated("command", self._peer, changes=changes):
            if self._driver is None:
                raise EOFError("the session was closed")
            finished = False
            try:
                self._driver.write_channel(line + self._driver.RETURN)
                text, finished = self._answer(self._driver, line, time.monotonic() + timeout_s)
            finally:
                if not finished:
                    self.close()
        return text

    def _answer(self, driver: _Driver, line: str, deadline: float) -> tuple[str, bool]:
        """Return the answer, and whether the session is in step behind it."""
        echo = _echo(line)
        read = ""
        while True:
            read += driver.read_channel()
            begin = echo.search(read)
            body = read[begin.end():] if begin is not None else ""
            if begin is not None and (prompt := self._prompt.search(body)) is not None:
                return body[: prompt.start()].strip("\n"), True
            if begin is not None and _QUESTION.search(body) is not None:
                driver.write_channel("n" + driver.RETURN)
                return body.strip("\n"), False
            if begin is not None and (pager := _PAGER.search(body)) is not None:
                driver.write_channel(" ")
                read = read[: begin.end()] + body[: pager.start()]
            if time.monotonic() >= deadline:
                raise exceptions.ReadTimeout("no prompt in time")
            time.sleep(_POLL_S)

    def close(self) -> None:
        """End the session; never raises."""
        driver, self._driver = self._driver, None
        if driver is not None:
            with contextlib.suppress(*TRANSLATIONS):
                driver.disconnect()
        close_transport(self._transport)


def _prepared(driver: _Driver, peer: str) -> tuple[Engine, str]:
    """Have netmiko prepare the session; return the engine and the prompt without what changes in it."""
    try:
        driver.session_preparation()
    except exceptions.ReadTimeout:
        raise _no_prompt(peer) from None
    except ValueError:
        # Raised by netmiko where it finds no prompt of any kind.
        raise _no_prompt(peer) from None
    engine, prompt = recognise(driver.greeting) or (None, "")
    if engine is None:
        raise _no_prompt(peer)
    return engine, prompt


def recognise(text: str) -> tuple[Engine, str] | None:
    """Return the engine of the prompt that ends a text, and its name: ``A:user@router`` or ``A:router``.

    None where there is no prompt. ASSUMPTION: no router with the classic engine has an ``@`` in its name.
    """
    if (found := _MD_CLI.search(text)) is not None:
        return Engine.MD_CLI, found["name"].lstrip("*")
    if (found := _CLASSIC.search(text)) is not None:
        return Engine.CLASSIC, found["name"]
    return None


def _echo(line: str) -> re.Pattern[str]:
    """Return what finds the echo of a line, however the terminal wrapped it."""
    return re.compile(r"[\s\x00-\x1f]*".join(re.escape(char) for char in line if not char.isspace()))


def _no_prompt(peer: str) -> ConnectError:
    return ConnectError(
        f"{peer} shows no SR OS prompt that is known", operation="connect",
        hint="the user must be given the CLI (access console), and the prompt must be the router's own",
    )


@contextlib.contextmanager
def _translated(operation: str, peer: str, *, changes: bool = False) -> Iterator[Any]:
    with ssh_errors.translated(operation, changes=changes, address=peer, table=TRANSLATIONS):
        yield
