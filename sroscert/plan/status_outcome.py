"""What came of a router's own renewals, as far as its state shows: run history of scripts, native updates. Pure.

A run that ended well is no proof of a new certificate: the served serial is. Owns the reading only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sroscert.plan.observed import read_time
from sroscert.values import ConfigTree, Path

_HANDLING = Path.of("configure", "log", "event-handling")
_STATE_HANDLING = Path.of("state", "log", "event-handling")
_STATE_CONTROL = Path.of("state", "system", "script-control")
_STATE_PKI = Path.of("state", "system", "security", "pki")
_DEFAULT_OWNER = "TiMOS CLI"


@dataclass(frozen=True, slots=True)
class RenewalOutcome:
    """The last time that a router tried to renew.

    ``result`` is ``ended`` (a script ran to its end, or an update was done), ``failed``, ``running`` or ``not-run``
    (the handler was called and no script was started). ``runs`` and ``drops`` count since boot what the handlers
    started, and what they could not start or dropped by min-delay; None for native renewal, which shows no counts.
    """

    result: str
    at: datetime | None = None
    detail: str = ""
    runs: int | None = None
    drops: int | None = None

    @property
    def trouble(self) -> str:
        """Say that it did not go well; empty where it did, or where that cannot be told yet."""
        if self.result not in {"failed", "not-run"}:
            return ""
        when = f" {self.at:%Y-%m-%d %H:%M} UTC" if self.at is not None else ""
        what = "failed" if self.result == "failed" else "was not run"
        return f"its renewal on the box {what}{when}{f': {self.detail}' if self.detail else ''}"


def of_native(state: ConfigTree, file: str) -> RenewalOutcome | None:
    """Return what came of the last native update of a certificate file; None where there was none."""
    at = _STATE_PKI.entry("certificate-auto-update", certificate_file_name=file)
    now = state.text(at / "update-state")
    started, ended = (read_time(state.text(at / f"last-update-{what}-time")) for what in ("start", "end"))
    if now == "in-progress":
        return RenewalOutcome("running", started)
    if started is None:
        return None
    if now == "wait-for-retry":
        following = state.text(at / "next-update-time")
        return RenewalOutcome("failed", ended, f"tried again at {following}" if following else "tried again later")
    return RenewalOutcome("ended" if now == "scheduled" else "failed", ended)


def of_handlers(running: ConfigTree, state: ConfigTree, handlers: list[str]) -> RenewalOutcome | None:
    """Return what came of the last run of the scripts behind some handlers; None where they were never called."""
    runs = drops = 0
    found: list[RenewalOutcome] = []
    errors: list[str] = []
    for handler in handlers:
        for entry in running.entries(_HANDLING.entry("handler", name=handler), "entry"):
            counts = _STATE_HANDLING.entry("handler", name=handler).entry("entry", id=entry.last.keys[0][1])
            runs += _number(state, counts / "statistics" / "success")
            drops += _number(state, counts / "statistics" / "error-launch-failure")
            drops += _number(state, counts / "statistics" / "error-min-delay")
            policy = entry / "script-policy"
            owner = running.text(policy / "owner") or _DEFAULT_OWNER
            script = _STATE_CONTROL.entry("script-policy", policy_name=running.text(policy / "name"), owner=owner)
            for kind in ("script", "python-script"):
                found += _history(state, script / kind)
                errors += [text for text in (state.text(script / kind / "script-start-error"),) if text]
    if not runs and not drops:
        return None
    if errors:
        return RenewalOutcome("not-run", None, errors[-1], runs, drops)
    known = [item for item in found if item.at is not None]
    last = max(known, key=lambda item: item.at or datetime.min, default=None)
    if last is None:
        # The router forgets a run after the policy's expire-time.
        return RenewalOutcome("ended" if runs else "not-run", None, "the router shows no run any more", runs, drops)
    return RenewalOutcome(last.result, last.at, last.detail, runs, drops)


def _history(state: ConfigTree, script: Path) -> list[RenewalOutcome]:
    found = []
    for run in state.entries(script, "run-history"):
        started = read_time(state.text(run / "start-time"))
        if state.text(run / "run-state") != "terminated":
            found.append(RenewalOutcome("running", started))
            continue
        code = state.text(run / "run-exit-code")
        if code == "no-error":
            found.append(RenewalOutcome("ended", started))
            continue
        words = [code, state.text(run / "error") or state.text(run / "run-exit"), state.text(run / "results-file")]
        found.append(RenewalOutcome("failed", started, "; ".join(word for word in words if word)))
    return found


def _number(state: ConfigTree, path: Path) -> int:
    text = state.text(path)
    return int(text) if text.isdigit() else 0
