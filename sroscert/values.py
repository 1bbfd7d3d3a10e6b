"""The neutral shapes that every layer shares: releases, paths and configuration trees.

A configuration tree is a flat, ordered mapping from instance paths to canonical YANG lexical values. The NETCONF
payload, the MD-CLI text, the drift diff and the schema check are all computed from it. This module knows nothing of
YANG modules, encodings or routers; it performs no I/O.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


class Marker(enum.Enum):
    """A node that exists without carrying a text value."""

    PRESENT = "present"
    """A list entry or a presence container."""

    EMPTY = "empty"
    """A leaf of YANG type ``empty``."""

    def __repr__(self) -> str:
        return self.name


PRESENT = Marker.PRESENT
EMPTY = Marker.EMPTY

Value = str | tuple[str, ...] | Marker
"""A leaf is its canonical YANG lexical text ("true", "30", "sr-key"); a leaf-list is a tuple of such texts."""


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One step of a path: a schema node's name and, for a list entry, its keys in schema order."""

    name: str
    keys: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.name + "".join(f"[{name}={value}]" for name, value in self.keys)


@dataclass(frozen=True, slots=True, order=True)
class Path:
    """An absolute instance path, e.g. ``/configure/system/security/pki/ca-profile[ca-profile-name=x]/cert-file``."""

    segments: tuple[Segment, ...] = ()

    def __str__(self) -> str:
        return "/" + "/".join(str(segment) for segment in self.segments)

    def __truediv__(self, name: str) -> Path:
        """Return the child called ``name`` (a node without keys)."""
        return Path((*self.segments, Segment(name)))

    def entry(self, name: str, /, **keys: str) -> Path:
        """Return the list entry ``name`` below this path; underscores in key names stand for hyphens."""
        pairs = tuple((key.replace("_", "-"), value) for key, value in keys.items())
        return Path((*self.segments, Segment(name, pairs)))

    @classmethod
    def of(cls, *names: str) -> Path:
        """Return the path of nodes without keys, e.g. ``Path.of("configure", "system")``."""
        return cls(tuple(Segment(name) for name in names))

    @property
    def parent(self) -> Path:
        """The path without its last segment; the root is its own parent."""
        return Path(self.segments[:-1])

    @property
    def last(self) -> Segment:
        """The last segment. Raises IndexError for the root."""
        return self.segments[-1]

    @property
    def names(self) -> tuple[str, ...]:
        """The schema path: names only, without keys."""
        return tuple(segment.name for segment in self.segments)

    def is_within(self, other: Path) -> bool:
        """Tell whether this path is ``other`` or lies below it."""
        return self.segments[: len(other.segments)] == other.segments


@dataclass(frozen=True)
class ConfigTree(Mapping[Path, Value]):
    """An ordered, immutable mapping from instance paths to values.

    Leaves, leaf-lists, list entries and presence containers are members; plain containers are implied by what is
    below them. The key leaves of a list entry are in its segment and are not members of their own. Order matters only
    for user-ordered lists.
    """

    items_: tuple[tuple[Path, Value], ...] = ()

    @classmethod
    def from_items(cls, items: Iterable[tuple[Path, Value]]) -> ConfigTree:
        """Build a tree; a repeated path keeps its first place and its last value."""
        merged: dict[Path, Value] = {}
        for path, value in items:
            merged[path] = value
        return cls(tuple(merged.items()))

    @functools.cached_property
    def _index(self) -> dict[Path, Value]:
        return dict(self.items_)

    def __getitem__(self, path: Path) -> Value:
        return self._index[path]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, path: object) -> bool:
        return path in self._index

    def __hash__(self) -> int:
        return hash(self.items_)

    def subtree(self, root: Path) -> ConfigTree:
        """Return the members at or below ``root``."""
        return ConfigTree(tuple((path, value) for path, value in self.items_ if path.is_within(root)))

    def without(self, root: Path) -> ConfigTree:
        """Return the tree with everything at or below ``root`` removed."""
        return ConfigTree(tuple((path, value) for path, value in self.items_ if not path.is_within(root)))

    def merge(self, other: ConfigTree) -> ConfigTree:
        """Return this tree with the members of ``other`` added or put in their place."""
        return ConfigTree.from_items((*self.items_, *other.items_))

    def text(self, path: Path, default: str = "") -> str:
        """Return the text of a leaf, or ``default`` where it is absent."""
        value = self._index.get(path, default)
        return value if isinstance(value, str) else default

    def entries(self, parent: Path, name: str) -> tuple[Path, ...]:
        """Return the paths of the entries of list ``name`` below ``parent``, in order."""
        depth = len(parent.segments)
        found: dict[Path, None] = {}
        for path in self._index:
            if len(path.segments) > depth and path.is_within(parent):
                segment = path.segments[depth]
                if segment.name == name and segment.keys:
                    found[Path((*parent.segments, segment))] = None
        return tuple(found)


_RELEASE = re.compile(r"(?:^|[^0-9.])(\d{2})\.(\d{1,2})(?:\.([A-Z]\d+(?:-\d+)?))?(?![0-9.])")


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """An SR OS release such as 21.2 or 25.10.R3; ordered by train, then by maintenance label."""

    major: int
    minor: int
    maintenance: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Release:
        """Read ``21.2``, ``B-19.10.R4``, ``TiMOS-C-25.10.R1``. Raises ValueError when no release is in the text."""
        match = _RELEASE.search(text)
        if match is None:
            raise ValueError(f"no SR OS release in {text!r}")
        return cls(int(match[1]), int(match[2]), match[3] or "")

    @property
    def train(self) -> str:
        """The release without its maintenance label, e.g. ``21.2``."""
        return f"{self.major}.{self.minor}"

    def is_train_of(self, other: Release) -> bool:
        """Tell whether both are of one train, whatever their maintenance labels."""
        return self == other

    def __str__(self) -> str:
        return f"{self.train}.{self.maintenance}" if self.maintenance else self.train


def as_host(address: str) -> str:
    """Return an address as it stands before a port: IPv6 in brackets (RFC 3986 section 3.2.2)."""
    return f"[{address}]" if ":" in address else address


def endpoint(address: str, port: int) -> str:
    """Return an address and a port as one word."""
    return f"{as_host(address)}:{port}"


def file_name(url: str) -> str:
    """Return the name of a file without card and folders, which SR OS writes with either slash."""
    return re.split(r"[\\/:]", url)[-1]
