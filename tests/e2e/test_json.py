"""Standard output for programs: one JSON document with the documented keys, or text without escape sequences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fleet import PASSWORD, Fleet, open_fleet

ENTRY = {"router", "address", "state", "seconds"}
PLAN = {"release", "backend", "in_sync", "digest", "steps", "findings", "renewal", "pairs"}
KEYS: dict[str, set[str]] = {
    "plan": PLAN,
    "apply": PLAN | {"steps_done", "served_until"},
    "drift": {"release", "in_sync", "changes", "other", "notes"},
    "check": {"tls", "certificate", "gnmi"},
    "trust": {"keys"},
    "doctor": {"release", "backend", "grade", "checks"},
}
CODES = {"plan": 2, "drift": 2, "check": 0, "trust": 0, "doctor": 0}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two routers, finished and then changed by hand; nothing here brings them back."""
    folder = tmp_path_factory.mktemp("json")
    with pytest.MonkeyPatch.context() as environment, open_fleet(folder / "lab", release=["21.2", "25.10"]) as made:
        environment.setenv("XDG_STATE_HOME", str(folder / "state"))
        made.applied("-j", "2")
        for name in made.names:
            typed = "/configure system security tls server-tls-profile sr-server-tls-prof tls-re-negotiate-timer 5"
            made.operator(*typed.split(), router=name)
        yield made


@pytest.fixture(scope="module")
def documents(fleet: Fleet) -> dict[str, Any]:
    """What each command that only reads prints as JSON."""
    found = {}
    for command, code in CODES.items():
        result = fleet.run(command, "-o", "json")
        assert (result.code, result.err) == (code, "")
        found[command] = result.json
    return found


@pytest.mark.parametrize("command", CODES)
def test_json_has_the_documented_keys(documents: dict[str, Any], command: str) -> None:
    """The document says the command, the exit code, and one entry a router with the same keys on each release."""
    document = documents[command]

    assert set(document) == {"command", "exit_code", "routers"}
    assert (document["command"], document["exit_code"]) == (command, CODES[command])
    assert [entry["router"] for entry in document["routers"]] == ["sr1", "sr2"]
    for entry in document["routers"]:
        assert set(entry) == ENTRY | KEYS[command]
        assert entry["state"] == "done"


def test_the_details_of_each_document(documents: dict[str, Any]) -> None:
    """Steps, changes, findings and what TLS and gNMI showed have stable members of their own."""
    entries = {command: document["routers"][0] for command, document in documents.items()}

    (change,) = entries["drift"]["changes"]
    assert set(change) == {"sign", "line", "now"}
    commit = entries["plan"]["steps"][0]
    assert set(commit) == {"kind", "title", "reason", "undo", "phase", "changes", "checks", "interrupts", "notes"}
    assert commit["changes"] == [change]
    assert set(entries["plan"]["steps"][1]) == {"kind", "title", "reason", "undo"}
    assert set(entries["check"]["tls"]) == {"version", "cipher", "verified"}
    assert set(entries["check"]["certificate"]) >= {"serial", "subject", "issuer", "san_ips", "not_after"}
    assert set(entries["check"]["gnmi"]) == {"version", "encodings", "models"}
    assert set(entries["trust"]["keys"][0]) == {"port", "type", "fingerprint", "line", "known"}


def test_apply_prints_json_and_no_progress(fleet: Fleet, documents: dict[str, Any]) -> None:
    """apply -o json is quiet until its one document, which has what plan has and what was done."""
    result = fleet.run_process("apply", "--yes", "-o", "json", "-l", "sr2")

    assert (result.code, result.err) == (0, "")
    (entry,) = result.json["routers"]
    assert set(entry) == ENTRY | KEYS["apply"]
    assert entry["steps"] == documents["plan"]["routers"][1]["steps"]
    assert entry["steps_done"] == len(entry["steps"]) > 0


def test_failures_are_in_the_document(fleet: Fleet, tmp_path: Path) -> None:
    """A router that failed has an error with code, message and hint in its entry; standard error stays empty."""
    (tmp_path / "empty").write_text("")
    text = fleet.intent.read_text()
    fleet.intent.write_text(text.replace("known_hosts: known_hosts", f"known_hosts: {tmp_path / 'empty'}"))
    try:
        result = fleet.run("plan", "-o", "json")
    finally:
        fleet.intent.write_text(text)

    assert (result.code, result.err) == (3, "")
    for entry in result.json["routers"]:
        assert set(entry) == ENTRY | {"error"}
        assert entry["state"] == "failed"
        assert set(entry["error"]) == {"code", "message", "hint", "router"}


def test_lint_and_render_print_json(fleet: Fleet) -> None:
    """lint names each problem with its place; render prints the configuration itself."""
    problems = fleet.run("lint", "-o", "json")
    rendered = fleet.run("render", "--release", "21.2", "-l", "sr1", "--format", "json")

    assert set(problems.json) == {"command", "exit_code", "problems"}
    assert all(problem["line"] > 0 and problem["code"] for problem in problems.json["problems"])
    assert problems.json["problems"]
    assert isinstance(rendered.json, dict)
    assert (problems.code, rendered.code) == (0, 0)


@pytest.mark.parametrize("arguments", [("plan", "-l", "nobody"), ("apply",)])
def test_an_error_of_the_whole_run_is_a_document_too(fleet: Fleet, arguments: tuple[str, ...]) -> None:
    """Without any router to speak of there is `error` and `exit_code`, and nothing on standard error."""
    result = fleet.run(*arguments, "-o", "json")

    assert set(result.json) == {"error", "exit_code"}
    assert result.json["exit_code"] == result.code == 64
    assert result.err == ""


@pytest.mark.parametrize("command", [*CODES, "lint", "render"])
def test_text_in_a_pipe_has_no_escape_sequences(fleet: Fleet, command: str) -> None:
    """Without a terminal there is no colour and no cursor movement, and never a secret."""
    extra = ("--release", "21.2") if command == "render" else ()

    result = fleet.run_process(command, *extra, TERM="xterm-256color", COLORTERM="truecolor")

    assert "\x1b" not in result.text
    assert "\r" not in result.text
    assert result.out.strip()
    secrets = [PASSWORD, *(path.read_text().strip() for path in (fleet.folder / "codes").iterdir())]
    assert not [secret for secret in secrets if secret in result.text]


def test_the_result_table_in_a_pipe_has_no_escape_sequences(fleet: Fleet) -> None:
    """Nor has apply's table of several routers, also when a router fails."""
    with fleet.editing() as document:
        document["routers"]["sr1"]["login"]["password"] = "file:codes/sr1"

    result = fleet.run_process("apply", "--yes", TERM="xterm-256color", COLORTERM="truecolor")

    assert result.code == 3
    assert "\x1b" not in result.text
    assert "sr1" in result.out
    assert "[authentication]" in result.out
