"""A lab as a process: started in the background, found again through its state folder, stopped in order.

Owns the state folder's `lab.json` (what runs, as which process) and the signals. What runs is lab.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from .asking import ControlError, ask
from .plan import LabPlan

_STATE_FILE = "lab.json"
_LOG_FILE = "lab.log"
_LOCK_FILE = "lab.lock"
_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 30.0
_POLL_S = 0.05
#: Sockets and pipes of the lab, and of a router: six idle (bench/README.md), two a session.
_FILES, _FILES_A_ROUTER = 256, 24


class LabError(Exception):
    """The lab cannot be started, found or stopped; the text says why and what to do."""


def default_folder() -> Path:
    """$XDG_STATE_HOME/sroscert-lab, or ~/.local/state/sroscert-lab. Raises LabError where there is neither."""
    base = os.environ.get("XDG_STATE_HOME", "")
    try:
        return (Path(base) if base else Path.home() / ".local" / "state") / "sroscert-lab"
    except RuntimeError as error:
        raise LabError("there is no home folder: set HOME, or name the lab's folder with --folder") from error


def is_running(folder: Path) -> bool:
    """Whether a process holds the lab's lock; a process that died, however, holds none."""
    try:
        with (folder / _LOCK_FILE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def left_behind(folder: Path) -> bool:
    """Whether the last lab in the folder ended without saying so."""
    return not is_running(folder) and _state(folder).get("pid") is not None


def status(folder: Path) -> dict[str, Any]:
    """What runs in the folder. LabError when nothing does."""
    try:
        described: dict[str, Any] = ask(folder, "status")
    except (OSError, ControlError) as exc:
        raise LabError(_not_running(folder)) from exc
    return described


def start(folder: Path, plan: LabPlan | None) -> dict[str, Any]:
    """Start a lab in the background and wait until it is ready.

    Args:
        folder: made when it is missing; the routers and the CA that it holds are used again.
        plan: None for what ran last in the folder.

    Raises:
        LabError: it is running already, or does not come up.
    """
    if is_running(folder):
        raise LabError(f"a lab is running in {folder}; stop it with: sroscert lab down")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_state(folder, {**_state(folder), "plan": dataclasses.asdict(plan or saved_plan(folder)), "pid": None})
    package = str(Path(__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))}
    with (folder / _LOG_FILE).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sroscert_lab", "up", "--foreground", "--folder", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment,
            cwd="/",
        )
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LabError(f"the lab did not start:\n{_last_lines(folder)}")
        with contextlib.suppress(OSError, ControlError):
            described: dict[str, Any] = ask(folder, "status")
            return described
        time.sleep(_POLL_S)
    process.terminate()
    raise LabError(f"the lab was not ready within {_START_TIMEOUT_S:.0f} s; see {folder / _LOG_FILE}")


def stop(folder: Path) -> None:
    """Stop the lab in the folder and wait until it is gone. LabError."""
    try:
        ask(folder, "down")
    except (OSError, ControlError) as exc:
        raise LabError(_not_running(folder)) from exc
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    while is_running(folder):
        if time.monotonic() > deadline:
            raise LabError(
                f"the lab did not stop within {_STOP_TIMEOUT_S:.0f} s; its process is {_state(folder)['pid']}"
            )
        time.sleep(_POLL_S)


def saved_plan(folder: Path) -> LabPlan:
    """What ran last in the folder; one router when nothing ever did."""
    saved = _state(folder).get("plan")
    return LabPlan() if saved is None else LabPlan(**{**saved, "routers": tuple(saved["routers"])})


async def run(folder: Path, plan: LabPlan) -> None:
    """Run a lab in this process until SIGTERM, SIGINT or `down`. LabError when the folder is in use; OSError."""
    # Only the process that runs a lab needs routers and CA; every other command is quicker without.
    from .control import ControlServer
    from .lab import Lab

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _allow_files(len(plan.routers))
    with _exclusive(folder):
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)

        def ask_to_stop() -> None:
            loop.call_soon_threadsafe(stopping.set)

        lab = Lab(folder, plan)
        control = ControlServer(lab, ask_to_stop)
        try:
            await lab.start()
            await control.start()
            _write_state(folder, {"pid": os.getpid(), "plan": dataclasses.asdict(lab.plan)})
            await stopping.wait()
        finally:
            await control.close()
            await lab.stop()
            _write_state(folder, {"pid": None, "plan": dataclasses.asdict(lab.plan)})


def _allow_files(routers: int) -> None:
    """Raise the soft limit of open files to what so many routers and their sessions need, as far as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES + routers * _FILES_A_ROUTER
    if soft != resource.RLIM_INFINITY and soft < wanted:
        highest = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, highest), hard))


@contextlib.contextmanager
def _exclusive(folder: Path) -> Iterator[IO[bytes]]:
    with (folder / _LOCK_FILE).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise LabError(f"a lab is running in {folder}; stop it with: sroscert lab down") from exc
        yield file


def _state(folder: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads((folder / _STATE_FILE).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return data


def _write_state(folder: Path, state: dict[str, Any]) -> None:
    temporary = folder / (_STATE_FILE + ".tmp")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(state, indent=1))
    temporary.replace(folder / _STATE_FILE)


def _not_running(folder: Path) -> str:
    if is_running(folder):
        return f"the lab in {folder} does not answer; see {folder / _LOG_FILE}"
    if left_behind(folder):
        return f"the lab in {folder} ended without being stopped; start it again with: sroscert lab up"
    return f"no lab is running in {folder}; start one with: sroscert lab up"


def _last_lines(folder: Path) -> str:
    return "\n".join((folder / _LOG_FILE).read_text(errors="replace").splitlines()[-8:])
