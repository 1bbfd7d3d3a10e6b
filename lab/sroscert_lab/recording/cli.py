"""`lab record`, `lab replay` and `lab compare`: their words and what is printed."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

Command = Callable[..., argparse.ArgumentParser]
Say = Callable[[argparse.Namespace, Any, str], int]


def add(command: Command, say: Say) -> None:
    """Add the three commands."""
    made = command("record", lambda options: _record(options, say), "record what a real router says, without secrets")
    made.add_argument("address", help="the router's address or name, as in known_hosts")
    made.add_argument("--port", type=int, default=830)
    made.add_argument("--user", default="admin")
    made.add_argument("--password-file", type=Path, help="default: asked for at the terminal")
    made.add_argument("--known-hosts", type=Path, required=True, help="must hold the router's key")
    made.add_argument("--hide", action="append", default=[], metavar="WORD", help="take this out too (repeatable)")
    made.add_argument("--out", type=Path, required=True, help="a new file, for you to look through")
    made = command("replay", _replay, "serve a recording over NETCONF on loopback, until it is interrupted")
    made.add_argument("file", type=Path)
    made.add_argument("--address", default="127.0.0.1")
    made.add_argument("--port", type=int, default=0)
    made = command("compare", lambda options: _compare(options, say), "put a recording beside the simulated router")
    made.add_argument("file", type=Path)


def _record(options: argparse.Namespace, say: Say) -> int:
    from . import record  # it loads SSH and the router, which the other commands of the lab do without

    if options.out.exists():
        raise ValueError(f"{options.out} is there already")
    made = asyncio.run(
        record.record(
            options.address, options.port, options.user, _password(options), options.known_hosts, options.hide
        )
    )
    made.write(options.out)
    text = (
        f"{len(made.exchanges)} answers of {made.release or 'an unknown release'} in {options.out}; "
        f"{made.hidden} secrets and words taken out.\n"
        "Look through it before you give it away: names, addresses and certificates are in it."
    )
    return say(options, {"file": str(options.out), "release": made.release, "hidden": made.hidden}, text)


def _password(options: argparse.Namespace) -> str:
    if options.password_file is not None:
        return str(options.password_file.read_text("utf-8")).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise ValueError("no terminal to ask for the password at; give --password-file")
    return getpass.getpass(f"password of {options.user} at {options.address}: ")


def _replay(options: argparse.Namespace) -> int:
    from . import record, replay

    made = record.read(options.file)

    async def run() -> None:
        server, line = await replay.serve(made, options.address, options.port)
        sys.stdout.write(f"NETCONF of {made.release} at {options.address} port {server.get_port()}, ")
        sys.stdout.write(f"user {replay.USERNAME}, password {replay.PASSWORD}\n{line}\n")
        sys.stdout.flush()
        await server.wait_closed()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    return 0


def _compare(options: argparse.Namespace, say: Say) -> int:
    from . import record
    from .compare import compare

    made = record.read(options.file)
    found = compare(made)
    lines = [f"{item.where}\n  router  {item.router or '-'}\n  lab     {item.lab or '-'}" for item in found]
    summary = f"{len(found)} differences between {made.release} and the simulated router of {made.train}"
    return say(options, [asdict(item) for item in found], "\n".join([*lines, summary]))
