"""Measure idle simulated routers: ``python bench/lab_scale.py [ROUTERS]``, 200 without a number.

A lab runs in a process of its own, once with one router and once with all of them, so that the difference is what a
router costs: processor seconds to start, memory, open files, threads, and processor time while nothing is asked. That
all of them listen is seen by reading each one's SSH greeting.
"""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "lab"))

ROUTERS = 200
IDLE_S = 20.0
RELEASE = "25.10"


def main() -> None:
    """Measure both labs and print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROUTERS
    one, many = measured(1), measured(count)
    others = count - 1
    print(f"{count} routers of {RELEASE} in one process; {IDLE_S:.0f} s idle; load {os.getloadavg()[0]:.0f}")
    print(f"{'what':34} {'1 router':>10} {f'{count} routers':>12} {'a router':>10}")
    for what, name, factor, digits in (
        ("start, processor s", "start_s", 1.0, 3),
        ("memory, MiB", "memory_mib", 1.0, 2),
        ("open files", "files", 1.0, 1),
        ("threads", "threads", 1.0, 1),
        ("idle, ms of processor a second", "idle_share", 1000.0, 3),
        ("stop, processor s", "stop_s", 1.0, 3),
    ):
        first, all_ = one[name] * factor, many[name] * factor
        print(f"{what:34} {first:>10.2f} {all_:>12.2f} {(all_ - first) / others:>10.{digits}f}")


def measured(count: int) -> dict[str, float]:
    """Run a lab of that size in a child and give what it measured of itself."""
    child = subprocess.run(
        [sys.executable, __file__, "serve", str(count)], check=True, capture_output=True, text=True, timeout=600
    )
    found: dict[str, float] = json.loads(child.stdout)
    return found


async def serve(count: int) -> dict[str, float]:
    """Start a lab, look at this process, wait, look again, stop."""
    from sroscert_lab.lab import Lab
    from sroscert_lab.plan import LabPlan

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 24 * count)), hard))
    with tempfile.TemporaryDirectory(prefix="sroscert-lab-scale-") as name:
        plan = LabPlan.of(count, RELEASE)
        lab = Lab(pathlib.Path(name), plan)
        begun = time.process_time()
        await lab.start()
        found = {"start_s": time.process_time() - begun, "memory_mib": memory_mib(), "files": count_of("/proc/self/fd")}
        found["threads"] = count_of("/proc/self/task")
        begun, started = time.process_time(), time.monotonic()
        await asyncio.sleep(IDLE_S)
        found["idle_share"] = (time.process_time() - begun) / (time.monotonic() - started)
        for router in lab.routers.values():
            await asyncio.to_thread(greeted, router.core.address, router.core.ports.netconf)
        begun = time.process_time()
        await lab.stop()
        found["stop_s"] = time.process_time() - begun
    return found


def greeted(address: str, port: int) -> None:
    """Read the SSH greeting of a router. OSError, ValueError when none comes."""
    with socket.create_connection((address, port), timeout=30) as connection:
        if not connection.recv(64).startswith(b"SSH-2.0"):
            raise ValueError(f"{address} does not greet")


def memory_mib() -> float:
    """What this process has in memory now."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def count_of(folder: str) -> float:
    """How many entries a folder of the kernel's has."""
    return float(sum(1 for _ in pathlib.Path(folder).iterdir()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        print(json.dumps(asyncio.run(serve(int(sys.argv[2])))))
    else:
        main()
