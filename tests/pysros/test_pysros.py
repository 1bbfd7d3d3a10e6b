"""Interoperability: pySROS, Nokia's own Python client, with the lab's routers.

It fetches every model with get-schema, reads them, and so knows what this router must be. `make pysros` makes an
environment of its own for it, as it wants another ncclient than we do.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from sroscert_lab.router.models import source_of
from sroscert_lab.router.pki import make_behaviour

from tests.support.lab import lab_router

PYTHON = os.environ.get("SROSCERT_PYSROS", "")
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.client("pySROS"),
    pytest.mark.skipif(not PYTHON, reason="SROSCERT_PYSROS names no Python that has pySROS; make pysros does"),
]


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_pysros_uses_a_lab_router(tmp_path: Path, release: str) -> None:
    """All models, state, configuration with defaults, a private candidate, commits, errors, a lock, a command."""
    if source_of(release) is None:
        pytest.skip("no Nokia YANG models")
    client = Path(__file__).with_name("client.py")
    with lab_router(tmp_path, release, make_behaviour=make_behaviour) as router:
        core = router.core
        done = subprocess.run(
            [PYTHON, str(client), core.address, str(core.ports.netconf)], cwd=tmp_path, capture_output=True, text=True,
            check=False, timeout=500,
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert not core.datastores.is_dirty
        version = core.release_name
    assert said["version"] == version
    assert said["profiles"] == ["foreign-ca"]
    assert (said["absent"], said["gone"], said["default"]) == (False, True, "disable")
    assert said["made"] == {"ca-profile-name": "pysros", "description": "by pySROS", "admin-state": "disable"}
    # The action is there from 22.7 on.
    expected = "Unknown element - 'md-compare'" if release == "21.2" else r'\n\+ +name "compared"\n'
    assert re.search(expected, said["compared"])
    assert said["command"].startswith(f"TiMOS-{version}")
    assert "#224: configure system grpc tls-server-profile - Entry does not exist" in said["dangling"]
    assert "#2201: Unknown element - 'nonsense'" in said["unknown"]
