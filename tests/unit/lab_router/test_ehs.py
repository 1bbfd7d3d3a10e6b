"""Event handling of the simulated router: filter, trigger, handler, queue, run of a script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sroscert_lab.router.ehs.flow import Flow
from sroscert_lab.router.ehs.variables import expanded

from tests.support.lab_core import booted
from tests.support.lab_ehs import (
    ACTIONS,
    ENTRY,
    HANDLED,
    HANDLER,
    HOUR,
    MATCHES,
    POLICY,
    SCRIPT,
    TRIGGER,
    TRIGGERED,
    Node,
)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A 21.2 router."""
    with booted(tmp_path, "21.2") as core:
        yield Node(core)


def test_a_warning_runs_the_script_and_its_outcome_can_be_read(node: Node) -> None:
    """Events 2069, 2052 and 2053, statistics, run history and results file; `sleep` waits for the lab's time."""
    node.write("exit all", "file list cf3:/s.txt", "sleep 40", "/show version")

    node.warn()

    assert (node.run("run-state"), node.numbers()) == ("executing", [2069, 2052])
    node.core.clock.advance(timedelta(seconds=60))
    assert node.numbers() == [2069, 2052, 2053]
    assert node.core.log()[-1].event.text.endswith("cf3:/s.txt has completed with the result of success")
    assert (node.run("run-state"), node.run("run-exit-code"), node.run("elapsed-time")) == (
        "terminated", "no-error", "40"
    )
    assert "s.txt" in node.output() and "TiMOS-B-21.2.R1" in node.output()
    assert node.state(f"{ACTIONS}/success") == "1"
    assert node.state(f"{MATCHES}/trigger-count") == "1"


@pytest.mark.parametrize(
    ("path", "value", "counter"),
    [
        (f"{TRIGGER}/admin-state", "disable", f"{TRIGGERED}/error-admin-state"),
        (f"{TRIGGER}/entry[id='1']/admin-state", "disable", f"{MATCHES}/error-admin-state"),
        (f"{TRIGGER}/entry[id='1']/filter", "none", f"{MATCHES}/error-filter"),
        (f"{ENTRY}/match/message/eq", "in 1 hour(s) and 0 minute(s)", f"{MATCHES}/filter-fail"),
        (f"{ENTRY}/match/event/eq", "2096", f"{MATCHES}/filter-fail"),
        (f"{ENTRY}/match/severity/lt", "minor", f"{MATCHES}/filter-fail"),
        (f"{TRIGGER}/entry[id='1']/handler", "none", f"{MATCHES}/error-handler"),
        (f"{HANDLER}/admin-state", "disable", f"{HANDLED}/error-admin-state"),
        (f"{HANDLER}/entry[id='1']/admin-state", "disable", f"{ACTIONS}/error-admin-state"),
        (f"{POLICY}/admin-state", "disable", f"{ACTIONS}/error-launch-failure"),
        (f"{SCRIPT}/admin-state", "disable", f"{ACTIONS}/error-launch-failure"),
        (f"{SCRIPT}/location", "cf3:/none", f"{ACTIONS}/error-launch-failure"),
    ],
)
def test_what_stands_in_the_way_is_counted_where_the_models_say(
    node: Node, path: str, value: str, counter: str
) -> None:
    """Each obstacle has its counter, and no script runs."""
    node.write("exit all")
    node.set(path, value)

    node.warn()

    assert node.state(counter) == "1"
    assert 2052 not in node.numbers()
    assert (2068 in node.numbers()) == counter.endswith("launch-failure")


def test_a_filter_reads_expressions_and_parts_of_a_message(node: Node) -> None:
    """`regexp` matches anywhere; without it a part is enough; another certificate's warning passes neither."""
    node.write("exit all")
    node.set(f"{ENTRY}/match/message/eq", "Certificate sr-cert used by .* will expire in [0-9]+ hour")
    node.warn()
    assert 2069 not in node.numbers()
    node.set(f"{ENTRY}/match/message/regexp", "true")
    node.warn("sr-cert-g2")
    assert 2069 not in node.numbers()

    node.warn()

    assert node.numbers() == [2069, 2052, 2053]


