"""Compile Nokia's YANG of one release into a schema file: the names, types, ranges and defaults that sroscert touches.

What is compiled is the table below; what a release does not have is left out. The result carries facts only, no
description. Reading such a file back is ``sroscert.schema.loader``'s business.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sroscert.errors import SchemaError
from sroscert.schema.sharing import share_types
from sroscert.schema.yangfolder import Statement, YangFolder, find_all, find_one, has_extension, text_of
from sroscert.schema.yangtypes import TypeCompiler
from sroscert.values import Release

FORMAT = 1

ROOT_MODULES = {"configure": "nokia-conf", "state": "nokia-state"}

SUBTREES = (
    "/configure/ipsec/cert-profile",
    "/configure/ipsec/ipsec-transport-mode-profile",
    "/configure/ipsec/trust-anchor-profile",
    "/configure/log/event-handling",
    "/configure/log/event-trigger/logger",
    "/configure/log/event-trigger/security",
    "/configure/log/event-trigger/system",
    "/configure/log/event-trigger/user",
    "/configure/log/filter",
    "/configure/log/log-events/mgmt-core",
    "/configure/log/log-events/security",
    "/configure/log/log-events/system",
    "/configure/log/log-events/tls",
    "/configure/log/log-id",
    "/configure/log/throttle-rate",
    "/configure/python/python-script",
    "/configure/redundancy",
    "/configure/system/grpc",
    "/configure/system/login-control",
    "/configure/system/management-interface",
    "/configure/system/name",
    "/configure/system/script-control",
    "/configure/system/security/aaa/local-profiles",
    "/configure/system/security/cli-script",
    "/configure/system/security/hash-control",
    "/configure/system/security/management",
    "/configure/system/security/pki",
    "/configure/system/security/python-script",
    "/configure/system/security/ssh",
    "/configure/system/security/tls",
    "/configure/system/security/user-params/local-user",
    "/configure/system/time",
    "/configure/system/transmission-profile",
    "/state/chassis/chassis-class",
    "/state/chassis/chassis-number",
    "/state/chassis/flash",
    "/state/ipsec/cert-profile",
    "/state/ipsec/trust-anchor-profile",
    "/state/log/event-handling",
    "/state/log/event-trigger/logger",
    "/state/log/event-trigger/security",
    "/state/log/event-trigger/system",
    "/state/log/event-trigger/user",
    "/state/log/log-events/mgmt-core",
    "/state/log/log-events/security",
    "/state/log/log-events/system",
    "/state/log/log-events/tls",
    "/state/python/python-script",
    "/state/redundancy/synchronization",
    "/state/system/current-time",
    "/state/system/grpc",
    "/state/system/management-interface",
    "/state/system/oper-name",
    "/state/system/script-control",
    "/state/system/security/pki",
    "/state/system/security/tls",
    "/state/system/time",
    "/state/system/up-time",
    "/state/system/version",
)
"""The subtrees that are compiled, whole. Of the event triggers and of what is generated of events, one list for
each of some seventy applications, only those that can have to do with certificates and logins."""

_IKE = "/configure/ipsec/ipsec-transport-mode-profile/key-exchange/dynamic"
LEFT_OUT = frozenset(
    {"/configure/redundancy/multi-chassis", f"{_IKE}/ike-policy", f"{_IKE}/ipsec-transform", f"{_IKE}/ppk"}
)
"""Below those subtrees, what is of no use here: it is large, or refers to what is not compiled."""

ACTIONS = {
    "nokia-oper-admin": ("/admin/system/security/pki/",),
    "nokia-oper-file": ("/file/",),
    "nokia-oper-global": ("/global-operations/md-cli-raw-command", "/global-operations/ping"),
}
"""For each module, what the paths of the actions that are compiled may begin with."""

_DATA = frozenset({"container", "list", "leaf", "leaf-list"})
_PREDICATE = re.compile(r"\[[^\]]*\]")
_SIBLING = re.compile(r"\[\s*([\w.:-]+)\s*=\s*current\(\)\s*/\s*\.\.\s*/\s*([\w.:-]+)\s*\]")

Node = dict[str, Any]
Names = tuple[str, ...]


@dataclass(frozen=True)
class Placed:
    """A data node's statement, with the choices and cases that it lies in and the ``refine`` that applies to it."""

    statement: Statement
    cases: tuple[tuple[str, str], ...] = ()
    refined: Statement | None = None

    def text(self, keyword: str) -> str | None:
        """Return the argument of a substatement, as refined."""
        if self.refined is not None and (text := text_of(self.refined, keyword)) is not None:
            return text
        return text_of(self.statement, keyword)


