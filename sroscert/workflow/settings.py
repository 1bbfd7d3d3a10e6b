"""Timings and places that a run is carried out with. Plain values; no I/O."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sroscert.homes import home


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All times are in seconds.

    ``confirm_timeout_s`` is how long the router waits before it undoes an unconfirmed commit; ``verify_timeout_s`` how
    long the checks after a commit may take to become true; ``cmp_margin_s`` how much longer than the router's own HTTP
    time-out we wait for a CMP command; ``settle_timeout_s`` how long a pending request is polled. ``overrides`` are the
    codes of the guards that the operator puts aside.
    """

    connect_timeout_s: float = 10.0
    rpc_timeout_s: float = 60.0
    confirm_timeout_s: int = 120
    verify_timeout_s: float = 30.0
    probe_timeout_s: float = 5.0
    gnmi_timeout_s: float = 15.0
    cmp_margin_s: float = 20.0
    settle_timeout_s: float = 120.0
    poll_interval_s: float = 5.0
    retry_interval_s: float = 0.5
    allow_interrupt: bool = False
    overrides: frozenset[str] = frozenset()
    state_folder: Path = Path("~/.local/state/sroscert")


def default_state_folder() -> Path:
    """Return where locks and run records are kept: $XDG_STATE_HOME/sroscert or ~/.local/state/sroscert.

    Raises UsageError where there is neither.
    """
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else home() / ".local" / "state") / "sroscert"
