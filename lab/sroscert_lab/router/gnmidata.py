"""What gNMI reads and writes of a router: the datastores and the state that NETCONF has too, one commit a Set.

Owns the order of a Set (deletes, replaces, updates; then one commit, in a private candidate of its own) and the form of
its errors. Paths are gnmipath.py, values gnmijson.py, the calls themselves gnmiservice.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from .accounts import may_call_grpc
from .core import RouterCore
from .errors import RPCError, RPCFailed, failed
from .gnmijson import fill, root_of
from .gnmipath import WILDCARD, Found, Step, find, node_at, text_of_path
from .namespaces import NETCONF, qualified
from .reading import hide
from .sessions import Session
from .statetree import router_state
from .tree import add

_MESSAGE = re.compile(r"(?P<head>\w+: \w+ #\d+): (?P<rest>.*)", re.DOTALL)
_NAMED = re.compile(r"(Unknown element|Missing element value) - '[^']*'")
_QUOTED_KEY = re.compile(r"='([^']*)'\]")
_OPERATION = qualified(NETCONF, "operation")


@dataclass(frozen=True, slots=True)
class Change:
    """One operation of a Set: `delete`, `replace` or `update`, its place in the request, and what is to be there."""

    kind: str
    number: int
    steps: tuple[Step, ...]
    value: Any = None


class GNMIData:
    """Reading and writing one router for users that are known already."""

    def __init__(self, core: RouterCore) -> None:
        self._core = core

    @property
    def core(self) -> RouterCore:
        """The router."""
        return self._core

    def may_call(self, user: str, operation: str) -> bool:
        """Whether the user's profiles let him call `gnmi-get`, a call of gNOI, …, and he still has access to gRPC."""
        running = self._core.running()
        return self._core.has_access(user, "grpc") and may_call_grpc(running, self._core.schema, user, operation)

    def read(self, steps: Sequence[Step], kinds: frozenset[str]) -> list[Found]:
        """What a path names now, secrets hidden, of the roots in `kinds` (`configure`, `state`); RPCFailed."""
        tops = [((name, {}), *steps[1:]) for name in ("configure", "state")] if not steps else [tuple(steps)]
        found: list[Found] = []
        for top in tops:
            self.check(top)
            if top[0][0] in kinds:
                found += find(self._tree(top[0][0]), self._core.schema, top)
        return found

    def check(self, steps: Sequence[Step]) -> None:
        """RPCFailed when the models have no such path."""
        try:
            node_at(self._core.schema, steps)
        except RPCFailed as exc:
            raise RPCFailed(*(with_path(error) for error in exc.errors)) from exc

    def _tree(self, name: str) -> etree._Element:
        if name == "state":
            return router_state(self._core)
        tree = self._core.running()
        hide(tree, self._core.schema.roots["configure"], self._core.secrets)
        return tree

    def write(self, user: str, address: str, changes: Sequence[Change]) -> None:
        """Make all changes in one commit, or none; RPCFailed with texts as SR OS gives them over gRPC."""
        session = Session(0, user, address, "grpc", self._core.clock(), private=True)
        stores = self._core.datastores
        try:
            for change in changes:
                for config in self._edits(session, change):
                    _told(change, lambda config=config: stores.edit(session, config, "merge"))  # type: ignore[misc]
            try:
                stores.commit(session)
            except OSError as exc:
                raise failed('MAJOR: CLI #2009: Configuration save failed - write file "cf3:\\config.cfg"') from exc
        finally:
            stores.leave_private(session)

    def _edits(self, session: Session, change: Change) -> list[etree._Element]:
        if change.kind != "delete":
            return [_told(change, lambda: self._edit(change))]
        _told(change, lambda: _of_configuration(node_at(self._core.schema, change.steps).path, change.steps))
        candidate = self._core.datastores.candidate_copy(session)
        return [_removal(self._core, found) for found in find(candidate, self._core.schema, change.steps)]

    def _edit(self, change: Change) -> etree._Element:
        node = node_at(self._core.schema, change.steps)
        _of_configuration(node.path, change.steps)
        config, place = self._place(change.steps)
        if change.kind == "replace":
            place.set(_OPERATION, "replace")
        fill(place, node, change.value, text_of_path(change.steps))
        return config

    def _place(self, steps: Sequence[Step]) -> tuple[etree._Element, etree._Element]:
        config = etree.Element("config")
        place = root_of(self._core.schema, "configure")
        config.append(place)
        node = self._core.schema.roots["configure"]
        for number, (name, keys) in enumerate(steps[1:], 2):
            node = node.children[name]
            place = add(place, name)
            for key in node.keys:
                if keys.get(key, WILDCARD) == WILDCARD:
                    # ASSUMPTION: text and number; a Set names one node.
                    text = f"MINOR: MGMT_CORE #2001: Missing element value - '{key}'"
                    raise failed(text, "missing-element", path=text_of_path(steps[:number]))
                add(place, key, keys[key])
        return config, place


def _of_configuration(path: str, steps: Sequence[Step]) -> None:
    if not path.startswith("/configure"):
        # ASSUMPTION: text and number.
        raise failed("MINOR: MGMT_CORE #2020: Permission denied", "access-denied", path=text_of_path(steps))


def _removal(core: RouterCore, found: Found) -> etree._Element:
    config = etree.Element("config")
    place = root_of(core.schema, "configure")
    config.append(place)
    for name, keys in found.steps[1:]:
        place = add(place, name)
        for key, value in keys.items():
            add(place, key, value)
    if found.node.kind == "leaf-list":
        place.text = found.element.text
    place.set(_OPERATION, "remove")
    return config


def _told(change: Change, act: Callable[[], Any]) -> Any:
    try:
        return act()
    except RPCFailed as exc:
        raise RPCFailed(*(_with_place(change, error) for error in exc.errors)) from exc
    except (ValueError, RecursionError) as exc:
        # What XML cannot hold, or too many levels. ASSUMPTION: text and number.
        path = text_of_path(change.steps)
        error = RPCError("MINOR: MGMT_CORE #2301: Invalid element value", "invalid-value", path=path)
        raise RPCFailed(_with_place(change, error)) from exc


def _with_place(change: Change, error: RPCError) -> RPCError:
    return with_path(error, f" - gRPC: {change.kind} operation {change.number}")


def with_path(error: RPCError, ending: str = "") -> RPCError:
    """The error with its path in the words, as in a transcript of an update of an unknown element.

    ASSUMPTION: other errors are alike, and a Get's have no ending.
    """
    match = _MESSAGE.fullmatch(error.message)
    if match is None or not error.path:
        return error
    path = _QUOTED_KEY.sub(r"=\1]", error.path)
    words = _NAMED.sub(r"\1", match["rest"])
    return RPCError(f"{match['head']}: {path} - {words}{ending}", error.tag, path=error.path)


def typed_value(value: Any) -> Any:
    """The value of an update as plain data; RPCFailed when it is none that SR OS takes."""
    kind = value.WhichOneof("value")
    if kind in ("json_val", "json_ietf_val"):
        try:
            return json.loads(getattr(value, kind))
        except (ValueError, RecursionError) as exc:
            # ASSUMPTION: text and number.
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - JSON", "invalid-value") from exc
    if kind in ("string_val", "int_val", "uint_val", "bool_val", "ascii_val"):
        return getattr(value, kind)
    if kind == "leaflist_val":
        return [typed_value(item) for item in value.leaflist_val.element]
    raise failed("MINOR: MGMT_CORE #2301: Invalid element value - encoding", "invalid-value")
