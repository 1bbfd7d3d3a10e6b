"""Nokia's YANG modules of a release, where the user has them: their names, revisions and texts.

They are looked for in `$SROSCERT_YANG`, else in `../shared/yang` beside the checkout: a folder `sros-<train>` or an
archive `sros-<train>.tar.xz`; a `nokia-conf-groups.yang` beside them belongs to every release, as its published models
lack it. Owns no meaning: what the models allow is compiled, see schema.py.
"""

from __future__ import annotations

import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_HEAD_BYTES = 32 * 1024
_BESIDE = "nokia-conf-groups.yang"
_HEADER = re.compile(r"^\s*(?P<kind>module|submodule)\s+\"?(?P<name>[\w.-]+)", re.MULTILINE)
_NAMESPACE = re.compile(r"^\s*namespace\s+\"?(?P<value>[^\";\s]+)", re.MULTILINE)
_BELONGS = re.compile(r"^\s*belongs-to\s+\"?(?P<value>[\w.-]+)", re.MULTILINE)
_REVISION = re.compile(r"^\s*revision\s+\"?(?P<value>\d{4}-\d\d-\d\d)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Module:
    """One module or submodule, and the file that it stands in.

    Attributes:
        namespace: empty for a submodule.
        belongs_to: the module of a submodule, else empty.
        file: the path below the folder or in the archive.
    """

    name: str
    revision: str
    namespace: str
    belongs_to: str
    file: str


def source_of(train: str) -> Path | None:
    """The folder or archive of a release; None where the user has none."""
    named = os.environ.get("SROSCERT_YANG", "")
    folder = Path(named) if named else Path(__file__).resolve().parents[4] / "shared" / "yang"
    for place in (folder / f"sros-{train}", folder / f"sros-{train}.tar.xz"):
        if place.exists():
            return place
    return None


def modules_of(source: Path) -> tuple[Module, ...]:
    """All modules of a source, by name. OSError, tarfile.TarError."""
    return tuple(sorted(_loaded(source), key=lambda item: (item.name, item.revision)))


def text_of_module(source: Path, module: Module) -> str:
    """The text of a module. OSError, tarfile.TarError, KeyError."""
    return zlib.decompress(_loaded(source)[module]).decode("utf-8", "replace")


@lru_cache(maxsize=4)
def _loaded(source: Path) -> dict[Module, bytes]:
    """Every module with its text, packed: a client asks for hundreds, and an archive is read from its beginning."""
    found: dict[Module, bytes] = {}
    for file, text in _files(source):
        module = _module(file, text[:_HEAD_BYTES].decode("utf-8", "replace"))
        if module is not None:
            found[module] = zlib.compress(text, 1)
    return found


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    beside = source.parent / _BESIDE
    if beside.is_file():
        yield _BESIDE, beside.read_bytes()
    if source.is_dir():
        for path in sorted(source.rglob("*.yang")):
            yield str(path.relative_to(source)), path.read_bytes()
        return
    with tarfile.open(source) as archive:
        for item in archive:
            file = archive.extractfile(item) if item.isfile() and item.name.endswith(".yang") else None
            if file is not None:
                yield item.name, file.read()


def _module(file: str, head: str) -> Module | None:
    header = _HEADER.search(head)
    if header is None:
        return None
    is_submodule = header["kind"] == "submodule"
    return Module(
        header["name"],
        max(_REVISION.findall(head), default=""),
        "" if is_submodule else _first(_NAMESPACE, head),
        _first(_BELONGS, head) if is_submodule else "",
        file,
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return "" if match is None else match["value"]
