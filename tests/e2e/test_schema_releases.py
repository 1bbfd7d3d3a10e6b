"""A release that was added is known to every command; one in between is said to be treated as another, everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sroscert import schema
from sroscert.values import Release
from tests.support.saved import FORMS, INTENTS, run, saved
from tests.yang import models
from tests.yang.plugin import unavailable

TUTORIAL = str(INTENTS / "tutorial.yaml")
SAID = "SR OS 27.3 is treated as 26.3: there is no schema of 27.3"


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A folder as of a release that does not exist yet: Nokia's latest models under another name."""
    try:
        found = models.release_folder("26.3")
    except models.ModelsMissingError as error:
        unavailable(str(error))
    folder = tmp_path / "sros-27.3"
    folder.symlink_to(found)
    return folder


def of_27_3(folder: Path, form: str = "braces") -> Path:
    """Return a configuration that a router of 27.3 saved."""
    file = folder / "sr.cfg"
    file.write_text(saved(INTENTS / "tutorial.yaml", "26.3", form).replace("B-26.3.R1", "B-27.3.R1"))
    return file


def said(folder: Path) -> dict[str, bool]:
    """Tell of each command whether it says that another release stands in for 27.3."""
    file, intent = of_27_3(folder), folder / "imported.yaml"
    intent.unlink(missing_ok=True)
    runs = {
        "lint": run("lint", "-f", TUTORIAL, "--release", "27.3"),
        "lint json": run("lint", "-f", TUTORIAL, "--release", "27.3", "-o", "json"),
        "render": run("render", "-f", TUTORIAL, "--release", "27.3"),
        "explain": run("explain", "/configure/system/grpc/listening-port", "--release", "27.3"),
        "drift": run("drift", "-f", TUTORIAL, "--config", str(file)),
        "drift json": run("drift", "-f", TUTORIAL, "--config", str(file), "-o", "json"),
        "import": run("import", str(file), "--out", str(intent)),
    }
    assert {name: result.code for name, result in runs.items()} == dict.fromkeys(runs, 0)
    return {name: SAID in " ".join((result.out + result.err).split()) for name, result in runs.items()}


def test_every_command_says_which_release_stands_in_until_it_is_added(newer: Path, tmp_path: Path) -> None:
    """Before `schema add` all of them say so, afterwards none; it takes no new version of ours."""
    before = said(tmp_path)
    added = run("schema", "add", str(newer))
    after = said(tmp_path)

    assert before == dict.fromkeys(before, True)
    assert added.code == 0
    assert after == dict.fromkeys(after, False)
    assert "27.3" in run("schema", "list").out.split()


@pytest.mark.parametrize("release", schema.known_releases(), ids=lambda release: release.train)
@pytest.mark.parametrize("form", FORMS)
def test_what_any_release_saved_is_imported_and_does_not_differ(tmp_path: Path, form: str, release: Release) -> None:
    """Both forms of every release: nothing is left out, and what was imported shows no change against its file."""
    file, intent = tmp_path / "sr.cfg", tmp_path / "imported.yaml"
    file.write_text(saved(INTENTS / "tutorial.yaml", release.train, form))

    result = run("import", str(file), "--out", str(intent))
    compared = run("drift", "-f", str(intent), "--config", str(file), "-o", "json")

    (entry,) = json.loads(compared.out)["routers"]
    assert result.code == 0, result.err
    assert "left out" not in result.err
    assert (entry["changes"], entry["not_understood"], entry["release"]) == ([], [], f"{release.train}.R1")
