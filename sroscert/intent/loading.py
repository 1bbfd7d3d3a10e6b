"""Intent files → Intent, or every problem at once.

Order: read the files, put them together, lay the scopes over one another for each router, check each section with its
model, then check what refers to what. A section that two routers share is checked once. What a release can do is the
business of ``lint``.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from sroscert.errors import IntentError, Problem, UsageError
from sroscert.homes import expanded
from sroscert.intent.complaints import problems_of
from sroscert.intent.layers import Filling, has_placeholder, locate, overlay, union
from sroscert.intent.references import check_references, readable
from sroscert.intent.sections import GroupSection, IntentFile, RouterSection, Scope
from sroscert.intent.source import Mapping, Node, Scalar, parse, read
from sroscert.intent.spelling import did_you_mean
from sroscert.intent.values import CertificateIntent, Intent, KeyIntent, RouterIntent
from sroscert.model.python import PythonScript
from sroscert.model.script_control import Script, ScriptControlSection
from sroscert.values import Release

SECTIONS = tuple(Scope.model_fields)
_SECRET_SECTIONS = frozenset({"login", "ca_profiles", "certificates", "est_profiles"})
_Sourced = TypeVar("_Sourced", Script, PythonScript)
_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(info.rebuild_annotation())
    for name, info in RouterSection.model_fields.items()
}
# Shared on purpose: they are frozen, and what is one object is checked once.
_DEFAULTS = {name: info.get_default(call_default_factory=True) for name, info in Scope.model_fields.items()}
_EXAMPLE = {"router": "router", "address": "192.0.2.1"}


@dataclass
class Loaded:
    """What was read: routers that are sound, problems, and the nodes that both came from."""

    routers: dict[str, RouterIntent] = field(default_factory=dict)
    scopes: dict[str, Mapping] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: tuple[pathlib.Path, ...] = ()
    base: pathlib.Path = field(default_factory=pathlib.Path)

    def intent(self) -> Intent:
        """Return what was read. Raises IntentError with every problem."""
        if self.problems:
            raise IntentError(self.problems)
        return Intent(1, self.files, self.routers, self.base)


def load(paths: Many[pathlib.Path]) -> Intent:
    """Read one or many intent files. Raises IntentError with every problem."""
    return load_all(paths).intent()


def loads(text: bytes | str, name: str = "intent.yaml", base: pathlib.Path | None = None) -> Intent:
    """Read an intent from a text. Raises IntentError with every problem."""
    problems: list[Problem] = []
    root = parse(text, name, problems)
    return _resolve([root] if root else [], (pathlib.Path(name),), base or pathlib.Path.cwd(), problems).intent()


def load_all(paths: Many[pathlib.Path]) -> Loaded:
    """Read intent files and keep both what is sound and what is wrong, for ``lint``."""
    problems: list[Problem] = []
    if not paths:
        problems.append(Problem("file-missing", "no intent file is given"))
    roots = [root for path in paths if (root := read(path, problems)) is not None]
    base = paths[0].resolve().parent if paths else pathlib.Path.cwd()
    return _resolve(roots, tuple(paths), base, problems)


def _resolve(
    roots: list[Mapping], files: tuple[pathlib.Path, ...], base: pathlib.Path, problems: list[Problem]
) -> Loaded:
    loaded = Loaded(problems=problems, files=files, base=base)
    if roots:
        for root in roots:
            _check_version(root, problems)
        _Resolver(union(roots, problems), loaded).run()
    loaded.problems[:] = _once(problems)
    return loaded


def _check_version(root: Mapping, problems: list[Problem]) -> None:
    version = root.entries.get("version")
    if not isinstance(version, Scalar) or version.value != 1 or isinstance(version.value, bool):
        mark, _ = locate(root, ("version",))
        problems.append(
            Problem(
                "missing-key" if version is None else "bad-value", "an intent file says `version: 1`",
                file=mark.file, line=mark.line, column=mark.column, path="version",
            )
        )


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Keep the first of those that differ only in the router they were found for; by place."""
    seen: dict[tuple[str, str, int, int, str], Problem] = {}
    for problem in problems:
        last = problem.path.rsplit(".", 1)[-1] if not problem.line else ""
        seen.setdefault((problem.code, problem.file, problem.line, problem.column, last), problem)
    return sorted(seen.values(), key=lambda item: (item.file, item.line, item.column))


