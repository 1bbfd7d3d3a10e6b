"""A lab router that listens nowhere: booted, with its PKI, and asked by calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sroscert_lab.router.core import Ports, RouterCore
from sroscert_lab.router.pki import make_behaviour


@contextmanager
def booted(folder: Path, release: str, *, seed: str = "") -> Iterator[RouterCore]:
    """One router named `sr`; routers of one seed have the same keys and secrets."""
    core = RouterCore(
        "sr", "127.0.0.1", release, folder, ports=Ports(0, 0, 0), make_behaviour=make_behaviour, seed=seed
    )
    core.boot()
    try:
        yield core
    finally:
        core.close()
