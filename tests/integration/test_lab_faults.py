"""Each named fault of the lab, set over the control socket while the lab runs, and seen to act by a client."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from ncclient.operations import RPCError
from sroscert_lab.asking import ControlError
from sroscert_lab.cmp import CMPEndpoint, initial_registration, poll
from sroscert_lab.control import ControlServer
from sroscert_lab.faulttable import TABLE
from sroscert_lab.intentfile import subject
from sroscert_lab.lab import Lab
from sroscert_lab.plan import LabPlan
from sroscert_lab.router.core import RouterCore

from tests.counting import note
from tests.support.fault_bench import Bench, issued
from tests.support.fleet import MakeFleet
from tests.support.lab import lab_host, wait_until, watch
from tests.support.lab_cli import screen
from tests.support.netconf_client import CONF, NS, PlainClient, configuration, connect

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs" / "lab.md"
NAME = "<system><name>{}</name></system>"
LOST = (EOFError, OSError)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A lab of one router with its control socket, in this process."""
    folder = tmp_path_factory.mktemp("lab")
    with lab_host(folder / "none") as host:
        lab = Lab(folder, LabPlan(release="25.10"))
        control = ControlServer(lab, lambda: None)
        host.run(lab.start())
        host.run(control.start())
        bench = Bench(lab)
        watch(bench.core)
        lab.ca.faults.watch(lambda name: note("fault", f"ca-{name.replace('_', '-')}"))
        yield bench
        host.run(control.close())
        host.run(lab.stop())


@pytest.fixture
def bench(running: Bench) -> Iterator[Bench]:
    """The lab without faults, before and after."""
    yield running
    running.clear()


CHECKS: dict[str, Callable[[Bench], None]] = {}


