"""Asks a real router the questions over NETCONF and writes down what it says.

Owns the session and the file. The host key must be in known_hosts; the password comes from a file or a terminal.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
from lxml import etree

from ..router.framing import Decoder, encode
from ..router.hello import BASE_1_0, BASE_1_1
from ..router.namespaces import NETCONF, STATE, qualified
from ..router.schema import load_schema, trains
from .errors import RecordingError
from .questions import Question, follow_ups, has_commands, questions_for
from .scrub import Scrubber

_FORMAT = 1
_TIMEOUT_S = 120.0
_READ_BYTES = 65536
_LONG = 8


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the answer, as XML without the rpc around the question."""

    name: str
    request: str
    reply: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What a router said.

    Attributes:
        release: its version-number, `C-25.10.R1`; empty when it did not say.
        train: the release of ours whose models are nearest.
        hidden: how many different things were taken out.
    """

    release: str
    train: str
    recorded: str
    capabilities: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    hidden: int = 0

    def write(self, path: Path) -> None:
        """Write it for its owner only, until he has looked through it. OSError, FileExistsError."""
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"format": _FORMAT, **asdict(self)}, file, indent=1)
            file.write("\n")


def read(path: Path) -> Recording:
    """A recording from its file. OSError, RecordingError."""
    try:
        data = json.loads(path.read_text("utf-8"))
        if data.pop("format") != _FORMAT:
            raise RecordingError(f"{path} has a format that is not known")
        data["exchanges"] = tuple(Exchange(**item) for item in data["exchanges"])
        data["capabilities"] = tuple(data["capabilities"])
        return Recording(**data)
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise RecordingError(f"{path} is no recording of a router") from exc


async def record(
    host: str, port: int, username: str, password: str, known_hosts: Path, hide: Sequence[str] = ()
) -> Recording:
    """Ask everything. RecordingError."""
    try:
        async with asyncssh.connect(
            host,
            port,
            username=username,
            password=password,
            known_hosts=str(known_hosts),
            client_keys=None,
            agent_path=None,
            config=None,
            login_timeout=_TIMEOUT_S,
            kex_algs="+diffie-hellman-group14-sha1",
        ) as connection:
            process = await connection.create_process(subsystem="netconf", encoding=None)
            said = await _Talk(process).all()
    except (asyncssh.Error, OSError, EOFError, etree.XMLSyntaxError) as exc:
        raise RecordingError(f"{host}: {str(exc) or type(exc).__name__}") from exc
    # A short one may well be a word of the configuration; no answer holds it in clear anyway.
    hidden = [*hide, password] if len(password) >= _LONG else hide
    return _scrubbed(*said, hide=hidden)


def nearest_train(release: str) -> str:
    """The newest release of ours that is not newer than `C-25.10.R1`; the oldest for an older or unknown one."""
    parts = release.partition("-")[2].split(".")
    known = trains()
    if len(parts) < 2 or not (parts[0].isdigit() and parts[1].isdigit()):
        return known[0]
    wanted = (int(parts[0]), int(parts[1]))
    older = [train for train in known if tuple(int(part) for part in train.split(".")) <= wanted]
    return older[-1] if older else known[0]


class _Talk:
    """One NETCONF session as a client."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self._process = process
        self._decoder = Decoder()
        self._number = 0

    async def all(self) -> tuple[list[str], list[tuple[str, str, etree._Element]]]:
        """The capabilities, and name, request and reply of each question."""
        hello = etree.fromstring((await self._next()).strip())
        capabilities = [(item.text or "").strip() for item in hello.iter(qualified(NETCONF, "capability"))]
        uris = "".join(f"<capability>{uri}</capability>" for uri in (BASE_1_0, BASE_1_1))
        greeting = f'<hello xmlns="{NETCONF}"><capabilities>{uris}</capabilities></hello>'
        self._process.stdin.write(encode(greeting.encode(), chunked=False))
        self._decoder.chunked = BASE_1_1 in capabilities
        answers = [await self._ask(question) for question in questions_for(capabilities)]
        if has_commands(capabilities):
            more = follow_ups([reply for _, _, reply in answers])
            answers += [await self._ask(question) for question in more]
        self._send("<close-session/>")
        return capabilities, answers

    async def _ask(self, question: Question) -> tuple[str, str, etree._Element]:
        self._send(question.operation)
        return question.name, question.operation, etree.fromstring((await self._next()).strip())

    def _send(self, operation: str) -> None:
        self._number += 1
        rpc = f'<rpc xmlns="{NETCONF}" message-id="{self._number}">{operation}</rpc>'
        self._process.stdin.write(encode(rpc.encode(), chunked=self._decoder.chunked))

    async def _next(self) -> bytes:
        while (message := self._decoder.next_message()) is None:
            data = await self._process.stdout.read(_READ_BYTES)
            if not data:
                raise EOFError("the router closed the session")
            self._decoder.feed(data)
        return message


def _scrubbed(
    capabilities: list[str], answers: list[tuple[str, str, etree._Element]], *, hide: Sequence[str]
) -> Recording:
    version = next((reply.findtext(f".//{{{STATE}}}version-number") for _, _, reply in answers), None) or ""
    train = nearest_train(version)
    scrubber = Scrubber(load_schema(train), hide)
    exchanges = []
    for name, request, reply in answers:
        scrubber.reply(reply)
        etree.indent(reply, space="    ")
        exchanges.append(Exchange(name, request, etree.tostring(reply, encoding="unicode")))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Recording(version, train, now, tuple(capabilities), tuple(exchanges), scrubber.count)
