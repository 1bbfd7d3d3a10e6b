"""Which events of a router's log are told of a certificate, and which are of others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert.commands.eventlog import LogEvent
from sroscert.plan.status import RouterStatus, status
from sroscert.plan.status_log import KEPT, LONGEST, is_wanted, joined, lacks_system, with_log
from tests.support.planning import LOCAL_CAS, NOW, finished, plan, tutorial

SCRIPT = "cf3:/auto-cert-update.txt"


def event(number: int, text: str, application: str = "SECURITY", sequence: int = 1) -> LogEvent:
    """An event with this text."""
    return LogEvent(sequence, NOW, "minor", application, number, "Base", text)


def looked(release: str = "21.2", method: str = "auto") -> RouterStatus:
    """The status of the tutorial's router."""
    intent = tutorial(("method: auto", f"method: {method}"))
    made = plan(finished(release, intent=intent), intent=intent)
    return status(made, LOCAL_CAS, NOW, timedelta(minutes=5))


def told(*events: LogEvent, release: str = "21.2") -> list[str]:
    """The texts that are told of the tutorial's certificate."""
    row = with_log(looked(release), events).certificates[0]
    return [item.text for item in row.log or ()]


OURS = [
    event(2095, "Certificate sr-cert used by TLS will expire in 720 hour(s) and 0 minute(s)."),
    event(2101, 'Certificate file "sr-cert" has been reloaded.'),
    event(2101, 'Key file "sr-key" has been reloaded.'),
    event(2083, 'CA profile "ejbca-profile": key-update is failed, status code none, "".'),
    event(2246, "Update of sr-cert finished, serial number 1a, subject CN=sr."),
    event(2052, f"A CLI user has initiated an 'exec' operation to process ... the SROS CLI file {SCRIPT}", "SYSTEM"),
    event(2069, 'Ehs handler :"auto-cert-update" with the description : "" was invoked.', "SYSTEM"),
    event(2068, 'Script policy "auto-cert-update" could not be launched: file not found', "SYSTEM"),
]
RARER = [
    event(2096, "Certificate sr-cert used by TLS has expired."),
    event(2097, "Expiration warning of certificate sr-cert used by TLS is cleared: certificateUpdated."),
    event(2245, "Update of certificate sr-cert has started."),
    event(2247, "Update of certificate sr-cert has failed: the CA does not answer."),
    event(2053, f"An 'exec' operation of the SROS CLI file {SCRIPT} has finished", "SYSTEM"),
    event(2070, 'Ehs handler :"auto-cert-update" was dropped: it ran less than min-delay ago', "SYSTEM"),
]
OTHERS = [
    event(2095, "Certificate sr-cert-g2 used by TLS will expire in 1 hour(s) and 0 minute(s)."),
    event(2095, "Certificate sr-cert.old used by TLS will expire in 1 hour(s) and 0 minute(s)."),
    event(2095, "Certificate my.sr-cert used by TLS will expire in 1 hour(s) and 0 minute(s)."),
    event(2234, 'Delete: url "cf3:/sr-cert", outcome success.'),
    event(2052, "the SROS CLI file cf3:/nightly.txt", "SYSTEM"),
    event(2069, 'Ehs handler :"auto-cert-update-2" was invoked.', "SYSTEM"),
    event(2101, 'Ehs handler :"auto-cert-update" in another application', "TLS"),
]


def test_events_of_the_certificate_are_told_and_others_are_not() -> None:
    """Its files, its CA profile, its handler, policy and script, each as a word of its own; the newest first."""
    numbered = [
        LogEvent(number, item.at, item.severity, item.application, item.number, item.subject, item.text)
        for number, item in enumerate([*OURS, *OTHERS])
    ]
    assert told(*numbered) == [item.text for item in reversed(OURS)]
    assert told(OURS[6], OURS[0], release="25.10") == [OURS[0].text]
    assert sorted(told(*RARER)) == sorted(item.text for item in RARER)


def test_what_is_told_has_a_bound() -> None:
    """The last events only, and no message without end."""
    many = [event(2095, f"Certificate sr-cert {'x' * 1000}", sequence=number) for number in range(50)]
    row = with_log(looked(), many).certificates[0]

    assert [item.sequence for item in row.log or ()] == list(range(49, 49 - KEPT, -1))
    assert {len(item.text) for item in row.log or ()} == {LONGEST + 2}


@pytest.mark.parametrize(("release", "method", "wanted"), [("21.2", "auto", True), ("25.10", "auto", True),
                                                           ("21.2", "external", False), ("25.10", "none", False)])
def test_the_log_is_read_where_the_router_renews(release: str, method: str, wanted: bool) -> None:
    """What sroscert renews by itself needs no log of a router."""
    found = looked(release, method)

    assert is_wanted(found) is wanted
    assert (with_log(found, OURS).certificates[0].log is not None) is wanted
    assert all(row.log is None for row in with_log(found, OURS).certificates[1:])


STREAM = tuple(item for item in OURS if item.application == "SECURITY")
MAIN = tuple(item for item in OURS if item.application == "SYSTEM")


@pytest.mark.parametrize(
    ("release", "stream", "read"),
    [("21.2", STREAM, True), ("21.2", (*STREAM, *MAIN), False), ("21.2", "no such log", True), ("25.10", STREAM, False),
     ("25.10", "no such log", True)],
    ids=["a script, and none in 101", "both in 101", "no 101", "native", "native and no 101"],
)
def test_the_main_log_is_read_where_101_says_nothing_of_scripts(
    release: str, stream: tuple[LogEvent, ...] | str, read: bool
) -> None:
    """Log 99 costs another round trip: only where something is missing that it may have."""
    assert lacks_system(looked(release), stream) is read


def test_of_both_logs_each_event_is_told_once_and_the_newest_first() -> None:
    """Each log numbers its own events: only the time sorts them. A log that cannot be read takes nothing away."""
    early = event(2095, "Certificate sr-cert used by TLS will expire in 9 hour(s) and 0 minute(s).", sequence=900)
    late = replace(MAIN[0], at=NOW + timedelta(minutes=1), sequence=2)

    assert told(*joined((early,), (replace(early, sequence=7), late))) == [late.text, early.text]
    assert [joined((early,), "no such log"), joined("no such log", (late,))] == [(early,), (late,)]
