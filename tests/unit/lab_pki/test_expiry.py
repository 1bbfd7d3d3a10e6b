"""Expiry warnings and native renewals happen at their own moments when the lab's clock is moved."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree
from sroscert_lab.clock import Clock
from sroscert_lab.router.faults import Faults
from sroscert_lab.router.pki.formats import key_der
from sroscert_lab.router.routerclock import RouterClock

from tests.support.lab_bench import Bench, Keys, Tree, ca_profile, configuration
from tests.support.minting import CA

HOUR = timedelta(hours=1)
CRL_EVENTS = range(2098, 2101)


def test_what_falls_due_on_the_way_happens_in_order_at_its_own_moment() -> None:
    """One jump fires every timer, also those that are set on the way, each at its time."""
    clock = Clock()
    start, seen = clock(), []

    def note(name: str) -> None:
        seen.append((name, round((clock() - start) / HOUR)))
        if name == "second":
            clock.call_at(clock() + HOUR, lambda: note("set on the way"))

    clock.call_at(start + 5 * HOUR, lambda: note("second"))
    clock.call_at(start + 2 * HOUR, lambda: note("first"))
    clock.call_at(start + 3 * HOUR, lambda: note("never")).cancel()
    clock.call_at(start + 9 * HOUR, lambda: note("too late"))

    clock.advance(8 * HOUR)

    assert seen == [("first", 2), ("second", 5), ("set on the way", 6)]
    assert round((clock() - start) / HOUR) == 8


def test_a_timer_fires_by_itself_when_nobody_moves_the_clock() -> None:
    """Real time counts too."""
    clock, fired = Clock(), threading.Event()

    clock.call_at(datetime.now(UTC) + timedelta(milliseconds=30), fired.set)

    assert fired.wait(5)


def with_crl(warning: dict[str, str], *, state: str = "enable") -> etree._Element:
    """A CA profile that needs the CRL in ca.crl, with this `crl-expiration-warning`."""
    profile = ca_profile(revocation_check="crl", crl_file="ca.crl", admin_state=state)
    return configuration({"ca-profile": [profile], "crl-expiration-warning": {**warning}})


def put_crl(bench: Bench, authority: CA, begin: timedelta, end: timedelta | None, number: int = 1) -> None:
    """Import the CA's certificate, and a CRL of it from one time to another as of now."""
    now = bench.host.clock()
    bench.put("ca.pem", authority.pem)
    bench.put("ca.crl", authority.crl(now + begin, None if end is None else now + end, number))
    for kind, name, encoding in (("cert", "ca.pem", "pem"), ("crl", "ca.crl", "der")):
        line = f"//admin certificate import type {kind} input cf3:/{name} output {name} format {encoding}"
        assert bench.run(line) == ""


def said(bench: Bench, *numbers: int) -> list[str]:
    """The texts of these events, oldest first."""
    return [entry.event.text for entry in bench.host.log() if entry.event.number in numbers]


def test_a_crl_is_warned_of_until_it_ends_and_takes_its_profile_down(bench: Bench, authority: CA) -> None:
    """`hours` before, every `repeat-hours`, after the end, and cleared when it is not in use any more."""
    put_crl(bench, authority, -HOUR, 10 * HOUR)
    bench.apply(with_crl({"hours": "5", "repeat-hours": "2"}))
    bench.host.clock.advance(4 * HOUR)
    assert said(bench, *CRL_EVENTS) == []
    bench.host.clock.advance(7 * HOUR)
    assert said(bench, *CRL_EVENTS) == [
        *(f"CRL ca.crl will expire in {hours} hour(s) and 0 minute(s)." for hours in (5, 3, 1)),
        "CRL ca.crl has expired.",
    ]
    assert bench.host.numbers()[-2:] == [2099, 2045]
    assert said(bench, 2045)[-1].endswith("down: expired-crl.")
    assert bench.state("security/pki/ca-profile/oper-flags") == "expired-crl"
    put_crl(bench, authority, -HOUR, 10 * HOUR, 2)
    bench.apply(with_crl({"hours": "5", "repeat-hours": "2"}, state="disable"))
    assert said(bench, 2100) == ["Expiration warning of CRL ca.crl is cleared: no longer in use."]


@pytest.mark.parametrize(
    ("warning", "numbers"),
    [({}, []), ({"repeat-hours": "1"}, []), ({"hours": "0"}, [2099]), ({"hours": "100"}, [2098, 2099])],
)
def test_a_crl_is_warned_of_as_often_as_is_said(
    bench: Bench, authority: CA, warning: dict[str, str], numbers: list[int]
) -> None:
    """`hours` 0 leaves the event after the end alone, and without `repeat-hours` one comes before it."""
    put_crl(bench, authority, -HOUR, 60 * HOUR)
    bench.apply(with_crl(warning))
    bench.host.clock.advance(61 * HOUR)
    assert [number for number in bench.host.numbers() if number in CRL_EVENTS] == numbers


