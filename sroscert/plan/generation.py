"""Names of key and certificate generations (law 1: the pair in use is never overwritten).

The first generation has the plain names, each further one ``-g2``, ``-g3`` … The generation is observed, never kept in
the intent. This module only computes names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SUFFIX = re.compile(r"-g([2-9]|[1-9][0-9]+)$")


@dataclass(frozen=True, slots=True)
class Generation:
    """The file names of one generation of one certificate."""

    number: int
    certificate: str
    key: str

    @property
    def save_as(self) -> str:
        """Where the CA's answer is written, in the root of cf3:."""
        return f"{self.certificate}.der"

    @property
    def request(self) -> str:
        """Where a signing request of the key is written, in the root of cf3:; it tells the key's public part."""
        return f"{self.key}.csr"


def generation(certificate: str, key: str, number: int) -> Generation:
    """Return the names of generation ``number`` (1 is the first) for the intent's plain names."""
    suffix = "" if number == 1 else f"-g{number}"
    return Generation(number, certificate + suffix, key + suffix)


def number_of(name: str, plain: str) -> int | None:
    """Return which generation of ``plain`` the file ``name`` is, or None when it is none. Case does not count."""
    name, plain = name.lower(), plain.lower()
    if name == plain:
        return 1
    match = _SUFFIX.search(name)
    if match and name[: match.start()] == plain:
        return int(match[1])
    return None


def numbers_seen(names: Iterable[str], plains: Iterable[str]) -> frozenset[int]:
    """Return the generations of any of ``plains`` that occur among ``names``; ``.der`` endings are looked through."""
    found = set()
    plains = tuple(plains)
    for name in names:
        stem = name[:-4] if name.lower().endswith(".der") else name
        for plain in plains:
            number = number_of(stem, plain)
            if number is not None:
                found.add(number)
    return frozenset(found)
