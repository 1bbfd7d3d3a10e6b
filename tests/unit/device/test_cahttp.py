"""What a CA's HTTP server says to one HEAD request, whatever it is; a real server on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sroscert.device.cahttp import CAContacts, contact


@contextlib.contextmanager
def server(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives every client the same bytes and hangs up; yields its URL and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client:
                        asked.append(client.recv(4096))
                        client.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/ejbca/cmp", asked
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def dated(ahead: timedelta) -> bytes:
    """A refusal, as a CMP server gives it to HEAD, with a time."""
    date = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
    return f"HTTP/1.1 405 Method Not Allowed\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=2), timedelta(days=-40)])
def test_the_time_of_a_refusal_is_the_cas(ahead: timedelta) -> None:
    """Any status will do; one HEAD of the URL's path is sent, and nothing of CMP."""
    with server(dated(ahead)) as (url, asked):
        seen = contact(url, 5)

    assert seen.answered
    assert seen.ahead is not None
    assert abs(seen.ahead - ahead) < timedelta(seconds=5)
    assert [line.split(b"\r\n")[0] for line in asked] == [b"HEAD /ejbca/cmp HTTP/1.1"]


@pytest.mark.parametrize(
    ("answer", "answered"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nDate: yesterday\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 09:00:00 -0000\r\nContent-Length: 0\r\n\r\n", True),
        (b"SSH-2.0-OpenSSH\r\n", False),
        (b"", False),
    ],
)
def test_an_answer_without_a_time_tells_none(answer: bytes, answered: bool) -> None:
    """No time is made up; what is not HTTP is no answer, with the reason."""
    with server(answer) as (url, _):
        seen = contact(url, 5)

    assert (seen.answered, seen.ahead) == (answered, None)
    assert bool(seen.reason) is not answered


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    """The system's word is the reason."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert "refused" in contact(f"http://127.0.0.1:{port}/", 5).reason.lower()


@pytest.mark.parametrize(
    "url",
    ["http:///nothing", "http://ca:99999/", "http://[::1/", f"http://{'a' * 64}.example/", "http://ca\u3002example.invalid/"],
)
def test_a_url_that_leads_nowhere_is_no_answer(url: str) -> None:
    """Whatever stands in an intent, asking ends with a reason."""
    seen = contact(url, 2)

    assert (seen.answered, bool(seen.reason)) == (False, True)


def test_a_ca_is_asked_once_a_minute_whoever_wants_to_know() -> None:
    """A thousand routers of one CA cost it one request; a minute later it is asked again."""
    now = [1000.0]
    contacts = CAContacts(lambda: now[0])
    with server(dated(timedelta())) as (url, asked):
        assert contacts.ask(url, 5) is contacts.ask(url, 5)
        assert len(asked) == 1
        now[0] += 61
        contacts.ask(url, 5)
        assert len(asked) == 2
