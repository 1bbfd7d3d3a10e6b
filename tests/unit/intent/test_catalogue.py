"""The codes of lint: the catalogue, docs/lint.md and the code have the same."""

from __future__ import annotations

import ast
import pathlib
import re
import typing
from collections.abc import Iterator

from sroscert.errors import Grade
from sroscert.intent.catalogue import RULES
from sroscert.intent.sections import ClientName
from sroscert.model.clients import CLIENTS

ROOT = pathlib.Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "lint.md").read_text("utf-8")
ROWS = {
    match[1]: [cell.strip() for cell in match[0].strip("|").split(" | ")]
    for match in re.finditer(r'^\| <a id="([^"]+)"></a>.*$', PAGE, re.MULTILINE)
}
MAKERS = {"Finding": 0, "Problem": 0, "_problem": 0, "problem": 0, "PydanticCustomError": 0, "_report": 1, "_at": 1}
PLACES = ("intent", "model", "schema/checker.py", "plan/preflight.py")
ELSEWHERE = {
    "ca-certificate-weak", "ca-certificate-unfit", "certificate-unreadable", "dangling-reference",
    "intent-invalid", "schema", "unsafe-text", "missing-key",
}
"""Codes that are handed on as values."""


def codes_in_the_code() -> Iterator[str]:
    """Yield every constant code that a finding or a problem of an intent is made with."""
    for place in PLACES:
        at = ROOT / "sroscert" / place
        for file in [at] if at.is_file() else sorted(at.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                position = MAKERS.get(ast.unparse(node.func).rpartition(".")[2])
                if position is not None and len(node.args) > position:
                    for part in ast.walk(node.args[position]):
                        if isinstance(part, ast.Constant) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", str(part.value)):
                            yield str(part.value)


def test_every_code_is_in_the_catalogue_and_is_made_somewhere() -> None:
    """No finding has a code that the catalogue lacks, and none of the catalogue is dead."""
    found = set(codes_in_the_code())

    assert found - set(RULES) == set()
    assert set(RULES) - found - ELSEWHERE == set()


def test_the_page_has_a_row_for_every_code_with_its_grade() -> None:
    """docs/lint.md has one row a code: anchor, grade, reason, fix, evidence; none is empty."""
    assert set(ROWS) == set(RULES)
    assert {code: cells[1] for code, cells in ROWS.items()} == {code: str(rule.grade) for code, rule in RULES.items()}
    assert [code for code, cells in ROWS.items() if len(cells) != 5 or not all(cells)] == []
    assert len(re.findall(r"<a id=", PAGE)) == len(ROWS)


def test_grades_are_all_three() -> None:
    """There are errors, warnings and notes."""
    assert {rule.grade for rule in RULES.values()} == set(Grade)


def test_the_intent_and_the_page_know_the_clients_of_the_table() -> None:
    """The names that an intent may have are those of the data, and the page has a row for each."""
    assert set(typing.get_args(ClientName)) == set(CLIENTS)
    assert set(re.findall(r"^\| `([\w.-]+)` \|", PAGE, re.MULTILINE)) == set(CLIENTS)
    assert all(client.evidence for client in CLIENTS.values())
