"""One router of a run, as a value: what is wanted of it, and how it is worked on. What is done to it is ``router``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sroscert.intent import RouterIntent
from sroscert.plan.renewal import AS_DUE, Renewing
from sroscert.workflow.journal import Journal
from sroscert.workflow.record import RunRecord
from sroscert.workflow.settings import Settings

if TYPE_CHECKING:
    from sroscert.workflow.link import RouterLink


@dataclass(frozen=True)
class Job:
    """One router of a run: its intent, the timings, the folder that relative secret files are found from, and
    the record of the run, for runs that leave one.

    ``renewing`` is what of renewal the run was asked for; with ``set_secrets`` the secrets of the intent are set once
    more, also where they are on the router.
    """

    router: RouterIntent
    settings: Settings
    base: Path
    journal: Journal | None = None
    renewing: Renewing = AS_DUE
    set_secrets: bool = False

    def link(self) -> RouterLink:
        """Return connections that are not yet open."""
        # What only looks at files, ports of TLS or host keys does not load a NETCONF client.
        from sroscert.workflow.link import RouterLink

        return RouterLink(self.router, self.settings, self.base, self.journal)

    def record(self) -> RunRecord:
        """Return the router's lock and marks."""
        return RunRecord(self.settings.state_folder, self.router.address, self.router.login.ports.netconf)
