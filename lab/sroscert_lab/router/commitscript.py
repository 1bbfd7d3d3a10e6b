"""The script that is run before a commit: /configure/system/management-interface/commit-management (YANG, from 25.10).

Owns when it is run and what a commit is refused with. How a script is run is ehs/pythonscript.py's. Source: a public
transcript for the words of the refusal.

ASSUMPTION: the running configuration names it, not the one that is to be committed; it must come to its end without an
error; what it reads is the running configuration; it does not sleep. A limit of the lab: the script after a commit is
taken and not run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from .errors import RPCFailed, as_said
from .namespaces import descend
from .sessions import Session
from .tree import text_of

if TYPE_CHECKING:
    from .core import RouterCore

_PLACE = ("system", "management-interface", "commit-management", "python-scripts")
_TRIGGERS = {"cli": "md-cli-trigger", "netconf": "netconf-trigger", "grpc": "gnmi-trigger"}


def run_before_commit(core: RouterCore, running: etree._Element, session: Session) -> None:
    """RPCFailed when the script does not let the commit pass."""
    scripts = descend(running, *_PLACE)
    name = text_of(scripts, "pre-commit-python-script")
    if not name or text_of(scripts, _TRIGGERS[session.kind], default="true") != "true":
        return
    error = _error(core, name)
    if error:
        raise RPCFailed(
            *as_said(
                f"MINOR: MGMT_CORE #2507: Python execution failed - {error}\n"
                "INFO: MGMT_CORE #2608: Commit script failed - commit not applied because of pre-commit script failure"
            )
        )


def _error(core: RouterCore, name: str) -> str:
    # Here, as a script asks for what imports this module.
    from .ehs.pythonscript import PythonRun

    loaded = core.handling.runs.python.get(name)
    if loaded is None or loaded.text is None:
        # ASSUMPTION: the words for a script that is not operational.
        return f'script "{name}" is operationally down'
    run = PythonRun(core, loaded.text, "", lambda text: None, None)
    for _seconds in run.steps():
        pass
    return (run.finished.error.strip().splitlines() or [""])[-1] if run.finished.result == "fail" else ""
