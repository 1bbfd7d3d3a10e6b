"""`drift --config` from the command line: a file or a folder stands in for routers, and no network is used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.saved import FORMS, INTENTS, run, saved


@pytest.mark.parametrize("release", ["19.5", "21.2", "25.10"])
@pytest.mark.parametrize("form", FORMS)
def test_the_same_configuration_is_no_difference(tmp_path: Path, form: str, release: str) -> None:
    """Exit 0, and what a configuration cannot show is said to be unknown."""
    file = tmp_path / "sr.cfg"
    file.write_text(saved(INTENTS / "tutorial.yaml", release, form))

    result = run("drift", "-f", str(INTENTS / "tutorial.yaml"), "--config", str(file), "-o", "json")

    (entry,) = json.loads(result.out)["routers"]
    assert (result.code, entry["changes"], entry["in_sync"]) == (0, [], None)
    assert (entry["source"], entry["release"]) == (str(file), f"{release}.R1")
    assert any("sr-cert" in item for item in entry["unknown"])
    assert any("gNMI" in item for item in entry["unknown"])


def test_differences_are_shown_with_their_signs(tmp_path: Path) -> None:
    """Exit 2; a leaf changed, one removed, one added; the pair of a later generation is no difference."""
    text = saved(INTENTS / "tutorial.yaml", "21.2", "flat")
    text = text.replace("revocation-check crl-optional", "revocation-check crl").replace("repeat-hours 24", "hours 720")
    text = text.replace('certificate-file "sr-cert"', 'certificate-file "sr-cert-g2"')
    text = text.replace('key-file "sr-key"', 'key-file "sr-key-g2"').replace("sr-cert used by", "sr-cert-g2 used by")
    extra = '/configure system security tls server-tls-profile "sr-server-tls-prof" tls-re-negotiate-timer 5\n'
    file = tmp_path / "any.cfg"
    file.write_text(text.replace("\n# Finished", f"{extra}\n# Finished"))

    result = run("drift", "-f", str(INTENTS / "tutorial.yaml"), "--config", str(file))

    lines = [line.strip() for line in result.out.splitlines()]
    assert result.code == 2
    assert sorted(line[0] for line in lines[1:] if line[0] in "+-~") == ["+", "-", "~"]
    assert any("sr-cert-g2" in line and line.startswith("?") for line in lines)


def test_a_renewal_that_is_over_is_a_difference(tmp_path: Path) -> None:
    """What sroscert had set up to renew is shown as going, but for the filter that a log has as well."""
    file = tmp_path / "sr.cfg"
    text = saved(INTENTS / "tutorial.yaml", "21.2", "flat")
    file.write_text(text.replace("\n# Finished", '\n/configure log log-id "42" filter "100"\n\n# Finished'))
    intent = tmp_path / "intent.yaml"
    intent.write_text((INTENTS / "tutorial.yaml").read_text().replace("method: auto", "method: external"))

    result = run("drift", "-f", str(intent), "--config", str(file), "-o", "json")

    (entry,) = json.loads(result.out)["routers"]
    lines = [change["line"].removeprefix("/configure ").split(" ")[:2] for change in entry["changes"]]
    assert sorted(lines) == [["log", "event-handling"], ["log", "event-trigger"], *[["system", "script-control"]] * 2]


def test_a_folder_stands_in_for_a_fleet(tmp_path: Path) -> None:
    """Each router has its file; one without fails by itself, and a file of nobody is named."""
    intent = tmp_path / "intent.yaml"
    text = (INTENTS / "tutorial.yaml").read_text().replace("  sr: {address: 172.20.20.5}", "  a: {address: 192.0.2.1}")
    intent.write_text(f"{text}  b: {{address: 192.0.2.2}}\n")
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "a.cfg").write_text(saved(intent, "21.2", "braces"))
    (folder / "stranger.cfg").write_text("")

    result = run("drift", "-f", str(intent), "--config", str(folder), "-o", "json")

    first, second = json.loads(result.out)["routers"]
    assert (first["router"], first["state"], first["changes"]) == ("a", "done", [])
    assert (second["router"], second["state"]) == ("b", "failed")
    assert "stranger.cfg" in result.err
    assert result.code != 0
    assert run("drift", "-f", str(intent), "--config", str(folder), "-l", "a").code == 0


REFUSED = {
    "classic": ("exit all\nconfigure\n#---\necho \"System\"\n", 65, "classic CLI"),
    "cut-off": ("# TiMOS-B-21.2.R1\nconfigure {\n    system {\n", 65, "2:11: this brace is never closed"),
    "no-release": ("configure {\n}\n", 64, "the header names no release"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_stand_in_is_refused(tmp_path: Path, name: str) -> None:
    """The file is named with line and column, and nothing is compared."""
    text, code, words = REFUSED[name]
    file = tmp_path / "sr.cfg"
    file.write_text(text)

    result = run("drift", "-f", str(INTENTS / "tutorial.yaml"), "--config", str(file))

    assert (result.code, result.out) == (code, "")
    assert words.replace("2:11", f"{file}:3:12") in result.err


def test_a_release_can_be_given(tmp_path: Path) -> None:
    """--release stands in for a header; two routers and one file need -l."""
    file = tmp_path / "x.cfg"
    file.write_text("configure {\n}\n")

    result = run("drift", "-f", str(INTENTS / "tutorial.yaml"), "--config", str(file), "--release", "21.2")

    assert result.code == 2
    assert "+ /configure system grpc tls-server-profile" in result.out


def test_a_release_in_between_is_said_to_be_stood_in_for(tmp_path: Path) -> None:
    """A file of 21.6 is read with the schema of 21.5, and the note says so."""
    file = tmp_path / "sr.cfg"
    file.write_text(saved(INTENTS / "tutorial.yaml", "21.5", "braces").replace("B-21.5.R1", "B-21.6.R1"))

    result = run("drift", "-f", str(INTENTS / "tutorial.yaml"), "--config", str(file), "-o", "json")

    (entry,) = json.loads(result.out)["routers"]
    assert (result.code, entry["release"]) == (0, "21.6.R1")
    assert any("21.5" in note for note in entry["notes"])
