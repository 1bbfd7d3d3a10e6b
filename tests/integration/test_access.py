"""The login's rights and what the router has left are read first; what is missing stops a run with lines to type."""

from __future__ import annotations

import pytest

from tests.support.fleet import Fleet, MakeFleet, Result

ENGINES = ("/configure", "system", "management-interface", "cli", "cli-engine")
USER = ("/configure", "system", "security", "user-params", "local-user", "user", "admin")
PROFILE = (
    "/configure", "system", "security", "aaa", "local-profiles", "profile", "administrative", "netconf",
    "base-op-authorization",
)


def stops(fleet: Fleet) -> list[tuple[str, str, str]]:
    """Code, message and hint of everything that stops `plan`, which then exits with 5."""
    result = fleet.run("plan", "-o", "json")
    found = [
        (item["code"], item["message"], item["hint"])
        for item in result.entry("sr1")["findings"] if item["severity"] == "stop"
    ]
    assert result.code == (5 if found else 2), result.text
    return found


def stopped(fleet: Fleet) -> tuple[str, str, str]:
    """What stops `plan`: one thing, and `apply` for the same reason, with nothing changed."""
    before = fleet.snapshot()
    (found,) = stops(fleet)
    applied: Result = fleet.run("apply", "--yes", "-o", "json")

    assert (applied.code, applied.entry("sr1")["error"]["code"]) == (5, found[0]), applied.text
    assert fleet.snapshot() == before
    return found


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_a_router_that_gives_everything_is_not_stopped(lab_fleet: MakeFleet, release: str) -> None:
    """The lab's own administrator has all that is needed."""
    assert stops(lab_fleet(release=release)) == []


def test_a_missing_engine_stops_with_the_line_that_gives_it(lab_fleet: MakeFleet) -> None:
    """Without the classic engine the commands of 21.2 cannot be given."""
    fleet = lab_fleet()
    fleet.operator("delete", *ENGINES, "classic-cli")

    code, message, hint = stopped(fleet)

    assert (code, "classic-cli engine" in message) == ("no-exec-backend", True)
    assert "/configure system management-interface cli cli-engine [md-cli classic-cli]" in hint


def test_the_users_own_engines_count(lab_fleet: MakeFleet) -> None:
    """A user with a list of its own is not helped by the router's."""
    fleet = lab_fleet()
    fleet.operator(*USER, "cli-engine", "md-cli")

    code, _, hint = stopped(fleet)

    assert code == "no-exec-backend"
    assert '/configure system security user-params local-user user "admin" cli-engine [md-cli classic-cli]' in hint


@pytest.mark.parametrize(("release", "accesses"), [("21.2", ["console"]), ("25.10", ["console", "ssh-cli"])])
def test_without_access_to_the_cli_no_command_can_be_given(
    lab_fleet: MakeFleet, release: str, accesses: list[str]
) -> None:
    """Neither console nor ssh-cli: the line to type is shown."""
    fleet = lab_fleet(release=release)
    for interface in accesses:
        fleet.operator(*USER, "access", interface, "false")

    code, message, hint = stopped(fleet)

    assert (code, "console" in message) == ("no-exec-backend", True)
    assert 'user "admin" access console true' in hint


def test_without_access_to_grpc_nothing_is_begun(lab_fleet: MakeFleet) -> None:
    """The check of the TLS commit would fail, so that it is said before."""
    fleet = lab_fleet()
    fleet.operator(*USER, "access", "grpc", "false")

    code, message, _ = stopped(fleet)

    assert (code, "grpc" in message) == ("user-rights", True)


@pytest.mark.parametrize(("release", "operation"), [("21.2", "lock"), ("25.10", "commit"), ("25.10", "copy-config")])
def test_an_operation_that_no_profile_allows_is_named(lab_fleet: MakeFleet, release: str, operation: str) -> None:
    """A right that a step needs is looked up before the step."""
    fleet = lab_fleet(release=release)
    fleet.operator(*PROFILE, operation, "false")

    code, _, hint = stopped(fleet)

    assert code == "user-rights"
    assert f'profile "administrative" netconf base-op-authorization {operation} true' in hint


def test_too_few_sessions_are_said_before_anything_is_begun(lab_fleet: MakeFleet) -> None:
    """Two more sessions than our own must fit; the open ones are listed."""
    fleet = lab_fleet()
    fleet.operator("/configure", "system", "login-control", "ssh", "inbound-max-sessions", "2")

    code, message, hint = stopped(fleet)

    assert code == "too-few-sessions"
    assert "netconf of admin" in message
    assert "inbound-max-sessions 3" in hint


def test_who_holds_the_candidate_is_named(lab_fleet: MakeFleet) -> None:
    """The session that holds the lock is told with what ends it."""
    fleet = lab_fleet()
    core = fleet.router()
    other = core.sessions.open("operator", "192.0.2.9", "netconf", core.clock())
    core.datastores.lock(other, "candidate")

    code, message, hint = stopped(fleet)

    assert code == "lock-held"
    assert f"session {other.id} of operator" in message
    assert f"admin disconnect session-id {other.id}" in hint


def test_a_release_that_is_not_the_routers_stops(lab_fleet: MakeFleet) -> None:
    """The intent's word does not go before the router's."""
    fleet = lab_fleet(release="21.2")
    with fleet.editing() as document:
        document["routers"]["sr1"]["release"] = "25.10"

    code, message, _ = stopped(fleet)

    assert code == "release-differs"
    assert "21.2" in message
