"""The state that the core itself knows: version, name, times, sessions, datastores (nokia-state, /state/system).

Owns nothing of PKI, TLS and gRPC: that is the behaviour's, and merged in here.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lxml import etree

from .engines import authorised_engines
from .hardwarestate import add_hardware_state
from .sessions import Session
from .tree import add, first, merge_state, new_root, text_of

if TYPE_CHECKING:
    from .core import RouterCore


def router_state(core: RouterCore) -> etree._Element:
    """The whole `state` element of a router."""
    root = new_root("state")
    system = add(root, "system")
    running = core.running()
    name = first(running, "system")
    add(system, "oper-name", text_of(name, "name", default=core.name))
    now = core.clock()
    add(system, "up-time", str(max(0, int((now - core.started).total_seconds() * 1000))))
    add(system, "current-time", time_text(now))
    version = add(system, "version")
    add(version, "version-number", core.release_name)
    banner = f"TiMOS-{core.release_name} both/x86_64 simulated SR OS router of sroscert's lab. Not a Nokia product."
    add(version, "version-string", banner)
    _management(system, core, text_of(running, "system", "management-interface", "configuration-mode"))
    add_hardware_state(root, core)
    core.event_control.add_state(root)
    core.handling.add_state(root)
    other = core.behaviour.state()
    merge_state(root, other)
    return root


def _management(system: etree._Element, core: RouterCore, mode: str) -> None:
    management = add(system, "management-interface")
    # A limit of the lab: in classic mode it only says so; it would take a change over NETCONF all the same.
    add(management, "configuration-oper-mode", mode or "model-driven")
    for session in core.sessions.all():
        # ASSUMPTION: a session that moves files is not listed: the YANG has no name for its type.
        if session.kind in ("netconf", "cli"):
            _session(management, core, session)
    region = add(management, "configuration-region")
    add(region, "region-name", "configure")
    saved = core.datastores.saved_at
    if saved is not None:
        save = add(region, "config-save")
        add(save, "last-saved-config", "cf3:\\config.cfg")
        add(save, "last-saved-time", time_text(saved))
    _datastores(region, core)


def _session(management: etree._Element, core: RouterCore, session: Session) -> None:
    item = add(management, "active-sessions")
    add(item, "session-id", str(session.id))
    add(item, "username", session.user)
    add(item, "from", session.address)
    add(item, "session-type", "netconf" if session.kind == "netconf" else authorised_engines(core.running())[0])
    locks = core.datastores.locks_of(session)
    others = "exclusive" if "candidate" in locks else "private" if session.private else "global"
    # ASSUMPTION: a CLI session in operational mode has no mode.
    mode = session.mode if session.kind == "cli" else others
    if mode:
        add(item, "session-mode", mode)
    add(item, "idle-time", str(max(0, int((core.clock() - session.started).total_seconds()))))
    for datastore in locks:
        lock = add(item, "locked-datastores")
        add(lock, "region-name", "configure")
        add(lock, "datastore-name", datastore)


def _datastores(region: etree._Element, core: RouterCore) -> None:
    stores = core.datastores
    last = stores.last_change
    for name in ("running", "candidate"):
        item = add(region, "datastore")
        add(item, "ds-name", name)
        unsaved = stores.is_unsaved if name == "running" else stores.is_dirty
        # ASSUMPTION: for the candidate the leaf says whether it differs from running.
        add(item, "changes-since-last-save", "true" if unsaved else "false")
        if last is not None and name == "running":
            add(item, "user-last-modified", last[0])
            add(item, "time-last-modified", time_text(last[1]))
        add(item, "locked", "true" if stores.is_locked(name) else "false")


def time_text(moment: datetime) -> str:
    """A date-and-time as SR OS prints it: UTC with one decimal."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 100000}Z"
