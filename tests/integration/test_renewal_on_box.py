"""Renewal on the box, by the clock: the lab's time is moved, and what a router does by itself is seen from outside."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import RouterPKI
from sroscert_lab.router.statetree import router_state

from sroscert.plan.status_log import KEPT
from tests.support.fleet import Fleet, open_fleet
from tests.support.lab import wait_until
from tests.support.served import is_pair, served
from tests.yang import counter
from tests.yang.yanglint import Yanglint

DAY = timedelta(days=1)
RELEASES = ("21.2", "25.10", "25.10", "20.10")
#: Takes MD-CLI off the list of engines, and puts it at its end: scripts then run in the classic one.
ENGINE = (
    '<configure xmlns="urn:nokia.com:sros:ns:yang:sr:conf"><system><management-interface><cli>'
    '<cli-engine xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="{}">md-cli</cli-engine>'
    "</cli></management-interface></system></configure>"
)
PROFILE = "aaa local-profiles profile renewer"
#: A user who may do what the script does, and no more.
RENEWER = (
    (*PROFILE.split(), "default-action", "deny-all"),
    (*PROFILE.split(), "entry", "10", "match", "file", "action", "permit"),
    (*PROFILE.split(), "entry", "20", "match", "admin certificate", "action", "permit"),
    ("user-params", "local-user", "user", "renewer", "password", "n0t-typed"),
    ("user-params", "local-user", "user", "renewer", "console", "member", "renewer"),
)
OTHER = "cf3-b:/auto-cert-update.txt"
SCRIPT = "cf3:/auto-cert-update.txt"
POLICY = ("auto-cert-update", "TiMOS CLI")
_TUTORIAL = (Path(__file__).parents[2] / "lab" / "intents" / "auto-cert-update.txt").read_text()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Four routers, certificates of 40 days: sr3 renews natively, the others by event handling, sr4 in classic CLI."""
    with open_fleet(
        tmp_path_factory.mktemp("fleet") / "lab", routers=4, release=RELEASES, lifetime=40 * DAY
    ) as made:
        with made.editing() as document:
            certificate = document["certificates"]["sr-cert"]
            certificate["lifetime"] = "40d"
            certificate["renewal"]["before"] = "10d"
            del document["expiration_warning"]  # worked out: 240 hours before the end, and each day
            renewal = {"method": "ehs", "script_user": "admin"}
            document["routers"]["sr2"]["certificates"] = {"sr-cert": {"renewal": renewal}}
            document["routers"]["sr4"]["script_users"] = {"cli": "renewer"}
        made.operator(ENGINE.format("delete"), router="sr4")
        made.operator(ENGINE.format("merge"), router="sr4")
        for words in RENEWER:
            made.operator("/configure", "system", "security", *words, router="sr4")
        made.applied()
        yield made


def rows(fleet: Fleet) -> dict[str, Any]:
    """What `status` says of each router's certificate."""
    found = fleet.run("status", "-o", "json").json["routers"]
    return {
        router["router"]: next(item for item in router["certificates"] if item["role"] == "intended")
        for router in found
    }


def texts(core: RouterCore, *numbers: int) -> list[str]:
    """What a router logged of these events, oldest first."""
    return [entry.event.text for entry in core.log() if entry.event.number in numbers]


class Client(threading.Thread):
    """Shakes hands with a gNMI port every 100 ms, and keeps what was served and what failed."""

    def __init__(self, core: RouterCore) -> None:
        super().__init__(daemon=True)
        self._core = core
        self._over = threading.Event()
        self.serials: list[str] = []
        self.failures: list[OSError] = []

    def run(self) -> None:
        """Until it is told to stop."""
        while not self._over.wait(0.1):
            try:
                serial = served(self._core)
            except OSError as error:
                self.failures.append(error)
            else:
                self.serials += [serial] if serial not in self.serials else []

    def stop(self) -> None:
        """Stop and wait."""
        self._over.set()
        self.join(10)


@contextlib.contextmanager
def clients(fleet: Fleet) -> Iterator[dict[str, Client]]:
    """One client for each router."""
    made = {name: Client(fleet.router(name)) for name in fleet.names}
    for client in made.values():
        client.start()
    try:
        yield made
    finally:
        for client in made.values():
            client.stop()


