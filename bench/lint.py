"""Measures `sroscert lint` over 1,000 routers, beside what is below it: loading the same intent without any check."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sroscert.intent import lint, load

ROOT = Path(__file__).resolve().parents[1]
COUNT = 1000
RELEASES = ("21.2.R1", "22.10.R1", "23.10.R1", "25.10.R1")


def intents() -> dict[str, str]:
    """Return the texts to measure, by what they are."""
    tutorial, verbatim = (
        (ROOT / "lab" / "intents" / f"{name}.yaml").read_text("utf-8") for name in ("tutorial", "tutorial-verbatim")
    )

    def routers(release: Callable[[int], str], text: str) -> str:
        return "".join(
            f"  r{number}: {{address: 10.1.{number // 250}.{number % 250}{release(number)}{text}}}\n"
            for number in range(COUNT)
        )

    mixed = routers(lambda number: f", release: {RELEASES[number % 4]}", "")
    described = tutorial.replace("    revocation_check", '    description: "CA of {router}"\n    revocation_check')
    return {
        "four releases": tutorial + mixed,
        "no release given: all 25": tutorial + routers(lambda _: "", ""),
        "secrets in each section": verbatim + mixed,
        "each section different": described + mixed,
    }


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time that the work takes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> None:
    """Print the table."""
    print(f"{COUNT} routers; processor seconds")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "auto-cert-update.txt").write_bytes((ROOT / "lab/intents/auto-cert-update.txt").read_bytes())
        for name, text in intents().items():
            file = Path(folder) / "intent.yaml"
            file.write_text(text)
            loading = seconds(lambda file=file: load([file]))  # type: ignore[misc]
            linting = seconds(lambda file=file: lint([file]))  # type: ignore[misc]
            print(f"{name:28}  load {loading:5.2f}   lint {linting:5.2f}   ratio {linting / loading:4.1f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB", file=sys.stdout)


if __name__ == "__main__":
    main()
