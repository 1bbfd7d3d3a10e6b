"""NETCONF framing of the lab router (RFC 6242 §4)."""

from __future__ import annotations

import pytest
from sroscert_lab.router.framing import Decoder, FramingError, encode


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_messages_survive_any_cut(chunked: bool, step: int) -> None:
    """What is encoded is decoded, however the bytes arrive."""
    messages = [b"<a/>", b"<b>\n##\n</b>", b"<c/>"]
    stream = b"".join(encode(message, chunked=chunked) for message in messages)
    decoder = Decoder()
    decoder.chunked = chunked
    found = []
    for start in range(0, len(stream), step):
        decoder.feed(stream[start : start + step])
        while (message := decoder.next_message()) is not None:
            found.append(message)
    assert found == messages


def test_a_message_may_have_many_chunks() -> None:
    """Chunks are joined until the end-of-chunks."""
    decoder = Decoder()
    decoder.chunked = True
    decoder.feed(b"\n#3\n<a>\n#4\n</a>\n##\n")
    assert decoder.next_message() == b"<a></a>"


@pytest.mark.parametrize("data", [b"<rpc/>", b"\n#0\n", b"\n#x\n", b"\n#99999999999\nxx"])
def test_what_is_no_chunk_is_an_error(data: bytes) -> None:
    """Bytes that are no chunk end the session."""
    decoder = Decoder()
    decoder.chunked = True
    decoder.feed(data + b"x" * 20)
    with pytest.raises(FramingError):
        decoder.next_message()
