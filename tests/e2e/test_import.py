"""`import FILE` from the command line: the way in for a network that is there already."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sroscert.intent import load
from sroscert.intent.importing import SECTIONS, SINGLES
from sroscert.intent.sections import Scope
from sroscert.model.base import Entry, Strict
from sroscert.model.log import EventTriggers, LogSection
from sroscert.model.script_control import ScriptControlSection
from sroscert.model.tls import TLSSection
from tests.support.saved import FORMS, INTENTS, Result, run, saved

RELEASES = ("19.5", "20.10", "21.2", "22.10", "25.10", "26.3")
TUTORIALS = [
    *(("tutorial.yaml", release) for release in RELEASES),
    *(("tutorial-verbatim.yaml", release) for release in ("20.10", "21.2")),  # its ciphers are of that time
]
HASH = "Lz7vVsWZPkrGTYzqhsVNLPl1UHzgZQ== hash2"


def imported(folder: Path, text: str, *more: str) -> tuple[Path, Path, Result]:
    """Import a configuration; return its file, the intent and the run."""
    config, intent = folder / "sr.cfg", folder / "imported.yaml"
    config.write_text(text)
    return config, intent, run("import", str(config), *more, "--out", str(intent))


def drift(intent: Path, config: Path) -> Result:
    """Compare the intent with the configuration that it came from."""
    return run("drift", "-f", str(intent), "--config", str(config), "-o", "json")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("source", "release"), TUTORIALS)
def test_the_tutorial_comes_back_whole(tmp_path: Path, source: str, form: str, release: str) -> None:
    """Everything is said, nothing differs, and lint has no error but what it says of the tutorial itself."""
    text = saved(INTENTS / source, release, form)
    config, intent, result = imported(tmp_path, text)

    (entry,) = json.loads(drift(intent, config).out)["routers"]
    problems = json.loads(run("lint", "-f", str(intent), "-o", "json").out)["problems"]

    assert result.code == 0, result.err
    assert "left out" not in result.err
    assert (entry["changes"], entry["not_understood"]) == ([], [])
    if source == "tutorial.yaml":
        assert [item for item in problems if item["severity"] == "error"] == []
    assert "sr-cert" in intent.read_text()


def test_what_a_person_must_fill_in_is_marked_and_reported(tmp_path: Path) -> None:
    """Login, address, the CA's certificate and every secret; a secret's hash is in no output."""
    text = saved(INTENTS / "tutorial.yaml", "21.2", "flat").replace("<file:codes/sr>", HASH)
    assert HASH in text
    _, intent, result = imported(tmp_path, text)
    written = intent.read_text()

    assert HASH not in written + result.out + result.err
    assert "env:SROS_EJBCA_PROFILE_1    # FILL IN" in written
    for words in ("defaults.login", "routers.sr.address", "env:SROS_EJBCA_PROFILE_1", "ejbca-profile.certificate"):
        assert words in result.err
    for words in ("username: admin", "# certificate: ManagementCA.pem", "#     subject:", "#     enrolment:"):
        assert words in written
    assert next(iter(load([intent]).routers.values())).release is not None


def test_the_certificate_template_can_be_filled_in(tmp_path: Path) -> None:
    """Taking the remarks away gives an intent that loads."""
    _, intent, _ = imported(tmp_path, saved(INTENTS / "tutorial.yaml", "21.2", "flat"))
    lines = intent.read_text().split("\n")
    begin = lines.index("# certificates:")
    end = next(number for number, line in enumerate(lines) if line.startswith("routers:"))
    lines[begin:end] = [line.removeprefix("# ") for line in lines[begin:end]]
    intent.write_text("\n".join(lines))

    assert "sr-cert" in next(iter(load([intent]).routers.values())).certificates


UNSAYABLE = {
    "unknown-node": ("/configure system security tls new-thing x\n", "/configure/system/security/tls/new-thing"),
    "in-an-object": (
        '/configure system security tls server-tls-profile "other" tls-re-negotiate-timer 5\n',
        "[server-profile-name=other]",
    ),
    "obsolete-twin": (
        '/configure system security tls client-cipher-list "theirs" cipher 7\n',
        "client-cipher-list[client-cipher-list-name=theirs]",
    ),
    "no-place": ("/configure system security pki maximum-cert-chain-depth 3\n", "maximum-cert-chain-depth"),
    "not-about-certificates": ('/configure log filter "7" default-action forward\n', "[filter-name=7]"),
    "script-of-another": ('/configure system script-control script "theirs" owner "me" location "cf3:/x"\n', "theirs"),
}


@pytest.mark.parametrize("name", UNSAYABLE)
def test_what_an_intent_cannot_say_is_named_and_left_alone(tmp_path: Path, name: str) -> None:
    """It is reported with its path, and the intent wants nothing of it."""
    line, words = UNSAYABLE[name]
    text = saved(INTENTS / "tutorial.yaml", "21.2", "flat").replace("\n# Finished", f"{line}\n# Finished")
    config, intent, result = imported(tmp_path, text)

    assert result.code == 0
    assert any(words in said and "left alone" in said for said in result.err.splitlines()), result.err
    (entry,) = json.loads(drift(intent, config).out)["routers"]
    assert entry["changes"] == []


def test_numbers_with_gaps_are_kept(tmp_path: Path) -> None:
    """A list that was numbered 10, 20 is said with its numbers, and nothing of it differs."""
    at = '/configure system security tls client-cipher-list "theirs" cipher'
    lines = f"{at} 20 name tls-rsa-with-aes128-cbc-sha\n{at} 10 name tls-rsa-with-aes256-cbc-sha\n"
    text = saved(INTENTS / "tutorial.yaml", "21.2", "flat").replace("\n# Finished", f"{lines}\n# Finished")
    config, intent, result = imported(tmp_path, text)

    theirs = next(iter(load([intent]).routers.values())).tls.client_cipher_lists["theirs"]

    assert "left out" not in result.err
    assert (theirs.ciphers, theirs.numbers) == (
        ("tls-rsa-with-aes256-cbc-sha", "tls-rsa-with-aes128-cbc-sha"), (10, 20),
    )
    assert json.loads(drift(intent, config).out)["routers"][0]["changes"] == []


@pytest.mark.parametrize("wanted", ["{ciphers: [a, b], numbers: [10]}", "{cipher_class: modern, numbers: [1]}"])
def test_numbers_must_fit_the_names(tmp_path: Path, wanted: str) -> None:
    """One number for each name; a class that follows the release has none."""
    intent = tmp_path / "intent.yaml"
    text = (INTENTS / "tutorial.yaml").read_text().replace("{ciphers: compatible}", f"{{ciphers: {wanted}}}")
    intent.write_text(text)

    result = run("lint", "-f", str(intent))

    assert result.code == 65
    assert "`numbers` has one number for each name" in result.out


def test_several_become_routers_with_the_common_part_said_once(tmp_path: Path) -> None:
    """Two routers that differ in one object share all others; each is without drift."""
    first = saved(INTENTS / "tutorial.yaml", "21.2", "flat")
    (tmp_path / "a.cfg").write_text(first)
    (tmp_path / "b.cfg").write_text(first.replace("repeat-hours 24", "repeat-hours 12"))
    intent = tmp_path / "both.yaml"

    result = run("import", str(tmp_path / "a.cfg"), str(tmp_path / "b.cfg"), "--out", str(intent))

    assert result.code == 0, result.err
    assert intent.read_text().count("ejbca-profile:") == 1
    assert intent.read_text().count("repeat_hours") == 2
    assert run("drift", "-f", str(intent), "--config", str(tmp_path)).code == 0


def test_the_report_is_one_json_document(tmp_path: Path) -> None:
    """-o json: what became of each source and what is to be filled in; the intent where it is written nowhere."""
    text = saved(INTENTS / "tutorial.yaml", "21.2", "flat")
    _, intent, plain = imported(tmp_path, text)
    other = tmp_path / "json.yaml"

    written = run("import", str(tmp_path / "sr.cfg"), "-o", "json", "--out", str(other))
    shown = json.loads(run("import", str(tmp_path / "sr.cfg"), "-o", "json").out)

    document = json.loads(written.out)
    assert (written.code, written.err, document["written"], document["intent"]) == (0, "", str(other), None)
    assert other.read_text() == intent.read_text() == shown["intent"]
    assert set(document) == set(shown) == {"command", "exit_code", "written", "intent", "to_fill_in", "routers"}
    assert all(f"to fill in: {item}" in plain.err for item in document["to_fill_in"])
    (router,) = document["routers"]
    assert set(router) == {
        "router", "source", "release", "standing_in", "objects", "left_out", "not_understood"
    }
    assert (router["router"], router["release"], router["left_out"]) == ("sr", "21.2.R1", [])


def test_a_file_given_as_the_form_is_told_its_option(tmp_path: Path) -> None:
    """`-o intent.yaml` is a slip: -o is the form everywhere, --out the file."""
    result = run("import", str(tmp_path / "sr.cfg"), "-o", "intent.yaml")

    assert result.code == 64
    assert "--out intent.yaml" in result.err


def test_an_existing_file_is_not_written_over(tmp_path: Path) -> None:
    """Exit 64, and the file is as it was."""
    target = tmp_path / "imported.yaml"
    target.write_text("mine\n")

    _, _, result = imported(tmp_path, saved(INTENTS / "tutorial.yaml", "21.2", "flat"))

    assert (result.code, target.read_text()) == (64, "mine\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["imported.yaml", "sr.cfg"]


USAGE = {
    "nothing": ((), "say what to import"),
    "no-user": (("--router", "192.0.2.1"), "--username"),
    "password": (("--router", "192.0.2.1", "--username", "x", "--password-ref", "hunter2"), "takes a reference"),
    "address": (("--router", "no name", "--username", "x", "--password-ref", "env:X"), "neither an IP address"),
}


@pytest.mark.parametrize("name", USAGE)
def test_a_wrong_command_line_is_refused(name: str) -> None:
    """Exit 64 with the reason; a password given as itself is not repeated."""
    words, reason = USAGE[name]

    result = run("import", *words)

    assert result.code == 64
    assert reason in result.err
    assert "hunter2" not in result.out + result.err


def test_every_section_that_an_intent_has_can_be_imported() -> None:
    """A mapping of objects that is added to the models has a row in the table of sections, too."""
    scopes: dict[tuple[str, ...], type[Strict]] = {
        (): Scope, ("tls",): TLSSection, ("log",): LogSection, ("log", "triggers"): EventTriggers,
        ("script_control",): ScriptControlSection,
    }
    ours = {(*loc, name) for loc, scope in scopes.items() for name in scope.model_fields}
    ours -= {*scopes, ("login",), ("release",), ("certificates",), ("verify",), ("lint",)}

    assert ours == {section.loc for section in SECTIONS} | set(SINGLES) | {("script_users",)}
    assert all(section.model is Entry or issubclass(section.model, Entry) for section in SECTIONS)
