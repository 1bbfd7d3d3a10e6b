"""What is wanted: loading, checking and resolving intent files.

Owns the meaning of an intent file. Does not talk to routers and does not decide what to do. Importing this package
loads pydantic and YAML: commands import it when they run, not when they print their help.
"""

from __future__ import annotations

from sroscert.intent.linting import lint
from sroscert.intent.loading import load, loads
from sroscert.intent.values import (
    TLS,
    CAProfile,
    CertificateIntent,
    Enrolment,
    Intent,
    KeyIntent,
    Login,
    Ports,
    Renewal,
    RouterIntent,
    Verify,
    VerifyGNMI,
)

__all__ = [
    "TLS",
    "CAProfile",
    "CertificateIntent",
    "Enrolment",
    "Intent",
    "KeyIntent",
    "Login",
    "Ports",
    "Renewal",
    "RouterIntent",
    "Verify",
    "VerifyGNMI",
    "lint",
    "load",
    "loads",
]
