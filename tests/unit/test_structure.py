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


PARTS = sorted(path.name for path in (ROOT / "sroscert").iterdir() if (path / "__init__.py").exists())


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"])
def test_paths_in_a_document_exist(document: str) -> None:
    """Whatever a document names as a path of the tree is there, and so is the member named after a module."""
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:sroscert|lab|tests|docs|schemas|templates|bench)/[\w./*-]*)`", text))
    short = {f"sroscert/{path}" for path in re.findall(rf"`((?:{'|'.join(PARTS)})/[\w./]*)`", text)}
    linked = {path for path in re.findall(r"\]\(([\w./-]+)", text) if not path.startswith("http")}
    missing = [path for path in sorted(named | linked) if not found(path)]
    missing += [path for path in sorted(short) if not found(path) and not found_member(path)]

    assert named
    assert missing == []


def found(path: str) -> bool:
    """Tell whether a path of the documents, maybe with a star, names something; a module may lack its ending."""
    return any(ROOT.glob(path)) or (ROOT / f"{path}.py").exists()


def found_member(path: str) -> bool:
    """Tell whether ``part/module.member`` names a module and something that it defines."""
    module, _, member = path.rpartition(".")
    file = ROOT / f"{module}.py"
    return file.exists() and re.search(rf"^ *(?:def|class) {member}\b", file.read_text("utf-8"), re.M) is not None


def laws() -> list[tuple[int, str]]:
    """Return the laws of ARCHITECTURE.md, each with each place that is named as its proof."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]*) \|$", text, re.MULTILINE)
    return [(int(number), place) for number, proof in rows for place in re.findall(r"`([^`]*)`", proof)]


@pytest.mark.parametrize(("number", "place"), laws())
def test_a_law_is_proven_where_the_map_says(number: int, place: str) -> None:
    """In each place that ARCHITECTURE.md names as the proof of a law there is a test that is marked with the law."""
    mark = re.compile(rf"mark\.law\((?:\d+, )*{number}\b")
    files = [file for path in ROOT.glob(place) for file in (path.rglob("test_*.py") if path.is_dir() else [path])]

    assert any(mark.search(file.read_text(encoding="utf-8")) for file in files)


def test_every_law_is_on_the_map() -> None:
    """The map has all twelve laws, and no test is marked with another."""
    marked = {
        int(number)
        for path in TESTS
        for numbers in re.findall(r"mark\.law\(([\d, ]+)\)", path.read_text(encoding="utf-8"))
        for number in numbers.split(",")
    }

    assert {number for number, _ in laws()} == set(range(1, 13)) == marked


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

    assert sorted(places) == ["sroscert/cli/running.py", "sroscert/fleet/run.py"]


def test_no_file_has_a_conflict_that_nobody_resolved() -> None:
    """What a merge leaves between the lines of both sides is in no file of ours."""
    pages = [*ROOT.glob("*.md"), ROOT / "pyproject.toml"]
    folders = [ROOT / name for name in ("bench", "docs", "lab", "sroscert", "templates", "tests")]
    kinds = {".md", ".py", ".json", ".yaml", ".sh", ".java", ".txt"}
    pages += [path for folder in folders for path in folder.rglob("*") if path.suffix in kinds]
    marks = re.compile(r"^(<{7} |>{7} )", re.M)
    assert [str(path) for path in pages if marks.search(path.read_text(encoding="utf-8", errors="replace"))] == []
