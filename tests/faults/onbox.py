"""What a router does by itself while sroscert runs: its own renewal, at a moment that is chosen, and how it goes.

Owns having it happen, and what an operator does about one that waits for its CA.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta

from sroscert_lab.router.core import LoggedEvent, RouterCore
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.pki import RouterPKI
from sroscert_lab.router.pki.events import will_expire
from sroscert_lab.router.pki.failure import PKIRefusal

from tests.support.fleet import Fleet
from tests.support.lab import wait_until

#: How the router's own renewal goes: what is set meanwhile, of its CA and of itself.
KINDS: dict[str, tuple[dict[str, object], str]] = {
    "router-renews": ({}, ""),
    "router-waits-for-ca": ({"pending": -1}, ""),
    "router-finds-ca-down": ({"down": True}, ""),
    "native-no-reload": ({}, "native-no-reload"),
    "script-goes-on": ({"down": True}, "script-goes-on"),
    "script-no-switch": ({}, "script-no-switch"),
}
#: What the CA has then done, in the words of its journal, but for confirmations; nothing where it was not reached.
_ASKED = {"router-renews": ["issued"], "router-waits-for-ca": ["waiting"], "native-no-reload": ["issued"]}
#: Kinds that are of one way of renewal only; `ehs` is a CLI script, `python` a Python handler.
ONLY = {"native-no-reload": "native", "script-goes-on": "ehs", "script-no-switch": "ehs"}
#: The first release that renews by a Python handler.
_PYTHON_SINCE = (23, 3)


def kinds(method: str, release: str) -> tuple[str, ...]:
    """The kinds that can happen to a router that renews so; none for one that does not."""
    year, minor = map(int, release.split("."))
    method = "python" if method == "ehs" and (year, minor) >= _PYTHON_SINCE else method
    return tuple(kind for kind in KINDS if method and ONLY.get(kind, method) == method)


def renew(fleet: Fleet, kind: str, *, lasts: bool) -> None:
    """Have the first router renew now, and wait for the end of the try; `lasts` leaves as it is what makes it fail."""
    core = fleet.router()
    changes, fault = KINDS[kind]
    if changes:
        fleet.ca.faults.set(**changes)
    if fault:
        core.faults.set(fault)
    before = len(fleet.ca.journal.entries())
    _native(core)
    _by_script(core)
    asked = [entry.result for entry in fleet.ca.journal.entries()[before:] if entry.result != "confirmed"]
    assert asked == _ASKED.get(kind, []), f"{kind}: {asked}"
    if not lasts:
        fleet.ca.faults.clear()
        core.faults.clear()


def settle(fleet: Fleet) -> None:
    """What an operator does about a request of the router that waited: the CA decides, the router asks once more.

    A CLI script does not ask again, and a Python handler not before the next warning; their request is cleared. So is
    one of the router itself for a pair that has left use meanwhile.
    """
    fleet.ca.approve()
    core = fleet.router()
    _native(core)
    for profile in core.running().iterfind(".//{*}ca-profile/{*}ca-profile-name"):
        with contextlib.suppress(CommandFailed):  # most have none
            core.behaviour.raw_command(f"//admin certificate cmpv2 clear-request ca {profile.text}", "admin")


def reload(core: RouterCore) -> None:
    """What an operator does about a router that renewed and serves the old pair still: have it read the files again."""
    for entry in core.running().iterfind(".//{*}certificate-auto-update"):
        certificate, key = (entry.findtext(f"{{*}}{kind}-file-name") for kind in ("certificate", "key"))
        line = f"//admin certificate reload type cert-key-pair {certificate} protocol tls key-file {key}"
        core.behaviour.raw_command(line, "admin")


def _native(core: RouterCore) -> None:
    behaviour = core.behaviour
    assert isinstance(behaviour, RouterPKI)
    for name in _entries(core):
        # A try that fails is one of the things to be seen.
        with contextlib.suppress(PKIRefusal):
            behaviour.operations.updater.run_now(name)


def _entries(core: RouterCore) -> list[str]:
    found = core.running().iterfind(".//{*}certificate-auto-update/{*}certificate-file-name")
    return [item.text or "" for item in found]


def _by_script(core: RouterCore) -> None:
    handling = core.handling
    assert isinstance(core.behaviour, RouterPKI)
    # A Python handler looks whether the warning is of its certificate; each of these has one.
    used = next(iter(core.behaviour.profiles.used_certificates()), "")
    warning = LoggedEvent(0, core.clock(), "SECURITY", will_expire(used, timedelta(hours=1)))
    for policy in list(handling.conf.policies):
        if handling.runs.launch(handling.conf, policy, warning) == "":
            wait_until(lambda policy=policy: handling.runs.history(policy)[-1].ended is not None, "a script's end", 30)  # type: ignore[misc]
