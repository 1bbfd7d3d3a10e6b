"""``sroscert schema``: compile Nokia's YANG, print the intent's JSON Schema, list releases."""

from __future__ import annotations

import sys
from pathlib import Path

from sroscert.errors import UsageError


def compile_release(folder: Path, target: Path | None, stand_in: Path | None) -> int:
    """Compile one release and print it, or write it to ``target``."""
    from sroscert.schema.compiler import compile_folder
    from sroscert.schema.dump import dump

    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="give the folder of one release, e.g. sros-25.10")
    text = dump(compile_folder(folder, stand_in))
    if target is None:
        sys.stdout.write(text)
    else:
        target.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{target}: {len(text) // 1024} KiB\n")
    return 0


def print_intent_schema() -> int:
    """Print the JSON Schema of intent files."""
    from sroscert.intent.jsonschema import intent_json_schema

    sys.stdout.write(intent_json_schema())
    return 0


def list_releases() -> int:
    """List the releases whose schema is at hand."""
    from sroscert.schema import known_releases

    for release in known_releases():
        sys.stdout.write(f"{release.train}\n")
    return 0
