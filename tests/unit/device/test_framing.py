"""NETCONF framing (RFC 6242)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sroscert.device.framing import END_OF_MESSAGE, Deframer, FramingError, frame

messages = st.lists(st.binary(min_size=1, max_size=60).filter(lambda text: END_OF_MESSAGE not in text), max_size=4)


def cut(text: bytes, places: list[int]) -> list[bytes]:
    """Cut a text at some places."""
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def read_all(deframer: Deframer, parts: list[bytes]) -> list[bytes]:
    """Feed the parts one by one and return every message."""
    found = []
    for part in parts:
        deframer.feed(part)
        while (message := deframer.next_message()) is not None:
            found.append(message)
    return found


@given(messages, st.lists(st.integers(0, 1000), max_size=8), st.booleans())
def test_messages_survive_any_cut(sent: list[bytes], places: list[int], chunked: bool) -> None:
    """RFC 6242 section 4: what was framed is read back, however it was split on the way."""
    if not chunked and any(END_OF_MESSAGE in one + END_OF_MESSAGE[:-1] for one in sent):
        return
    deframer = Deframer()
    deframer.chunked = chunked
    wire = b"".join(frame(message, chunked=chunked) for message in sent)
    assert read_all(deframer, cut(wire, places)) == sent


@given(st.binary(min_size=1, max_size=60), st.integers(1, 9), st.lists(st.integers(0, 1000), max_size=8))
def test_a_message_may_have_many_chunks(message: bytes, size: int, places: list[int]) -> None:
    """RFC 6242 section 4.2: a message is the sum of its chunks."""
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    wire = b"".join(b"\n#%d\n%s" % (len(part), part) for part in parts) + b"\n##\n"
    deframer = Deframer()
    deframer.chunked = True
    assert read_all(deframer, cut(wire, places)) == [message]


def test_a_newline_after_the_hello_is_passed_over() -> None:
    """A newline that a peer leaves behind its hello does not disturb the first chunk."""
    deframer = Deframer()
    assert read_all(deframer, [b"hello]]>]]>\n"]) == [b"hello"]
    deframer.chunked = True
    assert read_all(deframer, [b"\n#2\nok\n##\n"]) == [b"ok"]


@pytest.mark.parametrize("wire", [b"\n#0\n\n##\n", b"\n#x\n", b"hello", b"\n#12345678901\n", b"\n#2\nokay\n##\n"])
def test_broken_framing_is_an_error(wire: bytes) -> None:
    """RFC 6242 section 4.2: a chunk that is not where it must be makes the rest unreadable."""
    deframer = Deframer()
    deframer.chunked = True
    with pytest.raises(FramingError):
        read_all(deframer, [wire])
