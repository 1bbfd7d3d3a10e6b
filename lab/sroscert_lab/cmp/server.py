"""HTTP in front of the CA (RFC 9811): one POST with one PKIMessage, one answer.

Owns sockets, paths, size bounds and the faults that are about the connection. CMP itself is ``ca``'s.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import socketserver
import struct
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import messages
from .ca import CertificationAuthority
from .status import BodyKind, UnreadableRequest

MAX_REQUEST_BYTES = 64 * 1024
CONTENT_TYPE = "application/pkixcmp"
CRL_CONTENT_TYPE = "application/pkix-crl"
_IDLE_SECONDS = 30.0
_ALIAS = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OPERATIONS = (
    "initialization", "certification", "keyupdate", "pkcs10", "revocation", "getcacerts", "getrootupdate",
    "getcertreqtemplate", "getcrls",
)
"""RFC 9483 section 6.1, as registered by IANA. The message says what is wanted, whatever the path."""
_LOG = logging.getLogger(__name__)


def _paths(alias: str) -> frozenset[str]:
    """Return where the CA answers: EJBCA's path, and those of RFC 9811 section 3.4."""
    known = [f"{start}{end}" for start in ("/.well-known/cmp", f"/.well-known/cmp/p/{alias}")
             for end in ("", *(f"/{operation}" for operation in _OPERATIONS))]
    return frozenset((f"/ejbca/publicweb/cmp/{alias}", *known))


class _Listener(ThreadingHTTPServer):
    """The listening socket and the connections that it has open."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, ca: CertificationAuthority, host: str, port: int, alias: str) -> None:
        super().__init__((host, port), _Handler)
        self.ca = ca
        self.crl_path = f"/crl/{alias}.crl"
        self.paths = _paths(alias)
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def server_bind(self) -> None:
        """Bind without asking a name server who we are, which ``HTTPServer`` would."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, or drop it when the CA plays dead."""
        if self.ca.faults.current.down:
            _drop(request)
            return
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """End the connections that are still open."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log; a peer that goes away in the middle is nothing special."""
        _LOG.debug("a CMP connection from %s broke", client_address, exc_info=True)


def _drop(connection: socket.socket) -> None:
    """Close with a reset, so that the client is told nothing and need not wait."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class _HTTPRefusal(Exception):
    """The request does not get as far as the CA."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "sroscert-lab"
    sys_version = ""
    timeout = _IDLE_SECONDS
    wbufsize = -1  # header and body leave in one write
    server: _Listener

    def setup(self) -> None:
        """Prepare the socket: answers leave at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_POST(self) -> None:
        """Answer one CMP request."""
        try:
            body = self._read_request()
        except _HTTPRefusal as refusal:
            self._refuse(refusal.status, refusal.text)
            return
        if body is None:
            return
        faults = self.server.ca.faults.current
        if faults.slow > 0:
            self.server.stopping.wait(faults.slow)
        if self.server.ca.faults.current.down or self.server.stopping.is_set():
            self.close_connection = True
            return
        try:
            answer = self.server.ca.handle(body, self.client_address[0])
        except UnreadableRequest as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
            return
        if faults.mute_confirmations and messages.parse(body).body_tag == BodyKind.CERT_CONF:
            self.close_connection = True
            return
        self._send(answer, CONTENT_TYPE)

    def _send(self, content: bytes, content_type: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self._send_persistence()
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """Give the CRL (RFC 5280 section 4.2.1.13: DER, of this media type); anything else is refused."""
        if self.path != self.server.crl_path:
            self._not_allowed()
            return
        if self.server.ca.faults.current.down:
            self.close_connection = True
            return
        self._send(self.server.ca.crl_der(), CRL_CONTENT_TYPE)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Give the lab's time in the header Date, as everything else of the CA does."""
        return super().date_time_string(self.server.ca.time().timestamp() if timestamp is None else timestamp)

    def _not_allowed(self) -> None:
        """Refuse: CMP is POST only."""
        if self.server.ca.faults.current.down:
            self.close_connection = True
            return
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "CMP requests are sent with POST")

    do_HEAD = do_PUT = do_DELETE = _not_allowed  # noqa: N815 - http.server calls them by these names

    def _read_request(self) -> bytes | None:
        """Return the request's body, or None when the client went away. Raises _HTTPRefusal."""
        # Linux delays acknowledgements when a client writes header and body apart; that stalls it by 40 ms.
        quick_ack = getattr(socket, "TCP_QUICKACK", None)
        if quick_ack is not None:
            self.connection.setsockopt(socket.IPPROTO_TCP, quick_ack, 1)
        if self.path not in self.server.paths:
            raise _HTTPRefusal(HTTPStatus.NOT_FOUND, "no CA answers at this path")
        if self.headers.get_content_type() != CONTENT_TYPE:
            raise _HTTPRefusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the content type must be {CONTENT_TYPE}")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise _HTTPRefusal(HTTPStatus.LENGTH_REQUIRED, "the Content-Length is missing")
        if len(length) > 9 or int(length) > MAX_REQUEST_BYTES:
            raise _HTTPRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_REQUEST_BYTES} bytes")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        content = f"{text}\n".encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _send_persistence(self) -> None:
        """Keep a connection of HTTP/1.0 open when the client asks for it, as ``openssl cmp`` does."""
        if self.request_version == "HTTP/1.0":
            if self.headers.get("Connection", "").lower() == "keep-alive":
                self.close_connection = False
                self.send_header("Connection", "keep-alive")
        elif self.close_connection:
            self.send_header("Connection", "close")

    def log_message(self, format: str, *args: Any) -> None:
        """Keep HTTP's chatter out of the output; the journal has what matters."""
        _LOG.debug(format, *args)


class CMPServer:
    """A CA's HTTP server in threads of its own. Port 0 takes a free port; ``url`` says which."""

    def __init__(self, ca: CertificationAuthority, host: str, port: int = 0, alias: str = "CMP-Server") -> None:
        if _ALIAS.fullmatch(alias) is None:
            raise ValueError(f"{alias!r} is not a CMP alias")
        self._ca = ca
        self._address = (host, port)
        self._alias = alias
        self._listener: _Listener | None = None
        self._thread: threading.Thread | None = None

    @property
    def ca(self) -> CertificationAuthority:
        """The CA that answers."""
        return self._ca

    @property
    def port(self) -> int:
        """The port, once started."""
        if self._listener is None:
            return self._address[1]
        return int(self._listener.server_address[1])

    @property
    def crl_url(self) -> str:
        """Where the CRL can be fetched."""
        return f"http://{self._address[0]}:{self.port}/crl/{self._alias}.crl"

    @property
    def url(self) -> str:
        """The URL of the shape that EJBCA has."""
        return f"http://{self._address[0]}:{self.port}/ejbca/publicweb/cmp/{self._alias}"

    def start(self) -> CMPServer:
        """Listen and serve. Raises OSError when the address cannot be bound."""
        if self._listener is not None:
            raise RuntimeError("the server is running already")
        self._listener = _Listener(self._ca, *self._address, self._alias)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, name="cmp-server", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and end all connections. Does nothing when not running."""
        listener, thread = self._listener, self._thread
        self._listener = self._thread = None
        if listener is None or thread is None:
            return
        listener.stopping.set()
        listener.shutdown()
        thread.join()
        listener.server_close()
        listener.close_connections()

    def __enter__(self) -> CMPServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
