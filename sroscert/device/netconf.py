"""One NETCONF session with a router; the only importer of ncclient.

Owns the session on top of a transport whose host key was checked (``hostkeys``), the translation of ncclient's
exceptions, and what each operation can say about its outcome. What the XML means belongs to ``render`` and
``commands``.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree
from lxml.etree import _Element
from ncclient import NCClientError
from ncclient.devices.sros import SrosDeviceHandler
from ncclient.operations import errors as operation_errors
from ncclient.operations.rpc import RPC, RaiseMode, RPCError
from ncclient.transport import errors as transport_errors
from ncclient.transport.parser import SAXFilterXMLNotFoundError
from ncclient.transport.session import NetconfBase
from ncclient.transport.ssh import SSHSession
from ncclient.xml_ import XMLError
from paramiko.ssh_exception import SSHException

from sroscert.device import netconf_messages as messages
from sroscert.device import ssh_errors
from sroscert.device.closing import Closing
from sroscert.device.credentials import Credentials
from sroscert.device.framing import Deframer, FramingError, frame
from sroscert.device.hostkeys import close_transport, open_transport, remaining
from sroscert.device.rpc_errors import BASE, is_warning, read_entries, refused_before_start, rejection, says_absent
from sroscert.errors import CommandError, DeviceError, Outcome, RPCErrorEntry

if TYPE_CHECKING:
    import paramiko

_CLOSE_TIMEOUT_S = 5.0

# ncclient logs whole messages, which may hold secrets. This logger has no parent and a level that nothing reaches.
_SILENT = logging.Logger("sroscert.device.netconf.silent", level=logging.CRITICAL + 1)


def _unexpected(error: BaseException, at: ssh_errors.Circumstances) -> DeviceError:
    # SessionCloseError carries the unsent and unread text in its message: it is not repeated.
    return ssh_errors.lost(ConnectionError("the router closed it"), at)


def _rejected(error: BaseException, at: ssh_errors.Circumstances) -> DeviceError:
    element = error.xml if isinstance(error, RPCError) else None
    entries = read_entries(element) if isinstance(element, _Element) else ()
    return rejection(entries, at.operation) or ssh_errors.lost(error, at)


def _unsupported(error: BaseException, at: ssh_errors.Circumstances) -> DeviceError:
    return DeviceError(f"the router does not support {at.operation}: {error}", operation=at.operation)


TRANSLATIONS: Mapping[type[BaseException], ssh_errors.Translation] = {
    **ssh_errors.TRANSLATIONS,
    NCClientError: ssh_errors.lost,
    transport_errors.TransportError: ssh_errors.lost,
    transport_errors.SessionError: ssh_errors.timed_out,  # raised when no hello comes in time
    transport_errors.AuthenticationError: ssh_errors.refused_login,
    transport_errors.PermissionError: ssh_errors.refused_login,
    transport_errors.SessionCloseError: _unexpected,
    transport_errors.SSHError: ssh_errors.lost,
    transport_errors.SSHUnknownHostError: ssh_errors.wrong_key,
    transport_errors.NetconfFramingError: ssh_errors.lost,
    transport_errors.TLSError: ssh_errors.lost,
    transport_errors.UnixSocketError: ssh_errors.lost,
    operation_errors.OperationError: ssh_errors.lost,
    operation_errors.TimeoutExpiredError: ssh_errors.timed_out,
    operation_errors.MissingCapabilityError: _unsupported,
    RPCError: _rejected,
    SAXFilterXMLNotFoundError: ssh_errors.lost,
    XMLError: ssh_errors.lost,
    etree.XMLSyntaxError: ssh_errors.lost,
    FramingError: ssh_errors.lost,
}
"""Every exception class of ncclient is named here, so that a new one is noticed by a test and not by an operator."""


class _Handler(SrosDeviceHandler):  # type: ignore[misc]  # ncclient has no types
    """ncclient's SR OS handler, without the second and third parsing of each reply."""

    def transform_reply(self) -> None:
        return None


class _Parser:
    """What ncclient's session thread hands the bytes to that it reads."""

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._deframer = Deframer()

    def parse(self, data: bytes) -> None:
        """Take in what was read and dispatch every whole message. Raises FramingError, UnicodeError."""
        self._deframer.feed(data)
        while True:
            self._deframer.chunked = self._session.chunked
            message = self._deframer.next_message()
            if message is None:
                return
            if message.strip():
                self._session._dispatch_message(message.decode("utf-8").strip())


