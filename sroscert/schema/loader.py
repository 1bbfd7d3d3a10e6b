"""Find and read the compiled schema files, and look nodes up in them. Makes no use of YANG or its tools."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from sroscert.errors import SchemaError
from sroscert.schema.checker import MANAGED_ELSEWHERE, Violation, check_tree
from sroscert.schema.nodes import Children, Node, build
from sroscert.schema.places import places
from sroscert.schema.types import Type
from sroscert.values import ConfigTree, Path, Release

FORMAT = 1


@dataclasses.dataclass(frozen=True, eq=False)
class Action:
    """A YANG action: where it stands, the namespace of its path, and its input and output as containers."""

    path: str
    module: str
    namespace: str
    input: Node
    output: Node


class Schema:
    """What one SR OS release has, as far as sroscert touches it.

    ``exact`` is False where the release that was asked for is not known and the nearest earlier one stands in;
    ``standing_in`` says so in a sentence that is empty otherwise.
    """

    def __init__(self, content: Mapping[str, Any], *, asked: str = "") -> None:
        self.release = Release.parse(content["release"])
        self.exact = asked in ("", self.release.train)
        self.standing_in = "" if self.exact else (
            f"SR OS {asked} is treated as {self.release.train}: there is no schema of {asked}"
        )
        self._modules: Mapping[str, Mapping[str, str]] = content["modules"]
        self._shared: Mapping[str, Any] = content["types"]
        self._actions: Mapping[str, Any] = content["actions"]
        self._shared_types: dict[str, Type] = {}
        self._built_actions: dict[str, Action] = {}
        self.roots: Mapping[str, Node] = Children(content["roots"], self._read_type, True)

    def __repr__(self) -> str:
        return f"<Schema {self.release}{'' if self.exact else ' (stands in)'}>"

    def node(self, path: Path | Sequence[str]) -> Node | None:
        """Return the node at a schema path, or None where the release has none.

        The path is a Path, whose keys are ignored, a sequence of names, or a text such as ``/configure/system``.
        """
        if isinstance(path, Path):
            names: Sequence[str] = path.names
        else:
            names = path.strip("/").split("/") if isinstance(path, str) else path
        found: Node | None = None
        children = self.roots
        for name in names:
            if name not in children:
                return None
            found = children[name]
            children = found.children
        return found

    def has(self, path: Path | Sequence[str]) -> bool:
        """Tell whether the release has the node and it is not obsolete, nor below one that is."""
        names = path.names if isinstance(path, Path) else path
        names = names.strip("/").split("/") if isinstance(names, str) else names
        nodes = [self.node(names[: end + 1]) for end in range(len(names))]
        return bool(nodes) and all(node is not None and node.status != "obsolete" for node in nodes)

    def namespace(self, root: str) -> str:
        """Return the XML namespace of the tree called ``configure`` or ``state``. Raises SchemaError."""
        module = {"configure": "nokia-conf", "state": "nokia-state"}.get(root)
        if module is None or module not in self._modules:
            raise SchemaError(f"there is no tree called {root}")
        return self._modules[module]["namespace"]

    def revision(self, module: str) -> str:
        """Return the revision of a module, or an empty text; no release can be told from it."""
        return str(self._modules.get(module, {}).get("revision", ""))

    def check(self, tree: ConfigTree, *, elsewhere: Sequence[str] = MANAGED_ELSEWHERE) -> list[Violation]:
        """Return everything in ``tree`` that the release would not take; empty when it is sound.

        ``elsewhere`` are schema paths whose contents the tree need not hold: references into them are not followed.
        Values of secret leaves are references of ours and are not checked.
        """
        return [self._with_release(violation) for violation in check_tree(self, tree, elsewhere)]

    def _with_release(self, violation: Violation) -> Violation:
        """Say since when other releases have a node that this one lacks."""
        if violation.code != "unknown-node":
            return violation
        since = first_release_with(violation.path)
        if since is None or since <= self.release:
            return violation
        return dataclasses.replace(violation, message=f"{violation.message}; it is there from SR OS {since} on")

    @property
    def actions(self) -> tuple[str, ...]:
        """The paths of the actions that the release has."""
        return tuple(self._actions)

    def action(self, path: str) -> Action | None:
        """Return the action at a path such as ``/admin/system/security/pki/import``, or None."""
        if path not in self._actions:
            return None
        if path not in self._built_actions:
            raw = self._actions[path]
            self._built_actions[path] = Action(
                path, raw["module"], raw["namespace"],
                build("input", raw["input"], self._read_type), build("output", raw["output"], self._read_type, False),
            )
        return self._built_actions[path]

    def _read_type(self, raw: Mapping[str, Any]) -> Type:
        name = raw.get("ref")
        if name is not None:
            if name not in self._shared_types:
                self._shared_types[name] = self._read_type(self._shared[name])
            return self._shared_types[name]
        of = self._read_type(raw["of"]) if "of" in raw else None
        if "target" in raw and of is None:
            target = self.node(raw["target"])
            of = None if target is None else target.type
        patterns = raw.get("pattern", ())
        return Type(
            base=raw["base"],
            length=tuple(raw.get("length", ())),
            range=tuple(raw.get("range", ())),
            patterns=tuple(pattern for pattern in patterns if isinstance(pattern, str)),
            inverted_patterns=tuple(pattern["not"] for pattern in patterns if not isinstance(pattern, str)),
            enum={value: entry.get("status", "current") for value, entry in raw.get("enum", {}).items()},
            bits=tuple(raw.get("bits", ())),
            members=tuple(self._read_type(member) for member in raw.get("types", ())),
            target=raw.get("target", ""),
            where=tuple(raw.get("where", {}).items()),
            of=of,
            fraction_digits=raw.get("fraction_digits", 0),
        )


def known_releases() -> tuple[Release, ...]:
    """Return the releases that have a compiled schema, ours or the user's own, earliest first."""
    return tuple(places())


def load(release: Release | str) -> Schema:
    """Return the schema of a release's train, or of the nearest earlier one that is known (``exact`` is then False).

    Raises SchemaError where the text is no release, or every known release is later.
    """
    if isinstance(release, str):
        try:
            release = Release.parse(release)
        except ValueError as error:
            raise SchemaError(str(error), hint="write it as 21.2 or 25.10.R3") from error
    known = [candidate for candidate in known_releases() if candidate <= release]
    if not known:
        earliest = ", ".join(str(candidate) for candidate in known_releases()[:1]) or "none"
        raise SchemaError(
            f"SR OS {release.train} is older than every release that is known",
            hint=f"the earliest release with a schema: {earliest}",
        )
    return _read(places()[known[-1]].path, release.train)


@functools.cache
def _read(path: pathlib.Path, asked: str) -> Schema:
    return read_file(path, asked=asked)


def read_file(path: pathlib.Path, *, asked: str = "") -> Schema:
    """Read one schema file; ``asked`` is the release that it is to stand for. Raises SchemaError when it is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise SchemaError(f"{path} is not a schema")
        if content.get("format") != FORMAT:
            raise SchemaError(
                f"{path} has format {content.get('format')}, not {FORMAT}",
                hint="compile it again with `sroscert schema add --replace`",
            )
        return Schema(content, asked=asked)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SchemaError(f"{path} cannot be read as a schema: {error}") from error
    except KeyError as error:
        raise SchemaError(f"{path} is not a schema: it has no {error}") from error


def first_release_with(path: Path | Sequence[str]) -> Release | None:
    """Return the earliest known release that has a node which is not obsolete, or None where none has."""
    return next((release for release in known_releases() if load(release).has(path)), None)
