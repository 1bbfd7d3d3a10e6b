"""``sroscert explain``: what a node of the router's models or a key of an intent is, and since which release."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sroscert.cli.options import Output
from sroscert.cli.output import print_json
from sroscert.cli.releases import given_release, say_standing_in
from sroscert.errors import UsageError
from sroscert.intent.keys import Key, key_of, keys, matching, nodes_of
from sroscert.intent.spelling import nearest
from sroscert.schema import Node, Schema, known_releases, load
from sroscert.schema.explain import ROOTS, Explanation, Span, every_path, history

_SHOWN = 40
_PREDICATE = re.compile(r"\[[^\]]*\]")
_WIDTH = 12

Found = tuple[list[Explanation], list[Key], list[tuple[str, ...]]]


def run(word: str, release: str | None, output: Output) -> int:
    """Print what ``word`` is: a path of the models, a dotted key of an intent, or a word that is looked for."""
    given = given_release(release)
    schema = None if given is None else load(given)
    if schema is not None:
        say_standing_in([schema])
    nodes, found, places = _find(word.strip(), schema)
    if output is Output.JSON:
        print_json(
            {
                "command": "explain",
                "exit_code": 0,
                "nodes": [_node_document(item) for item in nodes],
                "keys": [_key_document(item) for item in found],
                "paths": ["/" + "/".join(names) for names in places],
            }
        )
        return 0
    blocks = [_node_lines(item) for item in nodes] + [_key_lines(item) for item in found]
    if places:
        shown = ["/" + "/".join(names) for names in places[:_SHOWN]]
        more = len(places) - len(shown)
        blocks.append([*shown, *([f"… {more} more"] if more > 0 else []), "say one of the paths to see what it is"])
    sys.stdout.write("\n\n".join("\n".join(lines) for lines in blocks) + "\n")
    return 0


def _find(word: str, schema: Schema | None) -> Found:
    """Return the nodes and keys to explain, or the paths that hold the word. Raises UsageError with a suggestion."""
    if "/" in word:
        return [_by_path(word, schema)], [], []
    found = matching(word)
    if "." in word and found:
        return [], found, []
    newest = schema or load(known_releases()[-1])
    places = _places(word, newest)
    if not places and schema is None:
        # What later releases dropped is looked for in the others, too.
        places = next((some for one in reversed(known_releases()) if (some := _places(word, load(one)))), [])
    if len(places) == 1:
        explained = history(places[0], schema)
        return [explained] if explained else [], found, []
    if not places and not found:
        raise _unknown(word, newest)
    return [], found, places


def _by_path(text: str, schema: Schema | None) -> Explanation:
    names = [name for name in _PREDICATE.sub("", text).strip("/").split("/") if name]
    if names and names[0] not in ROOTS:
        names.insert(0, ROOTS[0])
    explained = history(names, schema)
    if explained is not None:
        return explained
    where = f"SR OS {schema.release.train}" if schema is not None else "any known release"
    elsewhere = history(names) if schema is not None else None
    if elsewhere is not None:
        raise UsageError(f"{where} has no {elsewhere.path}", hint=f"it is there from SR OS {elsewhere.since} on")
    depth = len(names)
    while depth and history(names[:depth], schema) is None:
        depth -= 1
    above = history(names[:depth], schema) if depth else None
    known = above.children if above is not None else ROOTS
    close = nearest(names[depth], known) if names else ""
    better = "/" + "/".join([*names[:depth], close])
    hint = f"did you mean {better}?" if close else f"below it are: {', '.join(known[:12])}"
    raise UsageError(f"there is no {'/'.join(['', *names[: depth + 1]])} in {where}", hint=hint)


def _places(word: str, schema: Schema) -> list[tuple[str, ...]]:
    """Return the paths of nodes that are called so, or else that hold the word in their name or have such a value."""
    folded = word.casefold().replace("_", "-")
    exact, holding = [], []
    for names, node in every_path(schema):
        if names[-1].startswith("apply-groups"):
            continue
        if names[-1].casefold() == folded:
            exact.append(names)
        elif folded in names[-1].casefold() or any(folded in value for value in _values(node)):
            holding.append(names)
    return exact or holding


def _values(node: Node) -> tuple[str, ...]:
    return node.type.values() if node.type is not None else ()


def _unknown(word: str, schema: Schema) -> UsageError:
    names = {names[-1] for names, _ in every_path(schema)}
    last = {path[-1] for path in keys()} | {".".join(path[-2:]) for path in keys()}
    first, second = (last, names) if "." in word or "_" in word else (names, last)
    close = nearest(word, sorted(first)) or nearest(word, sorted(second))
    hint = f"did you mean {close}?" if close else "say a path (/configure/system/grpc), a key, or a part of a name"
    return UsageError(f"no node of the models and no key of an intent is called {word}", hint=hint)


def _node_lines(item: Explanation) -> list[str]:
    rows = [("is", item.kind)]
    rows += [(word, _spans(spans)) for word, spans in item.properties.items()]
    if item.values:
        rows.append(("values", ", ".join(_value(value.name, value.since, item.since, value) for value in item.values)))
    rows.append(("since", f"SR OS {item.since}"))
    if item.obsolete_since:
        rows.append(("obsolete", f"since SR OS {item.obsolete_since}"))
    if item.gone_since:
        rows.append(("gone", f"since SR OS {item.gone_since}"))
    if item.children:
        rows.append(("below it", ", ".join(name for name in item.children if not name.startswith("apply-groups"))))
    rows.append(("intent", _intent(item.path)))
    return [item.path, *_wrapped(rows)]


def _value(name: str, since: str, base: str, value: Any) -> str:
    marks = [f"since {since}"] if since != base else []
    marks += [f"obsolete since {value.obsolete_since}"] if value.obsolete_since else []
    marks += [f"gone since {value.gone_since}"] if value.gone_since else []
    return f"{name} ({', '.join(marks)})" if marks else name


def _spans(spans: Sequence[Span]) -> str:
    if len(spans) == 1:
        return spans[0].value
    return "; ".join(f"{_range(span)}: {span.value or 'none'}" for span in spans)


def _range(span: Span) -> str:
    return span.first if span.first == span.last else f"{span.first} to {span.last}"


def _intent(path: str) -> str:
    key = key_of(path.strip("/").split("/"))
    return f"{key}: {key.description}" if key is not None else "no key of an intent sets it"


def _key_lines(key: Key) -> list[str]:
    rows = [("is", "a key of an intent"), ("takes", key.takes), ("for", key.description), ("default", key.default)]
    places = [place for place in nodes_of(key.path) if history(place) is not None]
    rows.append(("becomes", ", ".join("/" + "/".join(place) for place in places)))
    return [str(key), *_wrapped([row for row in rows if row[1]])]


def _wrapped(rows: Sequence[tuple[str, str]]) -> list[str]:
    lines = []
    for word, text in rows:
        first, *more = textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [f"  {word:{_WIDTH}}{first}", *(f"  {'':{_WIDTH}}{line}" for line in more)]
    return lines


def _node_document(item: Explanation) -> dict[str, Any]:
    document = asdict(item)
    key = key_of(item.path.strip("/").split("/"))
    return {**document, "intent": None if key is None else str(key)}


def _key_document(key: Key) -> dict[str, Any]:
    places = ["/" + "/".join(place) for place in nodes_of(key.path) if history(place) is not None]
    return {"key": str(key), "takes": key.takes, "for": key.description, "default": key.default, "becomes": places}
