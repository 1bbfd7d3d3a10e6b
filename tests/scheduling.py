"""Which worker process of pytest-xdist does which tests.

Owns the hook that ``--dist loadgroup`` asks; pytest 9 does not let xdist 3.8 write its groups into the tests' names, so
the names themselves decide: all tests of one release go to one worker, since loading the models of a release takes a
second, and so do those of a module that shares a whole lab.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

_RELEASE = re.compile(r"\[(?:[^\]]*-)?(\d\d\.\d{1,2})(?:-[^\]]*)?\]$")
_TOGETHER = ("tests/integration/test_renewal_on_box.py",)


def group_of(nodeid: str) -> str:
    """The name under which a test is given away; its own when it goes by itself."""
    file = nodeid.partition("::")[0]
    if file in _TOGETHER:
        return file
    release = _RELEASE.search(nodeid)
    return nodeid if release is None else f"release-{release[1]}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give tests away in groups when the command line says ``--dist loadgroup``."""
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Groups(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return Groups(config, log)