class _Resolver:
    """Lays scopes over one another and checks sections, each once."""

    def __init__(self, root: Mapping, loaded: Loaded) -> None:
        self.root = root
        self.loaded = loaded
        self.problems = loaded.problems
        self.by_groups: dict[tuple[str, ...], Mapping] = {}
        self.checked: dict[tuple[str, int], Any] = {}
        self.dependent: dict[int, bool] = {}

    def run(self) -> None:
        """Resolve every router."""
        self._check_keys(self.root, tuple(IntentFile.model_fields), ())
        defaults = self._mapping(self.root, "defaults")
        self._check_keys(defaults, tuple(GroupSection.model_fields), ("defaults",))
        top = Mapping(self.root.file, self.root.line, self.root.column)
        for key, node in self.root.entries.items():
            if key in SECTIONS and not (isinstance(node, Scalar) and node.value is None):
                top.entries[key], top.marks[key] = node, self.root.marks[key]
        self.by_groups[()] = overlay(top, defaults)
        self.groups = self._mapping(self.root, "groups")
        for name, group in self.groups.entries.items():
            if isinstance(group, Mapping):
                self._check_keys(group, tuple(GroupSection.model_fields), ("groups", name))
            else:
                self._problem("bad-type", "must be a mapping of keys", self.groups, (name,), ("groups", name))
        self._routers()

    def _routers(self) -> None:
        routers = self._mapping(self.root, "routers")
        used: set[str] = set()
        for name, node in routers.entries.items():
            if not isinstance(node, Mapping):
                self._problem("bad-type", "must be a mapping with an address", routers, (name,), ("routers", name))
                continue
            self._check_keys(node, tuple(RouterSection.model_fields), ("routers", name))
            used.update(self._router(name, node))
        for name in self.groups.entries:
            # What no router uses is checked as if one did.
            if name not in used or not routers.entries:
                self._sections(self._scope_of((name,)), Filling(_EXAMPLE, self.loaded.base, self.problems))
        if not routers.entries:
            self._sections(self.by_groups[()], Filling(_EXAMPLE, self.loaded.base, self.problems))

    def _router(self, name: str, node: Mapping) -> tuple[str, ...]:
        before = len(self.problems)
        filling = Filling({"router": name, "address": ""}, self.loaded.base, self.problems)
        address = self._own(name, node, "address", filling)
        groups = self._own(name, node, "groups", filling) or ()
        filling.values["address"] = str(address or _EXAMPLE["address"])
        if "/" in name or not name.strip():
            self._problem("bad-value", "this cannot name a router", self.root, ("routers", name), ("routers", name))
        scope = self._scope_of(self._known_groups(node, groups))
        own = Mapping(node.file, node.line, node.column)
        for key, child in node.entries.items():
            if key in SECTIONS:
                own.entries[key], own.marks[key] = child, node.marks[key]
        if own.entries:
            scope = overlay(scope, own)
        values, unsound = self._sections(scope, filling)
        self.loaded.scopes[name] = scope
        if values["login"] is None and "login" not in unsound:
            self._problem("missing-key", "no login is given, here or in defaults", node, (), ("routers", name, "login"))
        check_references(readable(values, unsound, scope, _DEFAULTS), scope, self.problems)
        if len(self.problems) == before:
            self.loaded.routers[name] = _router_intent(name, str(address), tuple(groups), values)
        return tuple(groups)

    def _own(self, name: str, node: Mapping, key: str, filling: Filling) -> Any:
        child = node.entries.get(key)
        if child is None or (isinstance(child, Scalar) and child.value is None):
            if key == "address":
                self._problem("missing-key", "address is missing", node, (), ("routers", name, key))
            return None
        return self._check(key, child, filling, ("routers", name, key))

    def _known_groups(self, node: Mapping, groups: Iterable[str]) -> tuple[str, ...]:
        known = []
        for index, group in enumerate(groups):
            if isinstance(self.groups.entries.get(group), Mapping):
                known.append(group)
            elif group not in self.groups.entries:
                self._problem(
                    "dangling-reference", f"there is no group {group}", node, ("groups", index), ("groups",),
                    did_you_mean(group, self.groups.entries),
                )
        return tuple(known)

    def _scope_of(self, groups: tuple[str, ...]) -> Mapping:
        if groups not in self.by_groups:
            scope = self._scope_of(groups[:-1])
            group = self.groups.entries[groups[-1]]
            self.by_groups[groups] = overlay(scope, group) if isinstance(group, Mapping) else scope
        return self.by_groups[groups]

    def _sections(self, scope: Mapping, filling: Filling) -> tuple[dict[str, Any], frozenset[str]]:
        """Return the sections of a scope, and the names of those that are wrong in themselves: these are None."""
        values: dict[str, Any] = {}
        for name in SECTIONS:
            node = scope.entries.get(name)
            if node is None:
                values[name] = _DEFAULTS[name]
                continue
            values[name] = self._section(name, node, filling)
        return values, frozenset(name for name in values if values[name] is None and name in scope.entries)

    def _section(self, name: str, node: Node, filling: Filling) -> Any:
        if id(node) not in self.dependent:
            self.dependent[id(node)] = has_placeholder(node)
        if self.dependent[id(node)]:
            return self._check(name, node, filling, (name,))
        if (name, id(node)) not in self.checked:
            self.checked[name, id(node)] = self._check(name, node, filling, (name,))
        return self.checked[name, id(node)]

    def _check(self, name: str, node: Node, filling: Filling, prefix: tuple[str, ...]) -> Any:
        data = filling.data(node, secrets=name in _SECRET_SECTIONS, free_text=name in ("log", "script_control"))
        _absolute_files(name, node, data)
        adapter = _ADAPTERS[name]
        try:
            value = adapter.validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            self.problems.extend(problems_of(error, node, prefix, RouterSection.model_fields[name].annotation))
            return None
        return self._with_contents(value, node) if isinstance(value, ScriptControlSection) else value

    def _with_contents(self, section: ScriptControlSection, node: Node) -> ScriptControlSection:
        read = {
            "scripts": {name: self._with_content(script, ("scripts", name, "source"), node)
                        for name, script in section.scripts.items()},
            "python_scripts": {name: self._with_content(script, ("python_scripts", name, "source"), node)
                               for name, script in section.python_scripts.items()},
        }
        return section.model_copy(update=read)

    def _with_content(self, script: _Sourced, loc: tuple[str, ...], node: Node) -> _Sourced:
        if script.source is None:
            return script
        try:
            return script.model_copy(update={"content": script.source.read_bytes()})
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._problem("file-missing", f"cannot be read: {reason}", node, loc, ("script_control", *loc))
            return script

    def _mapping(self, parent: Mapping, key: str) -> Mapping:
        node = parent.entries.get(key)
        if isinstance(node, Mapping):
            return node
        if node is not None and not (isinstance(node, Scalar) and node.value is None):
            self._problem("bad-type", "must be a mapping of keys", parent, (key,), (key,))
        return Mapping(parent.file, parent.line, parent.column)

    def _check_keys(self, node: Mapping, known: tuple[str, ...], path: tuple[str, ...]) -> None:
        for key in node.entries:
            if key not in known:
                mark = node.marks[key]
                self.problems.append(
                    Problem(
                        "unknown-key", f"unknown key {key}", file=mark.file, line=mark.line, column=mark.column,
                        path=".".join((*path, key)), suggestion=did_you_mean(key, known),
                    )
                )

    def _problem(
        self, code: str, message: str, node: Node, loc: Many[str | int], path: Many[str], suggestion: str = ""
    ) -> None:
        mark, _ = locate(node, loc)
        self.problems.append(
            Problem(
                code, message, file=mark.file, line=mark.line, column=mark.column, path=".".join(path),
                suggestion=suggestion,
            )
        )


