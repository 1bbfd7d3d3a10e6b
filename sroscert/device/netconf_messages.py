"""The NETCONF operations we send, as elements, and the reading of action replies; pure.

Built element by element (RFC 6241 section 7; RFC 7950 section 7.15 for ``action``), never from text.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element

from sroscert.device.rpc_errors import BASE

YANG = "urn:ietf:params:xml:ns:yang:1"
OPER_GLOBAL = "urn:nokia.com:sros:ns:yang:sr:oper-global"
"""Namespace of nokia-oper-global, which has md-cli-raw-command since 20.10."""


def operation(name: str, *parts: _Element) -> _Element:
    """Return an operation of the base namespace."""
    element = _root(BASE, name)
    element.extend(parts)
    return element


def datastore(role: str, name: str) -> _Element:
    """Return ``<source>`` or ``<target>`` naming a datastore."""
    return operation(role, operation(name))


def leaf(name: str, text: str) -> _Element:
    """Return a leaf of the base namespace."""
    element = operation(name)
    element.text = text
    return element


def subtree_filter(filter_: _Element | Sequence[_Element] | None) -> tuple[_Element, ...]:
    """Return the ``<filter>`` around one or more elements, or nothing where there is none."""
    if filter_ is None:
        return ()
    elements = [filter_] if isinstance(filter_, _Element) else list(filter_)
    element = operation("filter", *(copy.deepcopy(part) for part in elements))
    element.set("type", "subtree")
    return (element,)


def action(content: _Element) -> _Element:
    """Return ``<action>`` around a call."""
    element = _root(YANG, "action")
    element.append(copy.deepcopy(content))
    return element


def raw_command(line: str) -> _Element:
    """Return the call of md-cli-raw-command (nokia-oper-global)."""
    call = _root(OPER_GLOBAL, "global-operations")
    command = etree.SubElement(call, f"{{{OPER_GLOBAL}}}md-cli-raw-command")
    etree.SubElement(command, f"{{{OPER_GLOBAL}}}md-cli-input-line").text = line
    return call


@dataclass(frozen=True, slots=True)
class ActionReply:
    """The reply to an action.

    ``status`` is ``completed``, ``terminated-incomplete``, ``in-progress`` or "" where the release has none (up to
    21.2). ``understood`` is False when the reply is of no known form.
    """

    output: str
    errors: tuple[str, ...]
    status: str
    understood: bool


def read_action(reply: _Element) -> ActionReply:
    """Read both forms: bare ``results`` or ``ok`` up to 21.2, with status and messages since 21.5."""
    names = {_name(child) for child in reply.iterchildren("{*}*")}
    errors = tuple(text for text in _texts(reply, "error-message", direct=True) if text)
    status = next(iter(_texts(reply, "status", direct=True)), "").strip()
    output = "\n".join(_texts(reply, "md-cli-output-block"))
    return ActionReply(output, errors, status, bool(names & {"ok", "results", "status"}))


def _root(namespace: str, name: str) -> _Element:
    default: dict[str | None, str] = {None: namespace}
    return etree.Element(f"{{{namespace}}}{name}", nsmap=default)  # type: ignore[arg-type]  # the stubs forbid None


def _name(element: _Element) -> str:
    return etree.QName(element).localname


def _texts(reply: _Element, name: str, *, direct: bool = False) -> list[str]:
    elements = list(reply.iterchildren("{*}*")) if direct else list(reply.iter("{*}*"))
    return [element.text or "" for element in elements if _name(element) == name]
