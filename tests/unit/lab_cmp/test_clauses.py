"""Each clause of the table has a test that names it, and no test names a clause that is not there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.cmp_clauses import CLAUSES

TESTS = Path(__file__).parents[2]


def named() -> Iterator[str]:
    """Yield the clauses that marks in the tests name."""
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text()
        if "clause(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "clause":
                yield from (item.value for item in node.args if isinstance(item, ast.Constant))  # type: ignore[misc]


def test_the_table_and_the_tests_agree() -> None:
    """Neither a clause without a test nor a mark without a clause."""
    assert set(named()) == set(CLAUSES)
