"""Envelopes around the lab's actions: what the management plane puts around their input and results."""

from __future__ import annotations

from lxml import etree
from sroscert_lab.router.errors import ActionResult

from tests.support.lab_bench import ADMIN, Tree, to_xml

NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"


def action_request(path: str, leaves: dict[str, str]) -> bytes:
    """The `admin` element of a PKI action; `path` is below `pki`."""
    tree: Tree = dict(leaves)
    for step in reversed(path.split("/")):
        tree = {step: tree}
    return etree.tostring(to_xml("admin", {"system": {"security": {"pki": tree}}}, ADMIN))


def action_reply(result: ActionResult, namespace: str = ADMIN) -> bytes:
    """An rpc-reply with operation-id and times, and the result."""
    reply = etree.Element(f"{{{NETCONF}}}rpc-reply")
    stamp = "2026-11-23T12:00:00.0Z"
    reply.append(to_xml("operation-id", "1", namespace))
    reply.append(to_xml("start-time", stamp, namespace))
    if result.results:
        results = to_xml("results", {}, namespace)
        results.extend(result.results)
        reply.append(results)
    reply.append(to_xml("status", result.status, namespace))
    for message in result.error_messages:
        reply.append(to_xml("error-message", message, namespace))
    reply.append(to_xml("end-time", stamp, namespace))
    return etree.tostring(reply)
