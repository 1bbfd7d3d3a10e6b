"""Runs the handler that renews on the box with Nokia's pySROS, from afar: `handler.py ADDRESS PORT SCRIPT TEXT`.

On a router `connect()` needs no address, and `pysros.ehs` has the event; away from one Nokia's package asks for the one
and lacks the other, which is all that is given to it here. The script's text is the router's own file.
"""

from __future__ import annotations

import os
import runpy
import sys
import types
from typing import Any, ClassVar

from pysros import management


class Event:
    """The warning of a certificate, as `pysros.ehs` documents events."""

    name = "tmnxPkiCertBeforeExpWarning"
    appid = "SECURITY"
    eventid = 2095
    eventparameters: ClassVar[dict[str, str]] = {}

    def __init__(self, text: str) -> None:
        self.text = text


def main(address: str, port: int, script: str, text: str) -> None:
    """Run it; what it raises ends this process."""
    real = management.connect

    def connect(**_given: Any) -> management.Connection:
        return real(
            host=address, port=port, username="admin", password=os.environ["SROS_PASSWORD"], hostkey_verify=False,
            timeout=300,
        )

    management.connect = connect
    module: Any = types.ModuleType("pysros.ehs")
    module.get_event = lambda: Event(text)
    sys.modules["pysros.ehs"] = module
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
