"""Where a configuration mentions a file: anywhere, in any spelling, but not as the name of an object."""

from __future__ import annotations

import pytest
from lxml import etree

from sroscert import schema
from sroscert.plan.cleanup import Leftover
from sroscert.render.mentions import mentions, naming
from sroscert.values import Release

CONF = "urn:nokia.com:sros:ns:yang:sr:conf"


def found(body: str, url: str = "cf3:/system-pki/sr-cert") -> dict[str, str]:
    """The mentions of a file in a configuration, by its name."""
    file = Leftover(url, "")
    element = etree.fromstring(f'<configure xmlns="{CONF}">{body}</configure>')
    return mentions(element, {file.name: file.word}, schema.load(Release.parse("25.10")))


@pytest.mark.law(12)
@pytest.mark.parametrize(
    ("body", "place"),
    [
        (
            "<ipsec><cert-profile><name>x</name><entry><id>1</id><cert>SR-CERT</cert></entry></cert-profile></ipsec>",
            "configure/ipsec/cert-profile=x/entry=1/cert",
        ),
        (
            "<elsewhere><profile><any>x</any><entry><id>1</id><cert>SR-CERT</cert></entry></profile></elsewhere>",
            "configure/elsewhere/profile=x/entry=1/cert",
        ),
        ("<log><note>Certificate sr-cert used by TLS</note></log>", "configure/log/note"),
        (r"<system><x>cf3:\system-pki\sr-cert</x></system>", "configure/system/x"),
        ("<system><x>it is cf3:/sr-cert.</x></system>", "configure/system/x"),
        (
            "<system><security><pki><certificate-auto-update><certificate-file-name>sr-cert</certificate-file-name>"
            "</certificate-auto-update></pki></security></system>",
            "configure/system/security/pki/certificate-auto-update=sr-cert/certificate-file-name",
        ),
    ],
)
def test_a_mention_is_found_and_placed(body: str, place: str) -> None:
    """The name as a word or at the end of a path, in a part of the configuration that we know or not."""
    assert found(body) == {"sr-cert": place}


@pytest.mark.parametrize(
    "body",
    [
        "<system><x>sr-cert-g2</x><x>my-sr-cert</x><x>sr-cert.der</x><x>xsr-cert</x></system>",
        "<!-- sr-cert -->",
        "<system><security><pki><certificate-update-profile><name>sr-cert</name></certificate-update-profile>"
        "<certificate-auto-update><certificate-file-name>sr-cert-g2</certificate-file-name><profile>sr-cert</profile>"
        "</certificate-auto-update></pki></security></system>",
    ],
)
def test_other_names_and_names_of_objects_are_no_mention(body: str) -> None:
    """Another file's name that has this one in it, and an object that happens to be called like the file."""
    assert found(body) == {}


@pytest.mark.parametrize(
    ("text", "counts"),
    [("sr-cert", False), (r"cf3:\sr-cert", True), ("cf3:sr-cert", True), ("cf3:/system-pki/sr-cert", False)],
)
def test_a_file_on_cf3_is_named_by_a_path(text: str, counts: bool) -> None:
    """The configuration calls an imported file by its bare name: the copy on cf3: is another file."""
    assert bool(found(f"<x>{text}</x>", "cf3:/sr-cert")) is counts


def named(body: str) -> dict[str, str]:
    """The leaves that name a file as their whole value."""
    element = etree.fromstring(f'<configure xmlns="{CONF}">{body}</configure>')
    return naming(element, frozenset({"sr-cert"}), schema.load(Release.parse("25.10")))


def test_a_leaf_that_is_the_name_uses_the_file() -> None:
    """Alone or at the end of a path, in any case, in a part of the configuration that we know or not."""
    assert named("<ipsec><entry><id>1</id><cert>SR-CERT</cert></entry></ipsec>") == {
        "sr-cert": "configure/ipsec/entry=1/cert"
    }
    assert named(r"<system><x>cf3:\system-pki\sr-cert</x></system>") == {"sr-cert": "configure/system/x"}


def test_speaking_of_a_file_is_no_use() -> None:
    """A text that has the name in it, a description, another file."""
    body = "<system><x>Certificate sr-cert used</x><description>sr-cert</description><y>sr-cert.der</y></system>"

    assert named(body) == {}
