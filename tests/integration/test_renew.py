"""`sroscert renew` on simulated routers and a CA, over real sockets: each way to ask, and what stays when it breaks."""

from __future__ import annotations

import dataclasses
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import grpc
import pytest
from pygnmi.spec.v080 import gnmi_pb2, gnmi_pb2_grpc
from sroscert_lab.router.pki.assumptions import Flip
from sroscert_lab.router.pki.router_pki import RouterPKI

from tests.support.ended import expire
from tests.support.fleet import PASSWORD, Fleet, MakeFleet, Result
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


def tls(fleet: Fleet) -> ssl.SSLContext:
    """What a client verifies a router with."""
    context = ssl.create_default_context(cadata=fleet.ca.certificate_pem().decode())
    context.set_ciphers("AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
    context.set_alpn_protocols(["h2"])
    return context


@contextmanager
def connected(fleet: Fleet, router: str, context: ssl.SSLContext | None = None) -> Iterator[ssl.SSLSocket]:
    """One verified connection to a router's gNMI port."""
    core = fleet.router(router)
    with (
        socket.create_connection((core.address, core.ports.gnmi), timeout=5) as plain,
        (context or tls(fleet)).wrap_socket(plain, server_hostname=core.address) as connection,
    ):
        yield connection


@contextmanager
def client(fleet: Fleet, router: str) -> Iterator[list[str]]:
    """A client that makes a verified handshake every 100 ms; yields the serials that it saw, and `failed: …`."""
    context = tls(fleet)
    seen: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            try:
                with connected(fleet, router, context) as connection:
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


@contextmanager
def subscribed(fleet: Fleet, router: str) -> Iterator[Iterator[Any]]:
    """A subscription, over verified TLS, to the router's name each second; yields its updates."""
    core = fleet.router(router)
    credentials = grpc.ssl_channel_credentials(fleet.ca.certificate_pem())
    path = gnmi_pb2.Path(elem=[gnmi_pb2.PathElem(name=name) for name in ("configure", "system", "name")])
    wish = gnmi_pb2.Subscription(path=path, mode="SAMPLE", sample_interval=1_000_000_000)
    request = gnmi_pb2.SubscribeRequest(
        subscribe=gnmi_pb2.SubscriptionList(subscription=[wish], mode="STREAM", encoding="JSON")
    )
    metadata = [("username", "admin"), ("password", PASSWORD)]
    with grpc.secure_channel(f"{core.address}:{core.ports.gnmi}", credentials) as channel:
        stream = gnmi_pb2_grpc.gNMIStub(channel).Subscribe(iter([request]), metadata=metadata, timeout=60)
        yield (answer for answer in stream if answer.HasField("update"))
        stream.cancel()


@pytest.mark.law(1, 5)
def test_a_due_certificate_is_renewed_by_key_update_while_clients_connect(lab_fleet: MakeFleet) -> None:
    """Nothing is due: nothing is done. Due: another key, kur with SHA-256, one flip, and no handshake ever fails."""
    fleet = enrolled(lab_fleet, *RELEASES, "19.10")
    before = [fleet.snapshot(name) for name in fleet.names]
    idle = fleet.run("renew", "--yes", *FAST)
    assert (idle.code, [fleet.snapshot(name) for name in fleet.names]) == (0, before), idle.text
    assert idle.out.count("nothing is due; sr-cert is valid until") == 3
    first = {name: fleet.router(name).flash.read("cf3:/system-pki/sr-key") for name in fleet.names}
    commands = {name: Holding(fleet.router(name)).commands for name in fleet.names}

    due(fleet)
    shown = fleet.run("renew", "--dry-run")
    assert (shown.code, requests(fleet)) == (2, ["ir"] * 3), shown.text
    assert "CMPv2 key update, signed by sr-cert" in shown.out
    with subscribed(fleet, "sr2") as updates:
        next(updates)
        held = renew(fleet, "-l", "sr2")
        assert (held.code, held.entry("sr2")["error"]["code"]) == (5, "would-interrupt"), held.text
        assert "1 open gRPC connection may end, with 1 subscription" in held.entry("sr2")["error"]["message"]
        with client(fleet, "sr1") as seen, client(fleet, "sr2") as others:
            # A connection of these clients may be open at the moment when they are counted.
            result = renew(fleet, "--allow-interrupt")
        taken = [next(updates) for _ in range(3)]
    assert [item.update.timestamp > 0 for item in taken] == [True] * 3, "the subscription lives on"

    assert result.code == 0, result.text
    assert requests(fleet) == ["ir"] * 3 + ["kur"] * 3
    (told,) = result.entry("sr1")["certificates"]
    assert told == {
        "name": "sr-cert", "before": "sr-cert", "after": "sr-cert-g2", "renews": True, "request": "key-update"
    }
    for name in fleet.names:
        assert pair_of(fleet, name) == ("sr-cert-g2", "sr-key-g2")
        assert fleet.router(name).flash.read("cf3:/system-pki/sr-key") == first[name]
        (line,) = [line for line in commands[name] if "key-update" in line]
        assert "sha256" in line and "sr-key-g2" in line
    for handshakes in (seen, others):
        assert [word for word in handshakes if word.startswith("failed")] == []
        assert len(handshakes) > 10 and len(set(handshakes)) == 2
    again = fleet.run("apply", "--yes", "-o", "json", *FAST)
    assert (again.code, requests(fleet)) == (0, ["ir"] * 3 + ["kur"] * 3), again.text
    assert fleet.run("needs-renewal").code == 0


def test_apply_renews_too_and_asks_by_cert_request_for_another_name(lab_fleet: MakeFleet) -> None:
    """A changed SAN is asked for with the pair in use, by both ways of giving commands; the router gets no code."""
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
    """What has ended signs nothing: the plan names the code, a used one changes nothing, a fresh one is taken."""
    fleet = enrolled(lab_fleet, *RELEASES)
    for name in fleet.names:
        expire(fleet, name)
    shown = fleet.run("plan")
    assert shown.out.count("needs that the CA takes the one-time code of reference") == 2, shown.text
    refused = renew(fleet)
    assert (refused.code, {pair_of(fleet, name) for name in fleet.names}) == (3, {("sr-cert", "sr-key")}), refused.text
    for name in fleet.names:
        fleet.issue_code(name)

    result = renew(fleet)

    assert result.code == 0, result.text
    assert requests(fleet) == ["ir", "ir", "ir", "ir"]
    assert {pair_of(fleet, name) for name in fleet.names} == {("sr-cert-g2", "sr-key-g2")}


@pytest.mark.law(1, 4)
def test_a_ca_that_goes_away_or_waits_breaks_no_pair(lab_fleet: MakeFleet) -> None:
    """Down: 69, pair and service as they were. Back but undecided: 3, then polled by apply. One key all along."""
    fleet = enrolled(lab_fleet, *RELEASES)
    due(fleet)

    def leave() -> None:
        fleet.ca.faults.set(down=True)

    for name in fleet.names:
        Holding(fleet.router(name)).then(leave, "keypair")

    down = renew(fleet)

    assert down.code == 69, down.text
    keys = {name: fleet.router(name).flash.read("cf3:/system-pki/sr-key-g2") for name in fleet.names}
    assert {pair_of(fleet, name) for name in fleet.names} == {("sr-cert", "sr-key")}
    fleet.operator("/configure", "system", "grpc", "admin-state", "disable", router="sr1")
    mended = fleet.run("apply", "--yes", "--no-renew", "-o", "json", *FAST)
    assert (mended.code, [entry["steps_done"] for entry in mended.json["routers"]]) == (0, [2, 0]), mended.text
    assert fleet.run("check").code == 0
    fleet.ca.faults.set(down=False, pending=-1)
    waiting = renew(fleet)
    assert {entry["error"]["code"] for entry in waiting.json["routers"]} == {"enrolment-pending"}, waiting.text
    fleet.ca.approve()
    done = fleet.run("apply", "--yes", "-o", "json", *FAST)
    assert done.code == 0, done.text
    assert requests(fleet, "waiting") == ["kur", "kur"]
    assert {pair_of(fleet, name) for name in fleet.names} == {("sr-cert-g2", "sr-key-g2")}
    assert {name: fleet.router(name).flash.read("cf3:/system-pki/sr-key-g2") for name in fleet.names} == keys


@pytest.mark.law(6)
def test_a_renewal_killed_before_its_flip_is_taken_up(lab_fleet: MakeFleet) -> None:
    """SIGKILL between import and flip: the old pair is served; the next run of either command flips and asks nobody."""
    fleet = enrolled(lab_fleet, *RELEASES)
    due(fleet)
    holdings = [Holding(fleet.router(name)) for name in fleet.names]
    for holding in holdings:
        holding.hold("import", "sr-cert-g2")
    with fleet.start("renew", "--yes", *FAST) as process:
        for holding in holdings:
            holding.wait()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    for holding in holdings:
        holding.release()
    assert {pair_of(fleet, name) for name in fleet.names} == {("sr-cert", "sr-key")}
    assert fleet.run("check").code == 0

    for name, command in zip(fleet.names, ("apply", "renew"), strict=True):
        result = fleet.run(command, "--yes", "-o", "json", "-l", name, *FAST)
        assert result.code == 0, result.text
        kinds = list(dict.fromkeys(step["kind"] for step in result.entry(name)["steps"]))
        assert kinds == ["Commit", "Save", "RemoveFile"]

    assert requests(fleet) == ["ir", "ir", "kur", "kur"]
    assert {pair_of(fleet, name) for name in fleet.names} == {("sr-cert-g2", "sr-key-g2")}


@pytest.mark.law(1, 2)
def test_a_forced_renewal_whose_service_fails_goes_back_and_is_gone_on_with(lab_fleet: MakeFleet) -> None:
    """Native renewal and the handler's script move with the files, are undone with them, and move again when forced."""
    fleet = lab_fleet(routers=2, release=RELEASES)
    fleet.applied()
    for name in fleet.names:
        fleet.router(name).faults.set("grpc-refused")
    before = [follows(fleet, name) for name in fleet.names]

    undone = renew(fleet, "--force", "--verify-timeout", "1")

    assert {entry["error"]["code"] for entry in undone.json["routers"]} == {"rolled-back"}, undone.text
    assert [follows(fleet, name) for name in fleet.names] == before
    for name in fleet.names:
        fleet.router(name).faults.clear("grpc-refused")
    plain = renew(fleet)
    assert (plain.code, {entry["steps_done"] for entry in plain.json["routers"]}) == (0, {0}), plain.text
    assert "generation-unused" in plain.out
    due(fleet, before="8760h", method="auto")
    theirs = fleet.run("renew", "--yes", *FAST)
    assert (theirs.code, theirs.out.count("due for renewal: its router renews it")) == (2, 2), theirs.text
    due(fleet, before="30d", method="auto")
    file = str(fleet.folder / "forced.plan")
    saved = fleet.run("renew", "--force", "--certificate", "sr-cert", "--save", file)
    assert (saved.code, f"sroscert apply {file}" in saved.err) == (2, True), saved.text
    forced = fleet.run_bare("apply", file, *FAST)
    assert (forced.code, forced.out.count("gave way to sr-cert-g2; certificate valid until 20")) == (0, 2), forced.out
    assert requests(fleet) == ["ir", "ir", "kur", "kur"]
    assert [follows(fleet, name) for name in fleet.names] == [[text + "-g2" for text in names] for names in before]
    assert fleet.run("plan").code == 0
    twice = fleet.run_bare("apply", file, "-o", "json", *FAST)
    assert {entry["error"]["code"] for entry in twice.json["routers"]} == {"plan-changed"}, "forced is forced once"
    unknown = renew(fleet, "--certificate", "nobody")
    assert unknown.code == 64, unknown.text


@pytest.mark.law(1, 2)
def test_a_router_that_keeps_serving_the_old_pair_gets_a_new_profile(lab_fleet: MakeFleet) -> None:
    """Where a changed entry takes no effect the flip is undone and told; made anew the profile serves the new pair."""
    fleet = lab_fleet(routers=2, release=RELEASES)
    fleet.applied()
    for name in fleet.names:
        behaviour = fleet.router(name).behaviour
        assert isinstance(behaviour, RouterPKI)
        behaviour.assumptions = dataclasses.replace(behaviour.assumptions, flip=Flip.AFTER_BOUNCE)

    undone = renew(fleet, "--force", "--verify-timeout", "1")

    errors = [entry["error"] for entry in undone.json["routers"]]
    assert [error["code"] for error in errors] == ["rolled-back"] * 2, undone.text
    assert all("the router serves serial" in error["message"] for error in errors)
    assert all("--new-profile" in error["hint"] for error in errors)
    anew = renew(fleet, "--force", "--new-profile")
    assert anew.code == 0, anew.text
    assert requests(fleet) == ["ir", "ir", "kur", "kur"]
    assert {profiles(fleet, name) for name in fleet.names} == {("sr-cert-prof-g2",)}
    assert {pair_of(fleet, name) for name in fleet.names} == {("sr-cert-g2", "sr-key-g2")}
    assert (fleet.run("plan").code, fleet.run("drift").code, fleet.run("check").code) == (0, 0, 0)
    again = renew(fleet, "--force")
    assert again.code == 0, again.text
    assert {profiles(fleet, name) for name in fleet.names} == {("sr-cert-prof-g3",)}
    assert {pair_of(fleet, name) for name in fleet.names} == {("sr-cert-g3", "sr-key-g3")}


def profiles(fleet: Fleet, router: str) -> tuple[str, ...]:
    """The cert-profiles of a router."""
    return tuple(name.text or "" for name in fleet.router(router).running().iterfind(".//{*}cert-profile-name"))


def follows(fleet: Fleet, router: str) -> list[str]:
    """The certificate in use, and that which the router's own renewal names."""
    running = fleet.router(router).running()
    native = running.findtext(".//{*}certificate-auto-update/{*}certificate-file-name")
    warned = running.findtext(".//{*}log/{*}filter//{*}message/{*}eq") or ""
    return [pair_of(fleet, router)[0], native or warned.removeprefix("Certificate ").partition(" ")[0]]
