"""Nokia's YANG files in a folder: finding them, parsing them one at a time, and looking names up in them.

Only pyang's bare parser is used: its validator reports circular includes on some releases and fails on others, and
parsing the hundreds of submodules that are not needed would take most of a minute. This module knows YANG's scoping
rules (RFC 7950 sections 5.1, 5.5 and 6.2.1); what becomes of a statement is the compiler's business.
"""

from __future__ import annotations

import functools
import pathlib
import re
from collections.abc import Iterator
from typing import Any, Protocol

from sroscert.errors import SchemaError

_GROUPING = re.compile(r'(?:^|[{};])\s*grouping\s+"?([A-Za-z_][\w.-]*)', re.MULTILINE)
_BELONGS_TO = re.compile(r'(?:^|[{};])\s*belongs-to\s+"?([A-Za-z_][\w.-]*)', re.MULTILINE)
_SUBFOLDERS = ("nokia-submodule", "ietf")

_STAND_INS = {
    # ASSUMPTION: the name of a configuration group is a string of 1 to 64 characters.
    "nokia-conf-groups": """submodule nokia-conf-groups {
  belongs-to nokia-conf { prefix c; }
  grouping conf-groups {
    container groups { list group { key name; leaf name { type string { length "1..64"; } } } }
  }
}""",
}
"""What Nokia's archives leave out although other modules refer to it, as far as they do; in words of our own."""


class Statement(Protocol):
    """What we use of pyang's statements."""

    keyword: Any
    arg: str
    parent: Any
    top: Any
    substmts: list[Any]


def find_all(statement: Statement, keyword: str) -> list[Statement]:
    """Return the substatements with ``keyword``, in order."""
    return [child for child in statement.substmts if child.keyword == keyword]


def find_one(statement: Statement, keyword: str) -> Statement | None:
    """Return the first substatement with ``keyword``, or None."""
    return next((child for child in statement.substmts if child.keyword == keyword), None)


def text_of(statement: Statement, keyword: str) -> str | None:
    """Return the argument of the first substatement with ``keyword``, or None."""
    found = find_one(statement, keyword)
    return None if found is None else found.arg


def has_extension(statement: Statement, name: str) -> bool:
    """Tell whether a statement carries Nokia's extension ``name``, whatever the file's prefix for it is."""
    return any(isinstance(child.keyword, tuple) and child.keyword[1] == name for child in statement.substmts)


class YangFolder:
    """The modules of one SR OS release, parsed when they are first asked for."""

    def __init__(self, folder: pathlib.Path, stand_in: pathlib.Path | None = None) -> None:
        self.folder = folder
        self._files = dict(_find_files(folder))
        if stand_in is not None:
            self._files.update(_find_files(stand_in) if stand_in.is_dir() else [(stand_in.stem, stand_in)])
        if "nokia-conf" not in self._files:
            raise SchemaError(
                f"there is no nokia-conf.yang in {folder}",
                hint="give the folder of one release, as Nokia's YANG archive unpacks it",
            )

    def has(self, module: str) -> bool:
        """Tell whether there is a file for ``module``."""
        return module in self._files

    def text(self, module: str) -> str:
        """Return the text of a module's file. Raises SchemaError when it is missing."""
        path = self._files.get(module)
        if path is None and module in _STAND_INS:
            return _STAND_INS[module]
        if path is None:
            raise SchemaError(f"the YANG module {module} is not in {self.folder}")
        return path.read_text(encoding="utf-8")

    @functools.cache  # noqa: B019 - one folder lives as long as one compilation
    def module(self, name: str) -> Statement:
        """Return the parsed module or submodule. Raises SchemaError when it is missing or not YANG."""
        from pyang import context, repository
        from pyang.yang_parser import YangParser

        parsing = context.Context(repository.FileRepository("", use_env=False))
        statement: Statement | None = YangParser().parse(parsing, name, self.text(name))
        if statement is None or statement.keyword not in ("module", "submodule"):
            raise SchemaError(f"{self._files.get(name, name)} cannot be parsed: {parsing.errors[:1]}")
        return statement

    @functools.cache  # noqa: B019
    def _groupings(self) -> dict[tuple[str, str], str]:
        """Map (main module, grouping) to the file that defines it, by a scan of the text."""
        found: dict[tuple[str, str], str] = {}
        for name in sorted({*self._files, *_STAND_INS}):
            if not name.startswith("nokia-"):
                continue
            text = self.text(name)
            owner = _BELONGS_TO.search(text, 0, 4000)
            for match in _GROUPING.finditer(text):
                found[(owner[1] if owner else name, match[1])] = name
        return found

    def file_of_grouping(self, uses: Statement) -> str:
        """Return the name of the file that defines the grouping of a ``uses``. Raises SchemaError."""
        module, name = self.qualify(uses, uses.arg)
        file = self._groupings().get((module, name))
        if file is None:
            raise SchemaError(f"the grouping {uses.arg} of {uses.top.arg} is defined nowhere")
        return file

    def grouping(self, uses: Statement) -> Statement:
        """Return the grouping that a ``uses`` names. Raises SchemaError."""
        _, name = self.qualify(uses, uses.arg)
        file = self.file_of_grouping(uses)
        for statement in _descend(self.module(file), "grouping"):
            if statement.arg == name:
                return statement
        raise SchemaError(f"the grouping {name} is not in {file}")

    def typedef(self, statement: Statement, name: str) -> Statement:
        """Return the typedef that ``name`` means where ``statement`` stands. Raises SchemaError."""
        module, local = self.qualify(statement, name)
        scope: Statement | None = statement if ":" not in name else None
        while scope is not None:
            for candidate in find_all(scope, "typedef"):
                if candidate.arg == local:
                    return candidate
            scope = scope.parent
        for candidate in find_all(self.module(module), "typedef"):
            if candidate.arg == local:
                return candidate
        raise SchemaError(f"the type {name} of {statement.top.arg} is defined nowhere")

    def qualify(self, statement: Statement, name: str) -> tuple[str, str]:
        """Split ``prefix:name`` into the main module's name and the local name. Raises SchemaError."""
        prefix, colon, local = name.rpartition(":")
        top = statement.top
        belongs_to = find_one(top, "belongs-to")
        own = top.arg if belongs_to is None else belongs_to.arg
        if not colon or prefix == text_of(top if belongs_to is None else belongs_to, "prefix"):
            return own, local
        for imported in find_all(top, "import"):
            if text_of(imported, "prefix") == prefix:
                return imported.arg, local
        raise SchemaError(f"the prefix {prefix} is not declared in {top.arg}")


def _find_files(folder: pathlib.Path) -> Iterator[tuple[str, pathlib.Path]]:
    for place in (*(folder / name for name in _SUBFOLDERS), folder):
        if place.is_dir():
            for path in sorted(place.glob("*.yang")):
                yield path.stem.partition("@")[0], path


def _descend(statement: Statement, keyword: str) -> Iterator[Statement]:
    for child in statement.substmts:
        if child.keyword == keyword:
            yield child
        yield from _descend(child, keyword)
