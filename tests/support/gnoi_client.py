"""A gNOI certificate client down to the bytes: protobuf written and read by numbers, gRPC by grpcio.

No Python package with gNOI's messages was found; this client shares nothing with the lab, so that a wrong number there
is not answered by the same wrong number here. The numbers are those of OpenConfig's cert.proto.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass

import grpc

SERVICE = "/gnoi.certificate.CertificateManagement"
Value = int | str | bytes
Read = dict[int, list[int | bytes]]


def write(*fields: tuple[int, Value]) -> bytes:
    """A message of these fields, by number: a number as a varint, all else with its length before it."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += _varint(number << 3) + _varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += _varint(number << 3 | 2) + _varint(len(data)) + data
    return out


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def read(data: bytes) -> Read:
    """The fields of a message, by number."""
    fields: Read = {}
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            fields.setdefault(tag >> 3, []).append(varint())
            continue
        assert tag & 7 == 2
        length = varint()
        fields.setdefault(tag >> 3, []).append(data[at : at + length])
        at += length
    return fields


def inner(fields: Read, number: int, *below: int) -> bytes:
    """The bytes at the end of a path of numbers."""
    value = fields[number][0]
    assert isinstance(value, bytes)
    return inner(read(value), *below) if below else value


@dataclass(frozen=True)
class Info:
    """One certificate of GetCertificates."""

    identifier: str
    type: int | bytes
    pem: bytes
    endpoints: list[str]
    modified_ns: int | bytes


class Stream:
    """One Install or Rotate."""

    def __init__(self, client: GNOIClient, call: str) -> None:
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._call = client.channel.stream_stream(f"{SERVICE}/{call}")(
            self._sent(), metadata=client.metadata, timeout=20
        )

    def _sent(self) -> Iterator[bytes]:
        while (data := self._out.get()) is not None:
            yield data

    def ask(self, identifier: str, *params: tuple[int, Value], key_type: int = 1, size: int = 2048) -> bytes:
        """Have the router make a request: gives the PEM."""
        asked = write((1, 1), (2, size), (3, key_type), *params)
        self._out.put(write((1, write((1, asked), (2, identifier)))))
        answer = read(next(self._call))
        csr = read(inner(answer, 1, 1))
        assert csr[1] == [1]
        return inner(csr, 2)

    def load(self, identifier: str, pem: bytes, key: bytes = b"", *, others: bytes = b"") -> None:
        """Give the certificate, and wait for the answer."""
        fields: list[tuple[int, Value]] = [(1, write((1, 1), (2, pem))), (3, identifier)]
        fields += [(2, write((1, key), (2, b"as gnoic sends it, a request")))] if key else []
        fields += [(4, write((1, 1), (2, others)))] if others else []
        self._out.put(write((2, write(*fields))))
        assert read(next(self._call)) == {2: [b""]}

    def finalize(self) -> None:
        """Say that the rotation holds."""
        self._out.put(write((3, b"")))

    def close(self) -> grpc.StatusCode:
        """Say no more: gives how it ended."""
        self._out.put(None)
        return self.ended()

    def ended(self) -> grpc.StatusCode:
        """How the router ended it."""
        code: grpc.StatusCode = self._call.code()
        return code

    def cancel(self) -> None:
        """Be gone."""
        self._call.cancel()
        self._out.put(None)


class GNOIClient:
    """The five calls, by one user."""

    def __init__(self, channel: grpc.Channel, user: str = "admin", word: str = "admin") -> None:
        self.channel = channel
        self.metadata = (("username", user), ("password", word))

    def _one(self, call: str, *fields: tuple[int, Value]) -> Read:
        return read(self.channel.unary_unary(f"{SERVICE}/{call}")(write(*fields), metadata=self.metadata, timeout=20))

    def can_generate(self, key_type: int, certificate_type: int, size: int) -> bool:
        """CanGenerateCSR."""
        return self._one("CanGenerateCSR", (1, key_type), (2, certificate_type), (3, size)) == {4: [1]}

    def certificates(self) -> dict[str, Info]:
        """GetCertificates, by id."""
        found = {}
        for item in self._one("GetCertificates").get(1, []):
            assert isinstance(item, bytes)
            info = read(item)
            certificate = read(inner(info, 2))
            ends = [inner(read(end), 2).decode() for end in info.get(3, []) if isinstance(end, bytes)]
            name = inner(info, 1).decode()
            found[name] = Info(name, certificate[1][0], inner(certificate, 2), ends, info[4][0])
        return found

    def revoke(self, *identifiers: str) -> tuple[list[str], dict[str, str]]:
        """RevokeCertificates: what was revoked, and why others were not."""
        reply = self._one("RevokeCertificates", *((1, name) for name in identifiers))
        errors = [read(item) for item in reply.get(2, []) if isinstance(item, bytes)]
        done = [item.decode() for item in reply.get(1, []) if isinstance(item, bytes)]
        return done, {inner(error, 1).decode(): inner(error, 2).decode() for error in errors}

    def install(self) -> Stream:
        """Install."""
        return Stream(self, "Install")

    def rotate(self) -> Stream:
        """Rotate."""
        return Stream(self, "Rotate")
