"""What all tests share: a scrubbed environment, and labs that are closed. The counts of a run are in counting.py."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.fleet import Fleet, MakeFleet

pytest_plugins = ["tests.yang.plugin", "tests.counting", "tests.scheduling"]

# By default an example may take 200 ms, which says more of a busy machine than of the code.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

# A shell starts what it puts in the background with SIGINT ignored, and children inherit that: tests that interrupt
# a command would wait for nothing. A handler of our own becomes the default in a child.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
    """Make labs, `lab_fleet(routers=1, release="21.2")`, that are closed at the end of the test.

    `lab_fleet(kept=…)` opens one that was made ready before, see tests/support/kept.py.
    """
    # These load the whole lab, which most tests do without.
    from tests.support.fleet import open_fleet
    from tests.support.kept import reopened

    numbers = itertools.count(1)
    with contextlib.ExitStack() as stack:

        def make(**options: Any) -> Fleet:
            how = reopened if "kept" in options else open_fleet
            return stack.enter_context(how(folder=tmp_path / f"lab{next(numbers)}", **options))

        yield make
