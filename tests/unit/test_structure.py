"""What the tree promises about itself: sizes, the map in ARCHITECTURE.md, no patching, no stray prints of code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted([*(ROOT / "sroscert").rglob("*.py"), *(ROOT / "lab").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_MODULE = 500
LONGEST_FUNCTION = 60
LONG_FUNCTIONS: frozenset[str] = frozenset()


def name_of(path: Path) -> str:
    """Return a path as it is written in the documents."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_small_and_says_what_it_owns(path: Path) -> None:
    """Every module has a docstring, at most 500 lines, and functions of at most 60."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    long = {
        f"{name_of(path)}:{node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    }

    assert ast.get_docstring(tree)
    assert len(text.splitlines()) <= LONGEST_MODULE
    assert long <= LONG_FUNCTIONS


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "README.md"])
def test_paths_in_a_document_exist(document: str) -> None:
    """Whatever a document names as a path of the tree is there."""
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:sroscert|lab|tests|docs|schemas|templates|bench)/[\w./*-]*)`", text))
    named |= {f"sroscert/{path}" for path in re.findall(r"`((?:plan|workflow|device|fleet|render|pki)/\w+)`", text)}
    missing = [path for path in sorted(named) if not found(path)]

    assert named
    assert missing == []


def found(path: str) -> bool:
    """Tell whether a path of the documents, maybe with a star, names something; a module may lack its ending."""
    return any(ROOT.glob(path)) or (ROOT / f"{path}.py").exists()


def test_our_own_code_is_not_patched() -> None:
    """Tests meet the real thing: no mock library, and nothing of ours set from outside."""
    banned = re.compile(r"unittest\.mock|mock\.patch|monkeypatch\.setattr|mocker")
    users = [name_of(path) for path in TESTS if path != Path(__file__) and banned.search(path.read_text("utf-8"))]

    assert users == []


def test_only_two_places_catch_everything() -> None:
    """In the product ``except Exception`` stands at the top of the command line and in the fleet's worker."""
    places = [
        name_of(path)
        for path in (ROOT / "sroscert").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name) and node.type.id == "Exception"
    ]

    assert sorted(places) == ["sroscert/cli/main.py", "sroscert/fleet/run.py"]
