"""Keeps the outcomes of the matrix in a file, and leaves out what passed at this commit: see results.py.

Acts only when the variable FAULTS_RESULTS names the file, as `make faults` does.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import results
from tests.faults.cases import is_double, of_any_release

_FILE = os.environ.get("FAULTS_RESULTS", "")
#: What a worker is told by the process that started it: how long the file was when the run began, and the commit.
_BEGAN = "FAULTS_BEGAN"
_CASE = "fault case"
_CPU = "fault cpu"
_ERROR_LENGTH = 1500
#: Seconds and error, so far, of cases that have not ended.
_open: dict[str, tuple[float, str]] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Fix once what all workers leave out: an outcome that comes in later changes nothing for them."""
    if _FILE and not hasattr(config, "workerinput"):
        os.environ[_BEGAN] = f"{len(results.read(Path(_FILE)))} {results.commit_now()}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the cases that have not passed at this commit, in the order of `results.to_run`."""
    if not _FILE or _BEGAN not in os.environ:
        return
    count, _, commit = os.environ[_BEGAN].partition(" ")
    named = {case: item for item in items if (case := _case(item))}
    order = results.to_run(named, results.read(Path(_FILE))[: int(count)], commit, is_double, of_any_release)
    chosen = {*order}
    config.hook.pytest_deselected(items=[item for case, item in named.items() if case not in chosen])
    for case in order:
        named[case].user_properties.append((_CASE, case))
    items[:] = [*[item for item in items if not _case(item)], *[named[case] for case in order]]


@pytest.fixture(autouse=True)
def measured(request: pytest.FixtureRequest) -> Iterator[None]:
    """Note what a case costs of the processor, its children included."""
    before = _cpu_s()
    yield
    request.node.user_properties.append((_CPU, _cpu_s() - before))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write an outcome as soon as it is known; in the process that gathers them only."""
    properties = dict(report.user_properties)
    if not _FILE or _CASE not in properties or "PYTEST_XDIST_WORKER" in os.environ:
        return
    case = str(properties[_CASE])
    seconds, error = _open.pop(case, (0.0, ""))
    seconds += report.duration
    if report.failed:
        error = error or _end_of(report) or "failed"
    if report.when != "teardown":
        _open[case] = seconds, error
        return
    _, _, commit = os.environ[_BEGAN].partition(" ")
    cpu_s = round(float(str(properties.get(_CPU, 0))), 2)
    results.add(Path(_FILE), results.Outcome(case, commit, not error, round(seconds, 2), cpu_s, error))


def _case(item: pytest.Item) -> str:
    """The name of the case that a test runs; empty for other tests."""
    case = getattr(item, "callspec", None) and item.callspec.params.get("case")  # type: ignore[attr-defined]
    return str(case or "")


def _end_of(report: pytest.TestReport) -> str:
    """The last lines of what was wrong that say something."""
    lines = [line.strip() for line in report.longreprtext.splitlines() if line.startswith(("E ", "tests/"))]
    return " | ".join(lines)[-_ERROR_LENGTH:]


def _cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
