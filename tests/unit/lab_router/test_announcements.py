"""What a simulated router says it can, against what real ones have said."""

from __future__ import annotations

import pytest
from lxml import etree
from sroscert_lab.router.gnmiservice import capabilities as gnmi_capabilities
from sroscert_lab.router.hello import capabilities, make_hello
from sroscert_lab.router.schema import load_schema

CAPABILITY = "urn:ietf:params:netconf:capability:"
HELLO_20_5 = [
    "urn:ietf:params:netconf:base:1.0",
    "urn:ietf:params:netconf:base:1.1",
    f"{CAPABILITY}candidate:1.0",
    f"{CAPABILITY}confirmed-commit:1.1",
    f"{CAPABILITY}rollback-on-error:1.0",
    f"{CAPABILITY}notification:1.0",
    f"{CAPABILITY}interleave:1.0",
    f"{CAPABILITY}validate:1.0",
    f"{CAPABILITY}validate:1.1",
    f"{CAPABILITY}startup:1.0",
    f"{CAPABILITY}url:1.0?scheme=ftp,tftp,file",
    f"{CAPABILITY}with-defaults:1.0?basic-mode=explicit&also-supported=report-all",
    "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring",
    f"{CAPABILITY}yang-library:1.0?revision=2016-06-21&module-set-id=20.5.R1",
    "urn:nokia.com:sros:ns:yang:sr:major-release-20",
]


def test_the_hello_of_20_5_is_the_captured_one() -> None:
    """Its fixed part in its order; then one capability a module, with its revision; indented by four."""
    said = capabilities(load_schema("20.5"))
    assert said[:15] == HELLO_20_5
    assert "urn:nokia.com:sros:ns:yang:sr:conf?module=nokia-conf&revision=2019-12-03" in said
    assert all("?module=" in uri and "&revision=" in uri for uri in said[15:])
    text = make_hello(load_schema("20.5"), 306)
    assert text.decode().splitlines()[2:3] == ["    <capabilities>"] and b"<session-id>306</session-id>" in text
    assert [item.text for item in etree.fromstring(text).iterfind(".//{*}capability")] == said


#: Of nokia-conf, as the models of a release have it.
REVISIONS = {"19.10": "2016-07-06", "21.2": "2019-12-03", "24.10": "2024-03-01", "25.10": "2026-04-08"}


@pytest.mark.parametrize(("release", "revision"), REVISIONS.items())
def test_modules_have_the_revisions_of_the_models(release: str, revision: str) -> None:
    """By release, and with it the number that names the major release."""
    said = capabilities(load_schema(release))
    assert f"urn:nokia.com:sros:ns:yang:sr:conf?module=nokia-conf&revision={revision}" in said
    assert f"urn:nokia.com:sros:ns:yang:sr:major-release-{release.partition('.')[0]}" in said
    assert any("module=nokia-oper-admin&" in uri for uri in said) == (release > "21.2")


EARLY = ["nokia-conf", "nokia-state", "nokia-li-state", "nokia-li-conf"]
LATE = [f"nokia-{region}{tree}" for region in ("", "bof-", "debug-", "li-") for tree in ("conf", "state")]
JSON, BYTES, PROTO, JSON_IETF = 0, 1, 2, 4


@pytest.mark.parametrize(
    ("release", "version", "models", "encodings"),
    [
        ("19.10", "0.7.0", EARLY, {JSON, BYTES}),
        ("21.2", "0.7.0", EARLY, {JSON, BYTES, PROTO}),
        ("22.10", "0.7.0", EARLY[:3], {JSON, BYTES, PROTO, JSON_IETF}),
        ("24.3", "0.8.0", EARLY[:3], {JSON, BYTES, PROTO, JSON_IETF}),
        ("24.7", "0.8.0", EARLY[:3], {JSON, BYTES, PROTO, JSON_IETF}),
        ("26.3", "0.8.0", LATE, {JSON, BYTES, PROTO, JSON_IETF}),
    ],
)
def test_gnmi_capabilities_are_those_of_transcripts(
    release: str, version: str, models: list[str], encodings: set[int]
) -> None:
    """Each release of which there is one."""
    said = gnmi_capabilities(release)
    assert (said[0], list(said[1]), set(said[2])) == (version, models, encodings)
