"""Sessions of netmiko's `nokia_sros` driver on lab routers, and a plain SSH channel with a terminal."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import paramiko
from netmiko import BaseConnection, ConnectHandler
from sroscert_lab.router.core import RouterCore


@contextlib.contextmanager
def netmiko_session(core: RouterCore, password: str = "admin") -> Iterator[BaseConnection]:  # noqa: S107
    """An open session of the driver."""
    connection = ConnectHandler(
        device_type="nokia_sros",
        host=core.address,
        port=core.ports.ssh,
        username="admin",
        password=password,
        ssh_strict=False,
        fast_cli=True,
    )
    try:
        yield connection
    finally:
        connection.disconnect()


class Screen:
    """A terminal of some lines: send keys, wait for text."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self._unread = ""

    def send(self, keys: str | bytes) -> None:
        """Type."""
        self._channel.sendall(keys.encode() if isinstance(keys, str) else keys)

    def until(self, text: str, timeout_s: float = 10.0) -> str:
        """Everything up to and with `text`; AssertionError when it does not come."""
        deadline = time.monotonic() + timeout_s
        self._channel.settimeout(timeout_s)
        while text not in self._unread:
            if time.monotonic() > deadline:
                raise AssertionError(f"{text!r} did not come; there was {self._unread[-500:]!r}")
            received = self._channel.recv(65536)
            if not received:
                raise AssertionError(f"the session ended before {text!r}; there was {self._unread[-500:]!r}")
            self._unread += received.decode("utf-8", "replace")
        found, _, self._unread = self._unread.partition(text)
        return found + text


@contextlib.contextmanager
def ssh_client(core: RouterCore) -> Iterator[paramiko.SSHClient]:
    """A logged-in paramiko client on the SSH port."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507
    try:
        client.connect(core.address, core.ports.ssh, "admin", "admin", allow_agent=False, look_for_keys=False)
        yield client
    finally:
        client.close()


@contextlib.contextmanager
def screen(core: RouterCore, height: int = 24) -> Iterator[Screen]:
    """A CLI session in a terminal, after its first prompt."""
    with ssh_client(core) as client:
        shown = Screen(client.invoke_shell("vt100", 80, height))
        shown.until("# ")
        yield shown
