"""`lab ca …`: command line of the lab's CA. Owns its words and what is printed, the answers are ``cacommands``'s."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .cacommands import REASONS

Command = Callable[..., argparse.ArgumentParser]
_VERBS = ("list", "revoke", "transactions", "show", "approve", "trust", "expect", "vendors", "est")
_NEEDS = {
    "revoke": "a serial number", "show": "a transaction", "trust": "the file of a vendor's root certificate",
    "expect": "the subject of a vendor's certificate",
}


def add(command: Command, run: Callable[[argparse.Namespace], int]) -> None:
    """Add ``ca`` to the lab's commands."""
    made = command("ca", run, "certificates and transactions of the CA, its vendors, and how EST is spoken")
    made.add_argument("verb", choices=_VERBS)
    made.add_argument(
        "what", nargs="?", default="",
        help="serial number (revoke) or transaction (show, approve), or its beginning; file (trust); a certificate's "
        "subject (expect)",
    )
    made.add_argument("--reason", choices=tuple(REASONS), default="unspecified", help="why it is revoked")
    made.add_argument("--router", default="", help="which router, or other reference of a code, is expected")


def arguments(options: argparse.Namespace) -> dict[str, str]:
    """Return what goes to the lab. ValueError when something is missing or too much."""
    verb, what = options.verb, options.what
    if verb in ("list", "transactions", "vendors", "est"):
        if what:
            raise ValueError(f"ca {verb} takes nothing more")
        return {"verb": verb}
    if not what and verb in _NEEDS:
        raise ValueError(f"ca {verb} needs {_NEEDS[verb]}")
    if verb == "revoke":
        return {"verb": verb, "serial": what, "reason": options.reason}
    if verb == "trust":
        return {"verb": verb, "pem": Path(what).read_text("latin-1")}
    if verb == "expect":
        if not options.router:
            raise ValueError("ca expect needs the router that it is (--router)")
        return {"verb": verb, "device": what, "router": options.router}
    return {"verb": verb, "transaction": what}


def text(verb: str, result: Any) -> str:
    """Return an answer for people to read."""
    if verb == "list":
        return "\n".join(map(_certificate, result)) or "The CA has issued nothing."
    if verb == "revoke":
        return _certificate(result)
    if verb == "transactions":
        return "\n".join(map(_transaction, result)) or "The CA has not been asked for anything."
    if verb == "approve":
        return f"{result['approved']} request(s) approved."
    if verb == "trust":
        return f"The CA takes first requests under {result['trusted']}."
    if verb == "expect":
        return _device(result)
    if verb == "codes":
        return "\n".join(map(_code, result)) or "The CA has issued no code."
    if verb == "est":
        return "\n".join(f"{name:<12} {text}" for name, text in result.items())
    if verb == "vendors":
        lines = [*(f"root  {name}" for name in result["roots"]), *map(_device, result["devices"])]
        return "\n".join(lines) or "The CA trusts no vendor."
    words = ("time", "peer", "kind", "result", "subject", "names", "serial", "fail_info", "text")
    lines = ["  ".join(str(entry[word]) for word in words if entry[word]) for entry in result["journal"]]
    return "\n".join([_transaction(result), *lines])


def _certificate(item: dict[str, Any]) -> str:
    revoked = item["revoked"]
    end = f"revoked {revoked['time']} {revoked['reason']}" if revoked else f"until {item['not_after']}"
    return "  ".join([item["serial"], item["subject"], *item["names"], end])


def _code(item: dict[str, Any]) -> str:
    words = [item["reference"], item["subject"], *item["names"], item["state"], item["serial"]]
    until = [f"until {item['expires']}"] if item["expires"] else []
    return "  ".join([word for word in words if word] + until)


def _device(item: dict[str, Any]) -> str:
    end = f"enrolled {item['serial']}" if item["serial"] else "expected"
    return "  ".join([item["device"], "is", item["subject"], *item["names"], end])


def _transaction(item: dict[str, Any]) -> str:
    words = [item["transaction"], item["kind"], item["credential"], item["state"], item["serial"]]
    return "  ".join(word for word in words if word)
