"""docs/errors.md is held against the code: every code and every reason has its entry, and no entry is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sroscert.device.ports import Reason

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^### (\S+)\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def codes() -> Iterator[tuple[str, str]]:
    """Yield (code, place) of every class attribute ``code``, argument ``code=`` and finding in the product."""
    for file in sorted((ROOT / "sroscert").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for value in _values(node):
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                        yield part.value, f"{file.relative_to(ROOT)}:{part.lineno}"


def _values(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.ClassDef):
        return [
            statement.value for statement in node.body
            if isinstance(statement, ast.Assign) and [ast.unparse(name) for name in statement.targets] == ["code"]
        ]
    if isinstance(node, ast.Call):
        values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        # A plan's finding that stops a run becomes an error with the finding's code.
        if ast.unparse(node.func) == "Finding" and len(node.args) > 1 and "Severity" in ast.unparse(node.args[0]):
            values.append(node.args[1])
        return [value for value in values if isinstance(value, ast.Constant | ast.IfExp)]
    return []


def test_the_page_and_the_code_have_the_same_codes() -> None:
    """Every error code has an entry in docs/errors.md, and every entry a place in the code."""
    found = dict(codes())

    assert {code: place for code, place in found.items() if code not in ENTRIES} == {}
    assert set(ENTRIES) - set(found) == set()


def test_every_code_is_kebab_case_and_once_on_the_page() -> None:
    """An anchor is a code as it is printed, and leads to one place."""
    headings = re.findall(r"^### (.*)$", PAGE, re.MULTILINE)

    assert [code for code in headings if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code)] == []
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("code", sorted(ENTRIES))
def test_every_entry_says_cause_state_and_remedy(code: str) -> None:
    """An entry says what causes the error, what state the router is in, and what to do, in this order."""
    assert re.findall(r"^- \*\*(\w+):\*\* \S", ENTRIES[code], re.MULTILINE) == ["Cause", "Router", "Do"]


def test_every_reason_of_tls_and_gnmi_has_a_row() -> None:
    """The table of reasons has each way in which a handshake or a call fails, with what it means and what to do."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (\S.*) \| (\S.*) \|$", ENTRIES["tls-verification-failed"], re.MULTILINE)

    assert {name for name, _, _ in rows} == {reason.value for reason in Reason} - {"ok"}
