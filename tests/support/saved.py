"""Saved configurations as a router would write them, and sroscert run on them in this process."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from sroscert.cli.main import main
from sroscert.intent import load
from sroscert.intent.desired import desired
from sroscert.render.mdcli import to_braces, to_lines
from sroscert.schema import load as load_schema

INTENTS = Path(__file__).resolve().parents[2] / "lab" / "intents"
FORMS = ("braces", "flat")


@dataclass(frozen=True)
class Result:
    """The end of a run."""

    code: int
    out: str
    err: str


def run(*words: str) -> Result:
    """Run sroscert in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(words))
    return Result(int(code), out.getvalue(), err.getvalue())


def saved(intent: Path, release: str, form: str) -> str:
    """What a router would save that has the configuration of the first router of an intent."""
    router = next(iter(load([intent]).routers.values()))
    schema = load_schema(release)
    tree = desired(router, schema).tree
    text = to_braces(tree, schema) if form == "braces" else "\n".join(to_lines(tree, schema)) + "\n"
    return f"# TiMOS-B-{release}.R1 both/x86_64 Nokia 7750 SR\n# Generated X\n\n{text}\n# Finished X\n"
