"""`check` on whole labs: what passes and is printed, the exact reason of each failure, no password before TLS holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.certificates import make_ca
from tests.support.fleet import PASSWORD, Document, Fleet, Login, MakeFleet, open_fleet
from tests.support.lab import wait_until

ENABLE = "/configure system grpc admin-state enable tls-server-profile sr-server-tls-prof"
UNSECURE = "/configure system grpc admin-state enable allow-unsecure-connection"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two finished routers of different cipher classes; tests of it leave them as they are."""
    folder = tmp_path_factory.mktemp("check")
    with (
        pytest.MonkeyPatch.context() as environment,
        open_fleet(folder / "lab", release=["21.2", "25.10"]) as made,
    ):
        environment.setenv("XDG_STATE_HOME", str(folder / "state"))
        made.applied("-j", "2")
        yield made


@pytest.fixture
def untouched(fleet: Fleet) -> Iterator[Fleet]:
    """The finished routers; the intent folder is put back at the end, and nobody has logged in since the beginning."""
    kept = {path: path.read_bytes() for path in (fleet.intent, fleet.folder / "ManagementCA.pem")}
    for name in fleet.names:
        fleet.router(name).logins.clear()
    yield fleet
    for path, data in kept.items():
        path.write_bytes(data)


def gnmi_by_hand(lab_fleet: MakeFleet, change: Callable[[Fleet, Document], None], **options: object) -> Fleet:
    """A router whose certificate came by apply, and whose gRPC was then enabled by hand, without anybody's check."""
    fleet = lab_fleet(**options)
    with fleet.editing() as document:
        change(fleet, document)
        grpc, verify = document.pop("grpc"), document.pop("verify")
    fleet.run("apply", "--yes")
    fleet.operator(*ENABLE.split())
    with fleet.editing() as document:
        document |= {"grpc": grpc, "verify": verify}
    fleet.router().logins.clear()
    return fleet


def test_check_passes_and_prints_what_it_saw(untouched: Fleet) -> None:
    """On a finished router check exits 0 and prints TLS, certificate and gNMI; it opens no SSH and writes nothing."""
    before = untouched.snapshot("sr1")

    result = untouched.run("check", "-l", "sr1")

    assert result.code == 0, result.text
    core = untouched.router("sr1")
    for words in ("verified", "TLSv1.2", f"IP:{core.address}", "0.7.0", "JSON", "nokia-conf", "nokia-state", "21.2.R1"):
        assert words in result.out
    assert untouched.snapshot("sr1") == before
    assert set(untouched.router("sr1").logins) == {Login("grpc", "admin", PASSWORD)}


def test_routers_of_different_cipher_classes_pass_in_one_run(untouched: Fleet) -> None:
    """A router that speaks RSA key exchange only and one that speaks ECDHE are both verified, at the same time."""
    result = untouched.run("check", "-j", "2", "-o", "json")

    assert result.code == 0, result.text
    ciphers = [result.entry(name)["tls"]["cipher"] for name in ("sr1", "sr2")]
    assert not ciphers[0].startswith("ECDHE")
    assert ciphers[1].startswith("ECDHE")
    assert [result.entry(name)["gnmi"]["version"] for name in ("sr1", "sr2")] == ["0.7.0", "0.8.0"]


@pytest.mark.law(7)
@pytest.mark.parametrize("router", ["sr1", "sr2"])
def test_a_wrong_ca_fails_before_a_password_is_sent(untouched: Fleet, router: str) -> None:
    """With another CA in the intent, of the same name, check exits 6 for "unknown-ca"; gNMI never hears a password."""
    (untouched.folder / "ManagementCA.pem").write_bytes(make_ca("ManagementCA").pem)

    result = untouched.run("check", "-l", router, "-o", "json")

    assert result.code == 6
    assert result.entry(router)["error"]["reason"] == "unknown-ca"
    assert untouched.router(router).logins == []


