"""``sroscert lab``: hand over to the embedded lab, a program of its own that shares no code with us."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Sequence

from sroscert.errors import UsageError


def run(arguments: Sequence[str]) -> int:
    """Run the lab's command line in its own process and return its exit code.

    Raises UsageError when it is not installed.
    """
    if importlib.util.find_spec("sroscert_lab") is None or importlib.util.find_spec("asyncssh") is None:
        raise UsageError("the embedded lab is not installed", hint='install it with the extra: "sroscert[lab]"')
    return subprocess.run([sys.executable, "-m", "sroscert_lab", *arguments], check=False).returncode
