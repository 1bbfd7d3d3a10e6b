"""The control socket of a running lab: one JSON object a line, asked and answered.

Owns the commands and their words. The socket is `control.sock` in the state folder, for its owner only. A request is
`{"command": …, …}`, an answer `{"ok": true, "result": …}` or `{"ok": false, "error": …}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from . import cacommands, ikecommand
from .asking import MAX_LINE, SOCKET_NAME, read_duration, short_path
from .change import read_change
from .cmp.status import FailInfo
from .faulttable import CA_PREFIX, TABLE
from .lab import Lab
from .router.core import RouterCore
from .router.errors import RPCFailed
from .router.faults import KNOWN


class ControlServer:
    """Answers on the control socket of one lab."""

    def __init__(self, lab: Lab, stop: Callable[[], None]) -> None:
        self._lab = lab
        self._stop = stop
        self._server: asyncio.Server | None = None
        self._commands: dict[str, Callable[..., Any]] = {
            "status": lab.describe,
            "inject": self._inject,
            "clear": self._clear,
            "change": self._change,
            "clock": self._clock,
            "codes": self._codes,
            "journal": self._journal,
            "approve": lambda: lab.ca.approve(),
            "ca": self._ca,
            "ike": self._ike,
            "down": stop,
        }

    async def start(self) -> None:
        """Listen."""
        with short_path(self._lab.folder) as path:
            (self._lab.folder / SOCKET_NAME).unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._serve, path, limit=MAX_LINE)
            (self._lab.folder / SOCKET_NAME).chmod(0o600)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        (self._lab.folder / SOCKET_NAME).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line), default=str).encode() + b"\n")
                await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            command = self._commands[request.pop("command")]
            return {"ok": True, "result": await asyncio.to_thread(command, **request)}
        except KeyError as exc:
            return {"ok": False, "error": f"unknown: {exc.args[0]}"}
        except (ValueError, TypeError, OSError, RPCFailed) as exc:
            return {"ok": False, "error": str(exc)}

    # --- commands, each in a worker thread ----------------------------------------------------------------------------

    def _cores(self, router: str) -> list[RouterCore]:
        if not self._lab.routers:
            raise ValueError("this lab is a CA alone, it has no routers; for some: sroscert lab up --routers N")
        if not router:
            return [item.core for item in self._lab.routers.values()]
        if router not in self._lab.routers:
            raise ValueError(f"no router {router}; there are {', '.join(self._lab.routers)}")
        return [self._lab.routers[router].core]

    def _inject(
        self,
        fault: str,
        router: str = "",
        argument: str = "",
        times: int | None = None,
        after: int = 0,
        chance: float = 1.0,
    ) -> str:
        if fault not in TABLE:
            raise ValueError(f"unknown fault '{fault}'; known: {', '.join(TABLE)}")
        if fault not in KNOWN:
            if router or times is not None or after or chance < 1:
                raise ValueError(f"'{fault}' is a fault of the CA, for every router until it is cleared")
            self._inject_ca(fault.removeprefix(CA_PREFIX), argument)
            return f"{fault} is set at the CA"
        cores = self._cores(router)
        for core in cores:
            core.faults.set(fault, argument, times, after=after, chance=chance)
        return f"{fault} is set on {', '.join(core.name for core in cores)}"

    def _inject_ca(self, name: str, argument: str) -> None:
        field = name.replace("-", "_")
        current = asdict(self._lab.ca.faults.current)
        value: object = argument
        if isinstance(current[field], bool):
            value = argument != "false"
        elif field == "wrong_san" and not argument:
            raise ValueError("ca-wrong-san needs an address (--arg 192.0.2.1)")
        elif field in ("pending", "check_after"):
            value = int(argument or -1)
        elif field == "slow":
            value = float(argument or 5)
        elif field == "reject":
            value = fail_info(argument)
        self._lab.ca.faults.set(**{field: value})

    def _clear(self, fault: str = "", router: str = "") -> str:
        if fault and fault not in TABLE:
            raise ValueError(f"unknown fault '{fault}'; known: {', '.join(TABLE)}")
        is_of_ca = fault.startswith(CA_PREFIX)
        if is_of_ca:
            self._lab.ca.faults.clear(fault.removeprefix(CA_PREFIX).replace("-", "_"))
        elif not router and not fault:
            self._lab.ca.faults.clear()
        if not is_of_ca and (fault or router or self._lab.routers):
            for core in self._cores(router):
                core.faults.clear(fault or None)
        return "cleared"

    def _change(self, words: list[str], router: str = "") -> str:
        cores = self._cores(router)
        for core in cores:
            core.datastores.operator_change(read_change(core.schema, words))
        return f"changed on {', '.join(core.name for core in cores)}"

    def _clock(self, by: str = "") -> dict[str, Any]:
        if by:
            self._lab.advance(read_duration(by))
        return {
            "time": self._lab.clock().isoformat(timespec="seconds"),
            "offset_s": self._lab.clock.offset.total_seconds(),
        }

    def _codes(
        self,
        router: str = "",
        expires: str = "",
        reference: str = "",
        subject: str = "",
        ips: Sequence[str] = (),
        dns: Sequence[str] = (),
    ) -> list[str]:
        good_for = read_duration(expires) if expires else None
        if reference:
            return [str(self._lab.issue_code_to(reference, subject, tuple(ips), tuple(dns), good_for))]
        if not router and not self._lab.routers:
            raise ValueError("this lab has no routers: name what the code is for by --reference and --subject")
        names = [core.name for core in self._cores(router)]
        for name in names:
            self._lab.issue_code(name, good_for)
        return [str(self._lab.folder / "codes" / name) for name in names]

    def _ca(self, verb: str, **arguments: str) -> Any:
        if verb == "est":
            return cacommands.est(self._lab.est_url, str(self._lab.folder / "ManagementCA.pem"))
        return cacommands.run(self._lab.ca, verb, **arguments)

    def _ike(self, profile: str, certificate: str, router: str, asks: list[str]) -> dict[str, Any]:
        (core,) = self._cores(router)
        return ikecommand.authenticate(core, profile, certificate, asks)

    def _journal(self, limit: int | None = None) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self._lab.ca.journal.entries(limit)]


def fail_info(text: str) -> FailInfo:
    """The failInfo of that name, `badRequest` without one; ValueError."""
    wanted = (text or "badRequest").replace("-", "").replace("_", "").lower()
    for item in FailInfo:
        if (item.name or "").replace("_", "").lower() == wanted:
            return item
    raise ValueError(f"unknown failInfo '{text}'")