class _Session(SSHSession):  # type: ignore[misc]  # ncclient has no types
    """ncclient's session on a transport that is connected and verified already."""

    def __init__(self, private_candidate: bool, transport: paramiko.Transport) -> None:
        handler = _Handler({"config_mode": "private"} if private_candidate else {})
        super().__init__(handler)
        self.device_handler = handler
        self.logger = _SILENT
        self.parser = _Parser(self)
        self._transport = transport
        self._send_lock = threading.Lock()

    @property
    def chunked(self) -> bool:
        """Whether both sides said base:1.1 in their hellos."""
        return bool(self._base == NetconfBase.BASE_11)

    def open(self, credentials: Credentials, deadline: float) -> None:
        """Log in with the password only, ask for the subsystem and exchange hellos."""
        self._transport.auth_timeout = remaining(deadline)
        self._transport.auth_password(credentials.username, credentials.password)
        self._connected = True
        self._channel = self._transport.open_session(timeout=remaining(deadline))
        self._channel.settimeout(remaining(deadline))
        try:
            self._channel.invoke_subsystem("netconf")
        except SSHException as error:
            raise transport_errors.SSHError("it does not offer NETCONF on this port") from error
        self._post_connect(remaining(deadline))

    def send(self, message: str) -> None:
        """Send at once; ncclient's own thread would look at its queue only ten times a second."""
        if not self.connected:
            raise transport_errors.TransportError("not connected")
        with self._send_lock:
            self._channel.sendall(frame(message.encode(), chunked=self.chunked))


class _Call(RPC):  # type: ignore[misc]  # ncclient has no types
    """Any operation; its reply is judged by us, entry by entry, and not by ncclient."""

    def request(self, element: _Element) -> str:
        return str(self._request(element).xml)


def _command_error(text: str, outcome: Outcome) -> CommandError:
    return CommandError(f"the command failed: {text}", text=text, operation="command", outcome=outcome)


