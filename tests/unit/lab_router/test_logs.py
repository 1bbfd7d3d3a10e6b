"""Which event stands in which log of a router: the source decides, then the log's filter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sroscert_lab.router.core import LoggedEvent
from sroscert_lab.router.ehs.conf import EHSConf, FilterConf, LogConf
from sroscert_lab.router.logevent import Event
from sroscert_lab.router.logs import is_in

LOGS = EHSConf(
    filters={"none": FilterConf("drop")},
    logs={
        "20": LogConf(frozenset({"change"})),
        "21": LogConf(frozenset({"security"})),
        "22": LogConf(frozenset({"main", "change"}), filter="none"),
    },
)


@pytest.mark.parametrize(
    ("application", "severity", "logs"),
    [
        ("SECURITY", "minor", {"101", "21"}),
        ("MGMT_CORE", "minor", {"101", "20"}),
        ("SYSTEM", "minor", {"99", "101"}),
        ("SYSTEM", "major", {"99", "100", "101"}),
    ],
)
def test_the_source_of_an_event_decides_its_logs(application: str, severity: str, logs: set[str]) -> None:
    """Security, changes of the configuration and the rest; a filter that drops keeps a log empty."""
    event = LoggedEvent(1, datetime.now(UTC), application, Event(1, "name", severity, "subject", "text"))

    assert {number for number in ("99", "100", "101", *LOGS.logs) if is_in(LOGS, number, event)} == logs
