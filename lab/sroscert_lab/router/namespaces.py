"""XML namespaces that a router speaks, and how a qualified name is written and taken apart.

Sources: RFC 6241, RFC 7950, and the `namespace` statements of the published SR OS modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from lxml import etree

NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"
YANG_ACTION = "urn:ietf:params:xml:ns:yang:1"
WITH_DEFAULTS = "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults"
MONITORING = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
NOTIFICATION = "urn:ietf:params:xml:ns:netconf:notification:1.0"
#: RFC 5277 section 3.4: streams, and what marks the end of a replay.
CREATED = "urn:ietf:params:xml:ns:netmod:notification"
LIBRARY = "urn:ietf:params:xml:ns:yang:ietf-yang-library"
NOKIA = "urn:nokia.com:sros:ns:yang:sr:"
CONF = NOKIA + "conf"
STATE = NOKIA + "state"
OPER_GLOBAL = NOKIA + "oper-global"
OPER_ADMIN = NOKIA + "oper-admin"
OPER_FILE = NOKIA + "oper-file"


def qualified(namespace: str, name: str) -> str:
    """`name` in `namespace`, in lxml's notation."""
    return f"{{{namespace}}}{name}"


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace_of(element: etree._Element) -> str:
    """The namespace of an element, empty when it has none."""
    return str(element.tag).rpartition("}")[0][1:]


def new_element(namespace: str, name: str, prefixes: Mapping[str | None, str] | None = None) -> etree._Element:
    """An element that declares its own namespace as the default one, or the `prefixes` that are given instead."""
    declared = {None: namespace} if prefixes is None else dict(prefixes)
    # The stubs of lxml do not know that None stands for the default namespace.
    return etree.Element(qualified(namespace, name), nsmap=cast("dict[str, str]", declared))


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child called `name` in the element's own namespace."""
    return element.find(qualified(namespace_of(element), name))


def descend(element: etree._Element | None, *names: str) -> etree._Element | None:
    """Follow `names` down in the element's own namespace; None where the way ends."""
    for name in names:
        element = None if element is None else child(element, name)
    return element