def test_a_crl_without_an_end_is_never_warned_of(bench: Bench, authority: CA) -> None:
    """It has no nextUpdate, and holds."""
    put_crl(bench, authority, -HOUR, None)
    bench.apply(with_crl({"hours": "8760"}))
    bench.host.clock.advance(24 * HOUR)
    assert said(bench, *CRL_EVENTS) == []
    assert bench.state("security/pki/ca-profile/oper-state") == "up"


def test_a_profile_comes_up_by_itself_when_its_files_begin_to_be_valid(bench: Bench) -> None:
    """Told of once each, down until the last of them, and up at that moment."""
    now = bench.host.clock()
    late = CA.make(not_before=now + HOUR, not_after=now + 99 * HOUR)
    put_crl(bench, late, 2 * HOUR, 50 * HOUR)
    bench.apply(with_crl({}))
    bench.apply(with_crl({"hours": "1"}))
    assert said(bench, 2114, 2115) == ["Certificate ca.pem is not yet valid.", "CRL ca.crl is not yet valid."]
    assert bench.state("security/pki/ca-profile/oper-flags") == "not-yet-valid-crl not-yet-valid-cert"
    bench.host.clock.advance(HOUR)
    assert bench.state("security/pki/ca-profile/oper-flags") == "not-yet-valid-crl"
    assert said(bench, 2045) == []
    bench.host.clock.advance(HOUR)
    assert bench.state("security/pki/ca-profile/oper-state") == "up"
    assert len(said(bench, 2045)) == 1 and said(bench, 2045)[0].endswith("state to up.")
    assert len(said(bench, 2114, 2115)) == 2


def test_a_clock_that_is_set_moves_what_waits_for_its_moments(bench: Bench, authority: CA) -> None:
    """Ahead, a warning comes earlier, or at once; a file that had ended holds again when the clock goes back."""
    put_crl(bench, authority, -HOUR, 10 * HOUR)
    bench.apply(with_crl({"hours": "5", "repeat-hours": "3"}))
    bench.host.faults.set("clock-skew", str(2 * 3600))
    bench.host.clock.advance(HOUR * 2.9)
    assert said(bench, *CRL_EVENTS) == []
    bench.host.clock.advance(HOUR * 0.2)
    assert said(bench, *CRL_EVENTS) == ["CRL ca.crl will expire in 5 hour(s) and 0 minute(s)."]
    bench.host.faults.set("clock-skew", str(6 * 3600))
    assert said(bench, *CRL_EVENTS)[1:] == ["CRL ca.crl will expire in 0 hour(s) and 54 minute(s)."]
    bench.host.faults.set("clock-skew", str(9 * 3600))
    assert bench.host.numbers()[-2:] == [2099, 2045]
    assert bench.state("security/pki/ca-profile/oper-flags") == "expired-crl"
    bench.host.faults.clear("clock-skew")
    assert bench.host.numbers()[-1] == 2045
    assert bench.state("security/pki/ca-profile/oper-state") == "up"


def test_a_native_renewal_follows_a_clock_that_is_set(new_bench: Bench, authority: CA, keys: Keys) -> None:
    """It is tried an hour before the end by the router's own clock; the CA of the profile is not there."""
    now = new_bench.host.clock()
    der = authority.issue(key=keys[0], not_before=now - HOUR, not_after=now + 10 * HOUR)
    new_bench.put("sr-cert", der)
    new_bench.put("sr-key", key_der(keys[0]))
    for kind in ("cert", "key"):
        new_bench.run(f"//admin certificate import type {kind} input cf3:/sr-{kind} output sr-{kind} format der")
    renewal: Tree = {
        "ca-profile": [ca_profile()],
        "certificate-update-profile": [{"name": "cmp", "cmpv2": {"ca-profile": "ejbca"}, "before-expiry": "3600"}],
        "certificate-auto-update": [
            {"certificate-file-name": "sr-cert", "key-file-name": "sr-key", "profile": "cmp"}
        ],
    }
    new_bench.apply(configuration(renewal))
    new_bench.host.faults.set("clock-skew", str(8 * 3600))
    new_bench.host.clock.advance(HOUR * 0.9)
    assert said(new_bench, 2245) == []
    new_bench.host.clock.advance(HOUR * 0.2)
    assert len(said(new_bench, 2245)) == len(said(new_bench, 2247)) == 1
    new_bench.host.faults.set("clock-skew", str(-8 * 3600))
    new_bench.host.clock.advance(HOUR * 12)
    assert len(said(new_bench, 2245)) == 1


def test_what_waits_for_a_while_does_not_mind_a_clock_that_is_set() -> None:
    """A script that sleeps for a minute sleeps for a minute, whatever the clock shows at its end."""
    lab, faults, seen = Clock(), Faults(), []
    clock = RouterClock(lab, faults)
    clock.call_after(HOUR, lambda: seen.append("a while"))
    clock.call_at(clock() + 2 * HOUR, lambda: seen.append("a moment"))
    faults.set("clock-skew", "-7200")
    lab.advance(HOUR * 1.5)
    assert seen == ["a while"]
    faults.set("clock-skew", "3600")
    lab.advance(timedelta())
    assert seen == ["a while", "a moment"]
    for wrong in ("soon", "nan", "1e12"):
        with pytest.raises(ValueError, match="takes a number of seconds"):
            faults.set("clock-skew", wrong)
