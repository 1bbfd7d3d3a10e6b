"""Interoperability: the handler that sroscert puts on a router, run by Nokia's pySROS and by MicroPython.

The lab's own pySROS (`lab/sroscert_lab/router/ehs/onbox`) says only what we think; these say what others do.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from sroscert_lab.router.models import source_of

from tests.support.fleet import PASSWORD, open_fleet
from tests.support.served import served

PYTHON, MICROPYTHON = os.environ.get("SROSCERT_PYSROS", ""), os.environ.get("SROSCERT_MICROPYTHON", "")
HERE = Path(__file__).parent
WARNING = "Certificate sr-cert used by TLS will expire in 240 hour(s) and 0 minute(s)."


@pytest.mark.timeout(900)
@pytest.mark.client("pySROS")
@pytest.mark.law(1)
@pytest.mark.skipif(not PYTHON, reason="SROSCERT_PYSROS names no Python that has pySROS; make pysros does")
def test_the_handler_renews_by_nokias_pysros(tmp_path: Path) -> None:
    """The file on the router, unchanged: a CA that is down leaves the old pair; then the served serial is another."""
    if source_of("25.10") is None:
        pytest.skip("no Nokia YANG models")
    with open_fleet(tmp_path / "lab", routers=1, release="25.10") as fleet:
        with fleet.editing() as document:
            document["certificates"]["sr-cert"]["renewal"]["method"] = "ehs"
        fleet.applied()
        core = fleet.router(fleet.names[0])
        (name,) = [item.name for item in core.flash.entries("cf3:/") if item.name.endswith(".py")]
        script = tmp_path / name
        script.write_bytes(core.flash.read(f"cf3:/{name}"))

        def run(text: str = WARNING) -> subprocess.CompletedProcess[str]:
            command = [PYTHON, str(HERE / "handler.py"), core.address, str(core.ports.netconf), str(script), text]
            secret = {**os.environ, "SROS_PASSWORD": PASSWORD}
            return subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=400, env=secret
            )

        old = served(core)
        other = run(WARNING.replace("sr-cert", "other"))
        fleet.ca.faults.set(down=True)
        failed = run()
        still = served(core)
        fleet.ca.faults.clear()
        done = run()

        assert other.returncode == 1 and "of another certificate" in other.stdout, other.stderr
        assert failed.returncode == 1 and "NOT RENEWED" in failed.stdout, failed.stderr
        assert still == old
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines()[-1] == "renewed: sr-cert with sr-key"
        assert served(core) != old
        left = [*core.flash.entries("cf3:/"), *core.flash.entries("cf3:/system-pki")]
        assert not [item.name for item in left if "next" in item.name]
        assert fleet.run("drift").code == 0


@pytest.mark.client("MicroPython")
@pytest.mark.skipif(not MICROPYTHON, reason="SROSCERT_MICROPYTHON names no MicroPython; make pysros does")
@pytest.mark.parametrize(("code", "last"), [("accepted", "renewed: sr-cert with sr-key"), ("rejection", "rejection")])
def test_micropython_runs_the_handler(tmp_path: Path, code: str, last: str) -> None:
    """The interpreter's family that SR OS has takes the text and goes through it; the router is a few lines of ours."""
    from tests.unit.intent.test_ehs_scripts import python

    (tmp_path / "script.py").write_text(python())
    (tmp_path / "pysros").mkdir()
    for name, text in ROUTER.items():
        (tmp_path / "pysros" / name).write_text(text.replace("CODE", repr(code)))
    done = subprocess.run(
        [MICROPYTHON, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30
    )

    output = done.stdout + done.stderr
    assert (done.returncode, "Traceback" in output) == ((0, False) if code == "accepted" else (1, True)), output
    assert output.strip().endswith(last)
    swapped = "reload type cert-key-pair" in output
    assert swapped == (code == "accepted")


ROUTER = {
    "__init__.py": "",
    "ehs.py": """
class Parameters:
    def keys(self):
        return ("tmnxSecNotifFile",)
    def __getitem__(self, name):
        return "sr-cert"
class Event:
    eventid, appid, text, eventparameters = 2095, "SECURITY", "in other words", Parameters()
def get_event():
    return Event()
""",
    "management.py": """
class Leaf:
    def __init__(self, data):
        self.data = data
Empty = object()
class Router:
    def get(self, path):
        if path.startswith("/nokia-conf"):
            return {"p": {"entry": {1: {"certificate-file": Leaf("sr-cert"), "key-file": Leaf("sr-key")}}}}
        if "/tls/" in path:
            return {"oper-state": Leaf("up")}
        raise KeyError("none")
    def action(self, path, value):
        print(path, sorted(value))
        if not path.endswith("key-update"):
            return {}
        return {"results": {"transaction-status": Leaf("processed"), "transaction-status-code": Leaf(CODE)}}
    def cli(self, line):
        print(line)
        return ""
def connect():
    router = Router()
    router.running = router
    return router
""",
}
