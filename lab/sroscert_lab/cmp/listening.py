"""What the CA's HTTP ports have in common: sockets, bounds, open connections, and the faults of a connection.

Owns no path and no protocol: CMP is ``server``'s, EST is ``sroscert_lab.est``'s.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn, Self

from .ca import CertificationAuthority

MAX_REQUEST_BYTES = 64 * 1024
_IDLE_SECONDS = 30.0
_LOG = logging.getLogger(__name__)


class Listener(ThreadingHTTPServer):
    """The listening socket and the connections that it has open."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, ca: CertificationAuthority, host: str, port: int, handler: Callable[..., BaseHTTPRequestHandler]
    ) -> None:
        super().__init__((host, port), handler)
        self.ca = ca
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
        self.note_open(request)
        super().process_request(request, client_address)

    def note_open(self, connection: socket.socket) -> None:
        """Remember a connection, to end it when the server stops."""
        with self._lock:
            self._open.add(connection)

    def note_closed(self, connection: socket.socket) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._open.discard(connection)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        self.note_closed(request)
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
        _LOG.debug("a connection from %s broke", client_address, exc_info=True)


def _drop(connection: socket.socket) -> None:
    """Close with a reset, so that the client is told nothing and need not wait."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class HTTPRefusal(Exception):
    """The request does not get as far as the CA, or the CA refuses it. ``headers`` go with the answer."""

    def __init__(self, status: HTTPStatus, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "sroscert-lab"
    sys_version = ""
    timeout = _IDLE_SECONDS
    wbufsize = -1  # header and body leave in one write
    server: Listener

    def setup(self) -> None:
        """Prepare the socket: answers leave at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Give the lab's time in the header Date, as everything else of the CA does."""
        return super().date_time_string(self.server.ca.time().timestamp() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep HTTP's chatter out of the output; the journal has what matters."""
        _LOG.debug(format, *args)

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer(self.get)

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer(self.post)

    def _not_allowed(self) -> None:
        """Answer any other method."""
        self._answer(self.refuse_method)

    do_HEAD = do_PUT = do_DELETE = _not_allowed  # noqa: N815 - http.server calls them by these names

    def _answer(self, answer: Callable[[], None]) -> None:
        if self.server.ca.faults.current.down:
            self.close_connection = True
            return
        try:
            answer()
        except HTTPRefusal as refusal:
            self.refuse(refusal)

    def get(self) -> None:
        """Answer a GET. Raises HTTPRefusal."""
        self.refuse_method()

    def post(self) -> None:
        """Answer a POST. Raises HTTPRefusal."""
        self.refuse_method()

    def refuse_method(self) -> NoReturn:
        """Raise HTTPRefusal for a method that is not served."""
        raise HTTPRefusal(HTTPStatus.METHOD_NOT_ALLOWED, "this method is not served here")

    def read_body(self, content_type: str) -> bytes | None:
        """Return the request's body, or None when the client went away. Raises HTTPRefusal."""
        # Linux delays acknowledgements when a client writes header and body apart; that stalls it by 40 ms.
        quick_ack = getattr(socket, "TCP_QUICKACK", None)
        if quick_ack is not None:
            self.connection.setsockopt(socket.IPPROTO_TCP, quick_ack, 1)
        if self.headers.get_content_type() != content_type:
            raise HTTPRefusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the content type must be {content_type}")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise HTTPRefusal(HTTPStatus.LENGTH_REQUIRED, "the Content-Length is missing")
        if len(length) > 9 or int(length) > MAX_REQUEST_BYTES:
            raise HTTPRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_REQUEST_BYTES} bytes")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def plays_dead(self) -> bool:
        """Wait as long as the CA is told to, and tell whether it then answers nothing."""
        faults = self.server.ca.faults.current
        if faults.slow > 0:
            self.server.stopping.wait(faults.slow)
        if self.server.ca.faults.current.down or self.server.stopping.is_set():
            self.close_connection = True
            return True
        return False

    def send(self, content: bytes, content_type: str, **headers: str) -> None:
        """Answer with status 200."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self._send_persistence()
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, refusal: HTTPRefusal) -> None:
        """Answer with another status and its text, and end the connection."""
        content = f"{refusal.text}\n".encode()
        self.close_connection = True
        self.send_response(refusal.status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in refusal.headers.items():
            self.send_header(name, value)
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


class HTTPService:
    """A listener in a thread of its own. Port 0 takes a free port; ``port`` says which."""

    def __init__(self, ca: CertificationAuthority, host: str, port: int, make: Callable[[], Listener]) -> None:
        self._ca = ca
        self._host = host
        self._wanted_port = port
        self._make = make
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None

    @property
    def ca(self) -> CertificationAuthority:
        """The CA that answers."""
        return self._ca

    @property
    def port(self) -> int:
        """The port, once started."""
        return self._wanted_port if self._listener is None else int(self._listener.server_address[1])

    def start(self) -> Self:
        """Listen and serve. Raises OSError when the address cannot be bound."""
        if self._listener is not None:
            raise RuntimeError("the server is running already")
        self._listener = self._make()
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, name="ca-http", daemon=True
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

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