def compile_folder(folder: pathlib.Path, stand_in: pathlib.Path | None = None, release: str = "") -> dict[str, Any]:
    """Compile the YANG in ``folder`` (and the files that stand in for missing ones) into a schema file's content.

    The release is taken from the folder's name (``sros-25.10``) unless it is given. Raises SchemaError.
    """
    return _Compiler(YangFolder(folder, stand_in)).compile(release_of(folder.resolve().name, release).train)


def release_of(name: str, given: str = "") -> Release:
    """Return the release that is given, or that the name of a folder or archive says. Raises SchemaError.

    A module's revision or Nokia's mark of a major release does not tell the train, so that neither is asked.
    """
    try:
        return Release.parse(given or name)
    except ValueError:
        if given:
            raise SchemaError(f"{given} is no release", hint="write it as 26.7") from None
        raise SchemaError(
            f"{name} does not say which release it is", hint="say --release 26.7, or call the folder sros-26.7"
        ) from None


class _Compiler:
    def __init__(self, folder: YangFolder) -> None:
        self.folder = folder
        self.types = TypeCompiler(folder)

    def compile(self, release: str) -> dict[str, Any]:
        roots = {name: self._root(name) for name in ROOT_MODULES}
        actions: dict[str, Node] = {}
        for module, prefixes in ACTIONS.items():
            if self.folder.has(module):
                statement = self.folder.module(module)
                for prefix in prefixes:
                    actions.update(self._actions(module, statement, (), prefix))
        modules = {}
        for module in sorted({*ROOT_MODULES.values(), *(action["module"] for action in actions.values())}):
            statement = self.folder.module(module)
            revision = text_of(statement, "revision") or ""
            modules[module] = {"namespace": text_of(statement, "namespace"), "revision": revision}
        content = {"roots": roots, "actions": dict(sorted(actions.items()))}
        shared = share_types(content, self.types.shared)
        return {"format": FORMAT, "release": release, "modules": modules, "types": shared, **content}

    def _root(self, name: str) -> Node:
        root = self._find((name,))
        assert root is not None  # noqa: S101 - the modules are known to have it
        wanted = [tuple(subtree.split("/")[1:]) for subtree in SUBTREES]
        return self._partial(root, (name,), [names for names in wanted if names[0] == name])

    def _partial(self, placed: Placed, path: Names, wanted: list[Names]) -> Node:
        """Compile a node with only those children that lead to a wanted subtree."""
        if path in wanted:
            return self._node(placed, path)
        node = self._attributes(placed, path)
        children: dict[str, Node] = {}
        for name in dict.fromkeys(names[len(path)] for names in wanted):
            child = self._child(placed.statement, name)
            below = [names for names in wanted if names[len(path)] == name]
            if child is not None:
                children[name] = self._partial(child, (*path, name), below)
        node["children"] = children
        return node

    def _node(self, placed: Placed, path: Names) -> Node:
        node = self._attributes(placed, path)
        if placed.statement.keyword in ("container", "list"):
            choices = _choices(placed.statement)
            if choices:
                node["choices"] = choices
            node["children"] = self._children(placed.statement, path)
        return node

    def _children(self, statement: Statement, path: Names) -> dict[str, Node]:
        return {
            child.statement.arg: self._node(child, (*path, child.statement.arg))
            for child in self._expand(statement)
            if "/".join(("", *path, child.statement.arg)) not in LEFT_OUT
        }

    def _attributes(self, placed: Placed, path: Names) -> Node:
        node = _facts(placed)
        type_statement = find_one(placed.statement, "type")
        if type_statement is not None:
            self._add_type(node, placed, type_statement, path)
        return node

    def _add_type(self, node: Node, placed: Placed, type_statement: Statement, path: Names) -> None:
        node["type"] = self.types.compile(type_statement, lambda at, text: self._target(at, text, path))
        if self.types.is_secret(type_statement):
            node["secret"] = True
        defaults = [found.arg for found in find_all(placed.statement, "default")]
        if placed.refined is not None:
            defaults = [found.arg for found in find_all(placed.refined, "default")] or defaults
        if placed.statement.keyword == "leaf-list" and defaults:
            node["default"] = defaults
        elif defaults:
            node["default"] = defaults[0]
        elif "mandatory" not in node and (inherited := self.types.default(type_statement)) is not None:
            node["default"] = inherited if placed.statement.keyword == "leaf" else [inherited]

    def _target(self, statement: Statement, text: str, path: Names) -> Node:
        """Resolve a leafref's path; add the target's type where the target itself is not compiled."""
        names = _absolute(text, path)
        target = "/" + "/".join(names)
        if any(target.startswith(f"{subtree}/") for subtree in SUBTREES):
            return {"target": target, **_where(text)}
        found = self._find(names)
        type_statement = None if found is None else find_one(found.statement, "type")
        if type_statement is None:
            raise SchemaError(f"the leafref {text} at /{'/'.join(path)} has no target")
        of = self.types.compile(type_statement, lambda at, inner: self._target(at, inner, names))
        return {"target": target, "of": of}

    def _find(self, names: Names) -> Placed | None:
        """Return the data node at an absolute schema path, or None."""
        module = ROOT_MODULES.get(names[0])
        if module is None:
            return None
        found = self._child(self.folder.module(module), names[0])
        for name in names[1:]:
            if found is None:
                return None
            found = self._child(found.statement, name)
        return found

    def _child(self, statement: Statement, name: str) -> Placed | None:
        """Return the child called ``name``, parsing only the files whose text may hold it."""
        for child in self._expand(statement, name):
            if child.statement.arg == name:
                return child
        return None

    def _expand(
        self, statement: Statement, only: str = "", cases: tuple[tuple[str, str], ...] = ()
    ) -> Iterator[Placed]:
        """Yield the data nodes below a statement, with choices, cases and groupings dissolved."""
        for child in statement.substmts:
            keyword = child.keyword
            if keyword in _DATA:
                yield Placed(child, cases)
            elif keyword == "choice":
                yield from self._expand_choice(child, only, cases)
            elif keyword == "uses" and (not only or self._may_hold(child, only)):
                refinements = {refine.arg: refine for refine in find_all(child, "refine")}
                for placed in self._expand(self.folder.grouping(child), only, cases):
                    refined = refinements.get(placed.statement.arg)
                    yield Placed(placed.statement, placed.cases, refined or placed.refined)

    def _expand_choice(
        self, choice: Statement, only: str, cases: tuple[tuple[str, str], ...]
    ) -> Iterator[Placed]:
        for child in choice.substmts:
            inner = (*cases, (choice.arg, child.arg))
            if child.keyword == "case":
                yield from self._expand(child, only, inner)
            elif child.keyword in _DATA:
                yield Placed(child, inner)  # the short form of RFC 7950 section 7.9.2

    def _may_hold(self, uses: Statement, name: str) -> bool:
        """Tell by its text whether a grouping's file may hold a node: Nokia's groupings hold their own nodes."""
        text = self.folder.text(self.folder.file_of_grouping(uses))
        data_node = rf'(?:^|[{{}};])\s*(?:container|list|leaf|leaf-list)\s+"?{re.escape(name)}\b'
        return re.search(data_node, text, re.MULTILINE) is not None

    def _actions(self, module: str, statement: Statement, path: Names, prefix: str) -> Iterator[tuple[str, Node]]:
        for child in statement.substmts:
            names = (*path, child.arg)
            text = "/" + "/".join(names)
            if child.keyword == "container" and (f"{text}/".startswith(prefix) or prefix.startswith(f"{text}/")):
                yield from self._actions(module, child, names, prefix)
            elif child.keyword == "action" and text.startswith(prefix):
                yield text, self._action(module, child, names)

    def _action(self, module: str, statement: Statement, path: Names) -> Node:
        action: Node = {"module": module, "namespace": text_of(self.folder.module(module), "namespace")}
        for part in ("input", "output"):
            body = find_one(statement, part)
            action[part] = {"kind": "container"}
            if body is not None and (choices := _choices(body)):
                action[part]["choices"] = choices
            action[part]["children"] = {} if body is None else self._children(body, (*path, part))
        _mark_passwords(action["input"])
        return action


