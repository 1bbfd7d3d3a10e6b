"""The NETCONF operations of a router: arguments read, datastores and behaviour called, content of the reply given.

Owns the arguments that SR OS takes. An empty list means `<ok/>`.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from . import library
from .actioncalls import ActionCalls
from .confirmation import DEFAULT_CONFIRM_TIMEOUT_S
from .core import RouterCore
from .errors import failed
from .namespaces import NETCONF, WITH_DEFAULTS, local_name, new_element, qualified
from .notifications import Subscriptions
from .reading import answer, hide
from .sessions import Session
from .statetree import router_state
from .tree import elements, first, text_of

Content = list[etree._Element]
Operation = Callable[[etree._Element], Content]
#: YANG of nokia-ietf-netconf-augments: a leaf of 1..2048 characters, first in 21.7.
_COMMENT_SINCE, _COMMENT_LIMIT = (21, 7), 2048


class Operations:
    """What one session can ask for."""

    def __init__(self, core: RouterCore, session: Session, subscriptions: Subscriptions) -> None:
        self._core = core
        self._session = session
        self._stores = core.datastores
        self._named: dict[str, Operation] = {
            "get": self._get,
            "get-config": self._get_config,
            "edit-config": self._edit_config,
            "copy-config": self._copy_config,
            "lock": lambda rpc: self._locking(rpc, self._stores.lock),
            "unlock": lambda rpc: self._locking(rpc, self._stores.unlock),
            "discard-changes": self._discard,
            "validate": self._validate,
            "commit": self._commit,
            "cancel-commit": self._cancel,
            "close-session": self._close,
            "kill-session": self._kill,
            "action": ActionCalls(core, session).run,
            "create-subscription": subscriptions.create,
            "get-schema": lambda rpc: library.get_schema(core, rpc),
        }

    def named(self, name: str) -> Operation | None:
        """The operation of that name."""
        return self._named.get(name)

    # --- reading ------------------------------------------------------------------------------------------------------

    def _get(self, rpc: etree._Element) -> Content:
        filter_ = first(rpc, "filter")
        # ASSUMPTION: without a filter the trees of RFC 6022 and RFC 7895 are left out.
        extra = [] if filter_ is None else library.take(self._core, filter_)
        if extra and filter_ is not None and len(filter_) == 0:
            return [_data_element(extra)]
        configuration = self._shown(self._stores.running_copy())
        return self._data(rpc, [configuration, router_state(self._core)], extra)

    def _get_config(self, rpc: etree._Element) -> Content:
        source = _datastore(rpc, "source")
        if source == "running":
            tree = self._stores.running_copy()
        elif source == "candidate":
            tree = self._stores.candidate_copy(self._session)
        else:
            # ASSUMPTION: text and number; that start-up cannot be read is documented.
            raise failed(f"MINOR: MGMT_CORE #2301: Invalid element value - {source}", "operation-not-supported")
        return self._data(rpc, [self._shown(tree)])

    def _shown(self, tree: etree._Element) -> etree._Element:
        hide(tree, self._core.schema.roots["configure"], self._core.secrets)
        return tree

    def _data(self, rpc: etree._Element, sources: list[etree._Element], extra: Content | None = None) -> Content:
        filter_ = first(rpc, "filter")
        if filter_ is not None and filter_.get("type", "subtree") != "subtree":
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - filter type", "bad-attribute")
        if text_of(rpc, "format", default="xml").strip() != "xml":
            # A limit of the lab: the router knows json and md-cli too.
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - format", "invalid-value")
        found = answer(sources, filter_, self._core.schema, with_defaults=_wants_defaults(rpc))
        if not found and filter_ is not None and self._core.faults.take("missing-is-error"):
            raise failed("MINOR: MGMT_CORE #224: Entry does not exist", "data-missing")
        return [_data_element([*(extra or []), *found])]

    # --- changing -----------------------------------------------------------------------------------------------------

    def _edit_config(self, rpc: etree._Element) -> Content:
        target = _datastore(rpc, "target")
        if target != "candidate":
            # ASSUMPTION: text and number; that running is refused for the Nokia models is documented.
            raise failed(f"MINOR: MGMT_CORE #2301: Invalid element value - {target}", "operation-not-supported")
        config = first(rpc, "config")
        if config is None:
            raise failed("MINOR: MGMT_CORE #2001: Missing element value - 'config'", "missing-element")
        default = text_of(rpc, "default-operation", default="merge").strip()
        if default not in ("merge", "replace", "none"):
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - default-operation", "invalid-value")
        if text_of(rpc, "test-option").strip() == "test-only":
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - test-option", "operation-not-supported")
        self._stores.edit(self._session, config, default)
        return []

    def _copy_config(self, rpc: etree._Element) -> Content:
        source, target = _datastore(rpc, "source"), _datastore(rpc, "target")
        if (source, target) != ("running", "startup"):
            # ASSUMPTION: the lab copies running to start-up only.
            text = f"MINOR: MGMT_CORE #2301: Invalid element value - {source} to {target}"
            raise failed(text, "operation-not-supported")
        try:
            self._core.save_configuration()
        except OSError as exc:
            raise failed('MAJOR: CLI #2009: Configuration save failed - write file "cf3:\\config.cfg"') from exc
        return []

    def _locking(self, rpc: etree._Element, act: Callable[[Session, str], None]) -> Content:
        target = _datastore(rpc, "target")
        if target not in ("candidate", "running"):
            raise failed(f"MINOR: MGMT_CORE #2301: Invalid element value - {target}", "invalid-value")
        act(self._session, target)
        return []

    def _discard(self, rpc: etree._Element) -> Content:
        self._stores.discard(self._session)
        return []

    def _validate(self, rpc: etree._Element) -> Content:
        source = _datastore(rpc, "source")
        inline = rpc.find("{*}source/{*}config")
        if inline is not None:
            self._stores.validate_inline(inline)
        elif source in ("candidate", "running"):
            self._stores.validate(self._session, source)
        else:
            # ASSUMPTION: text and number; what may be validated is in the deviations of the models.
            raise failed(f"MINOR: MGMT_CORE #2301: Invalid element value - {source}", "operation-not-supported")
        return []

    def _commit(self, rpc: etree._Element) -> Content:
        comment = first(rpc, "comment")
        if comment is not None and self._core.train < _COMMENT_SINCE:
            raise failed("MINOR: MGMT_CORE #2201: Unknown element - 'comment'", "unknown-element")
        if comment is not None and not 1 <= len(comment.text or "") <= _COMMENT_LIMIT:
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - comment", "invalid-value")
        confirmed = first(rpc, "confirmed") is not None
        try:
            timeout_s = int(text_of(rpc, "confirm-timeout", default=str(DEFAULT_CONFIRM_TIMEOUT_S)))
        except ValueError:
            timeout_s = 0
        if timeout_s < 1:
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - confirm-timeout", "invalid-value")
        try:
            self._stores.commit(
                self._session,
                confirmed=confirmed,
                timeout_s=timeout_s,
                persist=text_of(rpc, "persist"),
                persist_id=text_of(rpc, "persist-id"),
            )
        except OSError as exc:
            # ASSUMPTION: a commit whose automatic save fails is done, and answers with an error.
            raise failed('MAJOR: CLI #2009: Configuration save failed - write file "cf3:\\config.cfg"') from exc
        return []

    def _cancel(self, rpc: etree._Element) -> Content:
        self._stores.cancel(self._session, text_of(rpc, "persist-id"))
        return []

    def _close(self, rpc: etree._Element) -> Content:
        self._core.end_session(self._session)
        return []

    def _kill(self, rpc: etree._Element) -> Content:
        text = text_of(rpc, "session-id").strip()
        victim = self._core.sessions.get(int(text)) if text.isdigit() else None
        if victim is None or victim is self._session or victim.kind != "netconf":
            raise failed("MINOR: MGMT_CORE #2301: Invalid element value - session-id", "invalid-value")
        self._core.end_session(victim)
        victim.disconnect()
        return []


def _data_element(found: Content) -> etree._Element:
    data = new_element(NETCONF, "data")
    for item in found:
        data.append(item)
    return data


def _datastore(rpc: etree._Element, role: str) -> str:
    """The datastore below `source` or `target`; RPCFailed for another region than configure."""
    holder = first(rpc, role)
    names = [] if holder is None else [local_name(item) for item in elements(holder)]
    regions = (
        [text_of(holder, "configuration-region").strip()]
        if holder is not None and "configuration-region" in names
        else []
    )
    names = [name for name in names if name != "configuration-region"]
    if any(region != "configure" for region in regions):
        # ASSUMPTION: the lab has the configure region only.
        raise failed("MINOR: MGMT_CORE #2301: Invalid element value - configuration-region", "invalid-value")
    if len(names) != 1:
        raise failed(f"MINOR: MGMT_CORE #2001: Missing element value - '{role}'", "missing-element")
    return names[0]


def _wants_defaults(rpc: etree._Element) -> bool:
    mode = rpc.findtext(qualified(WITH_DEFAULTS, "with-defaults"), default="explicit").strip()
    if mode not in ("explicit", "report-all"):
        raise failed("MINOR: MGMT_CORE #2301: Invalid element value - with-defaults", "invalid-value")
    return mode == "report-all"
