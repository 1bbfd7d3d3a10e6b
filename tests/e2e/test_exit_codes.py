"""Every exit code that a caller can meet, from the command line as a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest

from sroscert.errors import ExitCode
from tests.support.certificates import make_ca
from tests.support.fleet import Fleet, MakeFleet, open_fleet
from tests.support.lab import wait_until


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A router that is in sync."""
    folder = tmp_path_factory.mktemp("codes")
    with pytest.MonkeyPatch.context() as environment, open_fleet(folder / "lab") as made:
        environment.setenv("XDG_STATE_HOME", str(folder / "state"))
        made.applied()
        yield made


@pytest.fixture
def intent(finished: Fleet) -> Iterator[Fleet]:
    """The router in sync; the intent folder is put back at the end."""
    kept = {path: path.read_bytes() for path in (finished.intent, finished.folder / "ManagementCA.pem")}
    yield finished
    for path, data in kept.items():
        path.write_bytes(data)


def unused_port(address: str) -> int:
    """A port where nothing listens."""
    with socket.socket() as holder:
        holder.bind((address, 0))
        return int(holder.getsockname()[1])


def has_ca(fleet: Fleet) -> bool:
    """Whether apply has come as far as the CA certificate."""
    return fleet.router().flash.exists("cf3:/system-pki/ManagementCA.pem")


@pytest.mark.parametrize("arguments", [("plan",), ("drift",), ("check",), ("apply", "--yes")])
def test_0_in_sync(finished: Fleet, arguments: tuple[str, ...]) -> None:
    """0: nothing is left to do, nothing differs, the service is right."""
    result = finished.run_process(*arguments)

    assert (result.code, result.err) == (ExitCode.OK, "")


def test_2_changes_are_pending(lab_fleet: MakeFleet) -> None:
    """2: plan and drift of a bare router."""
    fleet = lab_fleet()

    assert fleet.run_process("plan").code == ExitCode.CHANGES
    assert fleet.run_process("drift").code == ExitCode.CHANGES


def test_3_a_router_failed(intent: Fleet) -> None:
    """3: a router that refuses the login."""
    (intent.folder / "wrong").write_text("not-it\n")
    with intent.editing() as document:
        document["defaults"]["login"]["password"] = "file:wrong"

    result = intent.run_process("plan")

    assert result.code == ExitCode.FAILED
    assert "[authentication]" in result.err


def test_4_every_failure_was_unreachable(intent: Fleet) -> None:
    """4: nothing listens on the NETCONF port."""
    core = intent.router()
    with intent.editing() as document:
        document["routers"]["sr1"]["login"]["ports"]["netconf"] = unused_port(core.address)

    result = intent.run_process("apply", "--yes")

    assert result.code == ExitCode.UNREACHABLE
    assert "[unreachable]" in result.err


def test_5_a_guard_stopped(intent: Fleet) -> None:
    """5: another CA certificate lies on the router under the intent's name; it is not replaced."""
    (intent.folder / "ManagementCA.pem").write_bytes(make_ca("Another").pem)
    before = intent.snapshot()

    result = intent.run_process("apply", "--yes")

    assert result.code == ExitCode.GUARD
    assert "[ca-certificate-differs]" in result.err
    assert intent.snapshot() == before


def test_5_the_failure_limit(intent: Fleet) -> None:
    """5: after --max-fail failures no further router is begun."""
    with intent.editing() as document:
        sr1 = document["routers"]["sr1"]
        sr1["login"]["ports"]["netconf"] = unused_port(intent.router().address)
        document["routers"]["sr9"] = {**sr1, "login": {"ports": dict(sr1["login"]["ports"])}}

    result = intent.run("apply", "--yes", "-j", "1", "--max-fail", "1", "-o", "json")

    assert result.code == ExitCode.GUARD
    assert [entry["state"] for entry in result.json["routers"]] == ["failed", "skipped"]


def test_6_the_check_failed(intent: Fleet) -> None:
    """6: the served certificate is not from the CA of the intent."""
    (intent.folder / "ManagementCA.pem").write_bytes(make_ca("Another").pem)

    result = intent.run_process("check")

    assert result.code == ExitCode.VERIFICATION
    assert "unknown-ca" in result.err


def test_6_verification_failed_and_was_rolled_back(lab_fleet: MakeFleet) -> None:
    """6: gNMI does not answer after the commit, so that the router is as it was before it."""
    fleet = lab_fleet()
    fleet.router().faults.set("grpc-refused")

    result = fleet.run("apply", "--yes", "--verify-timeout", "0.5", "-o", "json")

    assert result.code == ExitCode.VERIFICATION
    assert result.entry("sr1")["error"]["code"] == "rolled-back"
    assert "server-tls-profile" not in fleet.snapshot().running.decode()


