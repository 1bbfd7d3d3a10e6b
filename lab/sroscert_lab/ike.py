"""`lab ike`: tell a router that an IKEv2 peer shows it a certificate, and say what it makes of that.

Owns the words of the command and of its answer, which is ikecommand.py's. There are no IKE packets.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add(command: Callable[..., argparse.ArgumentParser], run: Callable[[argparse.Namespace], int]) -> None:
    """Add the command."""
    made = command("ike", run, "tell a router that an IKEv2 peer shows it a certificate (there are no IKE packets)")
    made.add_argument("profile", help="the router's ipsec-transport-mode-profile that the peer comes to")
    made.add_argument("certificate", help="file of the peer's certificate (PEM)")
    made.add_argument("--router", required=True, help="which router")
    made.add_argument(
        "--asks", action="append", default=[], metavar="FILE", help="a CA that the peer's CERTREQ names (PEM)"
    )


def arguments(options: argparse.Namespace) -> dict[str, Any]:
    """What the lab is told. OSError."""
    return {
        "router": options.router,
        "profile": options.profile,
        "certificate": Path(options.certificate).read_text(),
        "asks": [Path(file).read_text() for file in options.asks],
    }


def text(result: dict[str, Any]) -> str:
    """The answer in words."""
    lines = ["The peer is accepted." if result["accepted"] else f"The peer is refused: {result['reason']}."]
    if result["entry"] is None:
        lines.append("The router has no certificate to show: its cert-profile is not up.")
    else:
        along = f", with {', '.join(result['send_chain'])}" if result["send_chain"] else ""
        lines.append(f"The router shows entry {result['entry']}, {result['certificate']}{along}.")
    return "\n".join(lines)
