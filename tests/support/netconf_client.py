"""NETCONF clients for tests of the lab: ncclient as everybody uses it, and one that says exactly what a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import paramiko
from lxml import etree
from ncclient import manager
from sroscert_lab.router.core import RouterCore

CONF = "urn:nokia.com:sros:ns:yang:sr:conf"
STATE = "urn:nokia.com:sros:ns:yang:sr:state"
NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"
NS = {"c": CONF, "s": STATE, "nc": NETCONF}
END = b"]]>]]>"


def connect(core: RouterCore, *, private: bool = False, username: str = "admin", password: str = "admin") -> Any:  # noqa: S107
    """An ncclient manager for a lab router; `private` asks for a candidate of its own."""
    device = {"name": "sros", "config_mode": "private"} if private else {"name": "default"}
    return manager.connect(
        host=core.address,
        port=core.ports.netconf,
        username=username,
        password=password,
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
        device_params=device,
        timeout=20,
    )


def configuration(text: str) -> str:
    """`<config>` with a `configure` around `text`."""
    return f'<config xmlns:nc="{NETCONF}"><configure xmlns="{CONF}">{text}</configure></config>'


def data_of(reply: Any) -> etree._Element:
    """The `<data>` of a reply of ncclient's default handler."""
    root = etree.fromstring(str(reply).encode())
    found = root.find("nc:data", NS)
    assert found is not None
    return found


class PlainClient:
    """A NETCONF client over paramiko that frames and greets as it is told."""

    def __init__(self, core: RouterCore, *, port: int | None = None, capabilities: Sequence[str] = ("1.0",)) -> None:
        self._ssh = paramiko.SSHClient()
        self._ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self._ssh.connect(
            core.address,
            port or core.ports.netconf,
            "admin",
            "admin",
            allow_agent=False,
            look_for_keys=False,
            timeout=20,
        )
        transport = self._ssh.get_transport()
        assert transport is not None
        self.transport = transport
        self.channel = transport.open_session()
        self.channel.settimeout(20)
        self.channel.invoke_subsystem("netconf")
        self.hello = self._read_plain()
        self._chunked = "1.1" in capabilities
        uris = "".join(f"<capability>urn:ietf:params:netconf:base:{item}</capability>" for item in capabilities)
        self.send_plain(f'<hello xmlns="{NETCONF}"><capabilities>{uris}</capabilities></hello>'.encode())

    def __enter__(self) -> PlainClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ssh.close()

    def send_plain(self, message: bytes) -> None:
        """A message with end-of-message framing."""
        self.channel.sendall(message + END)

    def ask(self, message: str) -> etree._Element:
        """Send one message, split over two chunks where there are chunks, and read the reply."""
        data = message.encode()
        if not self._chunked:
            self.send_plain(data)
            return etree.fromstring(self._read_plain())
        half = len(data) // 2
        framed = b"".join(b"\n#%d\n%s" % (len(part), part) for part in (data[:half], data[half:])) + b"\n##\n"
        self.channel.sendall(framed)
        return etree.fromstring(self._read_chunked())

    def rpc(self, content: str, attributes: str = 'message-id="1"') -> etree._Element:
        """Send `content` in an rpc."""
        return self.ask(f'<rpc xmlns="{NETCONF}" {attributes}>{content}</rpc>')

    def _read_plain(self) -> bytes:
        data = b""
        while END not in data:
            data += self._more()
        return data.partition(END)[0]

    def _read_chunked(self) -> bytes:
        data = b""
        while not data.endswith(b"\n##\n"):
            data += self._more()
        message = b""
        while not data.startswith(b"\n##\n"):
            header, _, rest = data[2:].partition(b"\n")
            message, data = message + rest[: int(header)], rest[int(header) :]
        return message

    def _more(self) -> bytes:
        part = self.channel.recv(65536)
        if not part:
            raise EOFError("the router closed the session")
        return part