def test_min_delay_drops_and_debounce_waits_for_more(node: Node) -> None:
    """A second run within min-delay is dropped with 2070; debounce lets the third of three within the time through."""
    node.write("exit all")
    node.set(f"{HANDLER}/entry[id='1']/min-delay", "3600")
    node.warn()
    node.warn()
    assert node.numbers()[-1] == 2070
    node.core.clock.advance(HOUR)
    node.set(f"{TRIGGER}/entry[id='1']/debounce/value", "3")
    node.set(f"{TRIGGER}/entry[id='1']/debounce/time", "60")
    for _ in range(2):
        node.warn()
    assert node.state(f"{MATCHES}/debounce-count") == "2"

    node.warn()

    assert node.numbers().count(2069) == 2
    assert node.state(f"{ACTIONS}/error-min-delay") == "1"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("file show cf3:/none", "MINOR: MGMT_AGENT #2007"),
        ("file remove cf3:/s.txt", "interactive input is not possible"),
        ("admin certificate display type cert format der cf3:/none", "MINOR: MGMT_CORE #2201"),
        ("//admin certificate display type cert format der cf3:/none", "MINOR: CLI #2005"),
    ],
)
def test_an_error_or_a_question_ends_a_script(node: Node, line: str, error: str) -> None:
    """What comes after is not run; the run and event 2053 say so."""
    node.write("exit all", line, "file make-directory cf3:/after")

    node.warn()

    assert not node.core.flash.exists("cf3:/after")
    assert node.run("run-exit-code") == "runtime-error" and node.run("error").startswith(error)
    assert node.core.log()[-1].event.text.endswith("with the result of fail")


def test_switches_for_what_is_not_known_of_scripts(node: Node) -> None:
    """A script may be told to go on after errors, and an MD-CLI one to refuse `//`."""
    node.write("//show version", "file show cf3:/none", "file make-directory cf3:/after")
    node.core.faults.set("script-no-switch")
    node.warn()
    assert node.run("error") == "MINOR: MGMT_CORE #2201: Unknown element - '//'"
    node.core.faults.clear()
    node.core.faults.set("script-goes-on")

    node.warn()

    assert node.core.flash.exists("cf3:/after")
    assert node.run("run-exit-code") == "no-error"


def test_an_event_passes_its_parameters_to_the_script(node: Node) -> None:
    """Without quotes and in double ones a variable is replaced, in single quotes not, and an unknown one stays."""
    node.write("file copy cf3:/s.txt cf3:/$eventid", 'file copy cf3:/s.txt "cf3:/$subject-$tmnxSecNotifFile"')
    node.warn()
    assert node.run("error") == ""
    assert [node.core.flash.exists(f"cf3:/{name}") for name in ("2095", "Cert-sr-cert")] == [True, True]
    known = {"appid": "SECURITY", "name": "x"}
    assert expanded("""$appid '$appid' "'$name' $other" $$""", known) == """SECURITY '$appid' "'x' $other" $$"""


def test_a_script_runs_in_the_engine_of_the_mode(node: Node) -> None:
    """With `cli-engine classic-cli` the script is classic: `file dir` works, MD-CLI's `file list` does not."""
    node.write("file dir cf3:/", "file list cf3:/")
    node.speak_classic()

    node.warn()

    assert node.run("error") == "Error: Bad command."
    assert "Directory of cf3:" in node.output()