def _facts(placed: Placed) -> Node:
    """Return what a schema file says of a node, apart from its children and its type."""
    statement = placed.statement
    node: Node = {"kind": statement.keyword}
    for keyword in ("status", "units"):
        text = placed.text(keyword)
        if text is not None and text != "current":
            node[keyword] = text
    if (keys := text_of(statement, "key")) is not None:
        node["keys"] = keys.split()
    for keyword, name in (("min-elements", "min"), ("max-elements", "max")):
        text = placed.text(keyword)
        if text is not None and text != "unbounded":
            node[name] = int(text)
    flags = {
        "presence": placed.text("presence") is not None,
        "user_ordered": placed.text("ordered-by") == "user",
        "mandatory": placed.text("mandatory") == "true",
        "restart": has_extension(statement, "auto-restart-to-modify"),
        "immutable": has_extension(statement, "immutable"),
    }
    node.update({name: True for name, holds in flags.items() if holds})
    if placed.text("config") == "false":
        node["config"] = False
    if placed.cases:
        node["choice"] = [list(pair) for pair in placed.cases]
    return node


def _choices(statement: Statement) -> Node:
    """Return what is to be known of the choices directly or indirectly (through cases) below a statement."""
    found: Node = {}
    for child in statement.substmts:
        if child.keyword == "choice":
            entry: Node = {}
            if text_of(child, "mandatory") == "true":
                entry["mandatory"] = True
            if (default := text_of(child, "default")) is not None:
                entry["default"] = default
            found[child.arg] = entry
            for case in find_all(child, "case"):
                found.update(_choices(case))
    return found


def _where(text: str) -> Node:
    """Return the keys of the target's list entry that must equal leaves beside the reference: script policies."""
    local = {key.rpartition(":")[2]: leaf.rpartition(":")[2] for key, leaf in _SIBLING.findall(text)}
    return {"where": local} if local else {}


def _absolute(text: str, path: Names) -> Names:
    """Turn a leafref path into an absolute schema path; prefixes and predicates are dropped."""
    steps = [step.rpartition(":")[2] for step in _PREDICATE.sub("", text).replace(" ", "").split("/")]
    if steps[0] == "":
        return tuple(steps[1:])
    names = list(path)
    for step in steps:
        if step == "..":
            names.pop()
        else:
            names.append(step)
    return tuple(names)


def _mark_passwords(node: Node) -> None:
    """Mark the inputs called ``password``: Nokia gives them the type string, so that the type does not tell."""
    for name, child in node.get("children", {}).items():
        if name == "password" or name.endswith("-password"):
            child["secret"] = True
        _mark_passwords(child)
