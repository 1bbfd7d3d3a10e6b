"""The command line as a process: start-up cost, usage errors, streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

HEAVY = ("rich", "pydantic", "lxml", "cryptography", "ncclient", "paramiko", "grpc", "yaml", "jinja2", "pyang")
COMMANDS = (
    "lint", "render", "explain", "plan", "apply", "drift", "check", "status", "doctor", "needs-renewal", "trust",
    "import", "renew", "reconcile", "run", "schema", "lab",
)
TUTORIAL = Path(__file__).parents[2] / "lab" / "intents" / "tutorial.yaml"


def sroscert(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "sroscert.cli.main", *arguments]
    variables = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=variables, check=False)


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
    assert "Usage:" in done.stdout or "usage:" in done.stdout


def test_what_reads_files_loads_no_client(tmp_path: Path) -> None:
    """Rendering, comparing a saved file and importing one load nothing that only connections need."""
    (tmp_path / "sr.cfg").write_text("configure {\n    system {\n        name \"sr\"\n    }\n}\n")
    intent = ["-f", str(TUTORIAL), "--release", "25.10"]
    commands = [["render", *intent], ["drift", *intent, "--config", "sr.cfg"], ["import", "sr.cfg", *intent[2:]]]
    code = (
        "import sys\nfrom sroscert.cli.main import main\n"
        f"codes = [main(words) for words in {commands!r}]\n"
        "found = [name for name in ('ncclient', 'paramiko', 'grpc', 'netmiko') if name in sys.modules]\n"
        "sys.stderr.write(repr((codes, found)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)

    assert done.stderr.splitlines()[-1] == "([0, 2, 0], [])"


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


def test_the_lab_calls_wrong_usage_by_the_same_code() -> None:
    """A wrong command line of the lab is exit 64, not 2, which means drift; what to do is one line."""
    done = sroscert("lab", "fault", "slow-rpc", "2")

    assert done.returncode == 64
    assert done.stderr.splitlines()[1:] == ["  do: sroscert lab --help"]


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


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["plan", "-f", "x.yaml", "--nope", "-o", "json"], {}),
        (["plan", "-f", "x.yaml", "--jobs=many", "-ojson"], {}),
        (["plan", "-f", "x.yaml", "--jobs", "many"], {"SROSCERT_OUTPUT": "json"}),
        (["nonsense", "--output=json"], {}),
    ],
)
def test_wrong_usage_is_json_when_asked(
    arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    """A program that asked for JSON, by option or by variable, gets it for a command line that is wrong as well."""
    done = sroscert(*arguments, cwd=tmp_path, **environment)

    document = json.loads(done.stdout)
    assert (done.returncode, document["exit_code"], done.stderr) == (64, 64, "")
    assert document["error"]["code"] == "usage"
    assert "--help" in document["error"]["hint"]


@pytest.mark.parametrize(
    ("word", "said"), [("--ful", "--full"), ("--json", "-o json is the form"), ("aply", "'apply'")]
)
def test_a_slip_is_told_with_what_is_near(word: str, said: str, tmp_path: Path) -> None:
    """A misspelt option or command, and the usual wish for JSON, lead to what there is."""
    done = sroscert(*(["plan", "-f", "x.yaml", word] if word.startswith("-") else [word]), cwd=tmp_path)

    assert (done.returncode, said in done.stderr) == (64, True), done.stderr


def test_the_option_has_the_last_word_over_the_variable(tmp_path: Path) -> None:
    """SROSCERT_OUTPUT=json makes errors JSON, and -o text takes that back."""
    asked = sroscert("lint", "-f", "missing.yaml", cwd=tmp_path, SROSCERT_OUTPUT="json")
    text = sroscert("plan", "-f", "missing.yaml", "-o", "text", cwd=tmp_path, SROSCERT_OUTPUT="json")

    assert json.loads(asked.stdout)["exit_code"] == 65
    assert (text.stdout, text.returncode) == ("", 65)
    assert "missing.yaml" in text.stderr


ONE_OFF = {
    ("reconcile", "--close"): "somebody looked at just these runs",
    ("trust", "--write"): "accepting host keys is a decision about the keys just shown",
    ("import", "--out"): "a file to make",
    ("init", "--out"): "a file to make",
    ("report", "--out"): "a file to make",
    ("schema compile", "--to"): "a file to make",
    ("schema add", "--replace"): "replaces a file, once",
}


def options(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield each option of each command with the words that lead to it."""
    for name, below in getattr(command, "commands", {}).items():
        yield from options(below, (*words, name))
    for parameter in command.params:
        if parameter.opts[0].startswith("-"):
            yield " ".join(words), parameter


