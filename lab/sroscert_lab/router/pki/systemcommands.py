"""`show version`, `show system information`, `show log` and `ping` of both engines.

Owns their form (the tutorial's and published transcripts). What they say comes from the router's core.
"""

from __future__ import annotations

from collections.abc import Callable

from .. import logs
from ..errors import CommandFailed
from ..tree import text_of
from . import pinging
from .failure import PKIRefusal
from .handlertable import handler_table
from .logtable import Heading, log_table
from .operations import Host
from .state import train_of
from .tables import DOUBLE
from .tokens import SyntaxFault, read_arguments

_Command = Callable[[list[str]], str]


def version_lines(release_name: str) -> tuple[str, ...]:
    """The first line of `show version` as a router writes it; the second says what this is."""
    return (
        f"TiMOS-{release_name} both/x86_64 Nokia 7750 SR",
        "Simulated by the lab of sroscert; not a Nokia product.",
    )


class SystemCommands:
    """The commands of one router."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def md(self) -> dict[tuple[str, ...], _Command]:
        """For the MD-CLI."""
        return {
            ("show", "version"): self._version,
            ("show", "system", "information"): self._information,
            ("show", "log", "log-id"): self._log,
            ("show", "log", "event-handling", "handler"): self._handler,
            # A transcript of a router without BGP, which those of the lab are.
            ("show", "router", "bgp"): _no_bgp,
            ("show", "router", "Base", "bgp"): _no_bgp,
            ("ping",): lambda words: self._ping(words, "router-instance"),
        }

    def classic(self) -> dict[tuple[str, ...], _Command]:
        """For the classic CLI."""
        # ASSUMPTION: the word `router`; the target alone is in public transcripts.
        return {**self.md(), ("ping",): lambda words: self._ping(words, "router")}

    def _ping(self, words: list[str], instance: str) -> str:
        given = read_arguments(words, (instance, "count", "timeout"), bare=True)
        if not given.bare:
            raise SyntaxFault("destination-address", missing=True)
        count = given.get("count") or "5"
        if not count.isdecimal() or not 1 <= int(count) <= 100000:
            raise SyntaxFault(count)
        services = pinging.services_of(self._host.running())
        target, source = given.bare, given.get(instance) or "Base"
        return pinging.as_text(pinging.ping(target, source, int(count), self._host.faults, services))

    def _version(self, words: list[str]) -> str:
        if words:
            raise SyntaxFault(words[0])
        return "".join(f"{line}\n" for line in version_lines(self._host.release_name))

    def _information(self, words: list[str]) -> str:
        if words:
            raise SyntaxFault(words[0])
        system = self._host.running().find("{*}system")
        mode = text_of(system, "management-interface", "configuration-mode", default="model-driven")
        up = int((self._host.clock() - self._host.started).total_seconds())
        days, rest = divmod(max(0, up), 86400)
        clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.00"
        rows = (
            ("System Name", text_of(system, "name", default=self._host.name)),
            ("System Type", "7750 SR"),
            ("System Version", self._host.release_name),
            ("System Up Time", f"{days} days, {clock} (hr:min:sec)"),
            # ASSUMPTION: a change of the mode is in force at once.
            ("Configuration Mode Cfg", mode),
            ("Configuration Mode Oper", mode),
        )
        lines = ["", DOUBLE, "System Information", DOUBLE, *(f"{name:<23}: {value}" for name, value in rows), DOUBLE]
        return "".join(f"{line}\n" for line in lines)

    def _handler(self, words: list[str]) -> str:
        if len(words) != 1:
            raise SyntaxFault(words[1] if words else "handler-name", missing=not words)
        table = handler_table(self._host.handling, words[0])
        if table is None:
            # ASSUMPTION: the text.
            raise PKIRefusal(f'handler "{words[0]}" does not exist')
        return table

    def _log(self, words: list[str]) -> str:
        if not words:
            raise SyntaxFault("log-id", missing=True)
        if len(words) > 1:
            raise SyntaxFault(words[1])
        number = words[0]
        conf = self._host.handling.conf
        if not logs.is_known(conf, number):
            # ASSUMPTION: the text.
            raise PKIRefusal(f'log-id "{number}" does not exist')
        events = [entry for entry in self._host.log() if logs.is_in(conf, number, entry)]
        return log_table(self._heading(number), events)

    def _heading(self, number: str) -> Heading:
        named = train_of(self._host.release) >= (21, 2)
        log = self._host.handling.conf.logs.get(number)
        if log is not None:
            return Heading(number, named, log.description, log.memory, log.size)
        # ASSUMPTION: 100 is as 99 in memory, and as large.
        return Heading(number, named, logs.NAMES[number], memory=number != "101")


def _no_bgp(words: list[str]) -> str:
    raise CommandFailed("MINOR: CLI #2005: Error while processing command - BGP is not configured")
