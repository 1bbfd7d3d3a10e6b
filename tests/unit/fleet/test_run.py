"""The fleet runner: isolation, limits, and the one exit code."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, cast

import pytest

from sroscert.errors import (
    CAUnavailableError,
    ConnectError,
    DeviceError,
    ExitCode,
    GuardError,
    InternalError,
    LockedError,
    OutcomeUnknownError,
    SroscertError,
    VerificationError,
)
from sroscert.fleet.run import RouterOutcome, exit_code, run
from sroscert.workflow.job import Job


@dataclass(frozen=True)
class Router:
    """As much of a router as the runner reads."""

    name: str
    address: str = "127.0.0.9"


@dataclass(frozen=True)
class Task:
    """As much of a job as the runner reads."""

    router: Router


def tasks(*names: str) -> list[Job]:
    """Return jobs of these names."""
    return [cast(Job, Task(Router(name))) for name in names]


@pytest.mark.law(9)
def test_one_failure_does_not_stop_the_others() -> None:
    """Every other router is done, in the order given, whatever one of them raises."""

    def work(job: Job) -> str:
        if job.router.name == "b":
            raise ConnectError("no route")
        if job.router.name == "c":
            raise ValueError("a bug")
        return job.router.name

    outcomes = run(tasks("a", "b", "c", "d"), work, workers=2)

    assert [outcome.router for outcome in outcomes] == ["a", "b", "c", "d"]
    assert [outcome.state for outcome in outcomes] == ["done", "failed", "failed", "done"]
    assert isinstance(outcomes[2].error, InternalError)


@pytest.mark.law(9)
def test_the_failure_limit_keeps_later_routers_from_beginning() -> None:
    """After the limit no further router is begun, and those are called skipped, exit 5."""
    begun = []

    def work(job: Job) -> str:
        begun.append(job.router.name)
        raise DeviceError("refused")

    outcomes = run(tasks("a", "b", "c", "d"), work, workers=1, max_failures=2)

    assert begun == ["a", "b"]
    assert [outcome.state for outcome in outcomes] == ["failed", "failed", "skipped", "skipped"]
    assert exit_code(outcomes) == ExitCode.GUARD


def test_routers_run_at_the_same_time() -> None:
    """Two workers meet at a barrier that one alone could not pass."""
    barrier = threading.Barrier(2, timeout=10)

    outcomes = run(tasks("a", "b"), lambda job: barrier.wait(), workers=2)

    assert all(outcome.error is None for outcome in outcomes)


def outcome(error: SroscertError | None) -> RouterOutcome[Any]:
    """Return an outcome with this error."""
    return RouterOutcome("r", "127.0.0.9", None if error else "x", error, 0.0)


@pytest.mark.parametrize(
    ("errors", "changes", "code"),
    [
        ([None], False, ExitCode.OK),
        ([None], True, ExitCode.CHANGES),
        ([ConnectError("x")], False, ExitCode.UNREACHABLE),
        ([ConnectError("x"), None], True, ExitCode.UNREACHABLE),
        ([ConnectError("x"), DeviceError("x")], False, ExitCode.FAILED),
        ([CAUnavailableError("x"), ConnectError("x")], False, ExitCode.FAILED),
        ([CAUnavailableError("x"), None], True, ExitCode.CA_UNAVAILABLE),
        ([VerificationError("x"), DeviceError("x")], False, ExitCode.VERIFICATION),
        ([VerificationError("x"), GuardError("x")], False, ExitCode.GUARD),
        ([OutcomeUnknownError("x")], True, ExitCode.FAILED),
        ([LockedError("x"), GuardError("x")], False, ExitCode.LOCKED),
        ([InternalError("x"), LockedError("x")], False, ExitCode.BUG),
        ([GuardError("x", code="interrupted"), InternalError("x")], False, ExitCode.INTERRUPTED),
    ],
)
def test_several_outcomes_have_one_exit_code(
    errors: list[SroscertError | None], changes: bool, code: ExitCode
) -> None:
    """The gravest wins, in the order 130, 1, 75, 5, 6, 3, 69, 4, 2."""
    assert exit_code([outcome(error) for error in errors], changes) == code
