"""One NETCONF session's conversation: messages in, replies out. Owns what an rpc means; no I/O.

Sources: RFC 6241; System Management Guide, "NETCONF" (which operations and arguments SR OS takes). Called from a worker
thread, one message at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from . import namespaces
from .accounts import may_call
from .core import RouterCore
from .errors import RPCError, RPCFailed, failed
from .hello import BASE_1_0, BASE_1_1, PRIVATE_CANDIDATE
from .moments import Phase
from .namespaces import NETCONF, local_name, namespace_of, new_element, qualified
from .notifications import Subscriptions
from .operations import Operations
from .sessions import Session

_PARSER_OPTIONS = {"resolve_entities": False, "no_network": True, "remove_comments": True, "remove_pis": True}
_DEFAULT_SLOWNESS_S = 5.0
_NAMESPACES = {
    "action": namespaces.YANG_ACTION,
    "get-schema": namespaces.MONITORING,
    "create-subscription": namespaces.NOTIFICATION,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back, and what happens to the session then.

    Attributes:
        data: the message without framing; None when nothing is sent.
        ends: `""` the session goes on; `close` it ends in order; `drop` the connection is torn down.
    """

    data: bytes | None
    ends: str = ""


class Conversation:
    """The state of one NETCONF session."""

    def __init__(
        self, core: RouterCore, session: Session, send: Callable[[bytes], None] = lambda message: None
    ) -> None:
        """`send` takes messages that are no replies, from any thread."""
        self._core = core
        self._session = session
        self._subscriptions = Subscriptions(core, send)
        self._operations = Operations(core, session, self._subscriptions)
        self._greeted = False
        self._common_base = False
        self.chunked = False

    def take(self, message: bytes) -> Reply:
        """Answer one message."""
        root = parse(message)
        if not self._greeted:
            return self._hello(root)
        if not self._common_base:
            # ASSUMPTION: tag; the text is documented.
            return Reply(error_reply(None, RPCError("Common base capability not found.", type="protocol")))
        if root is None:
            return Reply(
                error_reply(None, RPCError("MINOR: NETCONF #255: Malformed message", "malformed-message", "rpc"))
            )
        if root.tag != qualified(NETCONF, "rpc"):
            # ASSUMPTION: text and number; that a wrong namespace is an rpc-error is documented.
            text = f"MINOR: NETCONF #256: Unknown namespace or element - '{local_name(root)}'"
            return Reply(error_reply(root, RPCError(text, "unknown-namespace", "rpc")))
        return self._rpc(root)

    @property
    def is_waited_for(self) -> bool:
        """Whether something begins once the reply to the last message has been sent: then call `replied`."""
        return self._subscriptions.is_waiting

    def replied(self) -> None:
        """The reply has been sent."""
        self._subscriptions.begin()

    def close(self) -> None:
        """The session is over."""
        self._subscriptions.end()

    def _hello(self, root: etree._Element | None) -> Reply:
        if root is None or local_name(root) != "hello":
            return Reply(None, "drop")
        self._greeted = True
        said = {(item.text or "").strip() for item in root.iter(qualified(NETCONF, "capability"))}
        self._common_base = bool(said & {BASE_1_0, BASE_1_1})
        self.chunked = BASE_1_1 in said
        self._session.private = bool(said & PRIVATE_CANDIDATE)
        return Reply(None)

    def _rpc(self, rpc: etree._Element) -> Reply:
        faults = self._core.faults
        slowness = faults.strike("slow-rpc")
        if slowness is not None:
            time.sleep(float(slowness or _DEFAULT_SLOWNESS_S))
        operations = list(rpc)
        name = local_name(operations[0]) if operations else ""
        is_commit = name == "commit"
        if self._cut(Phase.BEFORE, operations):
            return Reply(None, "drop")
        if is_commit and faults.take("drop-before-commit"):
            return Reply(None, "drop")
        try:
            if len(operations) != 1:
                # ASSUMPTION: text and number; one operation a message is documented.
                raise failed("MINOR: NETCONF #257: One operation expected", "operation-not-supported", type="protocol")
            content = self._run(operations[0])
        except RPCFailed as exc:
            return Reply(error_reply(rpc, *exc.errors))
        if self._cut(Phase.AFTER, operations):
            return Reply(None, "drop")
        if is_commit and faults.take("drop-before-commit-reply"):
            return Reply(None, "drop")
        reply = reply_with(rpc, content)
        if name == "close-session":
            return Reply(reply, "close")
        if is_commit and faults.take("drop-after-commit"):
            return Reply(reply, "drop")
        return Reply(reply)

    def _cut(self, phase: Phase, operations: list[etree._Element]) -> bool:
        moments = self._core.moments
        if not operations or not moments.watched:
            return False
        name = local_name(operations[0])
        text = etree.tostring(operations[0], encoding="unicode") if name == "action" else ""
        return moments.cuts(phase, f"{name} {text}".strip())

    def _run(self, operation: etree._Element) -> list[etree._Element]:
        name = local_name(operation)
        expected = _NAMESPACES.get(name, NETCONF)
        run: Callable[[etree._Element], list[etree._Element]] | None = self._operations.named(name)
        if namespace_of(operation) != expected:
            # ASSUMPTION: text and number.
            text = f"MINOR: NETCONF #256: Unknown namespace or element - '{name}'"
            raise failed(text, "unknown-namespace", type="protocol")
        if run is None:
            text = f"MINOR: MGMT_CORE #2201: Unknown element - '{name}'"
            raise failed(text, "operation-not-supported", type="protocol")
        if not may_call(self._core.running(), self._core.schema, self._session.user, name):
            text = f"MINOR: MGMT_CORE #2020: Permission denied - unauthorized use of '{name}'"
            raise failed(text, "access-denied", type="protocol")
        if name in ("commit", "edit-config") and self._core.faults.take("warning-then-error"):
            raise RPCFailed(
                RPCError("WARNING: MGMT_CORE #4002: simulated warning", severity="warning"),
                RPCError("MINOR: MGMT_CORE #4001: simulated error behind a warning"),
            )
        return run(operation)


