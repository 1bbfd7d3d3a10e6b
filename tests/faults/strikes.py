"""What goes wrong, and how: the columns of the matrix. The faults are the lab's own (sroscert_lab/faulttable.py)."""

from __future__ import annotations

import enum
import signal
from dataclasses import dataclass

from sroscert_lab.cmp.status import FailInfo
from sroscert_lab.router.faults import LASTING
from sroscert_lab.router.moments import Phase

from tests.faults import onbox
from tests.faults.moments import Part, name_of, places
from tests.support.fleet import Fleet
from tests.support.warm import WarmProcess

_ARGUMENTS = {"slow-rpc": "0.1", "slow-load": "0.5"}
_COMMIT = frozenset({"commit"})
_REQUEST = frozenset({"request"})
#: Faults of a router by the moments in which they are set; an empty set means each.
ROUTER: dict[str, frozenset[str]] = {
    "drop-before-commit": _COMMIT,
    "drop-before-commit-reply": _COMMIT,
    "drop-after-commit": _COMMIT,
    "commit-refused": _COMMIT,
    "warning-then-error": _COMMIT,
    "grpc-refused": _COMMIT,
    "save-lost": frozenset({"save"}),
    "lock-held": frozenset(),
    "candidate-dirty": frozenset(),
    "slow-rpc": frozenset(),
    "flash-full": frozenset(),
    "standby-out-of-sync": frozenset(),
    "standby-lost": frozenset(),
    "clock-skew": frozenset(),
    "reboot": frozenset(),
    "switchover": frozenset(),
    "slow-load": _COMMIT,
    "ghost-session": frozenset(),
    "missing-is-error": frozenset(),
    "host-unreachable": _REQUEST,
}
#: Why a fault is not set at each moment of each way; a test holds that the others are.
REASONS: dict[str, str] = {
    **dict.fromkeys(sorted(name for name, where in ROUTER.items() if where == _COMMIT), "strikes at commits only"),
    "slow-load": "strikes when a commit enables or restarts a CA profile",
    "save-lost": "strikes when the configuration is saved",
    "host-unreachable": "strikes when the router asks its CA",
    "cli-drop-before": "strikes at commands that are typed, which sroscert does below 20.10 only",
    "cli-drop-after": "strikes at commands that are typed, which sroscert does below 20.10 only",
    "native-no-reload": "strikes at the end of a native renewal: in ways beside one",
    "script-goes-on": "strikes in a script of event handling: in ways beside one, with the CA down",
    "script-no-switch": "strikes in a script of event handling: in ways beside one",
    **{f"ca-{name}": "strikes when the router asks its CA" for name in (
        "down", "slow", "pending", "check-after", "reject", "expired", "wrong-san", "wrong-key", "wrong-subject",
        "wrong-validity", "stale-crl", "unprotected-errors", "mute-confirmations",
    )},
}
#: Those of the CLI, which sroscert gives commands by on old releases only.
CLI = ("cli-drop-before", "cli-drop-after")
#: Faults of the CA, as `CAFaults.set` takes them; all are set when the router is told to ask.
CA: dict[str, dict[str, object]] = {
    "down": {"down": True},
    "slow": {"slow": 0.5},
    "pending": {"pending": -1},
    "reject": {"reject": FailInfo.BAD_REQUEST},
    "expired": {"expired": True},
    "check-after": {"pending": 1, "check_after": 2},
    "wrong-san": {"wrong_san": "192.0.2.77"},
    "wrong-key": {"wrong_key": True},
    "wrong-subject": {"wrong_subject": True},
    "wrong-validity": {"wrong_validity": True},
    "stale-crl": {"stale_crl": True},
    "unprotected-errors": {"unprotected_errors": True},
    "mute-confirmations": {"mute_confirmations": True},
}
#: Faults after which the router, or gNMI on it, is down by itself for a while.
OUTAGES = frozenset({"reboot", "grpc-refused"})
#: Faults after which a run that ended with 0 may have something to do again: what was not saved is gone, or one of the
#: two cards has not got what it should have.
FORGETTING = frozenset({"reboot", "switchover", "standby-lost"})


class How(enum.Enum):
    """How a fault strikes."""

    ONCE = "once"
    UNTIL = "until the operator acts"
    KILLED_BEFORE = "killed before"
    KILLED_DURING = "killed during"
    KILLED_AFTER = "killed after"


