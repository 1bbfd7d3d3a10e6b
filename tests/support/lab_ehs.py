"""A simulated router with an event handler: the trigger is the expiry warning, the script is cf3:/s.txt."""

from __future__ import annotations

from datetime import timedelta

from lxml import etree
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki.events import will_expire
from sroscert_lab.router.tree import put

EVENT = "tmnxPkiCertBeforeExpWarning"
FILTER = "/configure/log/filter[filter-name='100']"
ENTRY = f"{FILTER}/named-entry[entry-name='warning']"
HANDLER = "/configure/log/event-handling/handler[name='h']"
TRIGGER = f"/configure/log/event-trigger/security[event='{EVENT}']"
CONTROL = "/configure/system/script-control"
SCRIPT = f"{CONTROL}/script[script-name='s'][owner='TiMOS CLI']"
POLICY = f"{CONTROL}/script-policy[policy-name='p'][owner='TiMOS CLI']"
TRIGGERED = "log/event-trigger/security/statistics"
MATCHES = "log/event-trigger/security/entry/statistics"
HANDLED = "log/event-handling/handler/statistics"
ACTIONS = "log/event-handling/handler/entry/statistics"
HOUR = timedelta(hours=1)


class Node:
    """A booted router with a handler that runs cf3:/s.txt at the expiry warning of `sr-cert`."""

    def __init__(self, core: RouterCore) -> None:
        self.core = core
        self.tree = core.running()
        for path, *value in (
            (f"{FILTER}/default-action", "drop"),
            (f"{ENTRY}/action", "forward"),
            (f"{ENTRY}/match/message/eq", "Certificate sr-cert used by TLS will expire"),
            (f"{HANDLER}/admin-state", "enable"),
            (f"{HANDLER}/entry[id='1']/script-policy/name", "p"),
            (f"{HANDLER}/entry[id='1']/script-policy/owner", "TiMOS CLI"),
            (f"{TRIGGER}/admin-state", "enable"),
            (f"{TRIGGER}/entry[id='1']/filter", "100"),
            (f"{TRIGGER}/entry[id='1']/handler", "h"),
            (f"{SCRIPT}/admin-state", "enable"),
            (f"{SCRIPT}/location", "cf3:/s.txt"),
            (f"{POLICY}/admin-state", "enable"),
            (f"{POLICY}/results", "cf3:/out"),
            (f"{POLICY}/max-completed", "5"),
            (f"{POLICY}/script/name", "s"),
            (f"{POLICY}/script/owner", "TiMOS CLI"),
        ):
            put(self.tree, path, *value)

    def set(self, path: str, value: str) -> None:
        """Change one leaf before the next warning."""
        put(self.tree, path, value)

    def speak_classic(self) -> None:
        """Have scripts run in the classic engine."""
        cli = self.tree.find(".//{*}management-interface/{*}cli")
        assert cli is not None
        cli.remove(cli[0])
        self.core.datastores._running = self.tree

    def write(self, *lines: str) -> None:
        """The script."""
        self.core.flash.write("cf3:/s.txt", "\n".join(lines).encode())

    def warn(self, certificate: str = "sr-cert", hours: int = 5) -> None:
        """Let the router warn, and what that sets off happen."""
        self.core.running_changed(self.tree)
        self.core.record(will_expire(certificate, hours * HOUR))
        self.core.clock.advance(timedelta(seconds=1))

    def state(self, path: str) -> str:
        """One leaf below /state; empty when it is not there."""
        return state_of(self.core, path)

    def run(self, leaf: str) -> str:
        """One leaf of the last run."""
        return self.state(f"system/script-control/script-policy/script/run-history[last()]/{leaf}")

    def numbers(self) -> list[int]:
        """SYSTEM events, in order."""
        return [entry.event.number for entry in self.core.log() if entry.application == "SYSTEM"]

    def output(self) -> str:
        """The results file of the last run."""
        return self.core.flash.read(self.run("results-file")).decode()


def state_of(core: RouterCore, path: str) -> str:
    """One leaf below /state of what event handling shows; empty when it is not there."""
    root = etree.Element("{urn:nokia.com:sros:ns:yang:sr:state}state")
    core.event_control.add_state(root)
    core.handling.add_state(root)
    return root.findtext("/".join(f"{{*}}{step}" for step in path.split("/"))) or ""
