"""Lab routers inside the test process: real sockets on an address of their own, ports that are free.

`lab_router` is what most tests want; `LabHost` runs several. The event loop has a thread of its own; everything here is
called from the test's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TypeVar

from sroscert_lab.clock import Clock
from sroscert_lab.router.behaviour import BehaviourFactory
from sroscert_lab.router.core import Ports, RouterCore
from sroscert_lab.router.lifecycle import LabRouter
from sroscert_lab.router.sshd import SSHOptions
from sroscert_lab.subnet import Subnet, claim

from tests.counting import note

_Result = TypeVar("_Result")
_numbers = itertools.count(1)


@functools.cache
def _network() -> Subnet:
    """This process's own network, held until it ends: other test workers and labs take another."""
    return claim()


def free_address() -> str:
    """An address on loopback that no other test of this process has, nor any other process."""
    return _network().address(next(_numbers) % 240 + 10)


def watch(core: RouterCore) -> None:
    """Count a router that is about to start, and the faults that are set on it."""
    note("router", core.release)
    core.faults.watch(lambda name, is_set: note("fault", name) if is_set else None)


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = 10.0) -> None:
    """Poll until `condition` holds; AssertionError naming `what` when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout_s} s")
        threading.Event().wait(0.02)


class LabHost:
    """An event loop in a thread, with routers in it."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.folder = folder
        self.clock = clock or Clock()
        self.routers: list[LabRouter] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[object, object, _Result], timeout_s: float = 30.0) -> _Result:
        """Run a coroutine in the lab's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def add_router(
        self,
        name: str = "sr",
        release: str = "21.2",
        *,
        make_behaviour: BehaviourFactory | None = None,
        options: SSHOptions | None = None,
        username: str = "admin",
        password: str = "admin",  # noqa: S107
    ) -> LabRouter:
        """A running router; its ports are in `.core.ports`, its address in `.core.address`."""
        core = RouterCore(
            name,
            free_address(),
            release,
            self.folder / name,
            clock=self.clock,
            ports=Ports(0, 0, 0),
            username=username,
            password=password,
            make_behaviour=make_behaviour,
        )
        watch(core)
        router = LabRouter(core, options)
        self.run(router.start())
        self.routers.append(router)
        return router

    def write_known_hosts(self) -> Path:
        """A known_hosts file with every router under its address and ports."""
        path = self.folder / "known_hosts"
        path.write_text("".join(f"{line}\n" for router in self.routers for line in router.known_hosts_lines()))
        return path

    def close(self) -> None:
        """Switch all routers off and stop the loop."""
        for router in self.routers:
            self.run(router.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextlib.contextmanager
def lab_host(folder: Path, clock: Clock | None = None) -> Iterator[LabHost]:
    """A host that is closed at the end."""
    host = LabHost(folder, clock)
    try:
        yield host
    finally:
        host.close()


@contextlib.contextmanager
def lab_router(
    folder: Path,
    release: str = "21.2",
    *,
    name: str = "sr",
    make_behaviour: BehaviourFactory | None = None,
    options: SSHOptions | None = None,
) -> Iterator[LabRouter]:
    """One running router, user admin with password admin; without `make_behaviour` it knows no PKI."""
    with lab_host(folder) as host:
        yield host.add_router(name, release, make_behaviour=make_behaviour, options=options)
