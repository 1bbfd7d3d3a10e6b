"""Puts a recording beside the simulated router of the nearest release: where a real router says something else.

Owns what is compared: the capabilities that are no modules, how each question ends (ok, data, error), and of errors tag
and words, also of a command that ends incomplete. What is configured differs from router to router and is not compared.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from ..router.core import Ports, RouterCore
from ..router.hello import BASE_1_0, capabilities
from ..router.namespaces import NETCONF, local_name
from ..router.netconf import Conversation
from ..router.pki import make_behaviour
from .questions import COMMANDS, QUESTIONS
from .record import Recording

#: What a fresh router can be asked too: no certificate or profile of the recorded one.
_COMPARABLE = frozenset(question.name for question in QUESTIONS + COMMANDS)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where they differ; empty for what one of them does not say."""

    where: str
    router: str
    lab: str


def compare(recording: Recording) -> list[Difference]:
    """All differences, in the order of the questions."""
    with tempfile.TemporaryDirectory(prefix="sroscert-compare-") as name:
        core = RouterCore(
            "sr", "127.0.0.1", recording.train, Path(name) / "sr", ports=Ports(0, 0, 0), make_behaviour=make_behaviour
        )
        try:
            core.boot()
            return [*_capabilities(recording, core), *_answers(recording, core)]
        finally:
            core.close()


def _capabilities(recording: Recording, core: RouterCore) -> list[Difference]:
    ours, theirs = _plain(capabilities(core.schema)), _plain(recording.capabilities)
    return [
        *(Difference("capability", uri, "") for uri in theirs if uri not in ours),
        *(Difference("capability", "", uri) for uri in ours if uri not in theirs),
    ]


def _plain(uris: Sequence[str]) -> list[str]:
    """Without modules, and without the part that names the release."""
    return [uri.partition("&module-set-id=")[0] for uri in uris if "?module=" not in uri]


def _answers(recording: Recording, core: RouterCore) -> list[Difference]:
    conversation = Conversation(core, core.sessions.open("admin", "127.0.0.1", "netconf", core.clock()))
    hello = f'<hello xmlns="{NETCONF}"><capabilities><capability>{BASE_1_0}</capability></capabilities></hello>'
    conversation.take(hello.encode())
    found = []
    for exchange in recording.exchanges:
        if exchange.name not in _COMPARABLE:
            continue
        rpc = f'<rpc xmlns="{NETCONF}" message-id="1">{exchange.request}</rpc>'
        theirs, ours = exchange.reply.encode(), conversation.take(rpc.encode()).data or b"<none/>"
        said = [_ending(etree.fromstring(reply)) for reply in (theirs, ours)]
        if said[0] != said[1]:
            found.append(Difference(exchange.name, *said))
    return found


def _ending(reply: etree._Element) -> str:
    errors = [item for item in reply if local_name(item) == "rpc-error"]
    if not errors:
        names = [local_name(item) for item in reply]
        said = [item.text or "" for item in reply if local_name(item) == "error-message"]
        return "ok" if names == ["ok"] else "; ".join(said) or "data"
    return "; ".join(
        f"{item.findtext('{*}error-tag', '')}: {item.findtext('{*}error-message', '').strip()}" for item in errors
    )
