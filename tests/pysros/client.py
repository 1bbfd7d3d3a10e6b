"""What pySROS does with a router, as JSON; run by a Python that has it: `client.py ADDRESS PORT`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from pysros.management import Connection, SrosMgmtError, connect

PROFILE = "/nokia-conf:configure/system/security/pki/ca-profile"
OURS = f'{PROFILE}[ca-profile-name="pysros"]'


def main(address: str, port: int) -> dict[str, Any]:
    """Connect (which fetches and reads every model), then read, change, fail, lock and run a command."""
    router = connect(
        host=address, port=port, username="admin", password="admin", hostkey_verify=False, timeout=300
    )
    try:
        return _talk(router)
    finally:
        router.disconnect()


def _talk(router: Connection) -> dict[str, Any]:
    said: dict[str, Any] = {
        "version": router.running.get("/nokia-state:state/system/version/version-number").data,
        "profiles": router.running.get_list_keys(PROFILE),
        "absent": router.running.exists(f'{PROFILE}[ca-profile-name="none"]'),
        "default": router.running.get("/nokia-conf:configure/system/grpc", defaults=True)["admin-state"].data,
        "command": router.cli("show version"),
    }
    router.candidate.set(OURS, {"description": "by pySROS", "admin-state": "disable"})
    said["made"] = {name: leaf.data for name, leaf in router.running.get(OURS).items()}
    router.candidate.delete(OURS)
    said["gone"] = not router.running.exists(OURS)
    router.candidate.set("/nokia-conf:configure/system/name", "compared", commit=False)
    said["compared"] = _compared(router)
    router.candidate.discard()
    router.candidate.lock()
    router.candidate.unlock()
    attempts: dict[str, Callable[[], object]] = {
        "dangling": lambda: router.candidate.set("/nokia-conf:configure/system/grpc/tls-server-profile", "nope"),
        "unknown": lambda: router.cli("show nonsense"),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
        except SrosMgmtError as error:
            said[name] = str(error)
            router.candidate.discard()
    return said


def _compared(router: Connection) -> str:
    try:
        return str(router.candidate.compare(output_format="md-cli"))
    except SrosMgmtError as error:
        return str(error)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))  # noqa: T201 - the result