def parse(message: bytes) -> etree._Element | None:
    """A message as an element, None when it is no XML; no entity is resolved and nothing is fetched."""
    try:
        return etree.fromstring(message.strip(), etree.XMLParser(**_PARSER_OPTIONS))  # type: ignore[arg-type]
    except etree.XMLSyntaxError:
        return None


def _skeleton(rpc: etree._Element | None) -> etree._Element:
    known: dict[str | None, str] = {}
    if rpc is not None:
        known = {prefix: uri for prefix, uri in rpc.nsmap.items() if prefix is not None}
    reply = new_element(NETCONF, "rpc-reply", {None: NETCONF, **known})
    if rpc is not None:
        for name, value in rpc.attrib.items():
            reply.set(name, value)
    return reply


def reply_with(rpc: etree._Element, content: list[etree._Element]) -> bytes:
    """The reply to an rpc with this content, `<ok/>` when there is nothing to say."""
    reply = _skeleton(rpc)
    if not content:
        etree.SubElement(reply, qualified(NETCONF, "ok"))
    for item in content:
        reply.append(item)
    return _serialise(reply)


def error_reply(rpc: etree._Element | None, *errors: RPCError) -> bytes:
    """The reply to an rpc that is refused."""
    reply = _skeleton(rpc)
    for error in errors:
        item = etree.SubElement(reply, qualified(NETCONF, "rpc-error"))
        for name, text in (("type", error.type), ("tag", error.tag), ("severity", error.severity)):
            etree.SubElement(item, qualified(NETCONF, f"error-{name}")).text = text
        if error.path:
            etree.SubElement(item, qualified(NETCONF, "error-path")).text = error.path
        etree.SubElement(item, qualified(NETCONF, "error-message")).text = error.message
        if error.info:
            info = etree.SubElement(item, qualified(NETCONF, "error-info"))
            for name, text in error.info:
                etree.SubElement(info, qualified(NETCONF, name)).text = text
    return _serialise(reply)


def _serialise(reply: etree._Element) -> bytes:
    etree.indent(reply, space="    ")
    return etree.tostring(reply, xml_declaration=True, encoding="UTF-8")
