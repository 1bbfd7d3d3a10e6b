"""`sroscert renew` on simulated routers and a CA, over real sockets: each way to ask, and what stays when it breaks."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from lxml import etree
from sroscert_lab.change import read_change

from tests.support.fleet import Fleet, MakeFleet, Result
from tests.support.holding import Holding

FAST = ("--verify-timeout", "5", "--confirm-timeout", "10", "--settle-timeout", "0")
RELEASES = ("21.2", "25.10")
HANDSHAKE_EVERY_S = 0.1


def renew(fleet: Fleet, *more: str) -> Result:
    """One `renew`, with JSON."""
    return fleet.run("renew", "--yes", "-o", "json", *FAST, *more)


def due(fleet: Fleet, before: str = "960h", method: str = "external") -> None:
    """Have the intent renew forty days before the end, by sroscert."""
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"] = {"before": before, "method": method}


def enrolled(make: MakeFleet, *releases: str, lifetime: timedelta = timedelta(days=40)) -> Fleet:
    """Routers with a certificate of forty days, made by apply; what the CA issues from now on lives for a year."""
    fleet = make(routers=len(releases), release=releases, lifetime=lifetime)
    due(fleet, before="30d")
    fleet.applied()
    fleet.ca.lifetime = timedelta(days=365)
    return fleet


def pair_of(fleet: Fleet, router: str) -> tuple[str, str]:
    """The files that the router's cert-profile names."""
    entry = fleet.router(router).running().find(".//{*}cert-profile/{*}entry")
    assert entry is not None
    return entry.findtext("{*}certificate-file") or "", entry.findtext("{*}key-file") or ""


def requests(fleet: Fleet, result: str = "issued") -> list[str]:
    """The kinds of requests that the CA answered so, in order."""
    return [entry.kind for entry in fleet.ca.journal.entries() if entry.result == result]


def served_serial(fleet: Fleet, router: str) -> str:
    """The serial of what a client gets."""
    status = fleet.run("check", "-o", "json", "-l", router)
    return str(status.entry(router))


@contextmanager
def client(fleet: Fleet, router: str) -> Iterator[list[str]]:
    """A client that makes a verified handshake every 100 ms; yields the serials that it saw, and `failed: …`."""
    core = fleet.router(router)
    context = ssl.create_default_context(cadata=fleet.ca.certificate_pem().decode())
    context.set_ciphers("AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
    context.set_alpn_protocols(["h2"])
    seen: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            try:
                with (
                    socket.create_connection((core.address, core.ports.gnmi), timeout=5) as plain,
                    context.wrap_socket(plain, server_hostname=core.address) as connection,
                ):
                    seen.append(str((connection.getpeercert() or {})["serialNumber"]))
            except OSError as error:
                seen.append(f"failed: {error}")
            stop.wait(HANDSHAKE_EVERY_S)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


@pytest.mark.law(1, 5)
def test_a_due_certificate_is_renewed_by_key_update_while_clients_connect(lab_fleet: MakeFleet) -> None:
    """Nothing is due: nothing is done. Due: another key, kur with SHA-256, one flip, and no handshake fails all along."""
    fleet = enrolled(lab_fleet, *RELEASES)
    before = [fleet.snapshot(name) for name in fleet.names]
    idle = fleet.run("renew", "--yes", *FAST)
    assert (idle.code, [fleet.snapshot(name) for name in fleet.names]) == (0, before), idle.text
    assert idle.out.count("nothing is due; sr-cert is valid until") == 2
    first = {name: fleet.router(name).flash.read("cf3:/system-pki/sr-key") for name in fleet.names}
    commands = {name: Holding(fleet.router(name)).commands for name in fleet.names}

    due(fleet)
    shown = fleet.run("renew", "--dry-run")
    assert (shown.code, requests(fleet)) == (2, ["ir", "ir"]), shown.text
    assert "CMPv2 key update, signed by sr-cert" in shown.out
    with client(fleet, "sr1") as seen, client(fleet, "sr2") as others:
        result = renew(fleet)

    assert result.code == 0, result.text
    assert requests(fleet) == ["ir", "ir", "kur", "kur"]
    for name in fleet.names:
        assert pair_of(fleet, name) == ("sr-cert-g2", "sr-key-g2")
        assert fleet.router(name).flash.read("cf3:/system-pki/sr-key") == first[name]
        (line,) = [line for line in commands[name] if "key-update" in line]
        assert "sha256" in line and "sr-key-g2" in line
    for handshakes in (seen, others):
        assert [word for word in handshakes if word.startswith("failed")] == []
        assert len(handshakes) > 10 and len(set(handshakes)) == 2
    again = fleet.run("apply", "--yes", "-o", "json", *FAST)
    assert (again.code, requests(fleet)) == (0, ["ir", "ir", "kur", "kur"]), again.text
    assert fleet.run("needs-renewal").code == 0


def test_apply_renews_too_and_asks_by_cert_request_for_another_name(lab_fleet: MakeFleet) -> None:
    """A changed SAN is asked for with the pair in use, on both ways of giving commands; no code is sent to the router."""
    fleet = enrolled(lab_fleet, *RELEASES)
    commands = {name: Holding(fleet.router(name)).commands for name in fleet.names}
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = ["{router}.example.net"]
    refused = renew(fleet)
    assert refused.code == 3, refused.text
    assert {entry["error"]["code"] for entry in refused.json["routers"]} == {"cmp-rejected"}
    assert {pair_of(fleet, name) for name in fleet.names} == {("sr-cert", "sr-key")}
    for name in fleet.names:
        fleet.issue_code(name, dns=(f"{name}.example.net",))

    result = fleet.run("apply", "--yes", "-o", "json", *FAST)

    assert result.code == 0, result.text
    assert requests(fleet) == ["ir", "ir", "cr", "cr"]
    for name in fleet.names:
        assert pair_of(fleet, name) == ("sr-cert-g2", "sr-key-g2")
        asked = [line for line in commands[name] if "cert-request" in line]
        assert len(asked) == 2 and all("sha256" in line and "example.net" in line for line in asked)
        assert not [line for line in commands[name] if "initial-registration" in line]
        assert len([line for line in commands[name] if "keypair" in line]) == 1


def test_an_expired_certificate_is_replaced_by_its_code(lab_fleet: MakeFleet) -> None:
    """What has ended signs nothing: the plan names the code that is needed, and a used one is refused before a flip."""
    fleet = enrolled(lab_fleet, *RELEASES, lifetime=timedelta(seconds=12))
