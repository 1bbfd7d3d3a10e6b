"""A process without a home folder, and the home of a user that is not there: said with a hint, where it matters."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import NoReturn

import pytest
from sroscert_lab import process

from sroscert.cli.main import main
from sroscert.errors import SecretError, UsageError
from sroscert.homes import expanded, home
from sroscert.intent.secrets import resolve

NOBODY = "~no-such-user"


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a container has that runs as a user whom its system does not know."""

    def unknown(uid: int) -> NoReturn:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_path_without_a_tilde_needs_no_home(homeless: None) -> None:
    """And one with it says what to do."""
    assert expanded(Path("a/~/b")) == Path("a/~/b")
    with pytest.raises(UsageError) as caught:
        home()
    assert "set HOME" in caught.value.hint


def test_the_home_of_nobody_is_an_error_with_the_path(tmp_path: Path) -> None:
    """In a path of the command line, and in the intent's secrets."""
    with pytest.raises(UsageError, match=f"{NOBODY}/x: there is no {NOBODY} on this system"):
        expanded(Path(NOBODY, "x"))
    with pytest.raises(SecretError, match=f"{NOBODY}/x"):
        resolve(f"file:{NOBODY}/x", tmp_path)


@pytest.mark.parametrize(
    ("words", "code"), [("schema list", 0), ("explain tls12-cipher", 0), ("run list", 64), ("status -f i.yaml", 64)]
)
def test_only_what_needs_a_home_asks_for_it(
    homeless: None, words: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """What reads no state works; the others say in one line what is missing."""
    assert main(words.split()) == code
    said = capsys.readouterr().err
    assert (said == "") == (code == 0)
    assert code == 0 or "set HOME" in said


def test_the_lab_says_it_too(homeless: None) -> None:
    """The lab's own folder lies below the home."""
    with pytest.raises(process.LabError, match="set HOME"):
        process.default_folder()
