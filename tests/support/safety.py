"""What the tests of the laws do to a lab and look at: an impatient apply, its error, and what is on the router."""

from __future__ import annotations

import pytest

from tests.support.fleet import Fleet, Result

RELEASES = pytest.mark.parametrize("release", ["21.2", "25.10"])
FAST = ("--verify-timeout", "1", "--confirm-timeout", "10", "--settle-timeout", "0")


def apply(fleet: Fleet, *options: str) -> Result:
    """One `apply`, impatient, with JSON."""
    return fleet.run("apply", "--yes", "-o", "json", *FAST, *options)


def error(result: Result, router: str = "sr1") -> dict[str, str]:
    """The error of one router."""
    found: dict[str, str] = result.entry(router)["error"]
    return found


def asked(fleet: Fleet) -> int:
    """How many initial registrations the CA saw."""
    return len({entry.transaction_id for entry in fleet.ca.journal.entries() if entry.kind == "ir"})


def pki_files(fleet: Fleet) -> set[str]:
    """What is in system-pki."""
    return {entry.name for entry in fleet.router().flash.entries("cf3:/system-pki")}


def has_tls(fleet: Fleet) -> bool:
    """Whether running has anything of TLS."""
    return fleet.router().running().find(".//{*}tls/*") is not None


def in_use(fleet: Fleet) -> str:
    """The certificate file that running names."""
    return fleet.router().running().findtext(".//{*}cert-profile//{*}certificate-file") or ""