class NetconfSession(Closing):
    """One NETCONF session; implements ``ports.ConfigPort``. Not for use by several threads at once."""

    def __init__(
        self, session: _Session, *, rpc_timeout_s: float, address: str, redact: Callable[[str], str]
    ) -> None:
        self._session = session
        self._timeout_s = rpc_timeout_s
        self._address = address
        self._redact = redact
        self._warnings: list[RPCErrorEntry] = []
        self._lost = False

    @classmethod
    def connect(
        cls, address: str, port: int, credentials: Credentials, *, known_hosts: Path,
        connect_timeout_s: float = 30.0, rpc_timeout_s: float = 60.0, private_candidate: bool = False,
        redact: Callable[[str], str] = str,
    ) -> NetconfSession:
        """Open a session; ``connect_timeout_s`` covers everything up to the router's hello.

        ``private_candidate`` asks for a candidate of our own (``urn:nokia.com:nc:pc``). ``redact`` is applied to the
        router's words before they become part of an error. Raises HostKeyError before the password is sent,
        AuthenticationError, ConnectError.
        """
        deadline = time.monotonic() + connect_timeout_s
        transport = open_transport(address, port, known_hosts, deadline=deadline)
        opened = False
        session = _Session(private_candidate, transport)
        peer = f"{address}:{port}"
        try:
            with ssh_errors.translated("connect", changes=False, address=peer, table=TRANSLATIONS):
                session.open(credentials, deadline)
            opened = True
        finally:
            if not opened:
                close_transport(transport)
        return cls(session, rpc_timeout_s=rpc_timeout_s, address=peer, redact=redact)

    @property
    def capabilities(self) -> frozenset[str]:
        """The capability URIs of the router's hello."""
        return frozenset(str(uri) for uri in self._session.server_capabilities)

    @property
    def session_id(self) -> str:
        """The session-id of the router's hello."""
        return str(self._session.id)

    @property
    def warnings(self) -> tuple[RPCErrorEntry, ...]:
        """Every rpc-error of severity warning seen in this session, oldest first."""
        return tuple(self._warnings)

    def get_config(self, filter: _Element | Sequence[_Element] | None = None, source: str = "running") -> _Element:
        """Return the ``data`` element of a get-config; empty where the filter names nothing that exists."""
        return self._retrieve(
            "get-config", messages.datastore("source", source), *messages.subtree_filter(filter)
        )

    def get_state(self, filter: _Element | Sequence[_Element]) -> _Element:
        """Return the ``data`` element of a get; empty where the filter names nothing that exists."""
        return self._retrieve("get", *messages.subtree_filter(filter))

    def lock(self) -> None:
        """Lock the candidate. Raises LockHeldError while somebody else holds or edits it."""
        self._run("lock", messages.operation("lock", messages.datastore("target", "candidate")))

    def unlock(self) -> None:
        """Release the candidate; SR OS discards what was not committed."""
        self._run("unlock", messages.operation("unlock", messages.datastore("target", "candidate")))

    def discard(self) -> None:
        """Discard the candidate's changes."""
        self._run("discard", messages.operation("discard-changes"))

    def validate(self) -> None:
        """Validate the candidate. Raises ConfigInvalidError."""
        self._run("validate", messages.operation("validate", messages.datastore("source", "candidate")))

    def edit(self, config: _Element) -> None:
        """Merge ``config`` into the candidate. Raises ConfigInvalidError, LockHeldError."""
        element = messages.operation(
            "edit-config", messages.datastore("target", "candidate"),
            messages.operation("config", copy.deepcopy(config)),
        )
        self._run("edit", element, changes=True)

    def commit_confirmed(self, timeout_s: int) -> None:
        """Commit, to be undone after ``timeout_s`` or at the end of this session (RFC 6241 section 8.4)."""
        self._run(
            "commit", messages.operation(
                "commit", messages.operation("confirmed"), messages.leaf("confirm-timeout", str(int(timeout_s))),
            ), changes=True,
        )

    def confirm(self) -> None:
        """Make a pending confirmed commit permanent."""
        self._run("confirm", messages.operation("commit"), changes=True)

    def cancel_commit(self) -> None:
        """Undo a pending confirmed commit now (RFC 6241 section 8.4.4.1)."""
        self._run("cancel-commit", messages.operation("cancel-commit"), changes=True)

    def save(self) -> None:
        """Copy running to startup, as ``admin save`` does."""
        self._run(
            "save", messages.operation(
                "copy-config", messages.datastore("target", "startup"), messages.datastore("source", "running"),
            ), changes=True,
        )

    def action(self, content: _Element, timeout_s: float) -> _Element:
        """Run a YANG action and return the rpc-reply, whatever status it has.

        Raises CommandError with the router's words for an rpc-error, and for a reply of no known form.
        """
        reply, errors = self._call("action", messages.action(content), changes=True, timeout_s=timeout_s, huge=True)
        if errors:
            text = "\n".join(entry.message for entry in errors)
            raise _command_error(text, Outcome.NOT_APPLIED if refused_before_start(errors) else Outcome.UNKNOWN)
        if not messages.read_action(reply).understood and not read_entries(reply):
            raise _command_error("a reply that we cannot read", Outcome.UNKNOWN)
        return reply

    def raw_command(self, line: str, timeout_s: float) -> str:
        """Run one MD-CLI line and return what it printed, which may be an error message of the CLI.

        Raises CommandError as ``action`` does, and for a status other than completed.
        """
        read = messages.read_action(self.action(messages.raw_command(line), timeout_s))
        text = "\n".join(part for part in (read.output, *read.errors) if part)
        if read.status not in ("", "completed"):
            raise _command_error(self._redact(text) or read.status, Outcome.UNKNOWN)
        return text

    def close(self) -> None:
        """End the session; never raises. The router undoes what was committed and not confirmed."""
        if not self._lost and self._session.connected:
            with contextlib.suppress(DeviceError):
                self._call("close-session", messages.operation("close-session"), timeout_s=_CLOSE_TIMEOUT_S)
        self._drop()

    def _retrieve(self, name: str, *parts: _Element) -> _Element:
        reply, errors = self._call(name, messages.operation(name, *parts))
        data = reply.find(f"{{{BASE}}}data")
        if says_absent(errors):
            return messages.operation("data")
        rejected = rejection(errors, name)
        if rejected is not None:
            raise rejected
        if data is None:
            raise DeviceError(f"the reply to {name} has no data", operation=name, code="unreadable-reply")
        return data

    def _run(self, name: str, element: _Element, *, changes: bool = False) -> None:
        reply, errors = self._call(name, element, changes=changes)
        rejected = rejection(errors, name)
        if rejected is not None:
            raise rejected
        if reply.find(f"{{{BASE}}}ok") is None and not read_entries(reply):
            raise DeviceError(
                f"the reply to {name} is neither ok nor an error", operation=name, code="unreadable-reply",
                outcome=Outcome.UNKNOWN if changes else Outcome.NOT_APPLIED,
            )

    def _call(
        self, name: str, element: _Element, *, changes: bool = False, timeout_s: float | None = None,
        huge: bool = False,
    ) -> tuple[_Element, tuple[RPCErrorEntry, ...]]:
        """Send one operation; return the reply and its errors, with the warnings taken out and kept.

        A session that is lost or that did not answer in time is closed: a late reply would be taken for another's,
        and the router undoes a pending confirmed commit when the session ends.
        """
        parser = etree.XMLParser(huge_tree=huge, resolve_entities=False, no_network=True)
        answered = False
        try:
            with ssh_errors.translated(name, changes=changes, address=self._address, table=TRANSLATIONS):
                call = _Call(
                    self._session, self._session.device_handler, raise_mode=RaiseMode.NONE, huge_tree=huge,
                    timeout=self._timeout_s if timeout_s is None else timeout_s,
                )
                reply = etree.fromstring(call.request(element).encode(), parser=parser)
            answered = True
        finally:
            if not answered:
                self._drop()
        entries = tuple(map(self._redacted, read_entries(reply)))
        self._warnings.extend(filter(is_warning, entries))
        return reply, tuple(entry for entry in entries if not is_warning(entry))

    def _redacted(self, entry: RPCErrorEntry) -> RPCErrorEntry:
        return RPCErrorEntry(
            entry.type, entry.tag, entry.severity, self._redact(entry.message), self._redact(entry.path),
            entry.app_tag,
        )

    def _drop(self) -> None:
        self._lost = True
        # The thread of the session closes it too when it breaks off; whoever is second finds the transport closed.
        with contextlib.suppress(*TRANSLATIONS, AttributeError):
            self._session.close()

