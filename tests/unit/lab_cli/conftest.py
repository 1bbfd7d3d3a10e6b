from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab_shell import Typist, mixed


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Typist]:
    """A session on a router of release 19.10 in mixed mode."""
    with mixed(tmp_path) as session:
        yield session
