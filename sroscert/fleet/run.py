"""Run one piece of work on many routers with a bounded number of threads, and gather what became of each.

An exception of one router becomes its outcome. A limit on failures keeps routers that have not begun from beginning.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from sroscert.errors import ExitCode, GuardError, InternalError, OutcomeUnknownError, SroscertError
from sroscert.workflow.job import Job

Result = TypeVar("Result")
log = logging.getLogger("sroscert")

_ORDER = (
    ExitCode.INTERRUPTED,
    ExitCode.BUG,
    ExitCode.LOCKED,
    ExitCode.GUARD,
    ExitCode.VERIFICATION,
    ExitCode.FAILED,
    ExitCode.CA_UNAVAILABLE,
    ExitCode.UNREACHABLE,
    ExitCode.CHANGES,
    ExitCode.OK,
)


@dataclass(frozen=True)
class RouterOutcome(Generic[Result]):
    """What became of one router: a result or an error, and how long it took in seconds."""

    router: str
    address: str
    result: Result | None
    error: SroscertError | None
    seconds: float

    @property
    def state(self) -> str:
        """``done``, ``failed``, ``unknown`` or ``skipped``."""
        if self.error is None:
            return "done"
        if self.error.code == "skipped":
            return "skipped"
        return "unknown" if isinstance(self.error, OutcomeUnknownError) else "failed"


def run(
    jobs: Sequence[Job],
    work: Callable[[Job], Result],
    *,
    workers: int,
    max_failures: int | None = None,
    on_outcome: Callable[[RouterOutcome[Result]], None] = lambda outcome: None,
    stop: threading.Event | None = None,
) -> list[RouterOutcome[Result]]:
    """Run ``work`` for every job, ``workers`` at a time; return the outcomes in the order of ``jobs``.

    Stops beginning new routers once ``max_failures`` have failed, or when ``stop`` is set; those are ``skipped``. A
    KeyboardInterrupt goes to the caller at once; what is under way is left to its threads.
    """
    stop = stop or threading.Event()
    outcomes: dict[int, RouterOutcome[Result]] = {}
    waiting = list(enumerate(jobs))
    failures = 0
    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="router")
    running: dict[Future[RouterOutcome[Result]], int] = {}
    try:
        while waiting or running:
            limited = max_failures is not None and failures >= max_failures
            while waiting and len(running) < max(1, workers):
                index, job = waiting.pop(0)
                if stop.is_set() or limited:
                    outcomes[index] = _skipped(job, "interrupted" if stop.is_set() else "the failure limit was reached")
                    on_outcome(outcomes[index])
                    continue
                running[pool.submit(_guarded, job, work)] = index
            if not running:
                continue
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                index = running.pop(future)
                outcomes[index] = future.result()
                failures += outcomes[index].error is not None
                on_outcome(outcomes[index])
    finally:
        # On an interrupt nobody waits for routers that may take a minute to answer.
        pool.shutdown(wait=not running, cancel_futures=True)
    return [outcomes[index] for index in range(len(jobs))]


def _guarded(job: Job, work: Callable[[Job], Result]) -> RouterOutcome[Result]:
    began = time.monotonic()
    try:
        result = work(job)
    except SroscertError as error:
        error.router = error.router or job.router.name
        return RouterOutcome(job.router.name, job.router.address, None, error, time.monotonic() - began)
    except Exception as error:
        log.exception("router %s", job.router.name)
        bug = InternalError(
            f"{type(error).__name__} in sroscert itself",
            router=job.router.name,
            state="unknown; sroscert plan shows it",
            hint="please report this with --log-file",
        )
        return RouterOutcome(job.router.name, job.router.address, None, bug, time.monotonic() - began)
    return RouterOutcome(job.router.name, job.router.address, result, None, time.monotonic() - began)


def _skipped(job: Job, why: str) -> RouterOutcome[Result]:
    error = GuardError(f"not begun: {why}", code="skipped", state="untouched", router=job.router.name)
    return RouterOutcome(job.router.name, job.router.address, None, error, 0.0)


def exit_code(
    outcomes: Sequence[RouterOutcome[Result]], changes: bool = False, more: Iterable[ExitCode] = ()
) -> ExitCode:
    """Return the one exit code of several outcomes: the gravest, but 4 only if all failures are unreachable.

    ``more`` are codes that follow from results, not from errors.
    """
    codes = {outcome.error.exit_code for outcome in outcomes if outcome.error is not None}
    if ExitCode.UNREACHABLE in codes and codes != {ExitCode.UNREACHABLE}:
        codes = (codes - {ExitCode.UNREACHABLE}) | {ExitCode.FAILED}
    codes |= set(more)
    if changes:
        codes.add(ExitCode.CHANGES)
    if any(outcome.error is not None and outcome.error.code == "interrupted" for outcome in outcomes):
        codes.add(ExitCode.INTERRUPTED)
    return next((code for code in _ORDER if code in codes), next(iter(codes), ExitCode.OK))
