"""The scripts that renew on the box: which kind is written for whom, and that the Python one is what a box can run."""

from __future__ import annotations

import ast
import re

import pytest

from sroscert import schema
from sroscert.intent.ehs import Renewing
from sroscert.intent.ehs_scripts import PYTHON, PYTHON_OPERATIONS, is_python_file, python_location, runs_in, script_text
from sroscert.intent.values import CertificateIntent
from sroscert.values import ConfigTree
from sroscert.values import Path as Place
from tests.support.planning import tutorial

PAIR = Renewing("sr-cert", "sr-key")
MODE = Place.of("configure", "system", "management-interface", "configuration-mode")


def certificate(*changes: tuple[str, str]) -> CertificateIntent:
    """The tutorial's certificate, with texts of its intent changed."""
    return tutorial(*changes).certificates["sr-cert"]


def python(*changes: tuple[str, str]) -> str:
    """The Python script for it."""
    return script_text(certificate(*changes), PAIR, PYTHON, "cf3:\\x.txt").decode()


@pytest.mark.parametrize(
    ("train", "mode", "engine", "chosen", "expected"),
    [
        ("22.10", "model-driven", None, None, "md-cli"),
        ("23.3", "model-driven", None, None, "python"),
        ("25.10", "", None, None, "python"),
        ("25.10", "mixed", None, None, "md-cli"),
        ("25.10", "model-driven", "classic-cli", None, "classic-cli"),
        ("25.10", "model-driven", "python", "md-cli", "md-cli"),
        ("21.2", "", "classic-cli", None, "classic-cli"),
    ],
)
def test_who_runs_what(train: str, mode: str, engine: str | None, chosen: str | None, expected: str) -> None:
    """The intent counts, then what was seen, then the configuration's mode with what the release has."""
    item = certificate(("method: auto", f"method: ehs, engine: {chosen}" if chosen else "method: ehs"))
    running = ConfigTree.from_items([(MODE, mode)] if mode else [])

    assert runs_in(item, engine, running, schema.load(train)) == expected


def test_the_python_script_uses_only_what_a_box_has() -> None:
    """Modules of pySROS and time; nothing that Python 3.4 has not: f-strings, annotations, walrus."""
    tree = ast.parse(python())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}

    assert modules == {"time", "pysros.ehs", "pysros.management"}
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef, ast.arg)
    found = [node for node in ast.walk(tree) if isinstance(node, newer)]
    assert [node for node in found if not (isinstance(node, ast.arg) and node.annotation is None)] == []
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns is not None]


@pytest.mark.law(1)
def test_the_script_asks_with_a_new_key_and_checks_the_answer() -> None:
    """Never the old key as the new one; SHA-256; the status is compared before anything is written over."""
    text = python()
    assert '"new-key": NEXT_KEY, "old-key": KEY, "old-certificate": CERTIFICATE' in text
    assert '"hash-algorithm": "sha256"' in text
    body = text[text.index("def renew(") :]
    places = [body.index(word) for word in ("ask(router)", "bundle(router, NEXT, NEXT_KEY", "swap_and_clean(router)")]
    assert places == sorted(places)
    assert 'NEW_KEY = {"rsa-key-size": 2048}' in text
    curved = python(("type: rsa, size: 2048", "type: ecdsa, curve: secp384r1"))
    assert 'NEW_KEY = {"ecdsa-curve": "secp384r1"}' in curved


@pytest.mark.law(1, 11)
@pytest.mark.parametrize("engine", ["md-cli", "classic-cli"])
def test_a_cli_script_removes_whatever_it_makes(engine: str) -> None:
    """What has names of its own is removed after it was made last, the key in the clear too; the pair stays."""
    lines = script_text(certificate(), PAIR, engine, "cf3:\\x.txt").decode().splitlines()
    made: dict[str, int] = {}
    gone: dict[str, int] = {}
    for number, line in enumerate(lines):
        for pattern, places in ((r" (?:gen-keypair|output|save-as) (\S+)", made), (r"^file \w+e (\S+) force", gone)):
            places |= dict.fromkeys((name.rpartition("/")[2] for name in re.findall(pattern, line)), number)

    assert {name for name, number in made.items() if number > gone.get(name, -1)} == {"sr-cert", "sr-key"}


def test_another_text_is_another_file() -> None:
    """A router keeps what it compiled: the name of the file changes with the text, and is known for ours."""
    first, second = (python_location("cf3:\\auto-cert-update.txt", text) for text in (b"1", b"2"))

    assert first != second
    names = [place.removeprefix("cf3:\\") for place in (first, second)]
    assert [is_python_file(name) for name in (*names, "auto-cert-update.py", "mine-00000000.py")] == [
        True, True, False, False
    ]


def test_what_the_python_script_calls_is_what_its_user_is_asked_to_be_allowed() -> None:
    """Each operation of the text, as a line of the CLI, and the one command: nothing more, nothing less."""
    text = python()
    calls = set(re.findall(r'OPERATION \+ "([a-z0-9/-]+)"', text))
    lines = {f"admin system security pki {call.replace('/', ' ')}" for call in calls}
    lines |= {call.replace("/", " ") for call in re.findall(r'"/nokia-oper-file:([a-z/-]+)"', text)}
    lines |= {" ".join(line.split()[:3]) for line in re.findall(r'RELOAD = "([^"]+)"', text)}

    assert lines == set(PYTHON_OPERATIONS)