def test_scripts_are_on_both_cpms_and_stay_there(fleet: Fleet) -> None:
    """`apply` puts them there, in each engine; what is lost or changed on the standby CPM is drift."""
    for name in ("sr1", "sr4"):
        flash = fleet.router(name).flash
        assert flash.read(OTHER) == flash.read(SCRIPT), name
    two = fleet.router("sr2").flash
    (python,) = [item.name for item in two.entries("cf3:/") if item.name.startswith("auto-cert-update")]
    assert python.endswith(".py") and two.read(f"cf3-b:/{python}") == two.read(f"cf3:/{python}")
    assert not fleet.router("sr3").flash.exists(OTHER)
    one, four = fleet.router("sr1"), fleet.router("sr4")
    one.flash.write(OTHER, one.flash.read(SCRIPT).replace(b"-next", b"-last"))
    four.flash.remove(OTHER)
    changed = fleet.run("drift")
    assert (changed.code, changed.text.count("file cf3-b:/auto-cert-update.txt: ")) == (2, 2), changed.text
    one.faults.set("standby-lost", "singleton")
    four.faults.set("flash-full")
    refused = fleet.run("apply", "--yes", "--override", "flash-full")
    assert refused.code == 3 and "[standby-copy]" in refused.text, refused.text
    assert refused.text.count("in sync, nothing to do") == 3
    for core in (one, four):
        core.faults.clear()
    fleet.applied()
    assert [core.flash.read(OTHER) == core.flash.read(SCRIPT) for core in (one, four)] == [True, True]
    assert fleet.run("drift").code == 0
    # An operator suppresses the warning that the handler waits for.
    for value in ("false", "true"):
        event = "security tmnxPkiCertBeforeExpWarning generate"
        fleet.operator(*f"/configure log log-events {event} {value}".split(), router="sr4")
        four.save_configuration()
        told = fleet.run("plan", "-l", "sr4")
        assert (told.code, "suppresses tmnxPki" in told.text) == (0, value == "false"), told.text


@pytest.mark.law(1, 10, 11)
def test_routers_renew_by_themselves_and_a_ca_that_is_down_breaks_nothing(fleet: Fleet, yanglint: Yanglint) -> None:
    """Warned, failed, tried again, renewed, read back: from one `apply`, by moving the clock only.

    Scripts of the 21.2 router go on after errors, the others stop; that of the 20.10 one is classic, and runs on what
    was the standby CPM; that of sr2 is a Python handler. At no time does a client meet a failed handshake, and while
    the CA is down every router's files are the pair that it serves.
    """
    fleet.router("sr4").faults.set("switchover")
    old = {name: served(fleet.router(name)) for name in fleet.names}
    fleet.router("sr1").faults.set("script-goes-on")
    fleet.ca.faults.set(down=True)
    with clients(fleet) as seen:
        fleet.host.clock.advance(30 * DAY + timedelta(hours=3))
        failed = rows(fleet)
        pairs = [is_pair(fleet.router(name)) for name in fleet.names]
        fleet.ca.faults.clear()
        fleet.host.clock.advance(DAY)
        wait_until(lambda: all(len(client.serials) == 2 for client in seen.values()), "new certificates are served", 30)

    assert pairs == [True, True, True, True]
    assert {name: one["serial"] for name, one in failed.items()} == old
    assert "expire in 240 hour(s) and 0 minute(s)" in texts(fleet.router("sr1"), 2095)[0]
    assert [failed[name]["renewal"]["last"]["result"] for name in ("sr2", "sr3", "sr4")] == ["failed"] * 3
    assert "cannot be reached" in failed["sr2"]["renewal"]["last"]["detail"]
    assert failed["sr3"]["renewal"]["state"] == "wait-for-retry"
    for name, now in rows(fleet).items():
        core = fleet.router(name)
        assert now["serial"] != old[name] and now["served"]["same_as_file"], now
        assert (now["condition"], now["renewal"]["last"]["result"]) == ("ok", "ended"), now
        assert [repr(failure) for failure in seen[name].failures] == []
        assert seen[name].serials == [old[name], now["serial"]]
        log = [(event["application"], event["number"]) for event in now["log"]]
        handled = {("SECURITY", 2095), ("SECURITY", 2101), ("SYSTEM", 2069)}
        assert len(log) <= KEPT and ({("SECURITY", 2246)} if name == "sr3" else handled) <= {*log}, now["log"]
        assert is_pair(core)
        left = [*core.flash.entries("cf3:/"), *core.flash.entries("cf3:/system-pki")]
        assert not [entry.name for entry in left if "next" in entry.name]
    engines = [b"\n//admin" in fleet.router(name).flash.read(SCRIPT) for name in ("sr1", "sr4")]
    assert engines == [True, False]
    by_python = router_state(fleet.router("sr2")).findall(".//{*}script-policy/{*}python-script/{*}run-history")
    assert [run.findtext("{*}run-exit-code") for run in by_python] == ["runtime-error", "no-error"]
    assert texts(fleet.router("sr1"), 2053)[-1].endswith("with the result of success")
    users = [texts(fleet.router(name), 2069)[-1].split('"')[-2] for name in ("sr1", "sr2", "sr4")]
    assert users == ["not-specified", "admin", "renewer"]
    assert f"serial number {seen['sr3'].serials[-1]}," in texts(fleet.router("sr3"), 2246)[-1]
    assert fleet.run("check").code == 0
    assert fleet.run("drift").text.count("no difference in configuration") == 4
    for name, train in list(zip(fleet.names, RELEASES, strict=True))[:3]:
        shown = etree.tostring(router_state(fleet.router(name)))
        assert b"run-exit-code" in shown or b"update-state" in shown
        assert yanglint.validate_state(train, shown) == []
        counter.prove("states", train, 1)


