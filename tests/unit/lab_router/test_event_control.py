"""Event control of the simulated router: what it drops reaches no log and no handler, and is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.router import logs
from sroscert_lab.router.eventcontrol import read_rules

from tests.support.lab_core import booted
from tests.support.lab_ehs import ACTIONS, ENTRY, EVENT, HANDLER, POLICY, SCRIPT, Node

CONTROL = f"/configure/log/log-events/security[event='{EVENT}']"
COUNTS = "log/log-events/security/statistics"
LOG = "/configure/log/log-id[name='12']"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A 25.10 router whose handler has no script, so that every try is counted as a failed launch."""
    with booted(tmp_path, "25.10") as core:
        yield Node(core)


def warnings(node: Node) -> int:
    """How many warnings stand in the log."""
    return sum(entry.event.name == EVENT for entry in node.core.log())


def test_a_suppressed_event_is_in_no_log_and_sets_off_nothing(node: Node) -> None:
    """Guide: it reaches nothing behind event control, and is counted as dropped; it is back when it is generated."""
    node.write("exit all")
    node.set(f"{CONTROL}/generate", "false")
    node.warn()
    assert (warnings(node), node.numbers()) == (0, [])
    assert (node.state(f"{COUNTS}/count"), node.state(f"{COUNTS}/drop")) == ("0", "1")
    node.set(f"{CONTROL}/generate", "true")

    node.warn()

    assert (warnings(node), node.numbers()) == (1, [2069, 2052, 2053])
    assert (node.state(f"{COUNTS}/count"), node.state(f"{COUNTS}/drop")) == ("1", "1")
    assert node.state("log/log-events/security/event-id") == "2095"
    assert node.state("log/log-events/security/parameters") == "tmnxSecNotifFile"
    assert node.state("log/log-events/security/source-stream") == "security"


def test_a_handler_fires_on_what_the_filter_of_a_log_drops(node: Node) -> None:
    """Guide: filters of logs come after event handling."""
    node.write("exit all")
    node.set(f"{LOG}/source/security", "true")
    node.set(f"{LOG}/filter", "none-pass")
    node.set("/configure/log/filter[filter-name='none-pass']/default-action", "drop")

    node.warn()

    warned = next(entry for entry in node.core.log() if entry.event.name == EVENT)
    assert not logs.is_in(node.core.handling.conf, "12", warned)
    assert node.numbers() == [2069, 2052, 2053]


def test_the_rate_is_for_events_that_are_throttled() -> None:
    """An event whose severity alone is configured is not; one with a rate of its own goes by that."""
    head = '<configure xmlns="urn:nokia.com:sros:ns:yang:sr:conf"><log><throttle-rate><limit>2</limit></throttle-rate>'
    leaves = {
        "plain": "<severity>major</severity>", "usual": "<throttle>true</throttle>",
        "own": "<specific-throttle>true</specific-throttle><specific-throttle-limit>7</specific-throttle-limit>",
    }
    listed = "".join(f"<security><event>{name}</event>{text}</security>" for name, text in leaves.items())
    rules = read_rules(etree.fromstring(f"{head}<log-events>{listed}</log-events></log></configure>"))

    assert {name: rule.limit for (_, name), rule in rules.items()} == {"plain": 0, "usual": 2, "own": 7}


def test_throttling_lets_so_many_through_and_says_how_many_it_dropped(node: Node) -> None:
    """`throttle` goes by throttle-rate; after the interval 2011 says how many were lost, and another one begins."""
    node.write("exit all")
    node.set(f"{CONTROL}/throttle", "true")
    node.set("/configure/log/throttle-rate/limit", "2")
    node.set("/configure/log/throttle-rate/interval", "600")
    for _ in range(5):
        node.warn()
    assert (warnings(node), node.state(f"{ACTIONS}/success"), node.state(f"{COUNTS}/drop")) == (2, "2", "3")
    assert 2011 not in node.numbers()

    node.core.clock.advance(timedelta(seconds=600))

    dropped = next(entry.event for entry in node.core.log() if entry.event.number == 2011)
    assert dict(dropped.parameters) == {
        "tmnxDroppedTrapID": EVENT, "tmnxTrapDroppedReasonCode": "frequencyExceeded", "tmnxTrapDroppedEntryID": "0.0",
        "tmnxTrapDroppedCount": "3",
    }
    node.warn()
    assert warnings(node) == 3
    node.core.clock.advance(timedelta(hours=1))
    assert node.numbers().count(2011) == 1


