"""Passwords and enrolment codes are looked for in everything that sroscert writes, in every spelling (law 8)."""

from __future__ import annotations

import base64
import subprocess
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.intentfile import write_secret
from sroscert_lab.router.errors import CommandFailed

from tests.support.fleet import PASSWORD, Fleet, MakeFleet, Result
from tests.support.holding import Holding

RELEASES = pytest.mark.parametrize("release", ["19.10", "21.2", "25.10"])
FAST = ("--verify-timeout", "1", "--confirm-timeout", "10", "--settle-timeout", "0")
FORMATS = ("md-cli", "xml", "json")


def spellings(secret: str) -> dict[str, bytes]:
    """A secret as it may turn up: plain, reversed, quoted for a URL, in hex, and in base64 at any offset."""
    data = secret.encode()
    found = {
        "plain": data,
        "reversed": data[::-1],
        "quoted": urllib.parse.quote(secret, safe="").encode(),
        "hex": data.hex().encode(),
        "HEX": data.hex().upper().encode(),
    }
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data)
        # The first group holds the padding's bits, the last one what follows the secret.
        found[f"base64+{offset}"] = encoded[4 if offset else 0 : len(encoded) - 4]
    return found


class Canaries:
    """The secrets of one lab, and what was said and kept where."""

    def __init__(self, fleet: Fleet, state: Path) -> None:
        self.fleet = fleet
        self.state = state
        self.secrets = {PASSWORD, (fleet.folder / "codes" / "sr1").read_text().strip()}
        self.texts: list[tuple[str, bytes]] = []

    def keep(self, where: str, text: str | bytes) -> None:
        """Remember something to be searched."""
        self.texts.append((where, text.encode() if isinstance(text, str) else text))

    def run(self, *arguments: str) -> Result:
        """Run sroscert and keep what it says."""
        result = self.fleet.run(*arguments)
        self.keep(f"{arguments}: standard output", result.out)
        self.keep(f"{arguments}: standard error", result.err)
        return result

    def found(self) -> list[str]:
        """Where a secret is, and in which spelling."""
        kept = [*self.texts]
        kept += [(str(path), path.read_bytes()) for path in self.state.rglob("*") if path.is_file()]
        return [
            f"{where}: {name}"
            for where, text in kept
            for secret in self.secrets
            for name, spelled in spellings(secret).items()
            if spelled in text
        ]


@pytest.fixture
def canaries(lab_fleet: MakeFleet, tmp_path: Path, release: str) -> Iterator[Canaries]:
    """A lab whose secrets are looked for at the end."""
    birds = Canaries(lab_fleet(release=release), tmp_path / "state")
    yield birds
    assert birds.texts
    assert birds.found() == []


