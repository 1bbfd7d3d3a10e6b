"""Input and output side by side: one folder a case, found by its input.

A case is ``intent.yaml``, or ``desired.cfg`` (MD-CLI lines; a comment names the release, others what is owned), and
may have ``observed.cfg``, what the router shows. The rest is written by ``pytest tests/golden --update-golden``:
``netconf.xml`` is the edit payload from the observed to the desired tree, ``changes.txt`` the same for people,
``mdcli.cfg`` and ``tree.json`` are the whole desired tree.
"""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from sroscert.intent import load
from sroscert.intent.desired import SHARED, desired
from sroscert.render.diff import Change, Ownership, change_lines, diff
from sroscert.render.json import to_json
from sroscert.render.mdcli import from_text, to_braces, to_lines
from sroscert.render.xml import edit_payload, from_xml, to_xml
from sroscert.schema import Schema
from sroscert.schema import load as load_schema
from sroscert.values import ConfigTree, Path
from tests.golden.conftest import Expect

if TYPE_CHECKING:
    from tests.yang.yanglint import Yanglint

HERE = pathlib.Path(__file__).parent
CASES = sorted(
    folder.name for folder in HERE.iterdir() if (folder / "intent.yaml").exists() or (folder / "desired.cfg").exists()
)
case = pytest.mark.parametrize("name", CASES)


@dataclass(frozen=True)
class Case:
    """What a folder holds, read."""

    folder: pathlib.Path
    schema: Schema
    desired: ConfigTree
    observed: ConfigTree
    owned: Ownership

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is to be done."""
        return diff(self.desired, self.observed, self.schema, owned=self.owned)


def opened(name: str) -> Case:
    """Read a case's input."""
    folder = HERE / name
    if (folder / "intent.yaml").exists():
        router = load([folder / "intent.yaml"]).routers["sr"]
        assert router.release is not None
        schema = load_schema(router.release)
        wanted = desired(router, schema)
        tree, owned = wanted.tree, Ownership(wanted.owned, SHARED)
    else:
        text = (folder / "desired.cfg").read_text(encoding="utf-8")
        schema = load_schema(re.findall(r"^# release (\S+)$", text, re.MULTILINE)[0])
        tree = from_text(text, schema)
        owned = Ownership(tuple(_root(line, schema) for line in re.findall(r"^# owned /(.*)$", text, re.MULTILINE)))
    observed = folder / "observed.cfg"
    there = from_text(observed.read_text(encoding="utf-8"), schema) if observed.exists() else ConfigTree()
    return Case(folder, schema, tree, there, owned)


def _root(line: str, schema: Schema) -> Path:
    """Return the path of the entry that a line names, or of the container where no entry is on the way."""
    entries = list(from_text(f"/{line}", schema))
    return entries[-1] if entries else Path.of(*line.split())


def payload(item: Case) -> etree._Element:
    """Return the edit payload, each secret resolved to the text "the secret of <reference>"."""
    return edit_payload(item.changes, item.schema, "the secret of {}".format)


@case
def test_the_payload_is_the_reviewed_one(name: str, expect: Expect) -> None:
    """What is sent by edit-config is what the folder holds."""
    item = opened(name)
    expect(item.folder / "netconf.xml", etree.tostring(payload(item), pretty_print=True, encoding="unicode"))


@case
def test_the_configuration_is_the_reviewed_one(name: str, expect: Expect) -> None:
    """The desired tree as MD-CLI lines is what the folder holds, and reads back in both forms."""
    item = opened(name)
    lines = "".join(f"{line}\n" for line in to_lines(item.desired, item.schema))
    expect(item.folder / "mdcli.cfg", lines)

    assert dict(from_text(lines, item.schema)) == dict(item.desired)
    assert dict(from_text(to_braces(item.desired, item.schema), item.schema)) == dict(item.desired)
    assert dict(from_xml(to_xml(item.desired, item.schema, resolve=str), item.schema)) == dict(item.desired)


@case
def test_the_changes_are_the_reviewed_ones(name: str, expect: Expect) -> None:
    """What people are shown is what the folder holds; no secret is in it."""
    item = opened(name)
    lines = "".join(f"{sign} {line}\n" for sign, line in change_lines(item.changes, item.schema))

    assert "codes/" not in lines
    expect(item.folder / "changes.txt", lines)


@case
def test_the_json_is_the_reviewed_one(name: str, expect: Expect) -> None:
    """The desired tree as JSON is what the folder holds."""
    item = opened(name)
    expect(item.folder / "tree.json", to_json(item.desired, item.schema))


@case
def test_nokias_models_accept_the_payload(name: str, yanglint: Yanglint) -> None:
    """The payload has only names, types and operations that the release's models allow."""
    item = opened(name)
    sent = payload(item)

    assert yanglint.validate_edit(str(item.schema.release), etree.tostring(sent)) == []


@case
def test_the_schema_finds_nothing_wrong(name: str) -> None:
    """The desired tree of an intent is one that its release takes."""
    item = opened(name)
    if (item.folder / "intent.yaml").exists():
        assert item.schema.check(item.desired) == []
