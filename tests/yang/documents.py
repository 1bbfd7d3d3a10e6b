"""Configurations as paths and values, and as XML, by rules of our own: no writer of sroscert or of the lab is used."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from sroscert.values import Path, Segment, Value

CONF = "urn:nokia.com:sros:ns:yang:sr:conf"
Members = Mapping[str, Value]
"""Values by paths such as ``/configure/a[k=v]/b``."""


def path_of(text: str) -> Path:
    """Read a path such as ``/configure/a[k=v]/b``; no value of ours has a bracket of its own."""
    segments = []
    for part in re.findall(r"/((?:[^/\[]|\[[^\]]*\])+)", text):
        name, *keys = re.split(r"\[|\]\[|\]", part)
        segments.append(Segment(name, tuple((key.partition("=")[0], key.partition("=")[2]) for key in keys if key)))
    return Path(tuple(segments))


def document(members: Members) -> bytes:
    """Write members as XML, by rules of our own here: keys first, in the order given."""
    root = etree.Element(f"{{{CONF}}}configure")
    made: dict[tuple[Segment, ...], etree._Element] = {(Segment("configure"),): root}
    for text, value in members.items():
        segments = path_of(text).segments
        for end in range(2, len(segments) + 1):
            at, name = segments[:end], f"{{{CONF}}}{segments[end - 1].name}"
            if isinstance(value, tuple) and end == len(segments):
                for item in value:
                    etree.SubElement(made[segments[:-1]], name).text = item
            elif at not in made:
                made[at] = etree.SubElement(made[at[:-1]], name)
                for key, key_value in segments[end - 1].keys:
                    etree.SubElement(made[at], f"{{{CONF}}}{key}").text = key_value
        if isinstance(value, str):
            made[segments].text = value
    return etree.tostring(root)