class Sampler:
    """Reads arguments and environment of a process and its children, over and over, until it is stopped."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.seen: dict[str, bytes] = {}
        self.processes: set[int] = set()
        self._root = process.pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.005):
            for number in self._family(self._root):
                self.processes.add(number)
                for name in ("cmdline", "environ"):
                    try:
                        data = Path(f"/proc/{number}/{name}").read_bytes()
                    except OSError:
                        continue  # it has just ended
                    self.seen[f"{name} {hash(data)}"] = data

    def _family(self, number: int) -> list[int]:
        try:
            tasks = list(Path(f"/proc/{number}/task").iterdir())
            children = [child for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            return []
        return [number, *(item for child in children for item in self._family(int(child)))]


@pytest.mark.law(8)
@RELEASES
def test_no_command_says_a_secret_when_all_goes_well(canaries: Canaries, release: str, tmp_path: Path) -> None:
    """lint, render, plan, apply, drift, check and status, in each form, before and after the job."""
    canaries.run("lint")
    canaries.run("lint", "-o", "json")
    for form in FORMATS:
        assert canaries.run("render", "--format", form, "--release", release).code == 0
    for words in (("plan", "--full"), ("plan", "-o", "json"), ("drift",), ("drift", "-o", "json")):
        assert canaries.run(*words).code == 2
    page = canaries.run("report", "--out", "-")
    assert (page.code, "password *****" in page.out) == (0, True)
    assert canaries.run("plan", "--reverse", "--full", "--output", "text").code == 2
    assert canaries.run("plan", "--save", str(tmp_path / "saved.plan")).code == 2
    canaries.keep("saved plan", (tmp_path / "saved.plan").read_bytes())
    assert canaries.run("apply", "--yes", "--full", *FAST).code == 0
    for words in (
        ("plan", "-o", "json"), ("drift", "-o", "json"), ("check",), ("check", "-o", "json"),
        ("doctor",), ("doctor", "-o", "json"), ("status", "--full"),
        ("status", "-o", "json"), ("status", "-o", "prometheus"), ("needs-renewal",), ("report", "--out", "-"),
    ):
        assert canaries.run(*words).code == 0
    assert canaries.run("apply", "--yes", "-o", "json", *FAST).code == 0
    for form in ("text", "json"):
        shown = canaries.fleet.run_bare("run", "show", "last", "--full", "-o", form)
        assert shown.code == 0
        canaries.keep(f"run show as {form}", shown.text)


@pytest.mark.law(8)
@RELEASES
def test_no_process_carries_a_secret_in_arguments_or_environment(
    canaries: Canaries, tmp_path: Path, release: str
) -> None:
    """While an apply runs as a process, with a log, neither it nor the child that speaks gNMI shows a secret."""
    log = tmp_path / "sroscert.log"
    with canaries.fleet.start("--log-file", str(log), "apply", "--yes", *FAST) as process:
        sampler = Sampler(process)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            sampler.stop()
    assert process.returncode == 0, out + err
    assert len(sampler.processes) > 1, "the child that speaks gNMI was seen"
    assert any(b"apply" in data for data in sampler.seen.values())
    for where, data in sampler.seen.items():
        canaries.keep(where, data)
    canaries.keep("standard output", out)
    canaries.keep("standard error", err)
    canaries.keep("log", log.read_bytes())


def _ca_down(birds: Canaries) -> None:
    birds.fleet.ca.faults.set(down=True)


def _ca_undecided(birds: Canaries) -> None:
    birds.fleet.ca.faults.set(pending=-1)


def _wrong_code(birds: Canaries) -> None:
    write_secret(birds.fleet.folder / "codes" / "sr1", "wrong-C0de-canary-7")
    birds.secrets.add("wrong-C0de-canary-7")


def _wrong_password(birds: Canaries) -> None:
    write_secret(birds.fleet.folder / "password", "wrong-Passw0rd-canary-8")
    birds.secrets.add("wrong-Passw0rd-canary-8")


def _refused_with_the_secret(birds: Canaries) -> None:
    birds.fleet.router().faults.set("commit-refused", f"password {PASSWORD} and {_code(birds)} are bad", 1)


def _echoed_with_the_secret(birds: Canaries) -> None:
    holding = Holding(birds.fleet.router())
    text = f"MINOR: MGMT_CORE #2201: Unknown element - 'password {_code(birds)}'"

    def fail() -> None:
        raise CommandFailed(text)

    holding.then(fail, "initial-registration")


def _rolled_back(birds: Canaries) -> None:
    birds.fleet.router().faults.set("warning-then-error", times=1)


def _code(birds: Canaries) -> str:
    return (birds.fleet.folder / "codes" / "sr1").read_text().strip()


TROUBLE: list[Callable[[Canaries], None]] = [
    _ca_down, _ca_undecided, _wrong_code, _wrong_password, _refused_with_the_secret, _echoed_with_the_secret,
    _rolled_back,
]


@pytest.mark.law(8)
@pytest.mark.parametrize(
    ("release", "trouble"),
    [(["21.2", "25.10"][number % 2], trouble) for number, trouble in enumerate(TROUBLE)]
    + [("21.2", _echoed_with_the_secret), ("25.10", _wrong_code)],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
def test_no_failure_says_a_secret(canaries: Canaries, trouble: Callable[[Canaries], None]) -> None:
    """Whatever goes wrong, and even where the router itself repeats the secret, nobody prints or keeps it."""
    trouble(canaries)

    first = canaries.run("apply", "--yes", *FAST)
    again = canaries.run("apply", "--yes", "-o", "json", *FAST)

    assert first.code in {3, 69}, first.text
    assert again.json


@pytest.mark.law(8)
@RELEASES
def test_the_wire_carries_the_code_once_and_the_router_keeps_it_hidden(canaries: Canaries, release: str) -> None:
    """The search can find a secret: the command to the router has it, and what the router shows has not."""
    holding = Holding(canaries.fleet.router())
    assert canaries.run("apply", "--yes", *FAST).code == 0

    code = _code(canaries)
    assert [code in command for command in holding.commands].count(True) == 1
    running = etree.tostring(canaries.fleet.router().running())
    assert (code.encode() in running) is (b"key-list" in running)
    canaries.keep("config.cfg", canaries.fleet.router().flash.read("cf3:/config.cfg"))


def test_the_search_knows_its_spellings() -> None:
    """A secret inside other text is found in each spelling."""
    secret = "canary-S3cret!"
    hidden = {
        "plain": f"x{secret}y", "hex": f"00{secret.encode().hex()}00",
        **{f"base64+{n}": base64.b64encode(b"a" * n + secret.encode() + b"zz").decode() for n in range(3)},
    }

    assert {name: spellings(secret)[name] in text.encode() for name, text in hidden.items()} == dict.fromkeys(
        hidden, True
    )
