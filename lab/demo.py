"""The main job on the embedded lab, told as it happens: intent, plan, apply, CA, check, drift, mend, renewal.

Runs the command line as an operator would and stops at the first command whose exit code is not the expected one.
Cleans up after itself, also when interrupted.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
BOLD, DIM, OFF = ("\033[1m", "\033[2m", "\033[0m") if _COLOUR else ("", "", "")


class Demo:
    """One lab in a temporary folder, and the commands run against it."""

    def __init__(self, folder: Path, release: str) -> None:
        self.folder = folder
        self.release = release
        self.environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}

    def say(self, text: str) -> None:
        """Print a heading."""
        print(f"\n{BOLD}━━ {text}{OFF}", flush=True)  # noqa: T201

    def run(self, *words: str, expect: int = 0, show: bool = True) -> str:
        """Run one command, show it and what it prints; stop when its exit code is another than ``expect``."""
        shown = shlex.join(words).replace(str(self.folder), "$LAB")
        if show:
            print(f"{DIM}$ {shown}{OFF}", flush=True)  # noqa: T201
        done = subprocess.run(
            [sys.executable, "-m", "sroscert.cli.main", *words[1:]],
            env=self.environment, text=True, check=False,
            stdout=None if show else subprocess.PIPE, cwd=self.folder,
        )
        if done.returncode != expect:
            raise SystemExit(f"{shown}: exit code {done.returncode}, expected {expect}")
        if show and expect:
            print(f"{DIM}(exit code {expect}){OFF}", flush=True)  # noqa: T201
        return done.stdout or ""

    def tell(self) -> None:
        """Run the whole story."""
        lab = self.folder / "lab"
        self.say(f"A lab on this machine: one simulated SR OS {self.release} router and a CMPv2 CA")
        self.run("sroscert", "lab", "up", "--release", self.release, "--folder", str(lab))
        intent = lab / "intent.yaml"
        self.say("The intent: what is wanted, in one file")
        print(intent.read_text(encoding="utf-8"), flush=True)  # noqa: T201
        files = ("-f", str(intent))
        self.say("The plan: what is missing, in order and with reasons. Exit code 2: changes are pending")
        self.run("sroscert", "plan", *files, expect=2)
        self.say("Apply: each step as it is done; a commit stays only if its checks hold")
        self.run("sroscert", "apply", *files, "--yes")
        self.say("The CA's own journal: it accepted one request and its confirmation")
        self.run("sroscert", "lab", "journal", "--folder", str(lab))
        self.say("Check: gNMI Capabilities over verified TLS, as a client sees it")
        self.run("sroscert", "check", *files)
        self.say("A second apply has nothing to do")
        self.run("sroscert", "apply", *files, "--yes")
        router = json.loads(self.run("sroscert", "plan", *files, "-o", "json", show=False))["routers"][0]["router"]
        self.say("An operator changes the router by hand …")
        self.run(
            "sroscert", "lab", "change", "--folder", str(lab), "--router", router,
            "/configure/system/grpc/admin-state", "disable",
        )
        self.say("… drift shows it (exit code 2) …")
        self.run("sroscert", "drift", *files, expect=2)
        self.say("… and apply mends it")
        self.run("sroscert", "apply", *files, "--yes")
        self.say("Eleven months later the CA is down when the router wants to renew: nothing is broken …")
        at = ("--folder", str(lab))
        self.run("sroscert", "lab", "fault", "ca-down", *at)
        self.run("sroscert", "lab", "clock", "advance", "336d", *at)
        self.run("sroscert", "check", *files)
        self.say("… and a day later it has tried again, and renewed by itself: another serial")
        self.run("sroscert", "lab", "clear", *at)
        self.run("sroscert", "lab", "clock", "advance", "1d", *at)
        self.run("sroscert", "check", *files)

    def end(self) -> None:
        """Stop the lab."""
        subprocess.run(
            [sys.executable, "-m", "sroscert.cli.main", "lab", "down", "--folder", str(self.folder / "lab")],
            env=self.environment, check=False, stdout=subprocess.DEVNULL,
        )


def main() -> None:
    """Tell the story on SR OS 21.2, or on the release given as the only argument."""
    release = sys.argv[1] if len(sys.argv) > 1 else "21.2"
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sroscert-demo-") as folder:
        demo = Demo(Path(folder), release)
        try:
            demo.tell()
        finally:
            demo.end()
    demo.say(f"Done in {time.monotonic() - began:.0f} s; the lab is gone. To go on:")
    print(  # noqa: T201
        "  .venv/bin/python lab/demo.py 25.10            the same on a release with YANG actions and ECDHE\n"
        "  .venv/bin/sroscert lab up --routers 5         a lab that stays; lab status, lab fault, lab down\n"
        "  lab/intents/tutorial.yaml                     an intent to start from; sroscert lint checks it\n"
        "  README.md                                     the first router of your own\n",
        flush=True,
    )


if __name__ == "__main__":
    main()
