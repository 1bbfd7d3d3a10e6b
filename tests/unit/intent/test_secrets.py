"""Secret references and what they resolve to."""

from __future__ import annotations

import os
import pathlib

import pytest

from sroscert.errors import SecretError
from sroscert.intent.secrets import is_reference, resolve


@pytest.mark.parametrize("text", ["env:X", "file:codes/a b", "keyring:ca/sr", "prompt:", "prompt:code"])
def test_reference_is_recognised(text: str) -> None:
    """The four kinds of references are references."""
    assert is_reference(text)


@pytest.mark.parametrize("text", ["", "secret", "env:", "env:1X", "file:", "keyring:x", "vault:a", "ENV:X", "sr"])
def test_other_text_is_no_reference(text: str) -> None:
    """Anything else is a literal."""
    assert not is_reference(text)


def test_environment_is_read(tmp_path: pathlib.Path) -> None:
    """env: takes the variable's value."""
    os.environ["CODE_OF_SR"] = "s3"

    assert resolve("env:CODE_OF_SR", tmp_path) == "s3"


def test_file_counts_from_the_base(tmp_path: pathlib.Path) -> None:
    """file: takes the file's one line without its end."""
    (tmp_path / "code").write_text("a b\r\n")

    assert resolve("file:code", tmp_path) == "a b"


@pytest.mark.parametrize(
    ("reference", "content", "words"),
    [
        ("file:none", None, "cannot be read"),
        ("file:code", b"", "empty"),
        ("file:code", b"canary-1\ncanary-2\n", "control character"),
        ("file:code", b"canary\xff", "UTF-8"),
        ("file:code", b"canary" * 1000, "longer"),
        ("env:NOT_SET_ANYWHERE", None, "not set"),
        ("canary", None, "itself"),
        ("prompt:code", None, "no terminal"),
    ],
)
def test_failure_names_the_reference_only(
    tmp_path: pathlib.Path, reference: str, content: bytes | None, words: str
) -> None:
    """A reference that cannot be resolved is an error that says why and never shows the secret."""
    if content is not None:
        (tmp_path / "code").write_bytes(content)
    with pytest.raises(SecretError) as caught:
        resolve(reference, tmp_path)

    assert words in caught.value.message
    assert "canary" not in caught.value.message


def test_keyring_is_optional(tmp_path: pathlib.Path) -> None:
    """keyring: without the package says what to install, or without an entry which one is missing."""
    with pytest.raises(SecretError) as caught:
        resolve("keyring:sroscert-test/nobody", tmp_path)

    assert "keyring" in f"{caught.value.message} {caught.value.hint}"
