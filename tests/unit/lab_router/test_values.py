"""Values, secrets and operators' changes in the lab router."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.asking import read_duration
from sroscert_lab.change import read_change
from sroscert_lab.router.schema import load_schema, trains
from sroscert_lab.router.secretbox import SecretBox
from sroscert_lab.router.valuetypes import canonical

SCHEMA = load_schema("21.2")


@pytest.mark.parametrize("train", trains())
def test_every_compiled_release_is_read(train: str) -> None:
    """Each file has both roots, and the tree that the lab needs."""
    schema = load_schema(train)
    assert schema.node("configure", "system", "security", "pki", "ca-profile") is not None
    assert schema.node("state", "system", "version", "version-number") is not None


@pytest.mark.parametrize(
    ("type_", "text", "result"),
    [
        ({"base": "uint32", "range": ["0..8760"]}, "007", "7"),
        ({"base": "uint32", "range": ["22", "830"]}, "830", "830"),
        ({"base": "int32", "range": ["min..5"]}, "-7", "-7"),
        ({"base": "boolean"}, "true", "true"),
        ({"base": "union", "types": [{"base": "enumeration", "enum": {"none": {}}}, {"base": "uint8"}]}, "9", "9"),
        ({"base": "string", "pattern": ["[^\\s]\\P{C}*"], "length": ["1..4"]}, "añb", "añb"),
        ({"base": "bits", "bits": ["a", "b"]}, " a  b ", "a b"),
        ({"base": "empty"}, "", ""),
    ],
)
def test_values_that_are_allowed(type_: dict[str, object], text: str, result: str) -> None:
    """A value that the type allows comes back in canonical form."""
    assert canonical(SCHEMA, type_, text) == result


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ({"base": "uint32", "range": ["0..8760"]}, "8761"),
        ({"base": "uint8"}, "256"),
        ({"base": "uint8"}, "x"),
        ({"base": "boolean"}, "True"),
        ({"base": "enumeration", "enum": {"a": {}}}, "b"),
        ({"base": "string", "pattern": ["[^\\s]\\P{C}*"]}, " x"),
        ({"base": "string", "length": ["1..4"]}, ""),
        ({"base": "empty"}, "x"),
        ({"base": "bits", "bits": ["a"]}, "a c"),
    ],
)
def test_values_that_are_not(type_: dict[str, object], text: str) -> None:
    """A value that the type forbids is refused."""
    with pytest.raises(ValueError, match=r"."):
        canonical(SCHEMA, type_, text)


def test_secrets_are_hidden_by_router(tmp_path: Path) -> None:
    """A blob is stable, opens with the router's own key only, and never holds the secret."""
    box, other = SecretBox(tmp_path / "one"), SecretBox(tmp_path / "two")
    blob = box.hide("s3cret")
    assert blob == SecretBox(tmp_path / "one").hide("s3cret")
    assert box.reveal(blob) == "s3cret"
    assert other.reveal(blob) == blob
    assert other.hide(blob) == blob
    assert "s3cret" not in blob
    assert box.hash_password(box.hash_password("x")) == box.hash_password("x")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "/configure system grpc admin-state disable",
            "<system><grpc><admin-state>disable</admin-state></grpc></system>",
        ),
        (
            "/configure/system/grpc/admin-state disable",
            "<system><grpc><admin-state>disable</admin-state></grpc></system>",
        ),
        (
            "configure log filter 10 default-action drop",
            "<log><filter><filter-name>10</filter-name><default-action>drop</default-action></filter></log>",
        ),
        (
            "/configure system script-control script s owner o admin-state enable",
            "<system><script-control><script><script-name>s</script-name><owner>o</owner><admin-state>enable</admin-state>"
            "</script></script-control></system>",
        ),
    ],
)
def test_an_operators_line_becomes_xml(words: str, expected: str) -> None:
    """MD-CLI words and paths are read by the models."""
    config = read_change(SCHEMA, words.split())
    text = etree.tostring(config[0]).decode()
    assert text == f'<configure xmlns="urn:nokia.com:sros:ns:yang:sr:conf">{expected}</configure>'


def test_an_operator_deletes() -> None:
    """`delete` marks the last node."""
    config = read_change(SCHEMA, ["delete", "/configure", "log", "filter", "10"])
    assert b'operation="remove"' in etree.tostring(config)


@pytest.mark.parametrize(("text", "seconds"), [("30d", 2592000), ("1h30m", 5400), ("10s", 10)])
def test_durations(text: str, seconds: int) -> None:
    """Days, hours, minutes, seconds, and sums of them."""
    assert read_duration(text).total_seconds() == seconds
