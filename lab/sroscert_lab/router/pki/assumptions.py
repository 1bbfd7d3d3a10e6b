"""What nobody outside a router can know: each switch is one unproven behaviour, with the forms it may take.

Owns the choice only; the code that acts on a switch stands where the behaviour is.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Flip(enum.Enum):
    """When a changed file name in an entry of an enabled cert-profile takes effect."""

    AT_ONCE = "at-once"
    AFTER_BOUNCE = "after-bounce"


class FailureForm(enum.Enum):
    """How a failing raw command is reported to the NETCONF client."""

    IN_OUTPUT = "in-output"
    RPC_ERROR = "rpc-error"
    TERMINATED = "terminated-incomplete"


class LiveReload(enum.Enum):
    """What a new certificate does to gRPC connections that are already open."""

    KEEP = "keep"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The forms in force on one router; the defaults are the most plausible ones."""

    # ASSUMPTION: the entry's new files are read when the commit is applied.
    flip: Flip = Flip.AT_ONCE
    # ASSUMPTION: up to 21.2 the error line stands in the output block; later releases answer with rpc-error.
    failure_form: FailureForm | None = None
    # ASSUMPTION: caches are read at the handshake, so that open connections live on.
    live_reload: LiveReload = LiveReload.KEEP
    # ASSUMPTION: an import over a file in use is not seen by TLS until a reload, on every release.
    import_reloads: bool = False
    # ASSUMPTION: a pending CMPv2 request is lost when the router boots.
    pending_survives_boot: bool = False

    def form_for(self, train: tuple[int, int]) -> FailureForm:
        """The form of a failing raw command on the release `train`."""
        if self.failure_form is not None:
            return self.failure_form
        return FailureForm.IN_OUTPUT if train < (21, 5) else FailureForm.RPC_ERROR
