"""What came of a router's own renewals, read from its state."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sroscert.plan.status_outcome import RenewalOutcome, of_handlers, of_native
from sroscert.values import ConfigTree, Path

STARTED, ENDED = "2026-05-01T10:00:00.0Z", "2026-05-01T10:00:05.0Z"
AT = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
UPDATE = Path.of("state", "system", "security", "pki").entry("certificate-auto-update", certificate_file_name="sr-cert")
HANDLER = Path.of("configure", "log", "event-handling").entry("handler", name="h")
POLICY = HANDLER.entry("entry", id="1") / "script-policy"
RUNNING = ConfigTree.from_items([(POLICY / "name", "p"), (POLICY / "owner", "TiMOS CLI")])
COUNTS = Path.of("state", "log", "event-handling").entry("handler", name="h").entry("entry", id="1") / "statistics"
CONTROL = Path.of("state", "system", "script-control")
SCRIPT = CONTROL.entry("script-policy", policy_name="p", owner="TiMOS CLI") / "script"


def run(number: int, started: str, **leaves: str) -> list[tuple[Path, str]]:
    """The leaves of one run."""
    at = SCRIPT.entry("run-history", run=str(number))
    named = {name.replace("_", "-"): value for name, value in leaves.items()}
    return [(at / "start-time", started), *((at / name, value) for name, value in named.items())]


def counted(success: int = 1, launch: int = 0, delay: int = 0) -> list[tuple[Path, str]]:
    """The statistics of the handler's entry."""
    return [
        (COUNTS / "success", str(success)), (COUNTS / "error-launch-failure", str(launch)),
        (COUNTS / "error-min-delay", str(delay)),
    ]


DONE = {"run_state": "terminated", "run_exit_code": "no-error"}
HANDLERS: list[tuple[str, list[tuple[Path, str]], RenewalOutcome | None]] = [
    ("never called", counted(0), None),
    ("ran to its end", [*counted(), *run(1, STARTED, **DONE)], RenewalOutcome("ended", AT, "", 1, 0)),
    ("the last of two failed",
     [*counted(2, 0, 1), *run(1, "2026-04-30T10:00:00.0Z", **DONE),
      *run(2, STARTED, run_state="terminated", run_exit_code="runtime-error", error="no CA", results_file="cf3:/out")],
     RenewalOutcome("failed", AT, "runtime-error; no CA; cf3:/out", 2, 1)),
    ("still runs", [*counted(), *run(1, STARTED, run_state="executing")], RenewalOutcome("running", AT, "", 1, 0)),
    ("could not be started", [*counted(0, 1), (SCRIPT / "script-start-error", "no file")],
     RenewalOutcome("not-run", None, "no file", 0, 1)),
    ("forgotten", counted(), RenewalOutcome("ended", None, "the router shows no run any more", 1, 0)),
]


@pytest.mark.parametrize(("state", "wanted"), [row[1:] for row in HANDLERS], ids=[row[0] for row in HANDLERS])
def test_scripts_are_read_from_counters_and_history(
    state: list[tuple[Path, str]], wanted: RenewalOutcome | None
) -> None:
    """The last run counts; a handler that was never called has none."""
    found = of_handlers(RUNNING, ConfigTree.from_items(state), ["h"])

    assert found == wanted
    assert found is None or bool(found.trouble) == (found.result in {"failed", "not-run"})


UPDATES: list[tuple[str, dict[str, str], RenewalOutcome | None]] = [
    ("never", {"update-state": "scheduled"}, None),
    ("done", {"update-state": "scheduled", "last-update-start-time": STARTED, "last-update-end-time": STARTED},
     RenewalOutcome("ended", AT)),
    ("waits", {"update-state": "wait-for-retry", "last-update-start-time": STARTED, "last-update-end-time": STARTED,
               "next-update-time": ENDED}, RenewalOutcome("failed", AT, f"tried again at {ENDED}")),
    ("invalid", {"update-state": "invalid", "last-update-start-time": STARTED, "last-update-end-time": STARTED},
     RenewalOutcome("failed", AT)),
    ("under way", {"update-state": "in-progress", "last-update-start-time": STARTED}, RenewalOutcome("running", AT)),
]


@pytest.mark.parametrize(("leaves", "wanted"), [row[1:] for row in UPDATES], ids=[row[0] for row in UPDATES])
def test_native_updates_are_read_from_their_state(leaves: dict[str, str], wanted: RenewalOutcome | None) -> None:
    """`update-state` with the last times says how the last update went."""
    state = ConfigTree.from_items([(UPDATE / name, value) for name, value in leaves.items()])

    assert of_native(state, "sr-cert") == wanted
