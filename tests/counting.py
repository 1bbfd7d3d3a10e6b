"""A pytest plugin: what a run has proven and done, counted at its end.

Tiers, laws, clauses and clients are marks of tests that passed. Faults, routers and fuzz inputs are noted by the
helpers in tests/support, and cases of the fault matrix by itself, while a test runs. All of it travels in the reports'
user_properties, and so survives workers. The variable TEST_COUNTS names a file for the counts of the whole run.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

_TIERS = ("unit", "golden", "property", "integration", "e2e", "faults")
_MARKS = ("law", "clause", "client")
_REPORT = os.environ.get("TEST_COUNTS", "")
_noted: Counter[tuple[str, str]] = Counter()


def note(what: str, name: str = "", count: int = 1) -> None:
    """Count something that a test does: a ``fault`` or ``router`` by name, ``fuzz`` inputs."""
    _noted[what, name] += count


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Remember tier and marks on the reports."""
    for item in items:
        tier = Path(str(item.fspath)).relative_to(Path(__file__).parent).parts[0]
        item.user_properties.append(("tier", tier))
        for kind in _MARKS:
            for mark in item.iter_markers(kind):
                item.user_properties.extend((kind, str(argument)) for argument in mark.args)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Remember on the report what was noted up to the end of a test, its fixtures included."""
    try:
        return (yield)
    finally:
        item.user_properties.extend((f"noted {what}", f"{count} {name}") for (what, name), count in _noted.items())
        _noted.clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts of all tests that passed."""
    counts: dict[str, Counter[str]] = {}
    for report in terminalreporter.stats.get("passed", []):
        for kind, value in getattr(report, "user_properties", ()):
            counts.setdefault(kind, Counter()).update(counted(kind, value))
    terminalreporter.write_sep("-", "counts")
    lines = count_lines(counts)
    for line in lines:
        terminalreporter.write_line(line)
    if _REPORT and not hasattr(terminalreporter.config, "workerinput"):  # a worker knows its own share only
        Path(_REPORT).write_text("".join(f"{line}\n" for line in lines))


def counted(kind: str, value: str) -> dict[str, int]:
    """Return name and number of one property of a report; what a helper noted brings its own number."""
    if not kind.startswith("noted "):
        return {value: 1}
    with contextlib.suppress(ValueError):
        count, _, name = value.partition(" ")
        return {name: int(count)}
    return {}


def count_lines(counts: dict[str, Counter[str]]) -> list[str]:
    """Return what is said at the end of a run of these counts, by kind and name."""
    def of(kind: str) -> Counter[str]:
        return counts.get(kind, Counter())

    def listed(found: Counter[str], *, numeric: bool = False) -> str:
        names = sorted(found, key=int) if numeric else sorted(found)
        return ", ".join(f"{name} ({found[name]})" for name in names) or "none in this run"

    tiers = {**dict.fromkeys(_TIERS, 0), **of("tier")}
    faults, routers, matrix = of("noted fault"), of("noted router"), of("noted matrix")
    return [
        f"tests passed by tier: {', '.join(f'{tier} {count}' for tier, count in tiers.items())}",
        f"laws proven (by how many tests): {listed(of('law'), numeric=True)}",
        f"clauses of the CMP standards tested: {len(of('clause'))}, by {of('clause').total()} tests",
        f"clients of others accepted (in how many tests): {listed(of('client'))}",
        f"faults injected: {len(faults)} kinds, {faults.total()} times: {listed(faults)}",
        f"fault matrix: {matrix.total()} cases: {listed(matrix)}",
        f"fuzz inputs: {of('noted fuzz').total()}: {listed(of('noted fuzz'))}",
        f"routers started: {routers.total()}, of {len(routers)} releases",
    ]
