"""``sroscert schema``: compile YANG, add a release of the user's, print the intent's JSON Schema, list releases."""

from __future__ import annotations

import sys
from pathlib import Path

from sroscert.cli.options import Output
from sroscert.errors import UsageError


def compile_release(folder: Path, target: Path | None, stand_in: Path | None) -> int:
    """Compile one release and print it, or write it to ``target``. Raises UsageError."""
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


def add_release(source: Path, release: str | None, replace: bool) -> int:
    """Compile a copy of the user's own into his schema folder, where it is found from then on."""
    from sroscert.schema.adding import add_release as add

    added = add(source, release or "", replace=replace)
    sys.stdout.write(f"SR OS {added.release.train} is known now: {added.path} ({added.size // 1024} KiB)\n")
    return 0


def print_intent_schema() -> int:
    """Print the JSON Schema of intent files."""
    from sroscert.intent.jsonschema import intent_json_schema

    sys.stdout.write(intent_json_schema())
    return 0


def list_releases(output: Output) -> int:
    """List the releases whose schema is at hand, and where each comes from."""
    from sroscert.cli.output import print_json
    from sroscert.schema.places import places

    known = places()
    if output is Output.JSON:
        rows = [
            {
                "release": release.train,
                "origin": "shipped" if place.shipped else "added",
                "path": str(place.path),
                "bytes": place.path.stat().st_size,
            }
            for release, place in known.items()
        ]
        print_json({"command": "schema list", "exit_code": 0, "releases": rows})
        return 0
    for release, place in known.items():
        size = f"{place.path.stat().st_size // 1024:4} KiB"
        sys.stdout.write(f"{release.train:6} {size}  {'shipped' if place.shipped else f'added: {place.path}'}\n")
    return 0
