"""When a router warns of a certificate's end, and how often the script that renews it is run: what the intent says, and
what is worked out where it says nothing. Pure.

One warning is one try. It is one setting for all certificates of a router, so the widest window counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta

from sroscert.intent.values import CertificateIntent, RouterIntent
from sroscert.model.pki import ExpirationWarning

MOST_HOURS = 8760
"""What a router takes as hours of a warning (YANG)."""
USUAL_REPEAT = 24
"""Hours: a failure is tried again each day, so that somebody can repair what is broken in between."""
FEWEST_TRIES = 6
USUAL_DELAY = 3600
_HOUR = timedelta(hours=1)


def warning_of(router: RouterIntent, by_handling: Iterable[str]) -> ExpirationWarning | None:
    """Return the warning that sets off the renewals of these certificates: the declared one, else one that fits.

    None where there is neither a declared one nor a certificate that needs one.
    """
    if router.expiration_warning is not None:
        return router.expiration_warning
    windows = [router.certificates[name].renewal.before for name in by_handling]
    if not windows:
        return None
    return fitting(max(windows))


def fitting(window: timedelta) -> ExpirationWarning:
    """Return the warning that fits a renewal window: it comes when it opens, and leaves several tries."""
    hours = min(hours_of(window), MOST_HOURS)
    return ExpirationWarning(hours=hours, repeat_hours=min(USUAL_REPEAT, max(1, hours // FEWEST_TRIES)))


def hours_of(window: timedelta) -> int:
    """Return the whole hours of a window: the first warning comes no later than it opens."""
    return max(1, math.ceil(window / _HOUR))


def delay_of(certificate: CertificateIntent, warning: ExpirationWarning | None) -> int:
    """Return the least seconds between two runs of the script: declared, else no longer than half of a repeat."""
    if certificate.renewal.min_delay is not None:
        return certificate.renewal.min_delay
    repeat = warning.repeat_hours if warning is not None else 0
    return min(USUAL_DELAY, repeat * 1800) if repeat else USUAL_DELAY


def tries_of(warning: ExpirationWarning, delay: int) -> int:
    """Return how many runs of the script come before the certificate ends: warnings that ``delay`` seconds let through.

    A warning at the very end is none: an expired certificate cannot ask for a new one.
    """
    if not warning.hours:
        return 0
    if not warning.repeat_hours:
        return 1
    step = warning.repeat_hours * max(1, math.ceil(delay / (warning.repeat_hours * 3600)))
    return math.ceil(warning.hours / step)
