"""An intent for what is there: the configuration of a router as sections that mean exactly the same. Pure.

Every section is proven: it loads, and what it means does not differ from the configuration anywhere that it would own.
What fails this is left out, whole, with its reason, and is then another's: the intent leaves it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import yaml

from sroscert.errors import IntentError
from sroscert.intent import RouterIntent, loads
from sroscert.intent.desired import Desired, desired
from sroscert.intent.importing import Found, Loc, collect
from sroscert.intent.linting import origin
from sroscert.plan.ownership import ownership
from sroscert.render.diff import diff
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path, Value

_NOT_OWNED = (
    Path.of("configure", "system", "management-interface"),
    Path.of("configure", "system", "name"),
)
"""What is read with the rest, and belongs to no intent."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the configuration has and the intent does not say."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Adopted:
    """The sections, what was left out, and the references that stand in for secrets (reference → leaf)."""

    found: Found
    left_out: tuple[LeftOut, ...]
    secrets: Mapping[str, Path]

    @property
    def sections(self) -> dict[str, Any]:
        """The sections as an intent file has them."""
        return self.found.sections()


def adopt(tree: ConfigTree, schema: Schema) -> Adopted:
    """Return the intent that means what ``tree`` has."""
    found = collect(tree, schema)
    dropped: list[LeftOut] = []
    while True:
        losing = dict(_unsound(found, tree, schema))
        if not losing:
            break
        for loc, reason in losing.items():
            path, _ = found.objects.pop(loc)
            dropped.append(LeftOut(path, reason))
    wanted = _meaning(found, schema, tree).tree if found.objects else ConfigTree()
    rest = list(_rest(tree, wanted, schema, [*dropped, *(LeftOut(path, "") for path in found.others)]))
    others = [LeftOut(path, "nothing about certificates uses it") for path in found.others]
    kept = {path for path, value in wanted.items() if isinstance(value, str)}
    secrets = {reference: path for reference, path in found.secrets.items() if path in kept}
    return Adopted(found, (*dropped, *rest, *others), secrets)


def document(sections: Mapping[str, Any], name: str = "router", address: str = "192.0.2.1") -> dict[str, Any]:
    """Return a whole intent with one router around sections."""
    login = {"username": "admin", "password": "env:SROS_PASSWORD"}
    return {"version": 1, "login": login, **sections, "routers": {name: {"address": address}}}


def _load(found: Found) -> RouterIntent:
    text = yaml.safe_dump(document(found.sections()), sort_keys=False, allow_unicode=True)
    return next(iter(loads(text).routers.values()))


def _meaning(found: Found, schema: Schema, tree: ConfigTree) -> Desired:
    return desired(_load(found), schema, running=tree)


def _unsound(found: Found, tree: ConfigTree, schema: Schema) -> Iterator[tuple[Loc, str]]:
    """Yield the objects that cannot stay, each with a reason. Nothing when the sections mean what is there."""
    if not found.objects:
        return
    try:
        wanted = _meaning(found, schema, tree)
    except IntentError as error:
        for problem in error.problems:
            for loc in _named(problem.path, found):
                yield loc, problem.message
        return
    unknown = [item for item in schema.check(wanted.tree) if item.code == "unknown-node"]
    if unknown:
        for item in unknown:
            for loc in _of(origin(wanted, item.path)[0], found):
                yield loc, item.message
        return
    for change in diff(wanted.tree, tree, schema, owned=ownership(wanted)):
        what = {"add": "the router lacks", "remove": "the intent cannot say", "change": "the intent cannot say"}
        for loc in _of(origin(wanted, change.path)[0], found):
            depth = len(found.objects[loc][0].segments)
            words = "/".join(str(segment) for segment in change.path.segments[depth:])
            yield loc, f"{what[change.kind]} {words or 'it as it is'}"


def _named(path: str, found: Found) -> Sequence[Loc]:
    """Return the object that a problem's path names; all of a section where it names no object."""
    written = {".".join(loc): loc for loc in found.objects}
    fitting = [text for text in written if path == text or path.startswith(f"{text}.")]
    if fitting:
        return [written[max(fitting, key=len)]]
    inside = [loc for text, loc in written.items() if text.startswith(f"{path}.")]
    return inside or [loc for loc in found.objects if loc[0] == path.split(".")[0]] or list(found.objects)


def _of(where: tuple[str | int, ...], found: Found) -> Sequence[Loc]:
    """Return the object that a place in the intent is in."""
    texts = tuple(map(str, where))
    for depth in range(len(texts), 0, -1):
        if texts[:depth] in found.objects:
            return [texts[:depth]]
    return list(found.objects)


def _rest(tree: ConfigTree, wanted: ConfigTree, schema: Schema, known: Sequence[LeftOut]) -> Iterator[LeftOut]:
    """Yield the outermost members that the intent does not say and that are not already accounted for."""
    roots = {item.path for item in known}
    said = {Path(path.segments[:depth]) for path in wanted for depth in range(1, len(path.segments) + 1)}
    for path, value in tree.items():
        if any(path.is_within(root) for root in _NOT_OWNED) or _is_said(path, value, said, schema):
            continue
        if any(Path(path.segments[:depth]) in roots for depth in range(1, len(path.segments) + 1)):
            continue
        roots.add(path)
        yield LeftOut(path, "an intent has no place for it")


def _is_said(path: Path, value: Value, said: Set[Path], schema: Schema) -> bool:
    if path in said:
        return True
    node = schema.node(path)
    return node is not None and node.default is not None and value == node.default


def common(several: Sequence[Adopted]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the objects that all have alike, as sections, and what is left of each.

    An object is never split: what is not the same everywhere is said for each router.
    """
    if len(several) < 2:
        return (several[0].sections if several else {}), [{} for _ in several]
    first = several[0].found
    shared = {
        loc: item for loc, item in first.objects.items()
        if all(other.found.objects.get(loc, (None, None))[1] == item[1] for other in several)
    }
    rest = [
        Found({loc: item for loc, item in one.found.objects.items() if loc not in shared}).sections()
        for one in several
    ]
    return Found(shared).sections(), rest

