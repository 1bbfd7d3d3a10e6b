"""Steps shown as they are done. Threads of several routers share one terminal, so every line is written whole."""

from __future__ import annotations

import os
import sys
import threading

from sroscert.plan.steps import Step


class Quiet:
    """An observer that shows nothing (JSON output)."""

    def started(self, router: str, step: Step) -> None:
        """Show nothing."""

    def finished(self, router: str, step: Step, detail: str, seconds: float) -> None:
        """Show nothing."""

    def failed(self, router: str, step: Step, message: str, seconds: float) -> None:
        """Show nothing."""


class Progress:
    """Ticks with times; on a terminal the step at hand is shown until it is done."""

    def __init__(self, many: bool) -> None:
        self._many = many
        self._lock = threading.Lock()
        self._terminal = sys.stdout.isatty()

    def started(self, router: str, step: Step) -> None:
        """Show the step at hand, on a terminal with one router only."""
        if self._terminal and not self._many:
            self._write(f"  … {step.title}", end="")

    def finished(self, router: str, step: Step, detail: str, seconds: float) -> None:
        """Replace it by a tick, what was seen, and the time."""
        self._line("✓", "32", router, step.title, detail, seconds)

    def failed(self, router: str, step: Step, message: str, seconds: float) -> None:
        """Replace it by a cross; the reasons follow at the end of the run."""
        self._line("✗", "31", router, step.title, "", seconds)

    def _line(self, mark: str, colour: str, router: str, title: str, detail: str, seconds: float) -> None:
        shown = styled(mark, colour)
        who = f"{router}  " if self._many else ""
        said = f"  {styled(detail, '2')}" if detail else ""
        self._write(f"  {shown} {seconds:5.1f} s  {who}{title}{said}")

    def _write(self, text: str, end: str = "\n") -> None:
        with self._lock:
            start = "\r\033[K" if self._terminal else ""
            try:
                sys.stdout.write(start + text + end)
                sys.stdout.flush()
            except (OSError, ValueError):
                # A closed pipe or a terminal that lacks a character must not stop work on a router half way.
                return


def styled(text: str, style: str) -> str:
    """Return a text in an ANSI style where standard output is a terminal and NO_COLOR is not set."""
    if not style or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{style}m{text}\033[0m"
