"""What is kept of secrets: nothing that tells one, and nothing that tells two of them equal."""

from __future__ import annotations

import json
from pathlib import Path as File

import pytest

from sroscert.values import Path
from sroscert.workflow.secretmarks import KEY_NAME, SecretMarks

ONE, TWO = Path.of("configure", "one"), Path.of("configure", "two")


@pytest.mark.law(5, 8)
def test_equal_secrets_have_marks_of_their_own(tmp_path: File) -> None:
    """At two places and on two routers, in files that nobody else can read, beside the key that they were made with."""
    for router in ("sr1", "sr2"):
        SecretMarks(tmp_path, router).remember({ONE: "same", TWO: "same"})

    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [KEY_NAME, "sr1.secrets.json", "sr2.secrets.json"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    marks = [mark for file in files[1:] for mark in json.loads(file.read_text())["marks"].values()]
    assert len({*marks}) == len(marks) == 4
    assert SecretMarks(tmp_path, "sr1").changed({ONE: "same", TWO: "other"}) == {ONE: False, TWO: True}


@pytest.mark.law(5, 8)
def test_a_mark_tells_nothing_without_its_key(tmp_path: File) -> None:
    """The same secret of the same router has another mark on another machine: no secret can be tried on it."""
    for folder in ("one", "two"):
        SecretMarks(tmp_path / folder, "sr1").remember({ONE: "same"})

    marks = [json.loads(file.read_text())["marks"][str(ONE)] for file in tmp_path.glob("*/sr1.secrets.json")]
    assert len({*marks}) == len(marks) == 2


@pytest.mark.law(5)
def test_of_what_was_never_set_nothing_is_known(tmp_path: File) -> None:
    """Nothing is made by asking; a key that is lost takes what was known with it."""
    marks = SecretMarks(tmp_path, "sr1")
    assert (marks.changed({ONE: "a"}), [*tmp_path.iterdir()]) == ({ONE: None}, [])
    marks.remember({ONE: "a"})
    (tmp_path / KEY_NAME).unlink()
    assert marks.changed({ONE: "a"}) == {ONE: None}
