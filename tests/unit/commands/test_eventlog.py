"""A router's log as it is shown: the transcripts of the tutorial, what is none, and what would hide in a message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sroscert.commands.eventlog import MOST_EVENTS, parse
from sroscert.commands.operations import ShowLog
from sroscert.commands.replies import read_raw
from tests.support.transcripts import LOG_99, LOG_101


def test_the_logs_of_the_transcripts() -> None:
    """Both engines' forms: number, time, severity, application, subject, and the message with the quotes in it."""
    first, second = parse(LOG_101) or ()
    (third,) = parse(LOG_99.replace("\n", "\r\n")) or ()

    assert (first.sequence, first.application, first.number, first.subject) == (248, "SECURITY", 2101, "TLS")
    assert (first.severity, first.text) == ("minor", 'Certificate file "sr-cert" has been reloaded.')
    assert first.at == datetime(2021, 3, 31, 7, 21, 20, 403000, UTC)
    assert second.text == 'Key file "sr-key" has been reloaded.'
    assert (third.number, third.subject, third.severity) == (2053, "CLI 'exec'", "major")
    assert third.text.endswith("cf3:/auto-cert-update.txt has completed with the result of success")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (LOG_101, "done"),
        (LOG_101.replace("has been reloaded", "\nMINOR: MGMT_CORE #2201: Unknown element"), "done"),
        ("MINOR: MGMT_CORE #2201: Unknown element - '101'", "failed"),
        ("", "unknown"),
        ("a text of something else", "unknown"),
    ],
)
def test_what_is_no_log_is_told(text: str, outcome: str) -> None:
    """An error is a failure, silence is not known; what looks like an error inside an event is the event's."""
    assert read_raw(ShowLog("101"), text).outcome == outcome


def test_an_empty_log_and_one_without_end() -> None:
    """No event is a log too; no more is read than a log can hold, and other zones have no time that could be told."""
    head, row = LOG_101.split("\n\n248")[0], '1 2021/03/31 07:21:20.403 CET MINOR: SECURITY #2101 Base TLS\n"x"\n\n'
    assert parse(head) == ()
    many = parse(f"{head}\n\n" + row * (MOST_EVENTS + 1)) or ()
    assert (len(many), many[0].at, many[-1].text) == (MOST_EVENTS, None, "x")


def test_a_secret_in_an_event_is_blotted_out() -> None:
    """A log of commands may have the line of an enrolment in it."""
    line = "//admin certificate cmpv2 initial-registration ca x protection-alg password s3cret reference 1"
    (event, _) = read_raw(ShowLog("101"), LOG_101.replace('Certificate file "sr-cert" has been reloaded.', line)).events
    assert "s3cret" not in event.text
