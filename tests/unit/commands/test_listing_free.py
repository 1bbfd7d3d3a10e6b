"""The room that a listing of a folder tells, in the form of published transcripts of both engines."""

from __future__ import annotations

import pytest

from sroscert.commands.listing import free_bytes, slot
from sroscert.commands.operations import ListFiles
from sroscert.commands.replies import read_raw

LISTING = """
Volume in drive cf3 on slot A is SROS VM.

Directory of cf3:\\

11/02/2025  04:08a                2351 config.cfg
               1 File(s)                   2351 bytes.
               0 Dir(s)               683569152 bytes free.
"""


@pytest.mark.parametrize(
    ("text", "free"),
    [
        (LISTING, 683569152),
        (LISTING.replace("\n", "\r\n"), 683569152),
        (LISTING.replace("683569152", "0"), 0),
        (LISTING.replace("bytes free.", "kilobytes free."), None),
        (LISTING + LISTING, None),
        (LISTING.split("               0 Dir")[0], None),
    ],
)
def test_the_last_line_tells_what_is_left(text: str, free: int | None) -> None:
    """Only a line in these words counts, and only when it stands there once."""
    assert free_bytes(text) == free
    assert read_raw(ListFiles("cf3:/"), text).free == free


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("Volume in drive cf3 on slot A is SROS VM.", "A"),
        ("Volume in drive cf3 on slot B has no label.", "B"),
        ("Volume in drive cf3 on slot A is SROS VM.\nVolume in drive cf3 on slot B is SROS VM.", ""),
        ("Volume in drive cf1 on slot B has no label.", ""),
        ("", ""),
    ],
)
def test_which_cpms_card_a_listing_is_of(line: str, seen: str) -> None:
    """The volume's line names the slot; two names, or another drive's, tell nothing."""
    assert slot(LISTING.replace(LISTING.splitlines()[1], line)) == seen