def _absolute_files(section: str, node: Node, data: Any) -> None:
    """Make the names of local files absolute; each counts from the folder of the file that it is written in."""
    if not isinstance(node, Mapping) or not isinstance(data, dict):
        return
    if section == "login":
        _absolute(node, data, "known_hosts")
    elif section == "ca_profiles":
        for name, entry in data.items():
            _absolute(node.entries[name], entry, "certificate")
    elif section == "script_control":
        for kind in ("scripts", "python_scripts"):
            scripts = node.entries.get(kind)
            if isinstance(scripts, Mapping) and isinstance(data.get(kind), dict):
                for name, entry in data[kind].items():
                    _absolute(scripts.entries[name], entry, "source")


def _absolute(node: Node, data: Any, key: str) -> None:
    if isinstance(node, Mapping) and isinstance(data, dict) and isinstance(data.get(key), str):
        folder = pathlib.Path(node.entries[key].file).resolve().parent
        try:
            data[key] = str(folder / expanded(pathlib.Path(data[key])))
        except UsageError:
            data[key] = str(folder / data[key])


def _router_intent(name: str, address: str, groups: tuple[str, ...], values: dict[str, Any]) -> RouterIntent:
    release = values["release"]
    certificates = {key: _certificate(key, section) for key, section in values["certificates"].items()}
    login = values["login"]
    if "~" in str(login.known_hosts):
        login = login.model_copy(update={"known_hosts": expanded(login.known_hosts)})
    rest = {key: value for key, value in values.items() if key not in ("release", "certificates", "login")}
    return RouterIntent(
        name=name, address=address, groups=groups, release=Release.parse(release) if release else None, login=login,
        certificates=certificates, **rest,
    )


def _certificate(name: str, section: Any) -> CertificateIntent:
    key = section.key
    rsa = key.type == "rsa"
    return CertificateIntent(
        name=name, ca_profile=section.ca_profile,
        key=KeyIntent(
            key.file or f"{name}-key", key.type, (key.size or 2048) if rsa else 0,
            "" if rsa else key.curve or "secp256r1",
        ),
        subject=section.subject.pairs(), san_ips=section.san.ip, san_dns=section.san.dns, enrolment=section.enrolment,
        renewal=section.renewal, lifetime=section.lifetime,
    )
