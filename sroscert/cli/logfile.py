"""The optional log file, and what is said of a bug of ours. Secrets are never logged, so nothing is filtered here."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path


def begin(path: Path) -> None:
    """Log sroscert's own messages to ``path`` (mode 0600)."""
    path.touch(mode=0o600, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    logger = logging.getLogger("sroscert")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)


def report_bug(error: Exception) -> None:
    """Say on standard error that this is a bug, where, and how to see more."""
    logging.getLogger("sroscert").error("bug", exc_info=error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119 - a name only
    sys.stderr.write(
        f"error: {type(error).__name__} at {place}: this is a bug of sroscert [internal]\n"
        "  state: what was sent before stays; sroscert plan shows what a router looks like\n"
        "  do: run again with --log-file FILE and report it\n"
    )
