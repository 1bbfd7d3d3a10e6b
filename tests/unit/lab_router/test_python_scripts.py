"""Python scripts of the lab's routers: loaded at the commit, run in a process of their own, and what they can ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.ehs.pythonscript import PythonRun
from sroscert_lab.router.pki.events import will_expire
from sroscert_lab.router.tree import put

from tests.support.lab_core import booted
from tests.support.lab_ehs import EVENT, HANDLER, POLICY, TRIGGER, state_of

PYTHON = "/configure/python/python-script[name='s']"
MODE = "/configure/system/management-interface/configuration-mode"
RUN = "system/script-control/script-policy/python-script/run-history[last()]"
START_ERROR = "system/script-control/script-policy/python-script/script-start-error"


class Node:
    """A booted 25.10 router with a handler that runs cf3:\\s.py at an expiry warning."""

    def __init__(self, core: RouterCore) -> None:
        self.core = core
        self.tree = core.running()
        for path, value in (
            (f"{HANDLER}/admin-state", "enable"),
            (f"{HANDLER}/entry[id='1']/script-policy/name", "p"),
            (f"{TRIGGER}/admin-state", "enable"),
            (f"{TRIGGER}/entry[id='1']/handler", "h"),
            (f"{PYTHON}/admin-state", "enable"),
            (f"{PYTHON}/urls", "cf3:\\s.py"),
            (f"{PYTHON}/version", "python3"),
            (f"{POLICY}/admin-state", "enable"),
            (f"{POLICY}/results", "cf3:\\out"),
            (f"{POLICY}/max-completed", "9"),
            (f"{POLICY}/expire-time", "86400"),
            (f"{POLICY}/python-script/name", "s"),
        ):
            put(self.tree, path, value)

    def commit(self, *lines: str) -> None:
        """Put the script there and configure it anew: a router reads it then."""
        self.core.flash.write("cf3:/s.py", "\n".join(lines).encode())
        put(self.tree, f"{PYTHON}/description", str(len(self.core.log())))
        self.core.handling.runs.python.reset()
        self.core.running_changed(self.tree)

    def warn(self) -> None:
        """Let the router warn, and what that sets off happen."""
        self.core.record(will_expire("sr-cert", timedelta(hours=5)))
        self.core.clock.advance(timedelta(seconds=1))

    def state(self, path: str) -> str:
        """One leaf below /state; empty when it is not there."""
        return state_of(self.core, path)

    def ran(self, *lines: str) -> tuple[str, str, str]:
        """Run a script: exit code, error, and what it printed."""
        self.commit(*lines)
        self.warn()
        output = self.core.flash.read(self.state(f"{RUN}/results-file")).decode()
        return self.state(f"{RUN}/run-exit-code"), self.state(f"{RUN}/error"), output


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A 25.10 router."""
    with booted(tmp_path, "25.10") as core:
        yield Node(core)


