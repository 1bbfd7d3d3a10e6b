"""The pages under docs/ are held against the code: states, needs, commands and codes that they name exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from sroscert.cli.commands import app
from sroscert.plan.certificate import Need
from sroscert.plan.status import Condition

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md"]
LIFECYCLE = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")


def test_the_lifecycle_has_every_state_that_is_told_and_decided() -> None:
    """Each word of `status` and each need of a plan is on the page."""
    words = set(re.findall(r"`([A-Za-z_-]+)`", LIFECYCLE))

    assert {condition.value for condition in Condition} - words == set()
    assert {need.name for need in Need} - words == set()


def test_the_diagram_and_the_table_have_the_same_states() -> None:
    """Every state of the diagram has its row, but the one where nothing is left."""
    diagram = LIFECYCLE.partition("```mermaid")[2].partition("```")[0]
    states = set(re.findall(r"\b([A-Z]\w+)\b(?= -->| *:)|--> ([A-Z]\w+)", diagram))
    drawn = {name for pair in states for name in pair if name}
    rows = set(re.findall(r"^\| ([A-Z]\w+) \|", LIFECYCLE, re.MULTILINE))

    assert drawn - {"Gone"} == rows


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield each command by what is typed."""
    for name, below in getattr(command, "commands", {}).items():
        yield " ".join((*words, name)), below
        yield from commands(below, (*words, name))


def typed(page: Path) -> list[str]:
    """What stands on a page as something to type: from the word after `sroscert` on, without remarks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```\w*\n.*?^```", "", text, flags=re.M | re.S))
    lines = [*spans, *(line for block in blocks for line in block.splitlines())]
    return [found for line in lines for found in re.findall(r"\bsroscert ([a-z][^#|;]*)", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    """What stands as `sroscert WORD` in code can be typed, with the options that stand behind it."""
    known = dict(commands(typer.main.get_command(app)))
    wrong = []
    for line in typed(page):
        words = re.findall(r"[a-z][a-z-]*", line)
        name = next((name for name in (" ".join(words[:2]), words[0]) if name in known), None)
        if name is None:
            wrong.append(line)
            continue
        options = set(re.findall(r"(?<!\S)(--[a-z-]+|-[a-zA-Z])\b", line))
        allowed = {option for parameter in known[name].params for option in parameter.opts} | {"--help"}
        wrong += [f"{name} {option}" for option in options - allowed if name != "lab"]

    assert wrong == []


def test_every_option_that_is_told_by_its_name_alone_exists() -> None:
    """In code on a page, and in the hints of the product itself; the options of the lab are the lab's."""
    top = typer.main.get_command(app)
    known = {option for _, command in [("", top), *commands(top)] for one in command.params for option in one.opts}
    pages = [page for page in PAGES if page.name not in {"lab.md", "CHANGELOG.md"}]
    told = {(page.name, found) for page in pages for found in re.findall(r"`(--[a-z][a-z-]+)", page.read_text("utf-8"))}
    # What somebody types who knows other tools is no option of ours: cli/usage.py says what to type.
    for path in sorted((ROOT / "sroscert").rglob("*.py")):
        if path.name != "usage.py":
            told |= {(path.name, found) for found in re.findall(r"(?<![\w-])--[a-z][a-z-]+", path.read_text("utf-8"))}

    assert len(told) > 50
    assert [(name, option) for name, option in sorted(told) if option not in known | {"--help"}] == []


def test_every_code_that_the_lifecycle_names_has_its_entry() -> None:
    """A code in the tables leads to the runbook."""
    entries = set(re.findall(r"^### (\S+)$", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\(`([a-z]+(?:-[a-z]+)+)`(?:, `([a-z-]+)`)?\)", LIFECYCLE))

    assert {name for pair in named for name in pair if name} - entries == set()
