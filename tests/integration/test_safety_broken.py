"""Runs that are killed, keys that cannot be removed, CA files and CAs that are not there (laws 4, 6, 11)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.certificates import make_ca, make_certificate
from tests.support.fleet import MakeFleet
from tests.support.holding import Holding
from tests.support.lab import wait_until
from tests.support.safety import FAST, RELEASES, apply, asked, error, in_use, pki_files

# --- laws 6 and 11: killed at any moment, and no private key is left or read -----------------------------------------


@pytest.fixture
def sftp_log(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What the routers' SFTP server is asked for, by its own log."""
    caplog.set_level(logging.DEBUG, logger="asyncssh.sftp")
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler = Keep()
    logger = logging.getLogger("asyncssh.sftp")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


MOMENTS = [
    ("import", "ManagementCA.pem"),
    ("keypair", "sr-key"),
    ("import", "sr-key"),
    ("remove", "sr-key"),
    ("initial-registration",),
    ("import", "sr-cert"),
    ("remove", "sr-cert"),
]


@pytest.mark.law(6, 11)
@pytest.mark.parametrize(
    ("release", "moments"),
    # The forms of the commands differ between the two; what is taken up does not, so that fewer moments are enough.
    [("21.2", MOMENTS), ("25.10", [item for item in MOMENTS if item[0] in ("keypair", "initial-registration")])],
    ids=["21.2", "25.10"],
)
def test_a_run_killed_after_each_command_is_finished_by_the_next(
    lab_fleet: MakeFleet, sftp_log: list[str], release: str, moments: list[tuple[str, ...]]
) -> None:
    """Killed again and again, always right after the router did something, the job ends with one certificate.

    No private key lies on cf3: at the end, and none was ever asked for over SFTP.
    """
    fleet = lab_fleet(release=release)
    holding = Holding(fleet.router())
    reached = []
    for moment in moments:
        holding.hold(*moment)
        with fleet.start("apply", "--yes", *FAST) as process:
            wait_until(lambda p=process: holding.reached.is_set() or p.poll() is not None, str(moment), 30)  # type: ignore[misc]
            process.kill()
            out, err = process.communicate()
        assert holding.reached.is_set(), (moment, out, err)
        holding.release()
        reached.append(moment)

    result = apply(fleet)

    assert result.code == 0, result.text
    assert reached == moments
    assert asked(fleet) == 1
    assert in_use(fleet) == "sr-cert"
    assert pki_files(fleet) == {"ManagementCA.pem", "sr-key", "sr-cert"}
    assert {entry.name for entry in fleet.router().flash.entries() if not entry.is_folder} <= {
        "config.cfg", "auto-cert-update.txt"
    }
    assert any("sr-cert.der" in line for line in sftp_log), "the log tells which files are opened"
    assert [line for line in sftp_log if "key" in line.lower().replace("sr-key.csr", "")] == []
    assert apply(fleet).entry("sr1")["steps_done"] == 0


@pytest.mark.law(11)
def test_a_key_whose_import_fails_is_not_left_in_the_clear(lab_fleet: MakeFleet) -> None:
    """With no room for the import the clear copy is removed all the same, and the run fails."""
    fleet = lab_fleet()
    core = fleet.router()
    holding = Holding(core)
    holding.then(lambda: core.faults.set("flash-full"), "keypair", "sr-key")

    result = apply(fleet)

    assert result.code == 3, result.text
    assert "import" in error(result)["message"]
    assert not core.flash.exists("cf3:/sr-key")
    core.faults.clear()
    assert apply(fleet).code == 0


@pytest.mark.law(11)
def test_a_clear_key_that_cannot_be_removed_is_reported(lab_fleet: MakeFleet) -> None:
    """A copy that stays on cf3: ends the run with its place in the error."""
    fleet = lab_fleet(release="25.10")
    core = fleet.router()
    holding = Holding(core)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    clear = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    def stays() -> None:
        core.flash.write("cf3:/sr-key", clear)

    # It is tried once more, on a fresh session.
    def stays_again() -> None:
        stays()
        holding.then(stays, "remove", "sr-key")

    holding.then(stays_again, "remove", "sr-key")

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "clear-key-left"), result.text
    assert "cf3:/sr-key" in error(result)["message"]
    assert apply(fleet).code == 0
    assert not core.flash.exists("cf3:/sr-key")


# --- the operator's CA file -------------------------------------------------------------------------------------------


@pytest.mark.law(1)
@RELEASES
def test_a_ca_file_with_text_around_it_enrols(lab_fleet: MakeFleet, release: str) -> None:
    """Comments, line ends of Windows and a byte order mark are not sent to the router; the second apply is empty."""
    fleet = lab_fleet(release=release)
    file = fleet.folder / "ManagementCA.pem"
    plain = file.read_bytes()
    file.write_bytes(b"\xef\xbb\xbf# our CA\r\n" + plain.replace(b"\n", b"\r\n") + b"fetched by hand\r\n")

    assert apply(fleet).code == 0
    assert fleet.run("plan").code == 0


@pytest.mark.law(1)
@pytest.mark.parametrize("wrong", ["bundle", "server", "no-file", "file-only"])
def test_a_wrong_ca_file_is_found_before_anything_is_sent(lab_fleet: MakeFleet, wrong: str) -> None:
    """Several certificates, a server's certificate, no file, none declared: nothing on the router changes."""
    fleet = lab_fleet()
    file = fleet.folder / "ManagementCA.pem"
    before = fleet.snapshot()
    code = 5 if wrong == "server" else 65
    if wrong == "bundle":
        file.write_bytes(file.read_bytes() + make_ca("Root").pem)
    elif wrong == "server":
        file.write_bytes(make_certificate(make_ca()).pem)
    elif wrong == "no-file":
        file.unlink()
    else:
        with fleet.editing() as document:
            profile = document["ca_profiles"]["lab-ca"]
            profile["file"] = profile.pop("certificate")

    linted, result = fleet.run("lint"), apply(fleet)

    assert result.code == code, result.text
    assert "certificate" in str(result.json)
    assert linted.code == (0 if wrong == "no-file" else 65), linted.text
    assert fleet.snapshot() == before


# --- 69 is the CA's absence and nothing else --------------------------------------------------------------------------


@pytest.mark.law(10)
@RELEASES
def test_a_router_that_does_not_ask_is_no_ca_that_is_away(lab_fleet: MakeFleet, release: str) -> None:
    """After a run with the CA down, one whose request the router refuses by itself does not blame the CA again."""
    fleet = lab_fleet(release=release)
    fleet.ca.faults.set(down=True)
    assert apply(fleet).code == 69
    fleet.ca.faults.clear()
    fleet.host.clock.advance(timedelta(seconds=2))  # a table tells requests of one second not apart
    profile = ("/configure", "system", "security", "pki", "ca-profile", "lab-ca", "admin-state")
    Holding(fleet.router()).then(lambda: fleet.operator(*profile, "disable"), "list")

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "enrolment-failed"), result.text
    assert "did not ask" in error(result)["message"]
    assert asked(fleet) == 0


@pytest.mark.law(10)
@RELEASES
def test_after_issuance_no_ca_is_called_away(lab_fleet: MakeFleet, release: str) -> None:
    """A CA that issues and then does not answer the confirmation was there: exit code 3, and the hint to revoke."""
    fleet = lab_fleet(release=release)
    fleet.ca.faults.set(mute_confirmations=True)

    result = apply(fleet)

    assert (result.code, error(result)["code"]) == (3, "enrolment-failed"), result.text
    assert "may have issued" in error(result)["state"]
