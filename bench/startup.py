"""Measure start-up: ``sroscert --help`` beside a bare interpreter and beside importing typer alone, in one run.

Prints a table of medians in milliseconds and the ratio to the bare interpreter. Nothing is asserted here.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
CASES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import typer'": [sys.executable, "-c", "import typer"],
    "sroscert --help": [sys.executable, "-m", "sroscert.cli.main", "--help"],
    "sroscert --version": [sys.executable, "-m", "sroscert.cli.main", "--version"],
}


def measure(command: list[str]) -> float:
    """Return the seconds that one run of ``command`` takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Run the cases in turn, so that all meet the same load, and print the table."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(ROUNDS):
        for name, command in CASES.items():
            times[name].append(measure(command))
    base = statistics.median(times["python -c pass"])
    print(f"{'command':28} {'median ms':>10} {'ratio':>7}")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:28} {median * 1000:10.0f} {median / base:7.1f}")


if __name__ == "__main__":
    main()
