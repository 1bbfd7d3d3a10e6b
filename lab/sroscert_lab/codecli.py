"""`lab codes …`: command line of one-time codes. Owns its words; what a code is belongs to ``cmp.codes``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from .asking import read_duration

Command = Callable[..., argparse.ArgumentParser]


def add(command: Command, run: Callable[[argparse.Namespace], int]) -> None:
    """Add ``codes`` to the lab's commands."""
    made = command("codes", run, "issue fresh one-time enrolment codes into codes/<router or reference>; list them")
    made.add_argument("verb", choices=("issue", "list"))
    made.add_argument("--router", default="", help="one router of the lab (default: all)")
    made.add_argument("--reference", default="", help="for anything else than a router of the lab, with --subject")
    made.add_argument("--subject", default="", metavar="DN", help="its subject, such as C=NL,O=Nokia,CN=pe1")
    made.add_argument("--ip", action="append", default=[], metavar="ADDRESS", help="its IP address; can be repeated")
    made.add_argument("--dns", action="append", default=[], metavar="NAME", help="its DNS name; can be repeated")
    made.add_argument("--expires", default="", metavar="DURATION", help="how long they are good (default: for ever)")


def arguments(options: argparse.Namespace) -> dict[str, Any]:
    """Return what goes to the lab for ``issue``. ValueError when something is missing or too much."""
    if options.expires:
        read_duration(options.expires)
    if not options.reference:
        if options.subject or options.ip or options.dns:
            raise ValueError("--subject, --ip and --dns go with --reference; a router has its own")
        return {"router": options.router, "expires": options.expires}
    if options.router:
        raise ValueError("a code is for a --router of the lab or has a --reference of its own, not both")
    if not options.subject:
        raise ValueError("codes issue --reference needs the --subject that may be asked for")
    return {
        "reference": options.reference, "subject": options.subject, "ips": options.ip, "dns": options.dns,
        "expires": options.expires,
    }