def test_a_classic_script_chooses_by_variables(node: Node) -> None:
    """`.if` by what the event passed in, `.set` for what the script needs again; nothing of the other branch is run."""
    node.write(
        ".set $target='after'",
        '.if ($subject=="Cert") {', ".if $eventid!=2095 {", "file md cf3:/wrong", ".} else {", "file md cf3:/$target",
        ".} endif", ".} else {", ".if $eventid==2095 {", "file md cf3:/wrong", ".} endif", ".} endif",
        "file md cf3:/end",
    )
    node.speak_classic()

    node.warn()

    assert node.run("error") == ""
    assert [node.core.flash.exists(f"cf3:/{name}") for name in ("after", "end", "wrong")] == [True, True, False]
    assert "wrong" not in node.output()


@pytest.mark.parametrize(
    "lines", [(".if $eventid {",), (".} endif",), (".if ($eventid==1 {",), (".set",), (".if $eventid==2095 {",)]
)
def test_a_classic_script_with_a_broken_statement_fails(node: Node, lines: tuple[str, ...]) -> None:
    """Also one whose `.if` has no end."""
    node.write(*lines, "file md cf3:/after")
    node.speak_classic()

    node.warn()

    assert node.run("error") == "Error: Bad command." and node.run("run-exit-code") == "runtime-error"


def test_an_md_cli_script_has_no_if(node: Node) -> None:
    """Guide: `.if` and `.set` are errors there."""
    node.write(".set $a=1", "file make-directory cf3:/after")

    node.warn()

    assert node.run("error").startswith("MINOR: MGMT_CORE #2201: Unknown element")
    assert not node.core.flash.exists("cf3:/after")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("$n==7", True), ("$n==007", True), ("$n!=8", True), ("$t==one", True), ('$t=="$t"', True), ("$t=='$t'", False),
        ("$t == $n", False), ("($t!=$n)", True), ("$none=='$none'", True),
    ],
)
def test_values_are_compared_as_numbers_or_as_texts(condition: str, holds: bool) -> None:
    """Two whole numbers as numbers; quotes do to a variable what they do in a command."""
    flow = Flow({"n": "7", "t": "one"})

    assert flow.take(f".if {condition} {{") == ""

    assert flow.runs is holds


def test_a_script_with_a_user_needs_that_users_rights(node: Node) -> None:
    """Without `cli-user` everything may be run; a user without rights runs nothing."""
    node.write("file make-directory cf3:/after")
    node.set("/configure/system/security/cli-script/authorization/event-handler/cli-user", "operator")
    node.warn()
    assert node.run("run-exit-code") == "security-violation"
    assert '"operator"' in next(entry.event.text for entry in node.core.log() if entry.event.number == 2069)
    node.set("/configure/system/security/cli-script/authorization/event-handler/cli-user", "admin")

    node.warn()

    assert node.core.flash.exists("cf3:/after")


def test_scripts_wait_for_each_other_end_in_time_and_are_forgotten(node: Node) -> None:
    """One runs at a time; a life time ends a sleeping script; a history is kept for expire-time, so many at most."""
    node.write("sleep 7000")
    node.set(f"{POLICY}/lifetime", "60")
    node.set(f"{POLICY}/expire-time", "600")
    node.set(f"{POLICY}/max-completed", "1")
    node.warn()
    node.warn()
    assert node.state("system/script-control/script-policy/script/run-histories/initializing") == "1"

    node.core.clock.advance(timedelta(seconds=130))

    assert (node.run("run"), node.run("run-exit-code")) == ("2", "life-time-exceeded")
    assert node.state("system/script-control/script-policy/script/run-histories/completed") == "1"
    node.core.clock.advance(timedelta(seconds=600))
    assert node.run("run") == ""


def test_a_boot_drops_scripts_and_counts(node: Node) -> None:
    """A script that sleeps does not go on after a reboot, and everything is counted from zero."""
    node.write("sleep 30", "file make-directory cf3:/after")
    node.warn()

    node.core.reboot()
    node.core.clock.advance(HOUR)

    assert not node.core.flash.exists("cf3:/after")
    assert node.core.handling.counts.actions == {}
