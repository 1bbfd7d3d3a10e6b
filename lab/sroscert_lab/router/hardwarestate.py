"""The state of the standby CPM and of the flash card (nokia-state, /state/redundancy and /state/chassis/flash).

Owns no synchronization: that is core.py's, and by hand pki/redundancy.py's; what becomes of the cards is flash.py's.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lxml import etree

from .flash import CERTIFICATES
from .tree import add

if TYPE_CHECKING:
    from .core import RouterCore

_KIB = 1024


def add_hardware_state(root: etree._Element, core: RouterCore) -> None:
    """Add what a router with two CPMs shows of the other one, and of cf3: where the release has it (24.7)."""
    # ASSUMPTION: what is in step says config-only, success and the time of the last start; the words are the YANG's.
    lost = core.faults.argument("standby-lost") or "failed" if core.faults.is_set("standby-lost") else ""
    behind = core.faults.is_set("standby-out-of-sync")
    shown = add(add(root, "redundancy"), "synchronization")
    add(shown, "standby-status", lost or "standby")
    add(shown, "sync-status", "config-fail" if behind else "unknown" if lost else "config-only")
    add(shown, "config-file-sync-time", _time(core.started))
    add(shown, "cert-file-sync-status", "fail" if behind else "unknown" if lost else "success")
    add(shown, "cert-file-sync-time", _time(max(core.started, core.flash.synchronized.get(CERTIFICATES, core.started))))
    if core.schema.node("state", "chassis", "flash") is not None:
        _flash(root, core)


def _flash(root: etree._Element, core: RouterCore) -> None:
    chassis = add(root, "chassis")
    add(chassis, "chassis-class", "router")
    add(chassis, "chassis-number", "1")
    card = add(chassis, "flash")
    free, whole = core.flash.free(), core.flash.capacity
    add(card, "flash-id", "cf3")
    add(card, "oper-state", "ok")
    add(card, "capacity", str(whole // _KIB))
    add(card, "free-space", str(free // _KIB))
    add(card, "percent-used", str(round(100 * (whole - free) / whole)))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 100000}Z"
