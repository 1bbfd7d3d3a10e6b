"""Whoever compares a secret compares it in constant time: read out of the code, of lab and product alike."""

from __future__ import annotations

import ast
import pathlib
import re
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[2]
FOLDERS = ("sroscert", "lab/sroscert_lab")
SECRETS = frozenset({"secret", "password", "passphrase", "hash_password", "mac", "protection"})
"""The last word of what holds a secret, or proves that somebody knows one."""
HARMLESS = {("sroscert/intent/references.py", "enrolment.secret"), ("sroscert/intent/rules/secrets.py", "secret")}
"""The name of a secret, `env:X`, and not the secret; and the user's own secret beside the name of its reference."""
MUST = (
    "lab/sroscert_lab/cmp/macs.py", "lab/sroscert_lab/est/enrolling.py", "lab/sroscert_lab/router/accounts.py",
    "lab/sroscert_lab/router/secretbox.py", "sroscert/workflow/secretmarks.py",
)
"""Where one-time codes, passwords and seals are checked."""


def is_secret(node: ast.expr) -> bool:
    """Whether an operand is called like a secret; bytes and calls of one are too."""
    if isinstance(node, ast.Call):
        inner = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "encode" else node.func
        return is_secret(inner)
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.lstrip("_") in SECRETS


def leaks(source: str) -> Iterator[tuple[int, str]]:
    """Comparisons of secrets with something else than a constant: line and text of the secret."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = (node.left, *node.comparators)
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        for side in sides:
            if is_secret(side):
                yield node.lineno, ast.unparse(side)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("given == code.secret", True), ("password != stored", True), ("_mac(data) == seal", True),
        ("secret.encode() == known", True), ("secret == ''", False), ("hmac.compare_digest(secret, given)", False),
        ("reference == name", False),
    ],
)
def test_the_reader_finds_what_leaks(line: str, found: bool) -> None:
    """What is not compared in constant time is seen, and nothing else."""
    assert bool(list(leaks(line))) is found


def test_no_secret_is_compared_byte_by_byte() -> None:
    """Every comparison of a secret is `hmac.compare_digest`."""
    texts = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
    }
    # Parsing takes its time: only what holds such a word and a comparison.
    suspects = {file: text for file, text in texts.items() if re.search(r"[=!]= ", text) and any(
        word in text for word in SECRETS)}
    found = [(file, *leak) for file, text in suspects.items() for leak in leaks(text)]

    assert [(file, line, text) for file, line, text in found if (file, text) not in HARMLESS] == []
    assert all("compare_digest(" in texts[file] for file in MUST)
