"""The pipe to the router: a question and its answer at a time, as JSON. Known to the process of a script only."""

from __future__ import annotations

import json
from multiprocessing.connection import Connection
from typing import Any

_pipe: list[Connection[bytes, bytes]] = []


def connect(descriptor: int) -> None:
    """Use an inherited descriptor."""
    _pipe[:] = [Connection(descriptor)]


def ask(question: str, **values: Any) -> dict[str, Any]:
    """The router's answer."""
    _pipe[0].send_bytes(json.dumps({"ask": question, **values}).encode())
    answer: dict[str, Any] = json.loads(_pipe[0].recv_bytes())
    return answer


def tell(what: str, **values: Any) -> None:
    """Something that has no answer."""
    _pipe[0].send_bytes(json.dumps({"ask": what, **values}).encode())
