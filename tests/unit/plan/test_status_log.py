"""Which events of a router's log are told of a certificate, and which are of others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sroscert.commands.eventlog import LogEvent
from sroscert.plan.status import RouterStatus, status
from sroscert.plan.status_log import KEPT, LONGEST, is_wanted, with_log
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
