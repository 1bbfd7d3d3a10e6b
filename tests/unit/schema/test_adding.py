"""A release that did not ship becomes known by compiling a copy of one's own; a release in between says what it is."""

from __future__ import annotations

import json
import pathlib
import shutil
import tarfile

import pytest

from sroscert import schema
from sroscert.errors import SchemaError, UsageError
from sroscert.schema.adding import add_release
from sroscert.schema.places import places, user_folder
from sroscert.values import Release
from tests.yang import models
from tests.yang.plugin import unavailable

SHIPPED_BYTES = 6_000_000
"""All shipped schemas together stay below this."""


@pytest.fixture
def newer(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder as of a release that does not exist yet: Nokia's latest models under another name."""
    try:
        found = models.release_folder(models.releases()[-1] if models.releases() else "26.3")
    except models.ModelsMissingError as error:
        unavailable(str(error))
    folder = tmp_path / "sros-27.3"
    folder.mkdir()
    for path in found.rglob("*.yang"):
        goal = folder / path.relative_to(found)
        goal.parent.mkdir(exist_ok=True)
        goal.symlink_to(path)
    return folder


def test_an_added_release_is_known_until_removed(newer: pathlib.Path) -> None:
    """After adding, the release is listed and loaded exactly; before, the nearest earlier one stood in and said so."""
    before = schema.load("27.3.R1")
    added = add_release(newer)
    after = schema.load("27.3.R1")

    assert before.standing_in == "SR OS 27.3 is treated as 26.3: there is no schema of 27.3"
    assert added.path == user_folder() / "27.3.json"
    assert Release(27, 3) in schema.known_releases()
    assert (after.release, after.exact, after.standing_in) == (Release(27, 3), True, "")
    assert not places()[Release(27, 3)].shipped
    with pytest.raises(UsageError, match="added before"):
        add_release(newer)


def test_an_archive_is_read_and_an_option_names_the_release(newer: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """A name that says no release asks for one; an archive gives, byte by byte, what its folder gives: compiling is
    deterministic."""
    archive = tmp_path / "models.tar.gz"
    with tarfile.open(archive, "w:gz", dereference=True) as packed:
        packed.add(newer, "YANG")
    with pytest.raises(SchemaError, match="which release") as caught:
        add_release(archive)
    assert "--release" in caught.value.hint
    added = add_release(archive, "27.3")
    first = added.path.read_bytes()

    assert add_release(newer, replace=True).path.read_bytes() == first


def test_what_is_no_release_is_refused_in_words(newer: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Nothing there, no YANG, no nokia-conf, two releases, a damaged archive, a shipped release: each says which."""
    empty = tmp_path / "sros-30.1"
    empty.mkdir()
    outside = tmp_path / "sros-30.1.tar"
    with tarfile.open(outside, "w") as packed:
        packed.add(next(newer.glob("*.yang")).resolve(), "a/../../outside.yang")
    broken = tmp_path / "sros-30.1.tar.xz"
    broken.write_bytes(b"no archive")
    for source, words in (
        (tmp_path / "missing", "there is no"), (empty, "there is no YANG"), (broken, "cannot be unpacked"),
        (outside, "leads out of the archive"),
        (next(newer.glob("*.yang")), "neither a folder nor an archive"),
    ):
        with pytest.raises(UsageError, match=words):
            add_release(source)
    (empty / "other.yang").write_text("module other {}")
    with pytest.raises(UsageError, match=r"no nokia-conf\.yang"):
        add_release(empty)
    with pytest.raises(UsageError, match="ships with sroscert"):
        add_release(newer, "26.3")
    for name in ("sros-27.3", "sros-27.7"):
        (tmp_path / "many" / name).mkdir(parents=True)
        (tmp_path / "many" / name / "nokia-conf.yang").write_text("module nokia-conf {}")
    with pytest.raises(UsageError, match="more than one release"):
        add_release(tmp_path / "many")
    assert not user_folder().exists()


def test_models_that_lack_the_essential_leave_nothing_behind(newer: pathlib.Path) -> None:
    """Half a copy is an error, and no file of it is kept."""
    for path in newer.rglob("nokia-conf-system*.yang"):
        path.unlink()
    with pytest.raises(SchemaError):
        add_release(newer)

    assert list(user_folder().glob("*")) == []


def test_a_file_of_an_older_format_says_what_to_do() -> None:
    """What an earlier version of ours compiled is listed; loading it says to compile it again."""
    folder = user_folder()
    folder.mkdir(parents=True)
    (folder / "28.3.json").write_text(json.dumps({"format": 0}))
    (folder / "notes.json").write_text("{}")

    assert places()[Release(28, 3)].path == folder / "28.3.json"
    with pytest.raises(SchemaError) as caught:
        schema.load("28.3")
    assert "--replace" in caught.value.hint


def test_a_copy_of_a_shipped_release_is_not_preferred() -> None:
    """What ships was proven: a file of the same release in the user's folder is left alone."""
    folder = user_folder()
    folder.mkdir(parents=True)
    shutil.copy(schema.data_folder() / "sros" / "21.2.json", folder / "25.10.json")

    assert places()[Release(25, 10)].shipped
    assert schema.load("25.10").release == Release(25, 10)


def test_a_release_in_between_says_so_and_a_maintenance_release_does_not() -> None:
    """21.3 is treated as 21.2; 21.2.R1 is its train."""
    assert schema.load("21.3.R2").standing_in.startswith("SR OS 21.3 is treated as 21.2")
    assert schema.load("21.2.R1").standing_in == ""
    with pytest.raises(SchemaError, match="older than every release"):
        schema.load("16.0")


def test_the_shipped_schemas_stay_small() -> None:
    """All of them together are a few megabytes, as the README says."""
    sizes = [path.stat().st_size for path in (schema.data_folder() / "sros").glob("*.json")]

    assert len(sizes) == 25
    assert sum(sizes) < SHIPPED_BYTES
    readme = (pathlib.Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert f"{sum(sizes) / 1e6:.1f} MB in all" in readme
