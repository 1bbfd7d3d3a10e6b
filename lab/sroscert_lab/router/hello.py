"""The capabilities that a router announces, by release.

The order and the fixed part are those of a hello captured from TiMOS 20.5.R2; module revisions come from the models.
"""

from __future__ import annotations

from lxml import etree

from .namespaces import NETCONF, new_element, qualified
from .schema import Schema

BASE_1_0 = "urn:ietf:params:netconf:base:1.0"
BASE_1_1 = "urn:ietf:params:netconf:base:1.1"
#: What a client says to get a candidate of its own: ncclient's spelling, and pySROS's.
PRIVATE_CANDIDATE = frozenset({"urn:nokia.com:nc:pc", "urn:nokia.com:nc:pysros:pc"})

_FIXED = (
    BASE_1_0,
    BASE_1_1,
    "urn:ietf:params:netconf:capability:candidate:1.0",
    "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
    "urn:ietf:params:netconf:capability:rollback-on-error:1.0",
    "urn:ietf:params:netconf:capability:notification:1.0",
    "urn:ietf:params:netconf:capability:interleave:1.0",
    "urn:ietf:params:netconf:capability:validate:1.0",
    "urn:ietf:params:netconf:capability:validate:1.1",
    "urn:ietf:params:netconf:capability:startup:1.0",
    "urn:ietf:params:netconf:capability:url:1.0?scheme=ftp,tftp,file",
    "urn:ietf:params:netconf:capability:with-defaults:1.0?basic-mode=explicit&also-supported=report-all",
    "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring",
)
_IETF_MODULES = (
    ("urn:ietf:params:xml:ns:yang:ietf-inet-types", "ietf-inet-types", "2013-07-15"),
    ("urn:ietf:params:xml:ns:yang:ietf-yang-types", "ietf-yang-types", "2013-07-15"),
    ("urn:ietf:params:xml:ns:yang:iana-if-type", "iana-if-type", "2014-05-08"),
)


def capabilities(schema: Schema) -> list[str]:
    """What the server says, in its order."""
    release = schema.release
    # ASSUMPTION: 24.x and later still have the release in module-set-id, as 20.5 had.
    library = f"urn:ietf:params:netconf:capability:yang-library:1.0?revision=2016-06-21&module-set-id={release}.R1"
    major = f"urn:nokia.com:sros:ns:yang:sr:major-release-{release.split('.')[0]}"
    ietf = [f"{namespace}?module={name}&revision={revision}" for namespace, name, revision in _IETF_MODULES]
    nokia = [f"{namespace}?module={name}&revision={revision}" for name, namespace, revision in schema.modules]
    return [*_FIXED, library, major, *ietf, *nokia]


def make_hello(schema: Schema, session_id: int) -> bytes:
    """The server's hello as it goes over the wire, without framing."""
    root = new_element(NETCONF, "hello")
    holder = etree.SubElement(root, qualified(NETCONF, "capabilities"))
    for uri in capabilities(schema):
        etree.SubElement(holder, qualified(NETCONF, "capability")).text = uri
    etree.SubElement(root, qualified(NETCONF, "session-id")).text = str(session_id)
    etree.indent(root, space="    ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