def test_a_missing_model_fails(untouched: Fleet) -> None:
    """A model of `verify` that gNMI does not offer fails the check with its name, exit 6."""
    with untouched.editing() as document:
        document["verify"]["gnmi"]["models"] = ["nokia-conf", "openconfig-platform"]

    result = untouched.run("check", "-l", "sr1", "-o", "json")

    assert result.code == 6
    message = result.entry("sr1")["error"]["message"]
    assert "openconfig-platform" in message
    assert "nokia-conf" not in message


def test_a_wrong_password_is_told_apart(untouched: Fleet) -> None:
    """TLS holds and the login does not: exit 6 with "unauthenticated", not a TLS reason."""
    (untouched.folder / "wrong").write_text("not-the-password\n")
    with untouched.editing() as document:
        document["defaults"]["login"]["password"] = "file:wrong"

    result = untouched.run("check", "-l", "sr1", "-o", "json")

    assert (result.code, result.entry("sr1")["error"]["reason"]) == (6, "unauthenticated")
    assert "not-the-password" not in result.text


@pytest.mark.law(7)
def test_another_certificate_than_the_intended_one_fails(untouched: Fleet) -> None:
    """A certificate of the right CA with another subject than the intent's fails before a password is sent."""
    with untouched.editing() as document:
        document["certificates"]["sr-cert"]["subject"]["O"] = "Somebody else"

    result = untouched.run("check", "-l", "sr1", "-o", "json")

    assert (result.code, result.entry("sr1")["error"]["reason"]) == (6, "certificate")
    assert untouched.router("sr1").logins == []


@pytest.mark.law(7)
def test_a_certificate_for_another_address_fails(lab_fleet: MakeFleet) -> None:
    """A certificate without the address that is connected to is a name mismatch; no password is sent."""

    def elsewhere(fleet: Fleet, document: Document) -> None:
        fleet.issue_code("sr1", ips=["192.0.2.1"])
        document["certificates"]["sr-cert"]["san"] = {"ip": ["192.0.2.1"]}

    fleet = gnmi_by_hand(lab_fleet, elsewhere)

    result = fleet.run("check", "-o", "json")

    error = result.entry("sr1")["error"]
    assert (result.code, error["reason"]) == (6, "name-mismatch")
    assert "192.0.2.1" in error["message"]
    assert fleet.router().logins == []


@pytest.mark.law(7)
def test_an_expired_certificate_fails(lab_fleet: MakeFleet) -> None:
    """A certificate that has run out is "expired"; no password is sent."""
    fleet = gnmi_by_hand(lab_fleet, lambda fleet, document: None, lifetime=timedelta(seconds=5))
    issued = next(entry for entry in fleet.ca.journal.entries() if entry.result == "issued")
    over = issued.time + timedelta(seconds=6)
    wait_until(lambda: datetime.now(UTC) > over, "the end of the certificate")

    result = fleet.run("check", "-o", "json")

    assert (result.code, result.entry("sr1")["error"]["reason"]) == (6, "expired")
    assert fleet.router().logins == []


def test_a_router_on_which_nothing_listens_fails(lab_fleet: MakeFleet) -> None:
    """A bare router refuses the connection: exit 6 with "refused", and what to do."""
    fleet = lab_fleet()

    result = fleet.run("check", "-o", "json")

    error = result.entry("sr1")["error"]
    assert (result.code, error["reason"]) == (6, "refused")
    assert error["hint"]


@pytest.mark.law(7)
def test_a_server_without_tls_hears_no_password(lab_fleet: MakeFleet) -> None:
    """gRPC in clear text is "plaintext-server"; no password is sent."""
    fleet = lab_fleet()
    fleet.operator(*UNSECURE.split())

    result = fleet.run("check", "-o", "json")

    assert (result.code, result.entry("sr1")["error"]["reason"]) == (6, "plaintext-server")
    assert fleet.router().logins == []