@pytest.mark.law(1)
def test_a_script_cut_off_after_any_line_leaves_a_pair_outside_the_stated_window(fleet: Fleet) -> None:
    """After each line but one the files are a pair, and the next run renews; in the window the bundle mends it."""
    core = fleet.router("sr1")
    core.faults.clear()
    lines = core.flash.read(SCRIPT).decode().splitlines()
    first, last = (
        next(number for number, line in enumerate(lines) if word in line) for word in ("gen-keypair", "reload")
    )
    broken = []
    for size in (*range(first + 1, last + 2), len(lines)):
        core.flash.write(SCRIPT, "\n".join(lines[:size]).encode())
        assert core.handling.runs.launch(core.handling.conf, POLICY) == ""
        fleet.host.clock.advance(timedelta(seconds=1))
        assert texts(core, 2053)[-1].endswith("success"), lines[size - 1]
        if not is_pair(core):
            broken.append(lines[size - 1])
            # The next run stops before it removes the bundle.
            core.flash.write(SCRIPT, "\n".join(lines).encode())
            assert core.handling.runs.launch(core.handling.conf, POLICY) == ""
            fleet.host.clock.advance(timedelta(seconds=1))
            assert texts(core, 2053)[-1].endswith("fail") and not is_pair(core)
            core.behaviour.raw_command(lines[size], "admin")
            assert is_pair(core)

    assert len(broken) == 1 and "output sr-key format pkcs12" in broken[0]
    assert core.flash.read(SCRIPT).decode().splitlines() == lines


def as_the_tutorial(fleet: Fleet, core: RouterCore) -> None:
    """The tutorial's event handling in place of ours: one minute of one hour, and its script."""
    text = _TUTORIAL.replace("ejbca-profile", "lab-ca").replace("172.20.20.5", core.address)
    core.flash.write(SCRIPT, text.replace("CN=sr ", f"CN={core.name} ").encode())
    core.flash.write("cf3:/sr-cert.der", b"the certificate of the first enrolment")
    message = "Certificate sr-cert used by TLS will expire in 1 hour(s) and 0 minute(s)"
    entry = ("/configure", "log", "filter", "100", "named-entry", "cert-update", "match", "message")
    fleet.operator(*entry, "eq", message, router=core.name)
    fleet.operator(*entry, "regexp", "false", router=core.name)
    warning = ("/configure", "system", "security", "pki", "certificate-expiration-warning")
    fleet.operator(*warning, "hours", "6", router=core.name)
    fleet.operator(*warning, "repeat-hours", "1", router=core.name)


def test_what_the_tutorials_script_does_must_not_happen(fleet: Fleet) -> None:
    """Its one minute comes, and the pair is broken with the CA in best health; after a boot it does not even come."""
    core = fleet.router("sr1")
    serial = served(core)
    as_the_tutorial(fleet, core)
    assert isinstance(core.behaviour, RouterPKI)
    used = core.behaviour.profiles.used_certificates()["sr-cert"].certificate()
    fleet.host.clock.advance(used.not_valid_after_utc - fleet.host.clock() - timedelta(minutes=30))

    assert "1 hour(s) and 0 minute(s)" in texts(core, 2095)[-1]
    assert not is_pair(core) and served(core) == serial
    fleet.saved("sr1")
    core.reboot()
    with pytest.raises(OSError):
        served(core)


def test_the_tutorials_minute_does_not_come_after_a_boot(fleet: Fleet) -> None:
    """A router that boots 3 h 20 min before expiry warns at 20 past: the filter of one minute matches none of them."""
    core = fleet.router("sr2")
    as_the_tutorial(fleet, core)
    fleet.saved("sr2")
    assert isinstance(core.behaviour, RouterPKI)
    used = core.behaviour.profiles.used_certificates()["sr-cert"].certificate()
    fleet.host.clock.advance(used.not_valid_after_utc - fleet.host.clock() - timedelta(hours=3, minutes=20))
    core.reboot()
    fleet.host.clock.advance(timedelta(hours=4))

    assert [text.partition("expire in ")[2] for text in texts(core, 2095)] == [
        f"{hours} hour(s) and 20 minute(s)." for hours in (3, 2, 1, 0)
    ]
    assert texts(core, 2069) == []
    assert texts(core, 2096) == ["Certificate sr-cert used by TLS has expired."]
