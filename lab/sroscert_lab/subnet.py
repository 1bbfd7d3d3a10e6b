"""Chooses a 127.x.y.0/24 for a lab, so that two labs or test workers do not meet.

A lab owns its network by holding a listening socket on `.1`; the claim ends with the process, however it ends.
"""

from __future__ import annotations

import random
import socket
from contextlib import closing

_CLAIM_PORT = 49150
_ATTEMPTS = 200
CA_HOST = 5
FIRST_ROUTER_HOST = 11
MAX_ROUTERS = 240


class Subnet:
    """One claimed network, `127.x.y`."""

    def __init__(self, prefix: str, claim: socket.socket) -> None:
        self.prefix = prefix
        self._claim = claim

    def address(self, host: int) -> str:
        """The address of a host in it."""
        return f"{self.prefix}.{host}"

    def release(self) -> None:
        """Give the network back."""
        self._claim.close()


def claim(preferred: str = "", seed: str = "") -> Subnet:
    """A network that no other lab on this machine has; `preferred` is taken when it is free. OSError when none is.

    With a `seed` the same one each time, as long as it is free.
    """
    choices = [preferred] if preferred else []
    chance = random.Random(f"{seed}:network") if seed else random.Random()
    choices += [f"127.{chance.randint(20, 99)}.{chance.randint(1, 250)}" for _ in range(_ATTEMPTS)]
    for prefix in choices:
        holder = socket.socket()
        try:
            holder.bind((f"{prefix}.1", _CLAIM_PORT))
            holder.listen(1)
        except OSError:
            holder.close()
            continue
        return Subnet(prefix, holder)
    raise OSError("no 127.x.y.0/24 is free")


def free_port(address: str, wanted: int) -> int:
    """`wanted` when it can be bound on `address`, else a port that is free now."""
    for port in (wanted, 0):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no port is free on {address}")
