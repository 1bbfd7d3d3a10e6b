"""One lab: a CMPv2 CA and some routers, or none, on a loopback network of their own, in one process.

Owns what runs and where. How it is reached from outside is control.py, how it becomes a process is process.py.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from . import intentfile, subnet
from .clock import Clock
from .cmp.ca import CertificationAuthority
from .cmp.codes import EnrolmentCode
from .cmp.policy import Policy
from .cmp.server import CMPServer
from .est.server import ESTServer
from .plan import LabPlan
from .router.core import Ports, RouterCore
from .router.lifecycle import LabRouter
from .router.pki import make_behaviour

CA_NAME = "C=NL,O=sroscert lab,CN=ManagementCA"
CMP_ALIAS = "CMP-Server"
_CMP_PORT = 8080
_EST_PORT = 8443
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
#: Far longer than any move of the lab's clock in a demonstration, so that certificates stay valid in real time too.
_LIFETIME = timedelta(days=365)


class Lab:
    """A running lab. `start` and `stop` belong to one event loop."""

    def __init__(self, folder: Path, plan: LabPlan) -> None:
        self.folder = folder
        self.plan = plan
        self.clock = Clock(_saved_offset(folder))
        self.routers: dict[str, LabRouter] = {}
        self._network: subnet.Subnet | None = None
        self._ca: CertificationAuthority | None = None
        self._cmp: CMPServer | None = None
        self._est: ESTServer | None = None

    @property
    def ca(self) -> CertificationAuthority:
        """The CA, once started."""
        if self._ca is None:
            raise RuntimeError("the lab is not running")
        return self._ca

    @property
    def cmp_url(self) -> str:
        """Where the CA listens, once started."""
        if self._cmp is None:
            raise RuntimeError("the lab is not running")
        return self._cmp.url

    def _publication_urls(self) -> dict[str, str]:
        """Where the CA says what is revoked."""
        return {} if self._cmp is None else {"crl": self._cmp.crl_url, "ocsp": self._cmp.ocsp_url}

    @property
    def est_url(self) -> str:
        """Where the CA's EST operations are, once started."""
        if self._est is None:
            raise RuntimeError("the lab is not running")
        return self._est.url

    async def start(self) -> None:
        """Start the CA and all routers, if any, and write intent and trust files. OSError, ValueError."""
        if len(self.plan.routers) > subnet.MAX_ROUTERS:
            raise ValueError(f"a lab has at most {subnet.MAX_ROUTERS} routers")
        self._network = subnet.claim(self.plan.network, self.plan.seed)
        self.plan = dataclasses.replace(self.plan, network=self._network.prefix)
        await asyncio.to_thread(self._start_ca, self._network.address(subnet.CA_HOST))
        for number, name in enumerate(self.plan.routers):
            self.routers[name] = await self._start_router(
                name, self._network.address(subnet.FIRST_ROUTER_HOST + number)
            )
        intentfile.write(self)

    def _start_ca(self, address: str) -> None:
        self._ca = CertificationAuthority.create_or_load(
            self.folder / "ca", CA_NAME, self.clock, _LIFETIME, seed=self.plan.seed, key_kind=self.plan.ca_key,
            policy=Policy(strict=self.plan.ca_policy == "strict"),
        )
        self._cmp = CMPServer(self._ca, address, subnet.free_port(address, _CMP_PORT), CMP_ALIAS).start()
        self._ca.name_responder(self._cmp.ocsp_url)
        self._est = ESTServer(
            self._ca, address, subnet.free_port(address, _EST_PORT), folder=self.folder / "ca", label=CMP_ALIAS
        ).start()

    async def _start_router(self, name: str, address: str) -> LabRouter:
        usual = Ports()
        ports = Ports(*(subnet.free_port(address, port) for port in (usual.netconf, usual.ssh, usual.gnmi)))
        make: Callable[[], RouterCore] = lambda: RouterCore(  # noqa: E731
            name,
            address,
            self.plan.release,
            self.folder / "routers" / name,
            clock=self.clock,
            ports=ports,
            username=self.plan.username,
            password=self.plan.password,
            make_behaviour=make_behaviour,
            seed=self.plan.seed,
        )
        router = LabRouter(await asyncio.to_thread(make))
        await router.start()
        return router

    async def stop(self) -> None:
        """Stop everything; what was saved on routers and CA stays in the folder."""
        for router in self.routers.values():
            await router.stop()
        self.routers.clear()
        for server in (self._cmp, self._est):
            if server is not None:
                await asyncio.to_thread(server.stop)
        if self._ca is not None:
            self._ca.close()
        if self._network is not None:
            self._network.release()

    # --- what can be asked of it --------------------------------------------------------------------------------------

    def issue_code(self, router: str, good_for: timedelta | None = None) -> None:
        """A fresh one-time code for a router, in codes/<router>. KeyError when there is no such router.

        With `good_for` it expires, in lab time.
        """
        self._issue_code(router, intentfile.subject(router), (self.routers[router].core.address,), (), good_for)

    def issue_code_to(
        self, reference: str, subject: str, ips: tuple[str, ...], dns: tuple[str, ...], good_for: timedelta | None
    ) -> Path:
        """A fresh one-time code for what is no router of the lab; the file that it is in. ValueError."""
        if reference in self.routers:
            raise ValueError(f"{reference} is a router of this lab, whose code has its names: take --router")
        if not _FILE_NAME.fullmatch(reference):
            raise ValueError("a reference names a file: up to 64 letters, digits, '.', '_' and '-', no '.' first")
        return self._issue_code(reference, subject, ips, dns, good_for)

    def _issue_code(
        self, reference: str, subject: str, ips: tuple[str, ...], dns: tuple[str, ...], good_for: timedelta | None
    ) -> Path:
        last = self.ca.codes.find(reference)
        code = self.ca.codes.issue(
            reference, _seeded_code(self.plan.seed, reference, last) if self.plan.seed else None, subject=subject,
            san_ips=ips, san_dns=dns, expires=None if good_for is None else self.clock() + good_for,
        )
        path = self.folder / "codes" / reference
        intentfile.write_secret(path, code.secret)
        return path

    def advance(self, by: timedelta) -> None:
        """Move the lab's time forward and remember it. ValueError when `by` is negative."""
        self.clock.advance(by)
        _save_offset(self.folder, self.clock.offset)

    def describe(self) -> dict[str, Any]:
        """What is where, as plain data; no secret."""
        return {
            "folder": str(self.folder),
            "intent": str(self.folder / "intent.yaml") if self.routers else "",
            "known_hosts": str(self.folder / "known_hosts") if self.routers else "",
            "pid": os.getpid(),
            "release": self.plan.release,
            "time": self.clock().isoformat(timespec="seconds"),
            "clock_offset_s": int(self.clock.offset.total_seconds()),
            "ca": {
                "url": self.cmp_url,
                "est": self.est_url,
                **self._publication_urls(),
                "certificate": str(self.folder / "ManagementCA.pem"),
            },
            "routers": {name: _describe(router.core) for name, router in self.routers.items()},
        }


def _seeded_code(seed: str, router: str, last: EnrolmentCode | None) -> str:
    """A code that follows from the seed and the code before it, or the certificate that one was used for.

    Whoever knows the seed knows it too.
    """
    before = "" if last is None else last.secret or last.serial
    text = f"{seed}:code:{router}:{before}"
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).decode().rstrip("=")


def _describe(core: RouterCore) -> dict[str, Any]:
    stores = core.datastores
    return {
        "address": core.address,
        "release": core.release_name,
        "ports": dataclasses.asdict(core.ports),
        "folder": str(core.folder),
        "sessions": len(core.sessions.all()),
        "unsaved": stores.is_unsaved,
        "pending_commit": stores.pending is not None,
        "faults": core.faults.active(),
    }


def _saved_offset(folder: Path) -> timedelta:
    path = folder / "clock.json"
    return timedelta(seconds=json.loads(path.read_text())["offset_s"]) if path.exists() else timedelta()


def _save_offset(folder: Path, offset: timedelta) -> None:
    moved = {"offset_s": offset.total_seconds(), "moved_at": datetime.now(UTC).isoformat(timespec="seconds")}
    (folder / "clock.json").write_text(json.dumps(moved))
