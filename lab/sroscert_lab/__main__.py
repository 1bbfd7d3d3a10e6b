"""`python -m sroscert_lab`: the command line of the lab. Owns words and exit codes: 0 done, 1 failed, 64 usage."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import cacli, codecli, ike, process
from .asking import ControlError, ask, read_duration
from .cmp.issuing import CERTIFICATE_FILE, KEY_KINDS
from .faulttable import TABLE
from .plan import LabPlan
from .recording import cli as recordcli
from .recording.errors import RecordingError
from .router.schema import trains


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        options.folder = Path(options.folder).absolute() if options.folder else process.default_folder()
        return command(options)
    except (process.LabError, ControlError, RecordingError, OSError, ValueError) as exc:
        sys.stderr.write(f"sroscert lab: {exc}\n")
        return 1


class _Parser(argparse.ArgumentParser):
    """A parser whose words for a wrong use are short, and whose exit code for it is that of the whole program."""

    def error(self, message: str) -> NoReturn:
        self.exit(64, f"{self.prog}: {message}\n  do: {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sroscert lab", description="Simulated SR OS routers and a CMPv2 CA on loopback."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], help_: str, *aliases: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_, description=help_, aliases=aliases)
        made.add_argument("--folder", default="", help="state folder (default: the user's state folder)")
        made.add_argument("-o", "--output", choices=("text", "json"), default="text")
        made.set_defaults(run=run)
        return made

    up = command("up", _up, "start the lab and say what is where")
    up.add_argument(
        "--routers", type=int, metavar="N", help="how many routers (default 1, or what ran last); 0 for a CA alone"
    )
    up.add_argument("--release", choices=trains(), help="SR OS release of the routers")
    up.add_argument("--seed", help="make keys, codes, serial numbers, network, faults by chance the same in each run")
    up.add_argument("--ca-key", metavar="KIND", help=f"key of a new CA: {', '.join(KEY_KINDS)}")
    up.add_argument("--ca-policy", choices=("compat", "strict"), help="strict holds CMP clients to RFC 9483")
    up.add_argument("--foreground", action="store_true", help="stay in the foreground")
    command("down", _down, "stop the lab; what routers and CA have saved is kept")
    command("status", _status, "say what runs and where")
    _add_faults(command)
    change = command("change", _change, "change a router's configuration as an operator would")
    change.add_argument("--router", default="", help="one router (default: all)")
    change.add_argument(
        "words", nargs="+", help="/configure system grpc admin-state disable; delete /configure …; or XML"
    )
    clock = command("clock", _clock, "show the lab's time, or move it forward for CA and routers together")
    clock.add_argument("verb", nargs="?", choices=("advance",))
    clock.add_argument("by", nargs="?", default="", help="30d, 12h, 90m, 10s")
    codecli.add(command, _codes)
    journal = command("journal", _journal, "show what the CA has decided")
    journal.add_argument("--limit", type=int, help="only the last entries")
    command("approve", _approve, "let the CA's pending requests succeed at the next poll")
    cacli.add(command, _ca)
    ike.add(command, _ike)
    recordcli.add(command, _say)
    return parser


def _add_faults(command: Callable[..., argparse.ArgumentParser]) -> None:
    inject = command("fault", _inject, "make a router (or, with ca-…, the CA) misbehave", "inject")
    inject.add_argument("fault", nargs="?", default="", help="a name; without one the names are listed")
    inject.add_argument("--router", default="", help="one router (default: all)")
    inject.add_argument("--arg", default="", help="what stands in brackets behind the fault in the list")
    inject.add_argument("--times", type=int, help="how often it strikes (default: until it is cleared)")
    inject.add_argument("--after", type=int, default=0, help="how many occasions pass unharmed before")
    inject.add_argument("--chance", type=float, default=1.0, help="of each occasion, from 0 to 1 (see up --seed)")
    clear = command("clear", _clear, "end one fault, or all of them")
    clear.add_argument("fault", nargs="?", default="")
    clear.add_argument("--router", default="", help="one router (default: all)")


def _say(options: argparse.Namespace, data: Any, text: str) -> int:
    sys.stdout.write(
        (json.dumps(data, indent=2, default=str) if options.output == "json" else text.rstrip("\n")) + "\n"
    )
    return 0


def _up(options: argparse.Namespace) -> int:
    if options.routers is not None and options.routers < 0:
        raise ValueError("--routers is 0, for a CA alone, or more")
    plan = process.saved_plan(options.folder)
    release = options.release or plan.release
    if options.routers is not None:
        plan = dataclasses.replace(plan, routers=LabPlan.of(options.routers, release).routers)
    if options.ca_key and options.ca_key != plan.ca_key and (options.folder / "ca" / CERTIFICATE_FILE).exists():
        raise ValueError(f"the CA in {options.folder} has a key already ({plan.ca_key}); take another --folder")
    plan = dataclasses.replace(
        plan, ca_key=options.ca_key or plan.ca_key, ca_policy=options.ca_policy or plan.ca_policy
    )
    plan = dataclasses.replace(plan, release=release, seed=plan.seed if options.seed is None else options.seed)
    if options.foreground:
        asyncio.run(process.run(options.folder, plan))
        return 0
    if process.left_behind(options.folder):
        sys.stderr.write(
            f"The lab in {options.folder} was not stopped in order; its routers start as after a power cut.\n"
        )
    described = process.start(options.folder, plan)
    return _say(options, {**described, "exit_code": 0}, _describe(described))


def _down(options: argparse.Namespace) -> int:
    process.stop(options.folder)
    return _say(options, {"stopped": str(options.folder)}, "The lab is stopped.")


def _status(options: argparse.Namespace) -> int:
    described = process.status(options.folder)
    return _say(options, {**described, "exit_code": 0}, _describe(described))


def _inject(options: argparse.Namespace) -> int:
    if not options.fault:
        lines = [f"{name:26} {text}" for name, text in TABLE.items()]
        return _say(options, TABLE, "\n".join([*lines, "What stands in brackets is said by --arg."]))
    arguments = {
        "router": options.router,
        "argument": options.arg,
        "times": options.times,
        "after": options.after,
        "chance": options.chance,
    }
    return _ask(options, "inject", fault=options.fault, **arguments)


def _clear(options: argparse.Namespace) -> int:
    return _ask(options, "clear", fault=options.fault, router=options.router)


def _change(options: argparse.Namespace) -> int:
    return _ask(options, "change", words=options.words, router=options.router)


def _clock(options: argparse.Namespace) -> int:
    if options.verb and not options.by:
        raise ValueError("clock advance needs a duration (30d, 12h, 90m, 10s)")
    if options.by:
        read_duration(options.by)
    # A long way has many renewals on it, and each may wait for a CA that does not answer.
    result = _result(options, "clock", timeout_s=3600.0, by=options.by)
    return _say(options, result, f"The lab's time is {result['time']}.")


def _codes(options: argparse.Namespace) -> int:
    if options.verb == "list":
        result = _result(options, "ca", verb="codes")
        return _say(options, result, cacli.text("codes", result))
    result = _result(options, "codes", **codecli.arguments(options))
    return _say(options, result, "\n".join(result))


def _journal(options: argparse.Namespace) -> int:
    entries = _result(options, "journal", limit=options.limit)
    words = ("time", "kind", "result", "credential", "subject", "names", "serial", "fail_info", "text")
    lines = ["  ".join(str(entry[word]) for word in words if entry[word]) for entry in entries]
    return _say(options, entries, "\n".join(lines) or "The CA has not been asked for anything.")


def _approve(options: argparse.Namespace) -> int:
    count = _result(options, "approve")
    return _say(options, {"approved": count}, f"{count} request(s) approved.")


def _ca(options: argparse.Namespace) -> int:
    result = _result(options, "ca", **cacli.arguments(options))
    return _say(options, result, cacli.text(options.verb, result))


def _ike(options: argparse.Namespace) -> int:
    result = _result(options, "ike", **ike.arguments(options))
    return _say(options, result, ike.text(result))


def _ask(options: argparse.Namespace, command: str, **arguments: Any) -> int:
    result = _result(options, command, **arguments)
    return _say(options, result, str(result))


def _result(options: argparse.Namespace, command: str, **arguments: Any) -> Any:
    if not process.is_running(options.folder):
        process.status(options.folder)
    return ask(options.folder, command, **arguments)


def _describe(described: dict[str, Any]) -> str:
    lines = [f"CA       {described['ca']['url']}", f"EST      {described['ca']['est']}"]
    for name, router in described["routers"].items():
        ports = router["ports"]
        where = f"{router['address']}  NETCONF {ports['netconf']}  SSH {ports['ssh']}  gNMI {ports['gnmi']}"
        notes = [
            word
            for word, holds in (("unsaved", router["unsaved"]), ("commit pending", router["pending_commit"]))
            if holds
        ]
        notes += [f"fault {fault}" for fault in router["faults"]]
        lines.append(f"{name:8} {where}  SR OS {router['release']}" + (f"  ({', '.join(notes)})" if notes else ""))
    if described["clock_offset_s"]:
        lines.append(f"time     {described['time']}, ahead of real time")
    if described["intent"]:
        lines.append(f"intent   {described['intent']}")
    else:
        lines.append(f"trust    {described['ca']['certificate']}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
