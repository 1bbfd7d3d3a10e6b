"""A pytest plugin: the fixture ``yanglint``, and a line at the end of the run that says how much it validated.

Name ``tests.yang.plugin`` in ``pytest_plugins`` of the top conftest.py. Without models or yanglint the tests that use
the fixture are skipped, except under CI (environment variable ``CI``), where they fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from tests.yang import counter, models
from tests.yang.yanglint import Yanglint

_WORKER_KEY = "yanglint_counts"


@pytest.fixture(scope="session")
def yanglint() -> Iterator[Yanglint]:
    """Validate XML against Nokia's models; one interactive yanglint for each release that is asked for."""
    program = shutil.which("yanglint")
    if program is None:
        unavailable("yanglint is not installed (Debian: libyang2-tools)")
    try:
        models.source_folder()
    except models.ModelsMissingError as error:
        unavailable(str(error))
    with Yanglint(program) as validator:
        yield validator


def unavailable(reason: str) -> NoReturn:
    """Skip the test, or fail it under CI, where nothing may be left out silently."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; under CI this is a failure", pytrace=False)
    pytest.skip(reason)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the counts of a worker process to the one that reports."""
    output: Any = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_WORKER_KEY] = counter.dump()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up what a worker process of pytest-xdist has counted."""
    counter.take_in(getattr(node, "workeroutput", {}).get(_WORKER_KEY, {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many documents yanglint has validated, and what that proves."""
    for line in counter.table():
        terminalreporter.write_line(line)
    terminalreporter.write_line(counter.summary())
    terminalreporter.write_line(counter.proven())
