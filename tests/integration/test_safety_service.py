"""A commit stays only if the gNMI service is seen to hold, whoever enabled it; else nobody says "in sync".

Laws 2 and 10.
"""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from sroscert_lab.cmp import issuing
from sroscert_lab.router.pki import RouterPKI
from sroscert_lab.router.pki.assumptions import Flip
from sroscert_lab.subnet import free_port

from tests.support.certificates import Minted, make_ca, make_certificate
from tests.support.fleet import Fleet, MakeFleet, Result
from tests.support.lab import wait_until
from tests.support.tls_servers import Seen, server_context, tcp_server, tls_front

RELEASES = pytest.mark.parametrize("release", ["21.2", "25.10"])
FAST = ("--verify-timeout", "1", "--confirm-timeout", "10", "--settle-timeout", "0")


def apply(fleet: Fleet, *options: str) -> Result:
    """One `apply`, impatient, with JSON."""
    return fleet.run("apply", "--yes", "-o", "json", *FAST, *options)


def error(result: Result) -> dict[str, str]:
    """The error of the router."""
    found: dict[str, str] = result.entry("sr1")["error"]
    return found


def tls_commit(fleet: Fleet) -> dict[str, list[str]]:
    """The TLS commit of the plan."""
    steps = fleet.run("plan", "-o", "json").entry("sr1")["steps"]
    (found,) = [step for step in steps if step.get("phase") == "tls"]
    return dict(found)


def dial(fleet: Fleet, port: int) -> None:
    """Have the intent look for gNMI at another port of the router."""
    with fleet.editing() as document:
        document["routers"]["sr1"]["login"]["ports"]["gnmi"] = port


def without_grpc(fleet: Fleet) -> None:
    """The intent says nothing of gRPC, which the router has enabled."""
    with fleet.editing() as document:
        del document["grpc"]


@pytest.mark.law(2)
@RELEASES
def test_grpc_that_only_the_router_has_is_checked_too(lab_fleet: MakeFleet, release: str) -> None:
    """A flip that leaves gNMI mute is undone, also when the intent does not name gRPC."""
    fleet = lab_fleet(release=release)
    fleet.applied()
    without_grpc(fleet)
    fleet.issue_code("sr1", dns=("sr1.example.net",))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = ["sr1.example.net"]
    fleet.router().faults.set("grpc-refused")
    checks = tls_commit(fleet)["checks"]
    assert {"a fresh TLS handshake shows the expected certificate", "gNMI Capabilities answers over it"} <= set(checks)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (6, "rolled-back"), result.text
    fleet.router().faults.clear()
    assert apply(fleet).code == 0


@pytest.mark.law(2)
def test_a_service_of_others_must_verify_after_as_it_did_before(lab_fleet: MakeFleet) -> None:
    """With neither gRPC nor its profiles in the intent, a commit beside them is still checked by a handshake."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    without_grpc(fleet)
    with fleet.editing() as document:
        del document["certificates"]
        document["tls"] = {"server_cipher_lists": {"other": "modern"}}
        document["expiration_warning"]["hours"] = 700

    commit = tls_commit(fleet)

    assert "a fresh TLS handshake shows the expected certificate" in commit["checks"]
    assert apply(fleet).code == 0


@pytest.mark.law(2)
def test_a_service_that_never_verified_must_go_on_showing_its_certificate(lab_fleet: MakeFleet) -> None:
    """A port of others whose CA we do not know is looked at without a password, and the plan says why."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    without_grpc(fleet)
    (fleet.folder / "other.pem").write_bytes(make_ca("Another CA").pem)
    with fleet.editing() as document:
        del document["certificates"]
        del document["expiration_warning"]
        document["ca_profiles"] = {"other-ca": {"certificate": "other.pem", "revocation_check": "crl-optional"}}
        document["tls"] = {"server_cipher_lists": {"other": "modern"}}
    logins = len([login for login in fleet.router().logins if login.interface == "grpc"])

    commit = tls_commit(fleet)

    assert "the gNMI port shows a certificate that its cert-profile names" in commit["checks"]
    assert "does not verify now (unknown-ca): no gNMI call is made" in " ".join(commit["notes"])
    result = apply(fleet)
    assert result.code == 0, result.text
    assert len([login for login in fleet.router().logins if login.interface == "grpc"]) == logins


@pytest.mark.law(2)
def test_a_profile_of_files_that_are_not_managed_is_checked_by_what_the_router_displays(lab_fleet: MakeFleet) -> None:
    """A cert-profile that names files outright must serve just that certificate; a flip that is not seen is undone."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    with fleet.editing() as document:
        document["certificates"]["other"] = {**document["certificates"]["sr-cert"]}
        document["certificates"]["other"]["key"] = {"file": "other-key", "type": "rsa", "size": 2048}
        document["tls"]["cert_profiles"]["other-prof"] = {1: "other"}
    fleet.issue_code("sr1")
    fleet.applied()
    with fleet.editing() as document:
        del document["tls"]["cert_profiles"]["other-prof"]
        del document["certificates"]
        entry = {"certificate_file": "other", "key_file": "other-key"}
        document["tls"]["cert_profiles"] = {"sr-cert-prof": {"entries": {1: entry}}}
        document["verify"] = {"gnmi": {"models": ["nokia-conf"]}}
    behaviour = fleet.router().behaviour
    assert isinstance(behaviour, RouterPKI)
    behaviour.assumptions = dataclasses.replace(behaviour.assumptions, flip=Flip.AFTER_BOUNCE)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (6, "rolled-back"), result.text
    assert "(sr-cert), not the expected" in error(result)["message"]
    assert "(other)" in error(result)["message"]
    behaviour.assumptions = dataclasses.replace(behaviour.assumptions, flip=Flip.AT_ONCE)
    done = apply(fleet)
    assert done.code == 0, done.text


@pytest.mark.law(2)
def test_the_plan_says_what_is_not_checked_and_why(lab_fleet: MakeFleet) -> None:
    """A commit after which gRPC is off has no handshake, and its plan says so."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    with fleet.editing() as document:
        document["grpc"]["admin_state"] = "disable"

    commit = tls_commit(fleet)

    assert not any("handshake" in text for text in commit["checks"])
    assert commit["notes"] == ["no TLS handshake is made: gRPC is not enabled after this commit"]
    assert "not checked: no TLS handshake is made" in fleet.run("plan").out
    assert apply(fleet).code == 0


