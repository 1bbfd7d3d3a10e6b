"""What stops a run before it does harm, and what a run says at its end (laws 3, 7, 10, 12)."""

from __future__ import annotations

import socket
import ssl

import pytest

from tests.support.fleet import MakeFleet
from tests.support.holding import COMMIT, Holding
from tests.support.safety import FAST, apply, error


@pytest.mark.law(3)
def test_a_candidate_that_somebody_holds_is_left_alone(lab_fleet: MakeFleet) -> None:
    """An exclusive lock of somebody else stops the run with exit code 5 before anything is sent."""
    fleet = lab_fleet()
    fleet.router().faults.set("lock-held")
    before = fleet.snapshot()

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (5, "lock-held"), result.text
    assert fleet.snapshot() == before
    assert fleet.run("plan").code == 5


@pytest.mark.law(3)
@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_changes_that_somebody_has_not_committed_are_left_alone(lab_fleet: MakeFleet, release: str) -> None:
    """A candidate with somebody's edits is neither committed nor discarded; nothing is sent."""
    fleet = lab_fleet(release=release)
    stores = fleet.router().datastores
    fleet.router().faults.set("candidate-dirty")
    running = fleet.snapshot().running

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (5, "candidate-changed"), result.text
    assert stores.is_dirty
    assert fleet.snapshot().running == running
    fleet.router().faults.clear()
    assert apply(fleet).code == 0
    assert fleet.router().running().find(".//{*}prefer-local-time") is None


@pytest.mark.law(3)
def test_nothing_is_locked_while_the_ca_is_asked(lab_fleet: MakeFleet) -> None:
    """At the moment of the request anybody could commit: no lock, no open candidate, no pending commit of ours."""
    fleet = lab_fleet()
    stores = fleet.router().datastores
    seen: list[tuple[bool, bool, bool]] = []
    Holding(fleet.router()).then(
        lambda: seen.append((stores.is_locked("candidate"), stores.is_dirty, stores.pending is not None)),
        "initial-registration",
    )

    assert apply(fleet).code == 0
    assert seen == [(False, False, False)]


@pytest.mark.law(10)
@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_a_leaf_that_somebody_takes_away_at_the_end_is_noticed(lab_fleet: MakeFleet, release: str) -> None:
    """An operator's commit after our last one makes the run say "not in sync", not "done"."""
    fleet = lab_fleet(release=release)
    holding = Holding(fleet.router())
    # The last thing that a first enrolment does is to remove the work file.
    holding.then(
        lambda: fleet.operator("/configure", "system", "grpc", "admin-state", "disable"), "remove", "sr-cert.der"
    )

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "not-in-sync"), result.text
    assert "steps_done" not in result.entry("sr1")


@pytest.mark.law(10)
def test_a_router_that_drops_a_leaf_of_a_commit_is_noticed(lab_fleet: MakeFleet) -> None:
    """A commit whose leaf is gone when running is read again is not kept."""
    fleet = lab_fleet()
    fleet.applied()
    core = fleet.router()
    fleet.operator("/configure", "system", "security", "pki", "certificate-expiration-warning", "hours", "100")
    core.save_configuration()
    stores = core.datastores

    def lose() -> None:
        for leaf in stores._running.iterfind(".//{*}certificate-expiration-warning/{*}hours"):
            leaf.text = "100"

    Holding(core).then(lose, *COMMIT)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (6, "rolled-back"), result.text
    assert "running does not show" in error(result)["message"]
    assert "hours" in error(result)["message"]


@pytest.mark.law(7)
def test_a_wrong_password_changes_nothing(lab_fleet: MakeFleet) -> None:
    """The router's refusal is told as such, once, and not taken for a router out of reach."""
    fleet = lab_fleet()
    (fleet.folder / "password").write_text("wrong\n")
    before = fleet.snapshot()

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "authentication"), result.text
    assert fleet.snapshot() == before
    assert len([login for login in fleet.router().logins if login.password == "wrong"]) == 1


@pytest.mark.law(7)
def test_a_host_key_that_is_not_the_known_one_stops_before_the_password(lab_fleet: MakeFleet) -> None:
    """With another key in known_hosts no password reaches the router."""
    fleet = lab_fleet(routers=2)
    lines = (fleet.folder / "known_hosts").read_text().splitlines()
    first, second = fleet.router("sr1").address, fleet.router("sr2").address
    keys = {line.split()[1] + " " + line.split()[2] for line in lines if second in line}
    swapped = [" ".join([line.split()[0], *keys]) for line in lines if first in line]
    (fleet.folder / "known_hosts").write_text("\n".join(swapped) + "\n")

    result = apply(fleet, "--limit", "sr1")

    assert (result.code, error(result)["code"]) == (3, "host-key"), result.text
    assert fleet.router("sr1").logins == []


@pytest.mark.law(12)
def test_open_sessions_of_others_are_not_ended_unasked(lab_fleet: MakeFleet) -> None:
    """With a client on the gNMI port a TLS commit stops with exit code 5, unless --allow-interrupt says that it may."""
    fleet = lab_fleet()
    fleet.applied()
    typed = "/configure system security tls server-tls-profile sr-server-tls-prof tls-re-negotiate-timer 5"
    fleet.operator(*typed.split())
    fleet.router().save_configuration()
    core = fleet.router()
    context = ssl.create_default_context(cafile=str(fleet.folder / "ManagementCA.pem"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.set_alpn_protocols(["h2"])
    before = fleet.snapshot()
    with (
        socket.create_connection((core.address, core.ports.gnmi), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=core.address),
    ):
        result = apply(fleet)

        assert (result.code, error(result)["code"]) == (5, "would-interrupt"), result.text
        assert "open gRPC connection" in error(result)["message"]
        assert "--allow-interrupt" in error(result)["hint"]
        assert fleet.snapshot() == before
        assert fleet.run("apply", "--yes", *FAST, "--allow-interrupt").code == 0


def test_a_router_in_classic_mode_is_not_written_to(lab_fleet: MakeFleet) -> None:
    """The run stops with exit code 5 and the line that an operator would type."""
    fleet = lab_fleet()
    fleet.operator("/configure", "system", "management-interface", "configuration-mode", "classic")
    before = fleet.snapshot()

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (5, "configuration-mode"), result.text
    assert "configuration-mode model-driven" in error(result)["hint"]
    assert fleet.snapshot() == before


def test_two_runs_at_one_router_do_not_meet(lab_fleet: MakeFleet) -> None:
    """While one run works on a router a second one is turned away with exit code 75, and the first one finishes."""
    fleet = lab_fleet()
    holding = Holding(fleet.router())
    holding.hold("keypair")
    with fleet.start("apply", "--yes", *FAST) as process:
        holding.wait()
        second = apply(fleet)
        holding.release()
        process.communicate(timeout=30)

    assert (second.code, error(second)["code"]) == (75, "locked"), second.text
    assert process.returncode == 0


def test_the_operators_own_commit_in_between_is_not_undone(lab_fleet: MakeFleet) -> None:
    """An unrelated commit of an operator while we wait for the CA stays, and our run finishes."""
    fleet = lab_fleet()
    Holding(fleet.router()).then(
        lambda: fleet.operator("/configure", "system", "time", "prefer-local-time", "true"), "initial-registration"
    )

    assert apply(fleet).code == 0
    assert fleet.router().running().findtext(".//{*}time/{*}prefer-local-time") == "true"
