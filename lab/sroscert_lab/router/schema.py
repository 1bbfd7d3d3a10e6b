"""Reads what a release's models allow out of schemas/sros/<train>.json.

Owns the shape of the tree (`Node`) and where the files are found; which text a type allows is in valuetypes.py. A few
nodes more are in beyond.json, read out of the same models.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice below a node: whether a case must be there, and which case holds without one."""

    mandatory: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One data node of the models; choices and cases are dissolved into `choice`."""

    name: str
    kind: str
    path: str
    children: Mapping[str, Node] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    presence: bool = False
    user_ordered: bool = False
    minimum: int = 0
    maximum: int | None = None
    mandatory: bool = False
    default: tuple[str, ...] = ()
    type: Mapping[str, Any] = field(default_factory=dict)
    secret: bool = False
    #: A change restarts the object that has it (`auto-restart-to-modify`).
    restart: bool = False
    choice: tuple[tuple[str, str], ...] = ()
    choices: Mapping[str, Choice] = field(default_factory=dict)

    @property
    def is_leaf(self) -> bool:
        """Whether the node carries a value."""
        return self.kind in ("leaf", "leaf-list")


@dataclass(frozen=True, slots=True)
class Schema:
    """One release: roots `configure` and `state`, the paths of the modelled actions, modules with their revisions."""

    release: str
    roots: Mapping[str, Node]
    actions: frozenset[str]
    modules: tuple[tuple[str, str, str], ...]
    types: Mapping[str, Mapping[str, Any]]

    def node(self, *names: str) -> Node | None:
        """The node at a path of names, the first being the root's."""
        found = self.roots.get(names[0]) if names else None
        for name in names[1:]:
            found = None if found is None else found.children.get(name)
        return found

    def resolve(self, type_: Mapping[str, Any]) -> Mapping[str, Any]:
        """The type itself behind a reference to a shared one."""
        while "ref" in type_:
            type_ = self.types[str(type_["ref"])]
        return type_


def schema_folder() -> Path:
    """`schemas/sros`, of the checkout or of the installed wheel. FileNotFoundError when it is in neither."""
    here = Path(__file__).resolve()
    for folder in (here.parents[3] / "schemas" / "sros", here.parents[2] / "sroscert" / "_data" / "schemas" / "sros"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("schemas/sros is neither in the checkout nor in the installed package")


def trains() -> tuple[str, ...]:
    """Releases that have a file, oldest first."""
    return tuple(sorted((path.stem for path in schema_folder().glob("*.json")), key=_order))


@lru_cache(maxsize=8)
def load_schema(train: str) -> Schema:
    """The schema of a train. ValueError when there is none or its format is unknown."""
    path = schema_folder() / f"{train}.json"
    if not path.is_file():
        raise ValueError(f"no schema for release {train}; there are {', '.join(trains())}")
    data = json.loads(path.read_text("utf-8"))
    if data.get("format") != _FORMAT:
        raise ValueError(f"{path.name} has format {data.get('format')}, not {_FORMAT}")
    children = data["roots"]["configure"]["children"]
    data["roots"]["configure"]["children"] = _joined(children, _beyond(train))
    return Schema(
        release=train,
        roots={name: _node(name, raw, "") for name, raw in data["roots"].items()},
        actions=frozenset(data["actions"]),
        modules=tuple((name, raw["namespace"], raw["revision"]) for name, raw in data["modules"].items()),
        types=data["types"],
    )


def _beyond(train: str) -> dict[str, Any]:
    """The few nodes that routers of the lab hold besides, in a form that every release takes (configchecks.py)."""
    return dict(_since(json.loads(Path(__file__).with_name("beyond.json").read_text("utf-8")), _order(train)))


def _joined(children: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Children and more of them, also below those that both have."""
    joined = dict(children)
    for name, raw in more.items():
        known = joined.get(name)
        joined[name] = raw if known is None else {**known, "children": _joined(known["children"], raw["children"])}
    return joined


def _since(children: Mapping[str, Any], train: tuple[int, ...]) -> dict[str, Any]:
    """Children that a release has, those below them included."""
    return {
        name: {**raw, "children": _since(raw["children"], train)} if "children" in raw else raw
        for name, raw in children.items()
        if _order(raw.get("since", "0")) <= train
    }


def _order(train: str) -> tuple[int, ...]:
    return tuple(int(part) for part in train.split(".") if part.isdigit())


def _node(name: str, raw: Mapping[str, Any], above: str) -> Node:
    path = f"{above}/{name}"
    default = raw.get("default", ())
    return Node(
        name=name,
        kind=raw["kind"],
        path=path,
        children={item: _node(item, below, path) for item, below in raw.get("children", {}).items()},
        keys=tuple(raw.get("keys", ())),
        presence=bool(raw.get("presence")),
        user_ordered=bool(raw.get("user_ordered")),
        minimum=int(raw.get("min", 0)),
        maximum=raw.get("max"),
        mandatory=bool(raw.get("mandatory")),
        default=(default,) if isinstance(default, str) else tuple(_strings(default)),
        type=raw.get("type", {}),
        secret=bool(raw.get("secret")),
        restart=bool(raw.get("restart")),
        choice=tuple((str(choice), str(case)) for choice, case in raw.get("choice", ())),
        choices={
            item: Choice(bool(below.get("mandatory")), str(below.get("default", "")))
            for item, below in raw.get("choices", {}).items()
        },
    )


def _strings(values: Iterable[Any]) -> list[str]:
    return [str(value) for value in values]
