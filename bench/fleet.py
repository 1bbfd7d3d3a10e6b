"""Measure a fleet: render and check 1,000 routers of mixed releases, beside yanglint on the same payloads, in one run.

``python bench/fleet.py [ROUTERS]``. Ours runs in a process of its own, so that its peak memory is its own; yanglint
runs in its interactive mode, one process a release. Both must call every payload sound, and yanglint a spoilt one
wrong, or the run fails: a time for a wrong answer is worth nothing. ``sroscert explain`` is timed as well. Times are of
the processor, so that other work on the machine counts little.
"""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

ROUTERS = 1000
_REFUSED = re.compile(r'Failed to parse input data file "([^"]+)"')


@dataclass(frozen=True)
class Run:
    """One process: the processor's seconds, the memory that it needed at most, what it printed."""

    seconds: float
    peak_mib: float
    output: str


def main() -> None:
    """Write the fleet, measure both, print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROUTERS
    with tempfile.TemporaryDirectory(prefix="sroscert-bench-") as name:
        folder = pathlib.Path(name)
        write_fleet(folder, count)
        ours = run([sys.executable, __file__, "ours", str(folder)])
        times = json.loads(ours.output)
        print(f"machine: {machine()}\n")
        print(f"{'what':52} {'CPU s':>8} {'ms/router':>10} {'peak MiB':>9}")
        row("ours: read and cross-check the intent", times["load"], count)
        row("ours: the configuration tree of each router", times["desired"], count)
        row("ours: check each tree against its release", times["check"], count)
        row("ours: NETCONF payload of each router", times["xml"], count)
        row("ours: the whole process", ours.seconds, count, ours.peak_mib)
        lint = run([sys.executable, "-m", "sroscert.cli.main", "lint", "-f", str(folder / "intent.yaml")])
        row("sroscert lint (a shape is checked once a release)", lint.seconds, count, lint.peak_mib)
        yanglint(folder, count)
        for word in ("/configure/system/security/tls/server-tls-profile/protocol-version", "renewal.before", "url"):
            done = run([sys.executable, "-m", "sroscert.cli.main", "explain", word])
            row(f"sroscert explain {word.rpartition('/')[2]}", done.seconds, 1, done.peak_mib)


def row(what: str, seconds: float, count: int, peak_mib: float = 0.0) -> None:
    """Print one line of the table."""
    peak = f"{peak_mib:9.0f}" if peak_mib else ""
    print(f"{what:52} {seconds:8.2f} {seconds / count * 1000:10.2f} {peak}".rstrip())


def yanglint(folder: pathlib.Path, count: int) -> None:
    """Measure yanglint on the payloads that ours wrote, where it and Nokia's models are at hand."""
    from tests.yang import models

    program = shutil.which("yanglint")
    if program is None or not models.releases():
        print("yanglint, or Nokia's models (SROSCERT_YANG), are not here: not compared")
        return
    loading, validating = [], []
    for train in sorted({path.parent.name for path in folder.glob("*/*.xml")}):
        files = sorted((folder / train).glob("*.xml"))
        head = list(commands(train))
        loading.append(run([program], head))
        spoilt = folder / "spoilt.xml"
        spoilt.write_text(files[0].read_text().replace("<admin-state>enable<", "<admin-state>maybe<", 1))
        validating.append(run([program], [*head, *(f"data -t config {path}" for path in [*files, spoilt])]))
        if (refused := set(_REFUSED.findall(validating[-1].output))) != {str(spoilt)}:
            raise SystemExit(f"yanglint refuses {sorted(refused)} of {train}, not just the spoilt one")
    load = sum(item.seconds for item in loading)
    whole = sum(item.seconds for item in validating)
    peak = max(item.peak_mib for item in validating)
    row("yanglint: validate each payload (models loaded)", max(whole - load, 0.0), count)
    row(f"yanglint: {len(loading)} processes with loading the models", whole, count, peak)


def commands(train: str) -> Iterator[str]:
    """Yield what yanglint's interactive mode is told before the documents."""
    from tests.yang.yanglint import search_path

    yield from (f"searchpath {place}" for place in search_path(train))
    yield "load nokia-conf"


def run(command: list[str], lines: list[str] | None = None) -> Run:
    """Run a process to its end; its peak memory is what the system says of this one child."""
    with tempfile.TemporaryFile() as entered, tempfile.TemporaryFile() as printed:
        entered.write("".join(f"{line}\n" for line in lines or ()).encode())
        entered.seek(0)
        home = {**os.environ, "HOME": tempfile.gettempdir()} if lines else None
        process = subprocess.Popen(command, stdin=entered, stdout=printed, stderr=subprocess.STDOUT, cwd=ROOT, env=home)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        output = printed.read().decode(errors="replace")
    if process.returncode and not lines:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{output[-2000:]}")
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def write_fleet(folder: pathlib.Path, count: int) -> None:
    """Write the recommended intent for ``count`` routers, of all known releases in turn, with a code for each."""
    from sroscert.schema import known_releases
    from tests.support.certificates import make_ca  # lint reads the CA certificate

    text = (ROOT / "lab" / "intents" / "tutorial.yaml").read_text(encoding="utf-8")
    trains = [release.train for release in known_releases()]
    lines = [
        f'  r{number:04}: {{address: 10.{number // 65536}.{number // 256 % 256}.{number % 256}, '
        f'release: "{trains[number % len(trains)]}"}}'
        for number in range(1, count + 1)
    ]
    (folder / "intent.yaml").write_text(text[: text.index("\nrouters:")] + "\nrouters:\n" + "\n".join(lines) + "\n")
    (folder / "ManagementCA.pem").write_bytes(make_ca("ManagementCA").pem)
    (folder / "codes").mkdir()


def ours(folder: pathlib.Path) -> None:
    """Do our part and print its times; the payloads stay in the folder, by release."""
    from lxml import etree

    from sroscert.intent import load
    from sroscert.intent.desired import desired
    from sroscert.render.xml import to_xml
    from sroscert.schema import load as load_schema

    marks = [time.process_time()]
    routers = list(load([folder / "intent.yaml"]).routers.values())
    marks.append(time.process_time())
    schemas = [load_schema(router.release) for router in routers if router.release is not None]
    trees = [desired(router, schema).tree for router, schema in zip(routers, schemas, strict=True)]
    marks.append(time.process_time())
    wrong = [tree for tree, schema in zip(trees, schemas, strict=True) if schema.check(tree)]
    marks.append(time.process_time())
    payloads = [
        etree.tostring(to_xml(tree, schema, redact=True)) for tree, schema in zip(trees, schemas, strict=True)
    ]
    marks.append(time.process_time())
    if wrong:
        raise SystemExit(f"{len(wrong)} trees are not sound")
    for router, schema, payload in zip(routers, schemas, payloads, strict=True):
        place = folder / schema.release.train
        place.mkdir(exist_ok=True)
        (place / f"{router.name}.xml").write_bytes(payload)
    spans = [after - before for before, after in itertools.pairwise(marks)]
    json.dump(dict(zip(("load", "desired", "check", "xml"), spans, strict=True)), sys.stdout)


def machine() -> str:
    """Name the machine in a line."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()) if os.name == "posix" else None
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    cpu = model[1] if model else platform.processor()
    return f"{os.cpu_count()} x {cpu}, Python {platform.python_version()}, load {load}"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if len(sys.argv) == 3 and sys.argv[1] == "ours":
        ours(pathlib.Path(sys.argv[2]))
    else:
        main()
