"""What became of each case of the matrix: a file to which runs add, so that hours can be spent in pieces.

Owns the file (JSON lines), which cases a run leaves out because they passed at this commit, the order of the others,
and the tables by job, fault and how it strikes. Knows no lab. `python -m tests.faults.results FILE` prints the tables.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """One case that was run; `seconds` and `cpu_s` are what it took, `error` the end of what was wrong."""

    case: str
    commit: str
    passed: bool
    seconds: float
    cpu_s: float
    error: str = ""


def commit_now(root: Path = _ROOT) -> str:
    """The commit of the checkout, with `+` when something in it was changed since; empty without git."""
    found = []
    for words in (("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", "--untracked-files=no")):
        try:
            done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return ""
        found.append(done.stdout.strip())
    return found[0] + ("+" if found[1] else "")


def read(file: Path) -> list[Outcome]:
    """All outcomes in the file, oldest first; a last line that was cut off is left out."""
    lines = file.read_text().splitlines() if file.exists() else []
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(Outcome(**json.loads(line)))
        except (ValueError, TypeError):
            if number != len(lines):
                raise ValueError(f"{file}:{number} is not an outcome of a case") from None
    return found


def add(file: Path, outcome: Outcome) -> None:
    """Add one outcome to the file."""
    torn = file.exists() and (data := file.read_bytes()) and not data.endswith(b"\n")
    with file.open("a") as stream:
        stream.write(("\n" if torn else "") + json.dumps(asdict(outcome)) + "\n")


def to_run(
    cases: Iterable[str],
    outcomes: Sequence[Outcome],
    commit: str,
    later: Callable[[str], bool] = lambda _: False,
    alike: Callable[[str], str] = lambda case: case,
) -> list[str]:
    """The cases that have not passed at this commit, in the order in which they are best run.

    First those that failed last. Of cases that are `alike`, as the same strike on several releases is, one comes next,
    unless one has passed already. Then come those that were never run, then those that passed at an earlier commit, the
    longest ago first. Within each those that are for `later` come last, and else it is a mixture, the same each time: a
    run ended early has seen a bit of everything.
    """
    cases = sorted({*cases}, key=_mixed)
    last = {outcome.case: (number, outcome) for number, outcome in enumerate(outcomes)}
    done = {case for case, (_, one) in last.items() if one.passed and one.commit == commit and commit[-1:] != "+"}

    first = {alike(case): case for case in reversed(cases)}
    first.update({alike(case): case for case, (_, one) in last.items() if one.passed})

    def rank(case: str) -> tuple[int, bool, int]:
        number, outcome = last.get(case, (0, None))
        if outcome is None:
            return 1 if first[alike(case)] == case else 2, later(case), 0
        return 3 if outcome.passed else 0, later(case), number

    return sorted((case for case in cases if case not in done), key=rank)


def _mixed(case: str) -> str:
    return hashlib.sha256(case.encode()).hexdigest()


def table(
    cases: Sequence[str], outcomes: Sequence[Outcome], split: Callable[[str], tuple[str, str]], commit: str = ""
) -> list[str]:
    """Lines that say how many cases passed of how many there are, by fault (down) and job (across).

    `split` gives job and fault of a case. A case counts by its last outcome; with `commit` only outcomes of that count.
    """
    last = {outcome.case: outcome for outcome in outcomes if not commit or outcome.commit == commit}
    known: Counter[tuple[str, str]] = Counter()
    passed: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    for case in cases:
        known[split(case)] += 1
        outcome = last.get(case)
        if outcome is not None:
            (passed if outcome.passed else failed)[split(case)] += 1
    jobs = list(dict.fromkeys(job for job, _ in known))
    faults = sorted({fault for _, fault in known})
    widths = [max(len(job), 9) for job in jobs]
    left = max(map(len, ["all", *faults]))
    lines = [f"{'':{left}}  " + "  ".join(f"{job:>{width}}" for job, width in zip(jobs, widths, strict=True))]
    for fault in [*faults, "all"]:
        cells = []
        for job, width in zip(jobs, widths, strict=True):
            keys = [(job, name) for name in faults] if fault == "all" else [(job, fault)]
            total, good, bad = (sum(counter[key] for key in keys) for counter in (known, passed, failed))
            cell = f"{good}/{total}" + (f" {bad}!" if bad else "") if total else "·"
            cells.append(f"{cell:>{width}}")
        lines.append(f"{fault:{left}}  " + "  ".join(cells))
    good, bad = passed.total(), failed.total()
    lines.append(f"{known.total()} cases: {good} passed, {bad} failed, {known.total() - good - bad} not run")
    return lines


def count(cases: Iterable[str], outcomes: Sequence[Outcome], commit: str) -> str:
    """How far some cases are, in words: at a commit, and whichever commit each ran at last."""
    known = {*cases}
    words = []
    for title, only in ((f"at {commit or 'this commit'}", commit), ("at whichever commit", "")):
        last = {one.case: one for one in outcomes if one.case in known and only in {"", one.commit}}
        good = sum(one.passed for one in last.values())
        words.append(f"{title} {good} passed, {len(last) - good} failed, {len(known) - len(last)} not run")
    return f"{len(known)} cases: {'; '.join(words)}"


def main(arguments: Sequence[str]) -> int:
    """Print the tables of a file of outcomes, of single and of double faults, and what failed.

    Each comes of this commit, and of the last outcome of each case.
    """
    from tests.faults.cases import CASES, is_double, job_and_fault, of_any_release  # it loads the lab

    outcomes = read(Path(arguments[0]))
    names = [str(case) for case in CASES]
    groups = {"single faults": [name for name in names if not is_double(name)],
              "double faults": [name for name in names if is_double(name)]}  # fmt: skip
    known = set(names)
    last = {outcome.case: outcome for outcome in outcomes if outcome.case in known}.values()
    commit = commit_now()
    lines = []
    for group, cases in groups.items():
        for title, only in ((f"at this commit, {commit}", commit), ("whichever commit a case ran at last", "")):
            head = f"{group}, {title}: passed/all, ! marks failures"
            lines += [head, *table(cases, outcomes, job_and_fault, only), ""]
    commits = Counter(outcome.commit for outcome in last)
    lines.append(f"last outcomes by commit: {', '.join(f'{name} {count}' for name, count in commits.items())}")
    if gone := len({outcome.case for outcome in outcomes} - known):
        lines.append(f"{gone} more are of cases that the matrix has no more, or under another name")
    lines += [f"failed at {one.commit}: {one.case}: {one.error}" for one in last if not one.passed]
    lines += [f"{group}: {count(cases, outcomes, commit)}" for group, cases in groups.items()]
    passed = {of_any_release(one.case) for one in last if one.passed}
    for group, cases in groups.items():
        strikes = {of_any_release(case) for case in cases}
        lines.append(f"{group}, seen to pass on one release at least: {len(strikes & passed)} of {len(strikes)}")
    sys.stdout.write("\n".join([*lines, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