def test_an_event_may_have_a_rate_of_its_own(node: Node) -> None:
    """`specific-throttle` goes before throttle-rate, and a boot ends the interval without a word."""
    node.write("exit all")
    node.set("/configure/log/throttle-rate/limit", "1")
    for leaf, value in (("", "true"), ("-limit", "3"), ("-interval", "60")):
        node.set(f"{CONTROL}/specific-throttle{leaf}", value)
    for _ in range(5):
        node.warn()
    assert warnings(node) == 3

    node.core.reboot()
    node.core.clock.advance(timedelta(hours=1))

    assert node.state(f"{COUNTS}/drop") == "" and node.numbers() == []


def test_the_severity_of_an_event_can_be_set(node: Node) -> None:
    """It is what filters, and so triggers, and logs see."""
    node.write("exit all")
    node.set(f"{ENTRY}/match/severity/eq", "major")
    node.warn()
    assert node.numbers() == []
    node.set(f"{CONTROL}/severity", "major")

    node.warn()

    assert node.numbers() == [2069, 2052, 2053]
    assert [entry.event.severity for entry in node.core.log() if entry.event.name == EVENT] == ["minor", "major"]


def test_events_of_scripts_carry_the_objects_of_the_mib(node: Node) -> None:
    """2052, 2053, 2069; 2070 with the policy and its script; 2068 with what was wrong."""
    node.write("exit all")
    node.set(f"{HANDLER}/description", "renews")
    node.set(f"{HANDLER}/entry[id='1']/min-delay", "600")
    node.warn()
    node.warn()
    node.core.clock.advance(timedelta(seconds=600))
    node.set(f"{SCRIPT}/location", "cf3:/none")
    node.warn()

    carried = {entry.event.number: dict(entry.event.parameters) for entry in node.core.log()}
    user = {"tmnxSmRunExtAuthType": "event-script", "tmnxSmRunExtUserName": "not-specified"}
    script = {
        "tmnxEhsHEntryScriptPlcyOwner": "TiMOS CLI", "tmnxEhsHEntryScriptPlcyName": "p",
        "smLaunchScriptOwner": "TiMOS CLI", "smLaunchScriptName": "s",
    }
    run = {"tmnxLogExecRollbackOpIndex": "1", "tmnxLogExecRollbackOpType": "exec"}
    assert carried[2052] == {"tmnxSysExecScript": "cf3:/s.txt", **run}
    assert carried[2053] == {"tmnxSysExecScript": "cf3:/s.txt", "tmnxSysExecResult": "success", **run}
    assert carried[2069] == {"tmnxEhsHandlerDescription": "renews", **user}
    since = carried[2070].pop("tmnxEhsHEntryMinDelayInterval")
    assert 0 < int(since) < 600 and carried[2070] == {**script, "tmnxEhsHEntryMinDelay": "600", **user}
    error = {"smLaunchError": "file not found - cf3:/none", "tmnxSmLaunchExtAuthType": "event-script"}
    assert carried[2068] == {**script, **error, **user}


def test_a_script_with_lock_override_takes_the_lock_away(node: Node) -> None:
    """Without it the script is refused as anybody is; with it the holder has neither lock nor changes any more."""
    lines = ("edit-config exclusive", "/configure system time prefer-local-time true", "commit")
    node.write(*lines)
    stores = node.core.datastores
    holder = node.core.sessions.open("other", "192.0.2.1", "netconf", node.core.clock())
    stores.lock(holder, "candidate")
    node.warn()
    assert node.run("error").startswith("MINOR: MGMT_CORE #2052")
    node.set(f"{POLICY}/lock-override", "true")

    node.warn()

    assert node.run("error") == "" and stores.locks_of(holder) == ()
    assert node.core.running().findtext(".//{*}prefer-local-time") == "true"
