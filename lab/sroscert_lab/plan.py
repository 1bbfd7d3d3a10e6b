"""What a lab consists of, as a value that is kept in its state folder."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabPlan:
    """What a lab consists of; kept in the state folder, so that `up` finds the same routers again."""

    routers: tuple[str, ...] = ("sr",)
    release: str = "21.2"
    network: str = ""
    username: str = "admin"
    password: str = "admin"  # noqa: S105
    seed: str = ""
    ca_key: str = "rsa-2048"
    ca_policy: str = "compat"

    @classmethod
    def of(cls, count: int, release: str) -> LabPlan:
        """`sr` for one router, `sr1` … for several; without any the lab is a CA alone."""
        names = ("sr",) if count == 1 else tuple(f"sr{number}" for number in range(1, count + 1))
        return cls(names, release)