@pytest.mark.parametrize("arguments", [("apply",), ("apply", "--yes", "-o", "yaml"), ("plan", "-l", "nobody")])
def test_64_usage(finished: Fleet, arguments: tuple[str, ...]) -> None:
    """64: nobody can be asked, an unknown form of output, a pattern that matches no router."""
    before = finished.snapshot()

    result = finished.run(*arguments)

    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert "error:" in result.err
    assert finished.snapshot() == before


def test_65_the_intent_is_invalid(intent: Fleet) -> None:
    """65: with the place of the mistake."""
    text = intent.intent.read_text().replace("ca_profiles:", "ca_profilez:", 1)
    intent.intent.write_text(text)

    result = intent.run_process("apply", "--yes")

    assert result.code == ExitCode.INTENT
    assert "ca_profilez" in result.err


def test_69_the_ca_is_unavailable(lab_fleet: MakeFleet) -> None:
    """69: the CA does not answer; once it does, apply goes on with the same key."""
    fleet = lab_fleet()
    fleet.ca.faults.set(down=True)

    result = fleet.run("apply", "--yes", "-o", "json")

    assert result.code == ExitCode.CA_UNAVAILABLE, result.text
    assert result.entry("sr1")["error"]["code"] == "ca-unavailable"
    key = fleet.snapshot().files["system-pki/sr-key"]
    fleet.ca.faults.clear()
    fleet.applied()
    assert fleet.snapshot().files["system-pki/sr-key"] == key


def test_75_another_run_holds_the_lock(lab_fleet: MakeFleet) -> None:
    """75: while one apply is under way a second one of the same router does nothing, and the first is not disturbed."""
    fleet = lab_fleet()
    fleet.router().faults.set("slow-rpc", "1")
    with fleet.start("apply", "--yes") as first:
        try:
            wait_until(lambda: bool(fleet.router().logins), "the first run's login", 30)
            second = fleet.run("apply", "--yes", "-o", "json")
            logins = len(fleet.router().logins)
            fleet.router().faults.clear()
            first.communicate(timeout=60)
        finally:
            first.kill()

    assert second.code == ExitCode.LOCKED
    assert second.entry("sr1")["error"]["code"] == "locked"
    assert logins == 1
    assert first.returncode == ExitCode.OK


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_130_interrupted(lab_fleet: MakeFleet, number: signal.Signals) -> None:
    """130: the step at hand is finished, the rest is not begun, and the next apply takes it up."""
    fleet = lab_fleet()
    fleet.router().faults.set("slow-rpc", "0.1")
    with fleet.start("apply", "--yes", "-o", "json") as process:
        try:
            wait_until(lambda: has_ca(fleet), "the import of the CA certificate", 30)
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()

    assert process.returncode == ExitCode.INTERRUPTED, out + err
    assert '"code": "interrupted"' in out
    assert "stopped before" in out
    assert not fleet.router().datastores.pending
    fleet.router().faults.clear()
    assert fleet.run("apply", "--yes").code == ExitCode.OK


def test_130_interrupted_twice_ends_at_once(lab_fleet: MakeFleet) -> None:
    """130: a second Ctrl-C does not wait for the step at hand, and the next apply takes up what was left."""
    fleet = lab_fleet()
    with fleet.start("apply", "--yes") as process:
        try:
            wait_until(lambda: "system-pki/sr-key" in fleet.snapshot().files, "the import of the key", 30)
            fleet.router().faults.set("slow-rpc", "25")
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            while "once more" not in process.stderr.readline():
                assert process.poll() is None
            process.send_signal(signal.SIGINT)  # at once: what a terminal sends twice is one
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.6)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=10)
        finally:
            process.kill()
            fleet.router().faults.clear()

    assert process.returncode == ExitCode.INTERRUPTED
    wait_until(lambda: not fleet.router().sessions.all(), "the end of the sessions", 40)
    fleet.applied()


def test_130_a_plan_that_is_interrupted(lab_fleet: MakeFleet) -> None:
    """130: Ctrl-C during a command that only reads ends it, and it is not called done; in JSON where that is asked."""
    fleet = lab_fleet()
    fleet.router().faults.set("slow-rpc", "1")
    with fleet.start("plan", "-o", "json") as process:
        try:
            wait_until(lambda: bool(fleet.router().logins), "the login", 30)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()

    assert process.returncode == ExitCode.INTERRUPTED, out + err
    assert (json.loads(out)["error"]["code"], err) == ("interrupted", "")