@pytest.mark.law(10)
@pytest.mark.parametrize("shown", ["refused", "expired", "unknown-ca"])
def test_nobody_says_in_sync_over_a_service_that_does_not_hold(
    lab_fleet: MakeFleet, tmp_path: Path, shown: str
) -> None:
    """Running is as intended and saved, but a client meets something else: plan, drift and apply end with 6."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    with contextlib.ExitStack() as stack:
        address = fleet.router().address
        port = free_port(address, 0)
        if shown != "refused":
            ends = timedelta(hours=-1) if shown == "expired" else timedelta(days=9)
            authority = issuing.load(fleet.folder / "ca")
            assert authority is not None
            ca = Minted(authority.certificate, authority.key) if shown == "expired" else make_ca("Another CA")
            context = server_context(tmp_path, make_certificate(ca, ips=[address], ends=ends))
            port = stack.enter_context(tcp_server(tls_front(context, Seen()), address))
        dial(fleet, port)
        before = fleet.snapshot()

        for name in ("plan", "drift"):
            text = fleet.run(name)
            assert (text.code, "in sync" in text.out.replace("0 in sync", "")) == (6, False), text.text
            assert shown in text.out
            assert not fleet.run(name, "-o", "json").entry("sr1")["in_sync"]
        result = apply(fleet)

        assert (result.code, error(result)["code"]) == (6, "service-unverified"), result.text
        assert shown in error(result)["message"]
        assert error(result)["hint"]
        assert fleet.snapshot() == before


@pytest.mark.law(10)
def test_a_run_without_a_commit_does_not_call_a_mute_service_in_sync(lab_fleet: MakeFleet) -> None:
    """A step that is no commit is done, and the run still ends with 6."""
    fleet = lab_fleet(release="21.2")
    fleet.applied()
    dial(fleet, free_port(fleet.router().address, 0))
    fleet.router().flash.remove("cf3:/auto-cert-update.txt")

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (6, "service-unverified"), result.text
    assert fleet.router().flash.exists("cf3:/auto-cert-update.txt")


@pytest.mark.law(10)
def test_nobody_says_in_sync_over_a_guard(lab_fleet: MakeFleet) -> None:
    """A router in classic mode that needs nothing: plan, drift and apply end with 5."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    fleet.operator("/configure", "system", "management-interface", "configuration-mode", "classic")
    fleet.saved()

    for name in ("plan", "drift"):
        text = fleet.run(name)
        assert (text.code, "in sync" in text.out.replace("0 in sync", "")) == (5, False), text.text
    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (5, "configuration-mode"), result.text


# --- a cert-profile with two certificates -------------------------------------------------------------------------


@pytest.fixture
def two(lab_fleet: MakeFleet) -> Fleet:
    """A router whose cert-profile has two certificates, the second of which stands first in the intent."""
    fleet = lab_fleet(release="25.10")
    with fleet.editing() as document:
        plain = document["certificates"]["sr-cert"]
        second = {**plain, "key": {"file": "second-key", "type": "rsa", "size": 3072}}
        document["certificates"] = {"second": second, "sr-cert": plain}
        document["tls"]["cert_profiles"] = {"sr-cert-prof": {1: "sr-cert", 2: "second"}}
    return fleet


def apply_both(fleet: Fleet) -> None:
    """Enrol the first certificate, then the second with a code of its own."""
    codes = iter(range(5))
    wait_until(lambda: _again(fleet, next(codes)), "both certificates", 60)


def _again(fleet: Fleet, number: int) -> bool:
    if number:
        fleet.issue_code("sr1")
    return apply(fleet).code == 0


@pytest.mark.law(2)
def test_any_certificate_of_the_profile_may_be_served(two: Fleet) -> None:
    """Of two entries the router serves one: that is accepted and named, by apply and by check."""
    apply_both(two)
    two.operator("/configure", "system", "grpc", "admin-state", "disable")
    two.saved()

    result = two.run("apply", "--yes", *FAST)

    assert result.code == 0, result.text
    assert "sr-cert is served" in result.out
    check = two.run("check", "-o", "json")
    assert (check.code, check.entry("sr1")["certificate"]["name"]) == (0, "sr-cert"), check.text
    assert "(sr-cert)" in two.run("check").out


def test_check_refuses_a_certificate_that_is_none_of_the_profile(two: Fleet) -> None:
    """With two certificates in the profile a served one that fits neither is told, with the nearest."""
    apply_both(two)
    with two.editing() as document:
        for item in document["certificates"].values():
            item["subject"]["O"] = "Another"

    check = two.run("check", "-o", "json")

    assert check.code == 6, check.text
    assert "any of sr-cert, second" in error(check)["message"]
    assert "Another" in error(check)["message"]