def test_a_script_reads_the_event_state_and_configuration_and_calls_operations(node: Node) -> None:
    """Event, lists by key, typed leaves, an operation, a command; what is not there is a LookupError."""
    code, error, output = node.ran(
        "from pysros.ehs import get_event",
        "from pysros.management import Empty, connect",
        "event, box = get_event(), connect()",
        "print(event.name, event.appid, event.eventid, event.text)",
        "print(event.eventparameters['tmnxSecNotifFile'], 'tmnxSecNotifFile' in event.eventparameters.keys())",
        "policies = box.running.get('/nokia-state:state/system/script-control/script-policy')",
        "runs = {key: policies[key]['python-script']['run-histories'] for key in policies}",
        "print([(key, runs[key]['executing'].data + 1) for key in runs])",
        "print(box.running.get('/nokia-state:state/python/python-script[name=\"s\"]/oper-state'))",
        "out = box.action('/nokia-oper-admin:admin/system/security/pki/generate-keypair',",
        "                 {'save-path': 'cf3:\\\\k', 'rsa-key-size': 1024})",
        "gone = box.action('/nokia-oper-file:file/remove', {'url': 'cf3:\\\\k', 'force': Empty})",
        "print(out['status'], gone['status'])",
        "print(box.cli('show version').split()[0])",
        "try:",
        "    box.running.get('/nokia-conf:configure/system/security/tls/cert-profile')",
        "except LookupError as none:",
        "    print('none:', none)",
    )

    assert (code, error) == ("no-error", "")
    assert output.splitlines() == [
        f"{EVENT} SECURITY 2095 Certificate sr-cert used by TLS will expire in 5 hour(s) and 0 minute(s).",
        "sr-cert True",
        "[(('p', 'TiMOS CLI'), 2)]", "up", "completed completed", "TiMOS-C-25.10.R1", "none: No data found",
    ]
    assert not node.core.flash.exists("cf3:/k")


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("connect().cli('nonsense')", "runtime-error", "SrosMgmtError: MINOR: MGMT_CORE #2201"),
        ("connect().running.get('/nokia-conf:configure/nonsense')", "runtime-error", "InvalidPathError: MINOR"),
        ("raise SystemExit(3)", "runtime-error", "exit code 3"),
        ("import dataclasses", "runtime-error", "ImportError: no module named 'dataclasses'"),
        ("from time import sleep; sleep(4000)", "life-time-exceeded", "the script ran for too long"),
    ],
)
def test_a_run_that_fails_says_why(node: Node, line: str, code: str, error: str) -> None:
    """Refusals, exit codes, modules that the box lacks, and the life time; what was printed before is kept."""
    node.commit("from pysros.management import connect", "print('begun')", line)
    node.warn()
    node.core.clock.advance(timedelta(seconds=4000))

    assert node.state(f"{RUN}/run-exit-code") == code
    assert node.state(f"{RUN}/error").startswith(error)
    assert node.core.flash.read(node.state(f"{RUN}/results-file")).decode().startswith("begun\n")


def test_a_script_that_only_thinks_is_ended(node: Node) -> None:
    """An endless loop holds nobody up."""
    printed: list[str] = []
    run = PythonRun(node.core, "while True: pass", "", printed.append, None, limit_s=0.5)

    assert list(run.steps()) == []
    assert (run.finished.exit_code, run.finished.result) == ("life-time-exceeded", "fail")


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (f"{PYTHON}/admin-state", "disable", "not enabled"),
        (f"{PYTHON}/version", "python2", "python3"),
        (f"{PYTHON}/urls", "cf3:\\none.py", "operationally down"),
        (MODE, "mixed", "not supported in this configuration mode"),
    ],
)
def test_what_keeps_a_python_script_from_running(node: Node, path: str, value: str, why: str) -> None:
    """Each is an error at the start of the script (event 2068), and nothing runs."""
    put(node.tree, path, value)
    node.commit("print(1)")
    node.warn()

    assert why in node.state(START_ERROR)
    assert node.state(f"{RUN}/run-state") == ""


def test_a_changed_file_is_not_seen_before_the_next_commit(node: Node) -> None:
    """The router runs what it compiled; text that is no Python leaves the script down."""
    node.commit("print('first')")
    node.core.flash.write("cf3:/s.py", b"print('second')")
    node.core.running_changed(node.tree)
    node.warn()

    assert node.core.flash.read(node.state(f"{RUN}/results-file")) == b"first\n"
    node.commit("this is no Python")
    assert node.state("python/python-script/oper-state") == "down"


def test_a_user_without_the_rights_gets_nothing(node: Node) -> None:
    """`python-script authorization event-handler cli-user` gives a handler that user's rights."""
    put(node.tree, "/configure/system/security/python-script/authorization/event-handler/cli-user", "nobody")
    code, error, _ = node.ran("from pysros.management import connect", "connect()")

    assert (code, error) == ("runtime-error", "SrosMgmtError: MINOR: MGMT_CORE #2020: Permission denied")
