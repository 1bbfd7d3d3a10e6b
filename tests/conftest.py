"""What all tests share: a scrubbed environment, and the counts at the end of a run."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.fleet import Fleet, MakeFleet

pytest_plugins = ["tests.yang.plugin"]

# A shell starts what it puts in the background with SIGINT ignored, and children inherit that: tests that interrupt
# a command would wait for nothing. A handler of our own becomes the default in a child.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_TIERS = ("unit", "golden", "property", "integration", "e2e")


@pytest.fixture(autouse=True)
def scrubbed_environment(tmp_path: Path) -> Iterator[None]:
    """Run each test with a home and a state folder of its own and without SROSCERT_* settings."""
    kept = {"SROSCERT_YANG"}
    saved = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("SROSCERT_") and name not in kept]:
        del os.environ[name]
    os.environ["HOME"] = str(tmp_path)
    os.environ["XDG_STATE_HOME"] = str(tmp_path / "state")
    os.environ["XDG_DATA_HOME"] = str(tmp_path / "data")
    yield
    os.environ.clear()
    os.environ.update(saved)


@pytest.fixture
def lab_fleet(tmp_path: Path) -> Iterator[MakeFleet]:
    """Make labs, `lab_fleet(routers=1, release="21.2")`, that are closed at the end of the test."""
    from tests.support.fleet import open_fleet  # it loads the whole lab, which most tests do without

    numbers = itertools.count(1)
    with contextlib.ExitStack() as stack:

        def make(**options: Any) -> Fleet:
            return stack.enter_context(open_fleet(tmp_path / f"lab{next(numbers)}", **options))

        yield make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Remember tiers and laws on the reports, so that the counts survive worker processes."""
    for item in items:
        tier = Path(str(item.fspath)).relative_to(Path(__file__).parent).parts[0]
        item.user_properties.append(("tier", tier))
        for mark in item.iter_markers("law"):
            item.user_properties.extend(("law", str(number)) for number in mark.args)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tests by tier and the laws that a passed test proves."""
    tiers: dict[str, int] = dict.fromkeys(_TIERS, 0)
    laws: dict[int, int] = {}
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name == "tier":
                tiers[value] = tiers.get(value, 0) + 1
            if name == "law":
                laws[int(value)] = laws.get(int(value), 0) + 1
    terminalreporter.write_sep("-", "counts")
    counted = ", ".join(f"{name} {count}" for name, count in tiers.items())
    terminalreporter.write_line(f"tests passed by tier: {counted}")
    proven = ", ".join(f"{law} ({count})" for law, count in sorted(laws.items())) or "none in this run"
    terminalreporter.write_line(f"laws proven (by how many tests): {proven}")
