"""Each step of a job × each fault × how it strikes: afterwards all is as intended, and every report was true.

Held for each: a run that ends with 0 has done the job, seen from outside; one that fails says so, and what it says of
the router's state is held against the router, as far as `truthful` goes; nothing pending is left behind; a router that
served a valid certificate serves one at every moment; no private key lies in the clear; each certificate that the lab's
CAs ever issued and that is not served is told by `sroscert reconcile`, by its serial or as a request without an answer.

Which cases are run is said in cases.py, what became of them is kept by conftest.py.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from time import sleep
from typing import Any

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key
from lxml import etree
from sroscert_lab.cmp.certificates import Certificates, serial_text
from sroscert_lab.cmp.journal import Journal
from sroscert_lab.cmp.store import Store
from sroscert_lab.router.moments import Phase

from tests.counting import note
from tests.faults import onbox
from tests.faults.cases import Case, chosen
from tests.faults.moments import name_of
from tests.faults.strikes import FORGETTING, KILLS, OUTAGES, How, Strike, Striker
from tests.faults.ways import FAST, WAYS, Way, served
from tests.support.fleet import Fleet, MakeFleet, Result
from tests.support.lab import wait_until

_CONFIRM_S = 10
_EVERY_S = 0.25
_HONEST = {0, 2, 3, 4, 5, 6, 69, 75}
#: What a CA has spoilt: the next run alone cannot mend it, its error says what an operator does.
_SPOILT = {
    "ca-wrong-san", "ca-wrong-key", "ca-wrong-subject", "ca-wrong-validity", "ca-pending", "ca-reject",
    "ca-mute-confirmations",
}
_FAULTS = os.environ.get("FAULTS", "")


@pytest.mark.parametrize("way", WAYS if _FAULTS else WAYS[::10], ids=str)
def test_a_way_has_the_moments_that_the_matrix_says(lab_fleet: MakeFleet, way: Way) -> None:
    """Without a fault a run asks its router for exactly this, and the job is done."""
    fleet = way.prepare(lab_fleet, way.release)
    old = served(fleet).serial_number if way.serves else 0
    with client(fleet, way, ""):
        result = once(fleet, way)
    assert result.code == 0, result.text

    assert result.wrote == way.moments
    finished(fleet, way, old)
    assert accounted_for(fleet) == []


@pytest.mark.law(1, 2, 4, 6, 10, 11)
@pytest.mark.parametrize("case", chosen(_FAULTS), ids=str)
def test_nothing_is_lost_when_it_breaks(lab_fleet: MakeFleet, case: Case) -> None:
    """Struck at one moment, the next run that can finishes the job; nothing that was told was false."""
    way, strike = case.way, case.strike
    fleet = way.prepare(lab_fleet, way.release)
    old = served(fleet).serial_number if way.serves else 0
    with client(fleet, way, strike.fault):
        last = broken(fleet, way, strike)
        by_itself = strike.fault in onbox.KINDS
        truthful(fleet, case, last, old, old)
        if strike.how is How.UNTIL or (strike.how in KILLS and strike.fault):
            # What a killed run asked for last may have been done after its end: this one begins with what it finds.
            last = once(fleet, way)
            truthful(fleet, case, last, old, last.before)
        operator(fleet, way, last, strike)
        if last.code != 0 or strike.how in KILLS or strike.fault in FORGETTING:
            first, last = last, once(fleet, way)
            assert last.code == 0, last.text
            if strike.fault == "standby-lost" and strike.how is How.UNTIL and first.code == 0:
                # Begun without a standby CPM and done as far as could be: then it was said that it may lack something.
                codes = [finding["code"] for finding in first.entry(fleet.first)["findings"]]
                assert "standby-not-ready" in codes, first.text

    finished(fleet, way, old, by_itself)
    requests = accounted_for(fleet)
    if not strike.fault and not strike.place.startswith("request "):
        assert requests == [], "a kill elsewhere leaves no request without an answer"
    note("matrix", f"{strike.fault} {strike.how.value}".strip())


@dataclass(frozen=True)
class Ran(Result):
    """A run's end; the serial that was served right before it (0 for nothing valid), what it asked to write, and what
    running was before its last commit."""

    before: int = 0
    wrote: tuple[str, ...] = ()
    running: bytes = b""


def once(fleet: Fleet, way: Way) -> Ran:
    """One run in this process, once the router has undone what was not confirmed."""
    wait_until(lambda: fleet.router().datastores.pending is None, "the end of a pending commit", 15)
    late = False
    while True:
        before = served_now(fleet)
        with written(fleet) as seen:
            ended = fleet.run(*way.words)
        result = Ran(**vars(ended), before=before, wrote=tuple(seen.names), running=seen.running)
        assert result.code in _HONEST, result.text
        error = result.entry(fleet.first).get("error") or {}
        if error.get("code") == "name-taken" and error["hint"] == "run plan again" and not late:
            # A router goes on with what a session asked that is gone: here it was done between our look and our step.
            late = True
            continue
        if error.get("code") != "commit-pending":
            return result
        # An honest "I do not know yet" says until when; whoever believes it waits.
        until = re.search(r"until (\d\d:\d\d:\d\d) UTC", error["message"])
        assert until is not None and error["hint"] == f"run again after {until[1]} UTC", result.text
        now = datetime.now(UTC)
        wait_s = (datetime.combine(now.date(), time.fromisoformat(until[1]), UTC) - now).total_seconds()
        assert wait_s < _CONFIRM_S + 5, result.text
        sleep(max(wait_s, 0) + 0.5)


@dataclass
class Written:
    """The names of what a router is asked to write, and what running was before the last commit."""

    names: list[str] = field(default_factory=list)
    running: bytes = b""


@contextmanager
def written(fleet: Fleet) -> Iterator[Written]:
    """Look on at what is written until the end of the `with`."""
    core, seen = fleet.router(), Written()

    def look(phase: Phase, request: str) -> bool:
        name = name_of(request)
        if name and phase is Phase.BEFORE:
            seen.names.append(name)
            if name == "commit" and core.datastores.pending is None:
                seen.running = running_of(fleet)
        return False

    with core.moments.watched_by(look):
        yield seen


def running_of(fleet: Fleet) -> bytes:
    """The running configuration, in a form to be compared."""
    return etree.tostring(fleet.router().running(), method="c14n")


def served_now(fleet: Fleet) -> int:
    """The serial that a verifying client is shown; 0 when it likes none."""
    try:
        return served(fleet).serial_number
    except OSError:
        return 0


def broken(fleet: Fleet, way: Way, strike: Strike) -> Ran:
    """The run that is struck; a process of its own when it is killed."""
    striker = Striker(fleet, strike)
    if strike.how not in KILLS:
        result = once(fleet, way)
    else:
        with fleet.start_warm(*way.words) as process:
            striker.process = process
            out, err = process.communicate(timeout=60)
        result = Ran(process.returncode, out, err)
        assert result.code == -9, result.text
    assert striker.failed is None, repr(striker.failed)
    assert striker.struck, result.text
    makes_key = strike.place.startswith("generate key")
    if strike.fault == "switchover" or (makes_key and (strike.fault == "reboot" or strike.how is How.KILLED_DURING)):
        # A person is slower than a router that goes on with what it was asked for (the lab's does so over a restart
        # too): a code that is made anew meanwhile would be another one to its CA in the middle of a request, and a key
        # that is still being made would take the place of the next run's between its signing request and its import.
        with suppress(AssertionError):
            wait_until(lambda: not striker.at_work, "the end of the request that was struck", 3)
    return result


def operator(fleet: Fleet, way: Way, last: Result, strike: Strike) -> None:
    """What an operator does about a fault: mends it, and what the error asks for when the CA has spoilt an answer."""
    fleet.router().faults.clear()
    fleet.ca.faults.clear()
    if strike.fault in ("ca-pending", "ca-check-after"):
        fleet.ca.approve()
    elif strike.fault == "router-waits-for-ca":
        onbox.settle(fleet)
    elif strike.fault == "native-no-reload" and "service-unverified" in last.text:
        onbox.reload(fleet.router())
    elif strike.fault in _SPOILT and last.code:
        core = fleet.router()
        for entry in core.flash.entries():
            if entry.name.endswith(".der"):
                core.flash.remove(f"cf3:/{entry.name}")
        fleet.issue_code(fleet.first, dns=way.names)
    elif strike.fault in ("flash-full", "switchover") and last.code:
        # The CA may have issued what the router had no room for, or has on another card now: the code is used up, as
        # the error says.
        fleet.issue_code(fleet.first, dns=way.names)


@contextmanager
def client(fleet: Fleet, way: Way, fault: str) -> Iterator[None]:
    """A client that makes a verified handshake four times a second, and is never refused unless the fault is an outage.

    One that does so every 100 ms costs as much of the processor as all the rest; it is in test_renew.py.
    """
    failures: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(_EVERY_S):
            try:
                served(fleet)
            except OSError as error:
                failures.append(str(error))

    if not way.serves or fault in OUTAGES:
        yield
        return
    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert failures == []


def truthful(fleet: Fleet, case: Case, result: Ran, old: int, before: int) -> None:
    """What a run said is what an outsider sees; one that was killed said nothing.

    What was rolled back, or never touched, is what was served `before` that run; `old` is what was served before
    anything was done. A router that renews by itself may have done so meanwhile.
    """
    by_itself = case.strike.fault in onbox.KINDS
    if result.code == 0:
        in_place(fleet, case.way, old, by_itself)
        return
    if result.code < 0:
        return
    error = result.entry(fleet.first)["error"]
    assert {"message", "state", "hint"} <= set(error), result.text
    if error["code"] == "rolled-back":
        assert fleet.router().datastores.pending is None
    if by_itself:
        return
    if error["code"] == "rolled-back" and case.strike.fault not in FORGETTING:
        assert running_of(fleet) == result.running
    stands = "TLS is as it was" in error["state"] or (error["code"] == "rolled-back" and result.code == 6)
    if before and stands and case.strike.fault not in OUTAGES:
        assert served(fleet).serial_number == before, result.text
    if error["state"].startswith("untouched"):
        assert result.wrote == (), result.text


def in_place(fleet: Fleet, way: Way, old: int, by_itself: bool = False) -> None:
    """The job is done: a new certificate is served, or the old one where nobody wanted another."""
    is_new, wanted = served(fleet).serial_number != old, "request" in way.moments or way.moves
    assert is_new == wanted or (is_new and by_itself)
    assert not fleet.router().datastores.is_unsaved


def finished(fleet: Fleet, way: Way, old: int, by_itself: bool = False) -> None:
    """The end of all: done, a further run has nothing to do, no key lies in the clear."""
    in_place(fleet, way, old, by_itself)
    again = fleet.run("apply", "--yes", "-o", "json", *FAST)
    if only_a_fresh_code(again.entry(fleet.first)):
        again = fleet.run("apply", "--yes", "-o", "json", *FAST)
    assert (again.code, again.entry(fleet.first).get("steps_done")) == (0, 0), again.text
    core = fleet.router()
    assert core.datastores.pending is None and not core.datastores.is_locked("candidate")
    files = [f"cf3:/{item.name}" for item in core.flash.entries() if not item.is_folder]
    assert [file for file in files if is_key(core.flash.read(file))] == []


def only_a_fresh_code(entry: dict[str, Any]) -> bool:
    """Whether all that was left to do was to set a code that the operator gave, and that `renew` had no need of."""
    reasons = [step["reason"] for step in entry["steps"] if step["kind"] == "Commit"]
    return reasons == ["the secret changed since it was last set from here"]


def accounted_for(fleet: Fleet) -> list[dict[str, Any]]:
    """What a CA issued and nobody is served is told by `reconcile`: by its serial, or as a request without an answer.

    Returns those requests.
    """
    result = fleet.run("reconcile", "-o", "json")
    entry = result.entry(fleet.first)
    told = {int(item["serial"], 16) for item in entry["unused"]}
    unknown = issued(fleet) - told - {served(fleet).serial_number}
    requests: list[dict[str, Any]] = entry["unanswered"]
    assert len(unknown) <= len(requests), f"{len(unknown)} of the CA's certificates are told by nobody: {result.text}"
    assert result.code == (2 if requests or any(item["counts"] for item in entry["unused"]) else 0), result.text
    return requests


def issued(fleet: Fleet) -> set[int]:
    """The serials of what the CAs of the lab ever issued and had confirmed, was not revoked, and has not ended.

    What nobody confirmed a CA takes back (RFC 4210, 5.1.1.2).
    """
    now = datetime.now(UTC)
    found = set()
    for file in fleet.folder.glob("ca*/ca.sqlite"):
        with closing(Store(file)) as store:
            confirmed = {one.serial for one in Journal(store, lambda: now).entries() if one.result == "confirmed"}
            known = [item.certificate for item in Certificates(store, lambda: now).all() if not item.revoked]
        found |= {
            item.serial_number for item in known if item.not_valid_after_utc > now and serial_text(item) in confirmed
        }
    return found


def is_key(content: bytes) -> bool:
    """Whether a file is a private key in the clear."""
    for load in (load_der_private_key, load_pem_private_key):
        try:
            load(content, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        return True
    return False