_BOTH = (How.ONCE, How.UNTIL)
#: A renewal that goes well is over; one that waits does so until somebody decides.
_HOWS = {"router-renews": (How.ONCE,), "router-waits-for-ca": (How.UNTIL,)}
KILLS = (How.KILLED_BEFORE, How.KILLED_DURING, How.KILLED_AFTER)


@dataclass(frozen=True)
class Strike:
    """One fault at one moment of a way, by its number; without `fault` only our own process is killed.

    `label` is what the request there is called, and `place` that together with what it is for.
    """

    moment: int
    label: str
    place: str
    fault: str
    how: How

    def __str__(self) -> str:
        """As in the names of the tests."""
        return f"{self.place}: {self.fault + ' ' if self.fault else ''}{self.how.value}"


def strikes(parts: tuple[Part, ...], release: str, on_box: str = "") -> list[Strike]:
    """Every strike that a way can suffer; `on_box` is how the router renews by itself meanwhile."""
    found = []
    by_itself = onbox.kinds(on_box, release)
    labels = [label for part in parts for label in part.moments]
    for number, (label, place) in enumerate(zip(labels, places(parts), strict=True)):
        found += [Strike(number, label, place, "", how) for how in KILLS]
        found += [Strike(number, label, place, kind, how) for kind in by_itself for how in _HOWS.get(kind, _BOTH)]
        names = [name for name, where in ROUTER.items() if not where or label in where]
        names += [*CLI] if release < "20.10" and label not in _COMMIT | {"save", "upload"} else []
        names += [f"ca-{name}" for name in CA] if label in _REQUEST else []
        found += [Strike(number, label, place, name, how) for name in names for how in (*_BOTH, *KILLS)]
    return found


class Striker:
    """Looks on at a router, and strikes when its moment comes; to be watched by `core.moments`.

    A kill ends `process`, which the caller gives as soon as it has it; until then the router waits.
    """

    def __init__(self, fleet: Fleet, strike: Strike) -> None:
        self._fleet = fleet
        self._strike = strike
        self._left = strike.moment
        self._cutting = False
        #: The router runs a script of its own, whose lines are no moments of ours.
        self._renewing = False
        self.struck = False
        #: What went wrong with the strike itself, in the router's thread, where nobody else would hear of it.
        self.failed: BaseException | None = None
        #: Whether the router is doing what it was asked for, also for a session that is gone.
        self.at_work = False
        self.process: WarmProcess | None = None
        fleet.router().moments.watch(self._look)

    def _look(self, phase: Phase, request: str) -> bool:
        if self._renewing or not name_of(request):
            return False
        self.at_work = True
        cuts = self._struck(phase, request)
        self.at_work = phase is Phase.BEFORE and not cuts
        return cuts

    def _struck(self, phase: Phase, request: str) -> bool:
        how = self._strike.how
        if phase is Phase.BEFORE and not self.struck:
            if self._left:
                self._left -= 1
                return False
            self.struck = True
            if name_of(request) != self._strike.label:
                self.failed = AssertionError(f"{self._strike.place} was to be struck, and {name_of(request)} came")
            if how is How.KILLED_AFTER:
                self._cutting = True
                return False
            return self._hit()
        if phase is Phase.AFTER and self._cutting:
            self._cutting = False
            self._kill()
            return True
        return False

    def _hit(self) -> bool:
        """Strike; whether the request is cut off before anything is done for it."""
        if self._strike.how in KILLS:
            self._kill()
            return self._strike.how is How.KILLED_BEFORE
        if self._strike.fault in onbox.KINDS:
            self._renewing = True
            try:
                onbox.renew(self._fleet, self._strike.fault, lasts=self._strike.how is How.UNTIL)
            except BaseException as error:
                self.failed = error
                raise
            finally:
                self._renewing = False
            return False
        set_fault(self._fleet, self._strike)
        return False

    def _kill(self) -> None:
        assert self.process is not None, "only a process can be killed"
        # It is to find no time to notice the fault.
        self.process.send_signal(signal.SIGSTOP)
        if self._strike.fault:
            set_fault(self._fleet, self._strike)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def set_fault(fleet: Fleet, strike: Strike) -> None:
    """Have router or CA misbehave from now on; once, where the fault can be counted."""
    if strike.fault.startswith("ca-"):
        fleet.ca.faults.set(**CA[strike.fault.removeprefix("ca-")])
        return
    times = 1 if strike.how is How.ONCE and strike.fault not in LASTING else None
    fleet.router().faults.set(strike.fault, _ARGUMENTS.get(strike.fault, ""), times)
