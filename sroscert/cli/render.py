"""``sroscert render``: the configuration that an intent means, offline."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sroscert.cli.choosing import choose
from sroscert.cli.options import Format, Output
from sroscert.cli.output import print_json, problem_document
from sroscert.cli.releases import given_release, say_standing_in
from sroscert.errors import IntentError, Problem, UsageError
from sroscert.intent import RouterIntent, load
from sroscert.intent.desired import desired
from sroscert.schema import Schema, Violation
from sroscert.schema import load as load_schema
from sroscert.values import ConfigTree, Release


def run(
    files: Sequence[Path], limit: Sequence[str] | None, release: str | None, form: Format, output: Output = Output.TEXT
) -> int:
    """Print the configuration of the chosen routers; secrets stay references. Raises IntentError with every problem.

    In text, the MD-CLI lines of each of several routers begin with a comment that names it.
    """
    given = given_release(release)
    chosen = choose(load(files), limit)
    entries = []
    for router in chosen:
        schema = load_schema(_release(router, given))
        say_standing_in([schema])
        wanted = desired(router, schema, {})
        problems = [_problem(router, item) for item in schema.check(wanted.tree)]
        if any(problem.severity == "error" for problem in problems):
            raise IntentError(problems, hint="sroscert lint shows the places")
        text = _text(wanted.tree, schema, form)
        if output is Output.JSON:
            entries.append(_entry(router, schema, form, text, problems))
            continue
        for problem in problems:
            sys.stderr.write(f"{problem}\n")
        if form is Format.MD_CLI and len(chosen) > 1:
            sys.stdout.write(f"# {json.dumps(router.name)}\n")
        sys.stdout.write(text)
    if output is Output.JSON:
        print_json({"command": "render", "exit_code": 0, "routers": entries})
    return 0


def _entry(
    router: RouterIntent, schema: Schema, form: Format, text: str, problems: Sequence[Problem]
) -> dict[str, object]:
    return {
        "router": router.name,
        "address": router.address,
        "release": str(schema.release),
        "format": form.value,
        "configuration": json.loads(text) if form is Format.JSON else text,
        "problems": [problem_document(problem) for problem in problems],
    }


def _problem(router: RouterIntent, item: Violation) -> Problem:
    """Return a violation as a problem; what a reference lacks here the router may have, so that is a warning."""
    severity = "warning" if item.code == "dangling-reference" else "error"
    where = f"{router.name}: {item.path}"
    return Problem(item.code, item.message, path=where, suggestion=item.suggestion, severity=severity)


def _release(router: RouterIntent, given: Release | None) -> Release:
    release = given or router.release
    if release is None:
        raise UsageError(
            f"router {router.name}: the intent names no release", hint="say --release, or `release:` in the intent"
        )
    return release


def _text(tree: ConfigTree, schema: Schema, form: Format) -> str:
    from lxml import etree

    from sroscert.render.json import to_json
    from sroscert.render.mdcli import to_lines
    from sroscert.render.xml import to_xml

    match form:
        case Format.MD_CLI:
            return "\n".join(to_lines(tree, schema)) + "\n"
        case Format.XML:
            return etree.tostring(to_xml(tree, schema, redact=True), pretty_print=True).decode()
        case Format.JSON:
            return to_json(tree, schema) + "\n"
