"""The command line as a process: start-up cost, usage errors, streams."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("rich", "pydantic", "lxml", "cryptography", "ncclient", "paramiko", "grpc", "yaml", "jinja2", "pyang")
COMMANDS = ("lint", "render", "explain", "plan", "apply", "drift", "check", "trust", "schema")


def sroscert(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "sroscert.cli.main", *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_imports_nothing_heavy(command: str) -> None:
    """Help of any command loads none of the libraries that only its work needs."""
    words = [command, "--help"] if command else ["--help"]
    # typer itself converts the values of a command's options with pydantic, so a command's own help cannot do without.
    heavy = tuple(name for name in HEAVY if not (command and name == "pydantic"))
    code = (
        "import sys\nfrom sroscert.cli.main import main\n"
        f"code = main({words!r})\n"
        f"found = [name for name in {heavy!r} if name in sys.modules]\n"
        "sys.stderr.write(repr(found))\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr == "[]"
    assert done.returncode == 0
    assert "Usage:" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["plan"], ["plan", "--file"], ["plan", "-f", "x.yaml", "--jobs", "many"], ["lint", "--nope"]],
)
def test_wrong_usage_exits_64(arguments: list[str], tmp_path: Path) -> None:
    """A command line that cannot be understood says so on standard error and exits 64."""
    done = sroscert(*arguments, cwd=tmp_path)

    assert done.returncode == 64
    assert done.stdout == ""
    assert "error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_command_shows_the_help_as_it_is() -> None:
    """Without any word the help comes, with no summary cut off, and the exit code of wrong usage."""
    done = sroscert()

    assert done.returncode == 64
    assert done.stderr.startswith("Usage: sroscert")
    assert "..." not in done.stderr.partition("Commands:")[2]


def test_an_intent_without_its_option_is_understood(tmp_path: Path) -> None:
    """The file without -f is the usual slip: the answer is the line to type."""
    done = sroscert("lint", "intent.yaml", cwd=tmp_path)

    assert done.returncode == 64
    assert "do: sroscert lint -f intent.yaml" in done.stderr


def test_a_missing_intent_exits_65(tmp_path: Path) -> None:
    """A file that does not exist is a problem of the intent, named."""
    done = sroscert("lint", "-f", "missing.yaml", cwd=tmp_path)

    assert done.returncode == 65
    assert "missing.yaml" in done.stdout + done.stderr


def test_errors_are_json_when_asked(tmp_path: Path) -> None:
    """With -o json an error that ends the command is one JSON document on standard output."""
    (tmp_path / "broken.yaml").write_text("version: 1\nrouterz: {}\n")
    done = sroscert("plan", "-f", "broken.yaml", "-o", "json", cwd=tmp_path)

    document = json.loads(done.stdout)
    assert done.returncode == 65
    assert document["exit_code"] == 65
    assert document["error"]["problems"][0]["line"] == 2


def test_version_is_one_line() -> None:
    """--version prints the name and the version."""
    from sroscert import __version__

    assert sroscert("--version").stdout == f"sroscert {__version__}\n"
