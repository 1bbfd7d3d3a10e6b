"""What the exceptions of paramiko and of sockets mean in our words; the only place where they are translated.

The exceptions of ncclient are added by ``netconf``, the only module that imports it.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from paramiko import sftp, ssh_exception

from sroscert.errors import (
    AuthenticationError,
    ConnectError,
    DeviceError,
    HostKeyError,
    Outcome,
    SessionLostError,
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When something happened: during which operation, at which address, and whether it may have changed something."""

    operation: str
    changes: bool
    address: str = ""

    @property
    def connecting(self) -> bool:
        """Whether the session was still being set up."""
        return self.operation == "connect"

    @property
    def outcome(self) -> Outcome:
        """What is known about the router when the session is gone."""
        return Outcome.UNKNOWN if self.changes else Outcome.NOT_APPLIED

    @property
    def peer(self) -> str:
        """The address for a sentence."""
        return self.address or "the router"


Translation = Callable[[BaseException, Circumstances], DeviceError]

LOGIN_HINT = "check login.username and login.password of the intent, and that the user is not locked out"
SESSIONS_HINT = (
    "too many sessions may be open: see /configure system login-control ssh inbound-max-sessions, which counts CLI, "
    "NETCONF and SFTP together"
)


def no_connection(error: BaseException, at: Circumstances) -> DeviceError:
    """Say that a connection could not be made, or was lost."""
    if at.connecting:
        return ConnectError(
            f"{at.peer} cannot be reached: {_words(error)}", operation=at.operation,
            hint="is the router up, and are its address and login.ports in the intent right?",
        )
    return lost(error, at)


def lost(error: BaseException, at: Circumstances) -> DeviceError:
    """Say that a session ended, or that its router stopped making sense."""
    if at.connecting:
        return ConnectError(f"the session with {at.peer} could not be set up: {_words(error)}", operation=at.operation)
    return SessionLostError(
        f"the session with {at.peer} ended during {at.operation}: {_words(error)}",
        operation=at.operation, outcome=at.outcome,
    )


def timed_out(error: BaseException, at: Circumstances) -> DeviceError:
    """Say that the router did not answer in time."""
    if at.connecting:
        return ConnectError(f"{at.peer} did not answer in time", operation=at.operation)
    return SessionLostError(
        f"{at.peer} did not answer {at.operation} in time", operation=at.operation, outcome=at.outcome,
    )


def refused_login(error: BaseException, at: Circumstances) -> DeviceError:
    """Say that the credentials were refused; a connection that died meanwhile refuses nothing."""
    words = _words(error)
    if "timeout" in words.lower():
        return timed_out(error, at)
    if "EOF" in words or "shut down" in words:
        return ConnectError(
            f"{at.peer} closed the connection during the login", operation=at.operation, hint=SESSIONS_HINT
        )
    return AuthenticationError(f"{at.peer} refused the login", operation=at.operation, hint=LOGIN_HINT)


def wrong_key(error: BaseException, at: Circumstances) -> DeviceError:
    """Say that the host key is not the known one."""
    return HostKeyError(
        f"{at.peer} shows a host key that is not known", operation=at.operation, hint="sroscert trust shows both"
    )


def no_channel(error: BaseException, at: Circumstances) -> DeviceError:
    """Say that the router opened no channel."""
    return ConnectError(f"{at.peer} refused a session: {_words(error)}", operation=at.operation, hint=SESSIONS_HINT)


def incompatible(error: BaseException, at: Circumstances) -> DeviceError:
    """Say that the two sides have no SSH algorithm in common."""
    return ConnectError(
        f"{at.peer} and we have no SSH algorithm in common: {_words(error)}", operation=at.operation,
        hint="paramiko 5 dropped the algorithms of old SR OS; version 4 has them",
    )


TRANSLATIONS: Mapping[type[BaseException], Translation] = {
    OSError: no_connection,
    TimeoutError: timed_out,
    socket.gaierror: no_connection,
    EOFError: lost,
    UnicodeError: lost,
    ssh_exception.SSHException: lost,
    ssh_exception.AuthenticationException: refused_login,
    ssh_exception.PasswordRequiredException: refused_login,
    ssh_exception.BadAuthenticationType: refused_login,
    ssh_exception.PartialAuthentication: refused_login,
    ssh_exception.UnableToAuthenticate: refused_login,
    ssh_exception.ChannelException: no_channel,
    ssh_exception.BadHostKeyException: wrong_key,
    ssh_exception.IncompatiblePeer: incompatible,
    ssh_exception.ProxyCommandFailure: no_connection,
    ssh_exception.NoValidConnectionsError: no_connection,
    ssh_exception.CouldNotCanonicalize: no_connection,
    ssh_exception.ConfigParseError: lost,
    ssh_exception.MessageOrderError: lost,
    sftp.SFTPError: lost,
}
"""Every exception class of paramiko is named here, so that a new one is noticed by a test and not by an operator."""


def translate(
    error: BaseException, at: Circumstances, table: Mapping[type[BaseException], Translation] = TRANSLATIONS
) -> DeviceError | None:
    """Return our error for a library's, by its class or the nearest base in ``table``; None when there is none."""
    for kind in type(error).__mro__:
        if kind in table:
            return table[kind](error, at)
    return None


@contextlib.contextmanager
def translated(
    operation: str, *, changes: bool, address: str = "",
    table: Mapping[type[BaseException], Translation] = TRANSLATIONS,
) -> Iterator[None]:
    """Raise a library's exceptions as ours. ``changes`` tells whether ``operation`` may change the router.

    The library's exception is not kept as the cause: some carry what was sent, and that may hold a secret.
    """
    try:
        yield
    except tuple(table) as error:
        mapped = translate(error, Circumstances(operation, changes, address), table)
        if mapped is None:
            raise
        raise mapped from None


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
