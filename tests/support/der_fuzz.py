"""Spoiling DER on purpose, the same way for the same seed: flipped bytes, lies about lengths, and changed structure."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass

MAX_DEPTH = 12
MAX_GROWTH = 20_000
_LENGTHS = (
    b"\x80", b"\x84\xff\xff\xff\xff", b"\x82\x00\x01", b"\x89" + b"\xff" * 9, b"\xff", b"\x83\x01\x00\x00", b"\x00"
)


@dataclass
class Node:
    """One element: its tag, and either its content or, when that is constructed, its children."""

    tag: int
    content: bytes
    children: list[Node]

    def encode(self) -> bytes:
        """Return the DER, with lengths that are right."""
        content = b"".join(child.encode() for child in self.children) if self.children else self.content
        size = len(content)
        if size < 0x80:
            return bytes((self.tag, size)) + content
        length = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes((self.tag, 0x80 | len(length))) + length + content

    def all(self) -> list[Node]:
        """Return this node and everything below it."""
        return [self, *(found for child in self.children for found in child.all())]


def parse(der: bytes) -> Node:
    """Return the tree of one element. Raises ValueError when it is not exactly one."""
    (node,) = _nodes(der, 0)
    return node


def _nodes(data: bytes, depth: int) -> list[Node]:
    nodes, position = [], 0
    while position < len(data):
        if position + 2 > len(data):
            raise ValueError("truncated")
        tag, size, begin = data[position], data[position + 1], position + 2
        if size >= 0x80:
            begin += size & 0x7F
            size = int.from_bytes(data[position + 2 : begin], "big")
        if begin + size > len(data):
            raise ValueError("truncated")
        content = data[begin : begin + size]
        children: list[Node] = []
        if (tag & 0x20 or tag == 0x04) and content and depth < MAX_DEPTH:
            try:
                children = _nodes(content, depth + 1)
            except ValueError:
                children = []
        nodes.append(Node(tag, content, children))
        position = begin + size
    return nodes


def flip(rng: random.Random, data: bytes) -> bytes:
    """Change up to four bytes, and cut the end off now and then."""
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
    return bytes(spoilt[: rng.randrange(len(spoilt))] if rng.random() < 0.2 else spoilt)


def lie(rng: random.Random, data: bytes) -> bytes:
    """Put a wrong length somewhere: indefinite, huge, not minimal, longer than a length can be."""
    position = rng.randrange(1, len(data))
    return data[:position] + rng.choice(_LENGTHS) + data[position + 1 :]


def rebuild(rng: random.Random, data: bytes, others: list[Node]) -> bytes:
    """Change the structure: leave an element out, double, swap, empty, nest or retag it, or put a stranger there."""
    root = parse(data)
    for _ in range(rng.randint(1, 3)):
        parents = [node for node in root.all() if node.children]
        if not parents:
            break
        parent = rng.choice(parents)
        _spoil(rng, parent, rng.randrange(len(parent.children)), others)
    return root.encode()


def _spoil(rng: random.Random, parent: Node, place: int, others: list[Node]) -> None:
    children, node = parent.children, parent.children[place]
    kind = rng.randrange(9)
    if kind == 0:
        del children[place]
    elif kind == 1:
        children.insert(place, node)
    elif kind == 2:
        rng.shuffle(children)
    elif kind == 3:
        children[place] = Node(node.tag, b"", [])
    elif kind == 4:
        children[place] = Node(rng.choice([0x30, 0x31, 0xA0, 0xA4, 0x04]), b"", [node])
    elif kind == 5:
        children[place] = Node(rng.randrange(256) & 0xDF, node.content, [])
    elif kind == 6:
        children[place] = copy.deepcopy(rng.choice(others))  # or a tree might come to hold itself
    elif kind == 7:
        children[place] = Node(node.tag, rng.randbytes(rng.choice([1, 2, 9, 17, 300])), [])
    else:
        size = max(1, len(node.encode()))
        children.extend([node] * min(rng.choice([1, 16, 300]), 1 + MAX_GROWTH // size))


def deep(rng: random.Random, size: int) -> bytes:
    """Return elements in one another, as many as ``size`` bytes hold."""
    tag, content = rng.choice([0x30, 0x31, 0xA0, 0xA4, 0x24]), b""
    while len(content) < size:
        content = Node(tag, content, []).encode()
    return content