def sees(*faults: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register what sees the faults act; it gets the fault's name where it sees several."""

    def register(check: Callable[..., None]) -> Callable[..., None]:
        for fault in faults:
            CHECKS[fault] = partial(check, fault=fault) if len(faults) > 1 else check
        return check

    return register


@sees("drop-before-commit", "drop-before-commit-reply", "drop-after-commit")
def _dropped_at_commit(bench: Bench, fault: str) -> None:
    wanted, before = f"{fault}-{next(bench._numbers)}", bench.name
    edit = f"<edit-config><target><candidate/></target>{configuration(NAME.format(wanted))}</edit-config>"
    with PlainClient(bench.core) as client:
        client.rpc(edit)
        bench.set(fault, times=1)
        if fault == "drop-after-commit":
            assert client.rpc("<commit/>").find("nc:ok", NS) is not None
        with pytest.raises(LOST):
            client.rpc("<commit/>")
    wait_until(lambda: not bench.core.sessions.all(), "end of the session")
    assert bench.name == (before if fault == "drop-before-commit" else wanted)
    with connect(bench.core) as client:
        client.discard_changes()


@sees("cli-drop-before", "cli-drop-after")
def _dropped_at_the_cli(bench: Bench, fault: str) -> None:
    bench.change()
    bench.set(fault, times=1)
    with screen(bench.core) as at:
        at.send("admin save\n")
        with pytest.raises((AssertionError, OSError)):
            at.until("no such text")
    wait_until(lambda: not bench.core.sessions.all(), "end of the session")
    assert bench.core.datastores.is_unsaved == (fault == "cli-drop-before")


@sees("ghost-session")
def _ghost(bench: Bench) -> None:
    bench.set("ghost-session", times=1)
    with connect(bench.core):
        pass  # it says goodbye: that is no death to be overlooked
    wait_until(lambda: not bench.core.sessions.all(), "end of the session")
    client = connect(bench.core)
    client._session.transport.sock.close()
    wait_until(lambda: any(item.is_ghost for item in bench.core.sessions.all()), "a ghost")
    bench.set("ghost-session")
    bench.clear("ghost-session")
    assert not bench.core.sessions.all()


@sees("commit-refused")
def _commit_refused(bench: Bench) -> None:
    bench.set("commit-refused", "TLS is busy", times=1)
    assert "#4001: configure system - TLS is busy" in bench.refused(lambda client: client.validate("candidate"))
    said = (
        ("error", "MINOR: MGMT_CORE #2507: Python execution failed - x"),
        ("warning", "INFO: MGMT_CORE #2608: Commit script failed - commit not applied"),
    )
    bench.set("commit-refused", "\n".join(text for _, text in said), times=1)
    with PlainClient(bench.core) as client:
        errors = client.rpc("<validate><source><candidate/></source></validate>").findall("nc:rpc-error", NS)
    leaves = ("nc:error-severity", "nc:error-message")
    assert tuple(tuple(error.findtext(leaf, "", NS) for leaf in leaves) for error in errors) == said


@sees("lock-held", "candidate-dirty")
def _somebody_else(bench: Bench, fault: str) -> None:
    bench.set(fault)
    assert "#2052" in bench.refused(lambda client: client.lock("candidate"))
    bench.clear(fault)
    with connect(bench.core) as client:
        client.lock("candidate")


@sees("slow-rpc")
def _slow(bench: Bench) -> None:
    with connect(bench.core) as client:
        bench.set("slow-rpc", "0.4", times=1)
        started = time.monotonic()
        client.discard_changes()
        assert time.monotonic() - started >= 0.4


@sees("flash-full")
def _full(bench: Bench) -> None:
    bench.set("flash-full")
    assert "save failed" in bench.refused(lambda client: client.copy_config("running", "startup"))


@sees("standby-out-of-sync")
def _out_of_sync(bench: Bench) -> None:
    bench.set("standby-out-of-sync")
    assert bench.state("redundancy/synchronization/cert-file-sync-status") == "fail"


@sees("standby-lost")
def _standby_lost(bench: Bench) -> None:
    bench.set("standby-lost", "disabled")
    assert bench.state("redundancy/synchronization/standby-status") == "disabled"


@sees("switchover")
def _switchover(bench: Bench) -> None:
    bench.core.flash.write("cf3:/system-pki/x", b"1")
    bench.core.flash.write("cf3:/y", b"2")
    with PlainClient(bench.core) as client:
        bench.set("switchover")
        with pytest.raises(LOST):
            client.rpc("<get/>")
    assert bench.core.flash.active == "B"
    assert bench.core.flash.read("cf3:/system-pki/x") == b"1"
    assert [bench.core.flash.exists(name) for name in ("cf3:/y", "cf3-a:/y")] == [False, True]


@sees("clock-skew")
def _skew(bench: Bench) -> None:
    bench.set("clock-skew", "-7200")
    shown = datetime.fromisoformat(bench.state("system/current-time").replace("Z", "+00:00"))
    assert timedelta(minutes=110) < datetime.now(UTC) - shown < timedelta(minutes=130)


@sees("warning-then-error")
def _warning(bench: Bench) -> None:
    bench.set("warning-then-error", times=1)
    with PlainClient(bench.core) as client:
        reply = client.rpc("<commit/>")
    assert [item.text for item in reply.iterfind(".//nc:error-severity", NS)] == ["warning", "error"]


@sees("missing-is-error")
def _missing(bench: Bench) -> None:
    bench.set("missing-is-error", times=1)
    pki = "<pki><ca-profile><ca-profile-name>x</ca-profile-name></ca-profile></pki>"
    path = f'<configure xmlns="{CONF}"><system><security>{pki}</security></system></configure>'
    filter_ = ("subtree", path)
    assert "#224" in bench.refused(lambda client: client.get_config("running", filter_))


@sees("save-lost")
def _not_saved(bench: Bench) -> None:
    bench.change()
    bench.set("save-lost", times=1)
    with connect(bench.core) as client:
        client.copy_config("running", "startup")
        assert bench.core.datastores.is_unsaved
        client.copy_config("running", "startup")
    assert not bench.core.datastores.is_unsaved


@sees("reboot")
def _reboot(bench: Bench) -> None:
    bench.core.save_configuration()
    saved = bench.name
    bench.change()
    with PlainClient(bench.core) as client:
        bench.set("reboot")
        with pytest.raises(LOST):
            client.rpc("<discard-changes/>")
    assert bench.name == saved


#: What takes a certificate or an event handler to be seen, and the test that sees it.
ELSEWHERE = {
    "grpc-refused": ("integration/test_lab_gnmi.py", "test_the_fault_grpc_refused"),
    "slow-load": ("unit/lab_pki/test_profiles.py", "test_a_profile_that_is_loading"),
    "native-no-reload": ("integration/test_lab_faults.py", "test_a_native_renewal_that_is_not_reloaded"),
    "script-goes-on": ("unit/lab_router/test_ehs.py", "test_switches_for_what_is_not_known_of_scripts"),
    "script-no-switch": ("unit/lab_router/test_ehs.py", "test_switches_for_what_is_not_known_of_scripts"),
}


@sees(*ELSEWHERE)
def _elsewhere(bench: Bench, fault: str) -> None:
    bench.set(fault)
    assert bench.core.faults.is_set(fault)
    file, test = ELSEWHERE[fault]
    body = (TESTS / file).read_text().partition(f"def {test}(")[2].partition("\ndef ")[0]
    assert f'faults.set("{fault}")' in body


def test_a_native_renewal_that_is_not_reloaded(lab_fleet: MakeFleet) -> None:
    """The new pair is in the files, and the old one is served."""
    fleet = lab_fleet(release="25.10", lifetime=timedelta(days=40))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"] = {"before": "10d", "method": "native"}
        document["expiration_warning"] = {"hours": 240, "repeat_hours": 24}
    fleet.applied()
    core = fleet.router()
    stored = core.flash.read("cf3:/system-pki/sr-cert")
    served = _served(core)
    core.faults.set("native-no-reload")
    fleet.host.clock.advance(timedelta(days=31))
    wait_until(lambda: core.flash.read("cf3:/system-pki/sr-cert") != stored, "renewal")
    assert _served(core) == served


def _served(core: RouterCore) -> str:
    return ssl.get_server_certificate((core.address, core.ports.gnmi))


@sees("ca-down")
def _down(bench: Bench) -> None:
    bench.set("ca-down")
    assert (bench.enrol().status, bench.enrol().answered) == ("failed", False)


@sees("host-unreachable")
def _unreachable(bench: Bench) -> None:
    line = f'ping {bench.core.address} router-instance "Base" count 1'
    for argument, answered in (("management", True), ("", False)):
        bench.set("host-unreachable", argument)
        said = bench.core.behaviour.raw_command(line, "admin")
        assert (f", {int(answered)} packets received" in said) != answered, said


@sees("ca-slow")
def _slow_ca(bench: Bench) -> None:
    bench.set("ca-slow", "0.5")
    assert "did not answer within 0.2 seconds" in bench.enrol(0.2).status_string


@sees("ca-pending", "ca-check-after")
def _pending(bench: Bench, fault: str) -> None:
    bench.set("ca-pending", "1")
    if fault == "ca-check-after":
        bench.set(fault, "77")
    waiting = bench.enrol()
    assert (waiting.code, waiting.certificate) == ("waiting", None)
    assert waiting.pending is not None
    again = poll(bench_endpoint(bench), waiting.pending)
    assert again.pending is not None
    assert again.pending.check_after == (77 if fault == "ca-check-after" else 1)
    assert poll(bench_endpoint(bench), again.pending).certificate is not None


def bench_endpoint(bench: Bench) -> CMPEndpoint:
    """The CA, as a router's profile names it."""
    return CMPEndpoint(bench.lab.cmp_url, bench.lab.ca.certificate_pem(), 5.0)


@sees("ca-reject")
def _rejected(bench: Bench) -> None:
    bench.set("ca-reject", "notAuthorized")
    outcome = bench.enrol()
    assert (outcome.code, outcome.fail_info) == ("rejection", ("notAuthorized",))


@sees("ca-expired")
def _expired(bench: Bench) -> None:
    bench.set("ca-expired")
    outcome = bench.enrol()
    assert (outcome.code, outcome.certificate) == ("rejection", None)
    assert "the certificate of the CA has expired" in outcome.status_string


@sees("ca-wrong-san", "ca-wrong-key", "ca-wrong-subject", "ca-wrong-validity")
def _wrong_certificate(bench: Bench, fault: str) -> None:
    right = issued(bench.enrol())
    bench.set(fault, "192.0.2.99" if fault == "ca-wrong-san" else "")
    wrong = issued(bench.enrol())
    sans = [str(item.value) for item in names(wrong)]
    assert (sans == ["192.0.2.99"]) == (fault == "ca-wrong-san")
    assert (wrong.subject != right.subject) == (fault == "ca-wrong-subject")
    assert (wrong.not_valid_after_utc < datetime.now(UTC)) == (fault == "ca-wrong-validity")
    if fault == "ca-wrong-key":
        assert bench.lab.ca.certificates.find(f"{wrong.serial_number:x}") is not None
        place = bench_endpoint(bench)
        key = ec.generate_private_key(ec.SECP256R1())
        code = bench.lab.ca.codes.issue("wrong-key", subject=subject("sr"), san_ips=(bench.core.address,))
        looked = initial_registration(place, key, subject("sr"), (bench.core.address,), (), "wrong-key", code.secret)
        assert (looked.status, looked.certificate) == ("failed", None)


def names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    """Its alternative names."""
    return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


@sees("ca-stale-crl")
def _stale(bench: Bench) -> None:
    fresh = x509.load_der_x509_crl(bench.lab.ca.crl_der())
    bench.set("ca-stale-crl")
    stale = x509.load_der_x509_crl(bench.lab.ca.crl_der())
    assert stale.next_update_utc is not None
    assert fresh.next_update_utc is not None
    assert stale.next_update_utc < datetime.now(UTC) < fresh.next_update_utc
    key = bench.lab.ca.certificate().public_key()
    assert stale.is_signature_valid(key)  # type: ignore[arg-type]


@sees("ca-unprotected-errors")
def _unprotected(bench: Bench) -> None:
    bench.set("ca-reject", "notAuthorized")
    bench.set("ca-unprotected-errors")
    reference = "unprotected"
    code = bench.lab.ca.codes.issue(reference, subject=subject("sr"), san_ips=(bench.core.address,))
    key = ec.generate_private_key(ec.SECP256R1())
    place = bench_endpoint(bench)
    outcome = initial_registration(place, key, subject("sr"), (bench.core.address,), (), reference, code.secret)
    assert "not protected" in outcome.status_string


@sees("ca-mute-confirmations")
def _mute(bench: Bench) -> None:
    bench.set("ca-mute-confirmations")
    outcome = bench.enrol()
    assert (outcome.status, outcome.certificate) != ("processed", None)
    assert bench.lab.ca.journal.entries(limit=1)[0].result == "confirmed"


@pytest.mark.parametrize("fault", TABLE)
def test_each_fault_is_seen_to_act(bench: Bench, fault: str) -> None:
    """Set from outside while the lab runs, it does what the table says."""
    CHECKS[fault](bench)


def test_faults_can_wait_and_be_left_to_chance(bench: Bench) -> None:
    """`after` lets occasions pass; a chance strikes now and then; neither goes with what lasts."""
    bench.set("commit-refused", after=2, times=1)
    with connect(bench.core) as client:
        struck = [_refuses(client) for _ in range(4)]
        assert struck == [False, False, True, False]
        bench.set("commit-refused", chance=0.5)
        struck = [_refuses(client) for _ in range(20)]
    assert 1 < sum(struck) < 19
    for wrong in ({"times": 1}, {"after": 1}, {"chance": 0.5}):
        with pytest.raises(ControlError, match="holds until it is cleared"):
            bench.set("lock-held", **wrong)
    with pytest.raises(ControlError, match="a chance is above 0"):
        bench.set("slow-rpc", chance=1.5)
    with pytest.raises(ControlError, match="a fault of the CA"):
        bench.set("ca-down", times=1)
    with pytest.raises(ControlError, match="needs an address"):
        bench.set("ca-wrong-san")


def _refuses(client: Any) -> bool:
    try:
        client.validate("candidate")
    except RPCError:
        return True
    return False


def test_one_fault_is_cleared_and_the_others_stay(bench: Bench) -> None:
    """Also at the CA."""
    for fault in ("ca-down", "ca-expired", "lock-held", "flash-full"):
        bench.set(fault)
    bench.clear("ca-down")
    bench.clear("lock-held")
    assert bench.core.faults.active() == {"flash-full": ""}
    assert bench.lab.ca.faults.current.expired
    assert not bench.lab.ca.faults.current.down
    with pytest.raises(ControlError, match="unknown fault"):
        bench.clear("nonsense")


def test_the_documentation_lists_every_fault() -> None:
    """docs/lab.md has one row for each, with the words of the table."""
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.+?) \|$", DOCS.read_text().partition("## Faults")[2], re.MULTILINE))
    assert rows == TABLE
    assert len(TABLE) >= 15