def test_every_option_can_be_set_by_a_variable() -> None:
    """Each option has the variable SROSCERT_<its name>, but for those that are meant for one moment."""
    import typer.main

    from sroscert.cli.commands import app

    ours = {"version", "install_completion", "show_completion", "help"}
    wrong = []
    for command, option in options(typer.main.get_command(app)):
        long = next(word for word in option.opts if word.startswith("--"))
        expected = "SROSCERT_" + long.removeprefix("--").upper().replace("-", "_")
        if option.name in ours or (command, long) in ONE_OFF:
            continue
        if option.envvar != expected:
            wrong.append((command, long, option.envvar))

    assert wrong == []


def test_a_variable_stands_for_its_option() -> None:
    """File, release, choice of routers and form of output all come from the environment alone."""
    done = sroscert(
        "render", SROSCERT_FILE=str(TUTORIAL), SROSCERT_RELEASE="25.10", SROSCERT_LIMIT="sr", SROSCERT_FORMAT="json",
        SROSCERT_OUTPUT="json",
    )

    (entry,) = json.loads(done.stdout)["routers"]
    assert (done.returncode, entry["router"], entry["release"], entry["format"]) == (0, "sr", "25.10", "json")
    assert list(entry["configuration"]) == ["nokia-conf:configure"]


def test_version_is_one_line() -> None:
    """--version prints the name and the version."""
    from sroscert import __version__

    assert sroscert("--version").stdout == f"sroscert {__version__}\n"


def interrupted_at(
    module: str, folder: Path, *arguments: str, out: int | IO[str] = subprocess.PIPE
) -> tuple[int, str, list[str]]:
    """Interrupt Python when it has imported a module; return exit code, standard output and the lines of its errors."""
    command = [sys.executable, "-X", "importtime", *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rpartition("|")[2].strip() == module:
                process.send_signal(signal.SIGINT)
                break
        said, rest = process.communicate(timeout=60)
    return process.returncode, said, [line for line in rest.splitlines() if not line.startswith("import time:")]


@pytest.mark.parametrize("module", ["sroscert.cli.options", "typer", "pydantic", "sroscert.intent", "lxml.etree"])
@pytest.mark.parametrize("start", [["-m", "sroscert.cli.main"], ["-c", "from sroscert.cli.main import main; main()"]])
def test_an_interrupt_while_modules_are_imported_is_one_line(start: list[str], module: str, tmp_path: Path) -> None:
    """Ctrl-C right after the start, by a module or by the installed script, ends with 130 and no traceback."""
    (tmp_path / "intent.yaml").write_text("version: 1\n")
    code, out, said = interrupted_at(module, tmp_path, *start, "plan", "-f", "intent.yaml")

    assert (code, said, out) == (130, ["interrupted"], "")


@pytest.mark.parametrize("module", ["sroscert.cli.options", "pydantic", "lxml.etree"])
def test_an_interrupt_is_json_where_json_is_asked_for(module: str, tmp_path: Path) -> None:
    """With -o json the one line is an error document on standard output, from the first moment on."""
    start = ("-m", "sroscert.cli.main")
    code, out, said = interrupted_at(module, tmp_path, *start, "plan", "-f", "intent.yaml", "-o", "json")

    assert (code, said) == (130, [])
    assert json.loads(out) == {"error": {"code": "interrupted", "message": "interrupted"}, "exit_code": 130}


def test_an_interrupt_with_a_full_disk_is_quiet(tmp_path: Path) -> None:
    """What cannot be written then is not worth a traceback."""
    start = ("-m", "sroscert.cli.main")
    with Path("/dev/full").open("w") as full:
        code, _, said = interrupted_at("typer", tmp_path, *start, "plan", "-f", "x.yaml", "-o", "json", out=full)

    assert (code, said) == (130, [])
