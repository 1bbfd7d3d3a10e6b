"""The lab router's flash: names, capacity, listings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sroscert_lab.router.flash import Flash, split, url_of

NOON = datetime(2026, 3, 1, 13, 5, tzinfo=UTC)


@pytest.fixture
def flash(tmp_path: Path) -> Flash:
    """A card of a hundred bytes, with a fixed time."""
    return Flash(tmp_path / "cf3", clock=lambda: NOON, capacity=100)


@pytest.mark.parametrize(
    "name", ["cf3:\\a\\b", "cf3:/a/b", "CF3:/a/b", "/a/b", "/cf3:/a/b", "cf3-A:/a/b", "a/./x/../b"]
)
def test_spellings_of_one_name(name: str) -> None:
    """Either slash, either case of the drive, with or without it."""
    assert url_of(split(name)) == "cf3:\\a\\b"


@pytest.mark.parametrize("name", ["cf1:/a", "ftp://x/y", "a\x00b"])
def test_names_of_other_places(name: str) -> None:
    """Another drive, a URL and a null character are no names on cf3:."""
    with pytest.raises(ValueError, match=r"drive|null"):
        split(name)


def test_names_differ_by_letters_not_by_case(flash: Flash) -> None:
    """As on FAT, X.PEM and x.pem are one file."""
    flash.write("cf3:/x.pem", b"1")
    flash.write("cf3:/X.PEM", b"2")
    assert [entry.name for entry in flash.entries()] == ["x.pem"]
    assert flash.read("cf3:/x.Pem") == b"2"


def test_a_card_has_an_end(flash: Flash) -> None:
    """A write beyond the capacity fails and leaves the old file; writing over a file counts the difference."""
    flash.write("cf3:/x", b"x" * 90)
    flash.write("cf3:/x", b"y" * 95)
    with pytest.raises(OSError, match="space"):
        flash.write("cf3:/y", b"z" * 6)
    assert flash.read("cf3:/x") == b"y" * 95


def test_a_listing_looks_like_that_of_a_router(flash: Flash) -> None:
    """`file list` has the volume, the folder, sizes, dates and totals."""
    flash.make_folder("cf3:/system-pki")
    flash.write("cf3:/system-pki/sr-key", b"12345")
    lines = flash.listing("cf3:/system-pki").splitlines()
    assert lines[1] == "Volume in drive cf3 on slot A is SROS VM."
    assert lines[4] == "Directory of cf3:\\system-pki"
    assert "03/01/2026  01:05p                   5 sr-key" in lines
    assert any(line.split() == ["1", "File(s)", "5", "bytes."] for line in lines)
