"""The option ``--update-golden``: write what the code gives now, to be reviewed as a diff."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest

Expect = Callable[[pathlib.Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden``."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files that differ")


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Expect:
    """Compare a text with a golden file, or rewrite the file and fail once, so that nobody does so unawares."""

    def compare(path: pathlib.Path, text: str) -> None:
        kept = path.read_text(encoding="utf-8") if path.exists() else None
        if kept != text and request.config.getoption("--update-golden", default=False):
            path.write_text(text, encoding="utf-8")
            pytest.fail(f"{path.name} was rewritten: review it and run again", pytrace=False)
        assert kept is not None, f"{path} is missing: run with --update-golden"
        assert text == kept

    return compare
