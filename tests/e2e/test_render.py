"""``sroscert render`` as a process: the tutorial's own configuration, in every form, offline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from sroscert import schema
from sroscert.render.mdcli import from_text
from sroscert.values import ConfigTree

ROOT = Path(__file__).parents[2]
VERBATIM = ROOT / "lab" / "intents" / "tutorial-verbatim.yaml"
TUTORIAL = ROOT / "lab" / "intents" / "tutorial.yaml"
LINES = ROOT / "tests" / "golden" / "tutorial" / "configure.txt"


def render(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run render in a process of its own."""
    command = [sys.executable, "-m", "sroscert.cli.main", "render", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def members(text: str) -> set[tuple[str, object]]:
    """Return the leaves of MD-CLI text, whatever their order; of a secret only that it is there."""
    loaded = schema.load("21.2")
    tree: ConfigTree = from_text(text, loaded)
    found: set[tuple[str, object]] = set()
    for path, value in tree.items():
        node = loaded.node(path)
        found.add((str(path), "secret" if node is not None and node.secret else value))
    return found


def test_the_tutorial_is_rendered_as_it_stands() -> None:
    """The verbatim intent on 21.2 prints the tutorial's own configuration, no leaf more and none less."""
    done = render("-f", str(VERBATIM), "--release", "21.2")

    assert done.returncode == 0
    assert members(done.stdout) == members(LINES.read_text(encoding="utf-8"))
    assert "dangling-reference" in done.stderr


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_every_form_is_well_formed(release: str) -> None:
    """XML is one configure element, JSON one document, and neither holds a secret's reference target."""
    xml = render("-f", str(TUTORIAL), "--release", release, "--format", "xml")
    document = render("-f", str(TUTORIAL), "--release", release, "--format", "json")

    assert etree.QName(etree.fromstring(xml.stdout)).localname == "configure"
    assert list(json.loads(document.stdout)) == ["nokia-conf:configure"]


def test_a_router_without_release_asks_for_one() -> None:
    """Without a release in the intent or on the command line there is nothing to render for: exit 64."""
    done = render("-f", str(TUTORIAL))

    assert done.returncode == 64
    assert "--release" in done.stderr


def test_several_routers_are_told_apart(tmp_path: Path) -> None:
    """MD-CLI of two routers has a comment before each; as JSON it is one document with an entry for each."""
    both = TUTORIAL.read_text(encoding="utf-8") + "\n  sr2: {address: 172.20.20.6}\n"
    (tmp_path / "intent.yaml").write_text(both, encoding="utf-8")
    arguments = ("-f", str(tmp_path / "intent.yaml"), "--release", "21.2")

    lines = render(*arguments).stdout.splitlines()
    document = json.loads(render(*arguments, "-o", "json").stdout)
    chosen = render(*arguments, "--router", "sr2")

    assert [line for line in lines if line.startswith("#")] == ['# "sr"', '# "sr2"']
    assert [entry["router"] for entry in document["routers"]] == ["sr", "sr2"]
    assert document["routers"][1]["configuration"] == chosen.stdout
    assert lines[lines.index('# "sr2"') + 1 :] == chosen.stdout.splitlines()
