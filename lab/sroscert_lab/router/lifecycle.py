"""A router as a whole: switched on, listening, switched off.

Owns the order of things only.
"""

from __future__ import annotations

import asyncio

from .core import RouterCore
from .sshd import RouterSSH, SSHOptions


class LabRouter:
    """The core of a router with its SSH servers, in the event loop that starts it."""

    def __init__(self, core: RouterCore, options: SSHOptions | None = None) -> None:
        self.core = core
        self.ssh = RouterSSH(core, options)

    async def start(self) -> None:
        """Boot, then listen; ports that were 0 are known afterwards. OSError when a port is taken."""
        await asyncio.to_thread(self.core.boot)
        await self.ssh.start()

    async def stop(self) -> None:
        """Close every connection and switch the router off."""
        await self.ssh.stop()
        await asyncio.to_thread(self.core.close)

    def known_hosts_lines(self) -> list[str]:
        """The host key for a known_hosts file, under the address and with each port that is not 22."""
        key = " ".join(self.ssh.key.export_public_key().decode().split()[:2])
        address, ports = self.core.address, (self.core.ports.netconf, self.core.ports.ssh)
        names = [address, *(f"[{address}]:{port}" for port in ports if port != 22)]
        return [f"{name} {key}" for name in names]
