"""A small lab that is made ready once and opened again many times: what stands on disk, at the same addresses.

A test of what happens to an enrolled router need not enrol it each time. What a router and a CA keep only while they
run is gone, as after a restart of both. Two openings of one lab at once are not possible.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sroscert_lab.clock import Clock
from sroscert_lab.cmp.ca import CertificationAuthority
from sroscert_lab.cmp.server import CMPServer
from sroscert_lab.router.core import Ports

from tests.support.fleet import CA_NAME, Fleet, open_fleet, watched
from tests.support.lab import lab_host

_STATE = "XDG_STATE_HOME"


@dataclass(frozen=True)
class KeptRouter:
    """Where a router was, and is again."""

    name: str
    release: str
    address: str
    ports: Ports


@dataclass(frozen=True)
class KeptFleet:
    """A lab on disk: `folder` is that of the fleet, `state` what sroscert has recorded of it."""

    folder: Path
    state: Path
    cmp_address: str
    cmp_port: int
    routers: tuple[KeptRouter, ...]


def keep(folder: Path, make_ready: Callable[[Fleet], None], **options: object) -> KeptFleet:
    """Open a lab in `folder`, have it made ready, save the routers' configurations, and close it."""
    state = folder / "state"
    with _recording_in(state), open_fleet(folder / "lab", **options) as fleet:  # type: ignore[arg-type]
        make_ready(fleet)
        for name in fleet.names:
            fleet.saved(name)
        routers = tuple(
            KeptRouter(name, core.release, core.address, replace(core.ports))
            for name, core in ((name, fleet.router(name)) for name in fleet.names)
        )
        return KeptFleet(fleet.folder, state, urlsplit(fleet.cmp.url).hostname or "", fleet.cmp.port, routers)


@contextlib.contextmanager
def reopened(kept: KeptFleet, folder: Path, lifetime: timedelta = timedelta(days=365)) -> Iterator[Fleet]:
    """A copy of the lab in `folder`, running; what sroscert recorded of it goes to this test's own records."""
    shutil.copytree(kept.folder, folder)
    shutil.copytree(kept.state, os.environ[_STATE], dirs_exist_ok=True)
    with lab_host(folder / "routers", Clock()) as host:
        ca = watched(CertificationAuthority.create_or_load(folder / "ca", CA_NAME, host.clock, lifetime))
        cmp = CMPServer(ca, kept.cmp_address, kept.cmp_port, "CMP-Server").start()
        fleet = Fleet(folder, host, ca, cmp)
        try:
            for one in kept.routers:
                fleet.start_router(one.name, one.release, one.address, replace(one.ports))
            yield fleet
        finally:
            fleet.closing.close()
            cmp.stop()
            ca.close()


@contextlib.contextmanager
def _recording_in(state: Path) -> Iterator[None]:
    before = os.environ[_STATE]
    os.environ[_STATE] = str(state)
    try:
        yield
    finally:
        os.environ[_STATE] = before
