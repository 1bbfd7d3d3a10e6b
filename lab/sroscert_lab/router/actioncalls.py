"""The modelled actions and `md-cli-raw-command` over NETCONF: found, run by the behaviour, answered in their form.

Owns the form of the replies: up to 21.2 the results alone, from 21.5 on an operation-id, times and a status.
"""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from . import namespaces
from .authorization import authorize
from .cli.configtext import Item, compare_lines, items_of
from .cli.rawline import is_classic_configuration, run_classic
from .core import RouterCore
from .errors import ActionResult, CommandFailed, RPCFailed, failed
from .namespaces import local_name, namespace_of, new_element
from .reading import hide
from .sessions import Session
from .statetree import time_text
from .tree import elements, first, text_of

Content = list[etree._Element]
_MAX_OPERATION_ID = 10000
#: YANG of nokia-oper-global: first in 22.7.
_COMPARE, _COMPARE_SINCE = "/global-operations/md-compare", (22, 7)
_RAW_COMMAND = ("global-operations", "md-cli-raw-command")


class ActionCalls:
    """The actions that one session calls."""

    def __init__(self, core: RouterCore, session: Session) -> None:
        self._core = core
        self._session = session

    def run(self, rpc: etree._Element) -> Content:
        """Run the one action below `<action>`; RPCFailed."""
        tops = list(elements(rpc))
        if len(tops) != 1:
            raise failed("MINOR: NETCONF #257: One operation expected", "operation-not-supported", type="protocol")
        top = tops[0]
        path, action = self._find(top)
        started = self._core.clock()
        try:
            if path.endswith("/md-cli-raw-command"):
                result = self._raw_command(action)
            elif path == _COMPARE:
                output = _leaf(namespaces.OPER_GLOBAL, "md-compare-output", self._compare(action))
                result = ActionResult(results=[output])
            else:
                # ASSUMPTION: an action counts as the command of the MD-CLI that its path is.
                authorize(self._core.running(), self._session.user, path.replace("/", " "))
                result = self._core.behaviour.action(top, self._session.user)
        except CommandFailed as exc:
            if exc.form == "rpc-error" or not self._has_status():
                raise failed(exc.text) from exc
            result = self._terminated(top, exc)
        if not self._has_status():
            return _old_reply(namespace_of(top), result)
        return self._new_reply(namespace_of(top), result, started)

    def _find(self, top: etree._Element) -> tuple[str, etree._Element]:
        """The path and element of the action that is asked for; RPCFailed when the release has none."""
        place, path = top, f"/{local_name(top)}"
        expected = {
            "global-operations": namespaces.OPER_GLOBAL,
            "admin": namespaces.OPER_ADMIN,
            "file": namespaces.OPER_FILE,
        }
        if expected.get(local_name(top)) != namespace_of(top):
            raise _unknown(local_name(top), path)
        while path not in self._core.schema.actions:
            if path == _COMPARE and self._core.train >= _COMPARE_SINCE:
                return path, place
            below = next(elements(place), None)
            known = (*self._core.schema.actions, _COMPARE)
            if below is None or not any(action.startswith(path + "/") for action in known):
                raise _unknown(local_name(place), path)
            place, path = below, f"{path}/{local_name(below)}"
        return path, place

    def _raw_command(self, action: etree._Element) -> ActionResult:
        line = text_of(action, "md-cli-input-line")
        user = self._session.user
        if not self._core.has_access(user, "console"):
            raise CommandFailed("MINOR: MGMT_CORE #2020: Permission denied - unauthorized use of 'md-cli-raw-command'")
        authorize(self._core.running(), user, line)
        if is_classic_configuration(line):
            output = run_classic(self._core, self._session, line)
        else:
            output = self._core.behaviour.raw_command(line, user)
        return ActionResult(results=_output_block(output))

    def _compare(self, action: etree._Element) -> str:
        """What `compare` in the MD-CLI prints, from one datastore to another; RPCFailed for what the lab lacks."""
        stores = self._core.datastores
        read = {
            "candidate": lambda: stores.candidate_copy(self._session),
            # ASSUMPTION: the baseline is what is running.
            "baseline": stores.running_copy,
            "running": stores.running_copy,
            "startup": stores.startup_copy,
        }
        items = []
        for role in ("destination", "source"):
            holder = first(action, role)
            name = "" if holder is None else next((local_name(item) for item in elements(holder)), "")
            if name not in read or first(action, "path") is not None or text_of(action, "format") == "xml":
                # A limit of the lab: whole datastores, as MD-CLI text.
                raise failed("MINOR: MGMT_AGENT #2005: Invalid element value - md-compare", "invalid-value")
            tree, node = read[name](), self._core.schema.roots["configure"]
            hide(tree, node, self._core.secrets)
            items.append((Item("configure", items_of(tree, node, self._core.schema)),))
        return "\n".join(compare_lines(items[0], items[1]))

    def _terminated(self, top: etree._Element, exc: CommandFailed) -> ActionResult:
        block = _output_block(exc.output) if local_name(top) == _RAW_COMMAND[0] else ()
        return ActionResult(results=block, status="terminated-incomplete", error_messages=(exc.text,))

    def _has_status(self) -> bool:
        """Whether replies carry operation-id and status: 21.5 on (YANG of nokia-oper-global)."""
        year, minor = (int(part) for part in self._core.release.split(".")[:2])
        return (year, minor) >= (21, 5)

    def _new_reply(self, namespace: str, result: ActionResult, started: datetime) -> Content:
        number = next(self._core.operation_ids) % _MAX_OPERATION_ID + 1
        lines = [("operation-id", str(number)), ("start-time", time_text(started))]
        content = [_leaf(namespace, name, text) for name, text in lines]
        if result.results:
            results = _leaf(namespace, "results", None)
            for item in result.results:
                results.append(item)
            content.append(results)
        content.append(_leaf(namespace, "status", result.status))
        for name, texts in (
            ("error-message", result.error_messages),
            ("warning-message", result.warning_messages),
            ("info-message", result.info_messages),
        ):
            content += [_leaf(namespace, name, text[:255]) for text in texts]
        content.append(_leaf(namespace, "end-time", time_text(self._core.clock())))
        return content


def _leaf(namespace: str, name: str, text: str | None) -> etree._Element:
    element = new_element(namespace, name, {"nokiaoper": namespace})
    element.text = text
    return element


def _output_block(output: str) -> list[etree._Element]:
    if not output:
        return []
    return [_leaf(namespaces.OPER_GLOBAL, "md-cli-output-block", output)]


def _old_reply(namespace: str, result: ActionResult) -> Content:
    """Up to 21.2: the results alone, `<ok/>` without output."""
    if not result.results:
        return []
    results = new_element(namespace, "results")
    for item in result.results:
        made = etree.SubElement(results, item.tag)
        made.text = item.text
        for below in item:
            made.append(below)
    return [results]


def _unknown(name: str, path: str) -> RPCFailed:
    return failed(f"MINOR: MGMT_CORE #2201: Unknown element - '{name}'", "unknown-element", path=path)
