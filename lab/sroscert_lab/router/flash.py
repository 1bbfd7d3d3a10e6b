"""The compact flashes cf3: of a router's two CPMs, each kept as a folder on disk.

Owns names (either slash, upper and lower case the same, as on FAT), capacity, the text that `file list` prints, and
which of the two cards `cf3:` is. Does not own what the files mean, nor what else a switchover does.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

#: The slot that a drive names; `cf3:` is that of the active CPM.
DRIVES = {"cf3:": "", "cf3-a:": "A", "cf3-b:": "B"}
#: What the CPMs synchronize: certificates (by themselves with `redundancy cert-sync`) and the saved configuration.
CERTIFICATES, CONFIGURATION = "system-pki", "config.cfg"
#: 32 MiB: enough for a lab, small enough that a test can fill it.
DEFAULT_CAPACITY = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FlashEntry:
    """One file or folder of a listing; size in bytes, 0 for a folder."""

    name: str
    is_folder: bool
    size: int
    modified: datetime


def split(url: str) -> tuple[str, ...]:
    r"""The parts of `cf3:\a\b`, `cf3:/a/b`, `/a/b`, `/cf3:/a/b` or `a/b`; ValueError when it leaves the flash."""
    return placed(url)[1]


def placed(url: str) -> tuple[str, tuple[str, ...]]:
    """The slot that a name gives (`A`, `B`, empty for the active one) and its parts; ValueError as `split`."""
    plain = url.replace("\\", "/").lstrip("/")
    slot = ""
    for drive, slot_of_drive in DRIVES.items():
        if plain.lower().startswith(drive):
            plain, slot = plain[len(drive) :], slot_of_drive
            break
    else:
        if ":" in plain:
            raise ValueError(f"no such drive: {url}")
    parts: list[str] = []
    for part in plain.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            if "\x00" in part:
                raise ValueError("a name holds a null character")
            parts.append(part)
    return slot, tuple(parts)


def url_of(parts: tuple[str, ...], drive: str = "cf3:") -> str:
    r"""The parts as SR OS writes them, `cf3:\a\b`."""
    return f"{drive}\\" + "\\".join(parts)


class Flash:
    """Files of one router. Every method takes a name in any of the forms of `split` and raises OSError."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime],
        capacity: int = DEFAULT_CAPACITY,
        is_full: Callable[[], bool] = lambda: False,
        has_standby: Callable[[], bool] = lambda: True,
    ) -> None:
        """Two cards: `folder` is that of slot A, the one of slot B lies beside it."""
        self.capacity = capacity
        self.active = "A"
        #: When what was synchronized last, by name.
        self.synchronized: dict[str, datetime] = {}
        self._cards = {"A": folder, "B": folder.with_name(f"{folder.name}-b")}
        self._clock = clock
        self._is_full = is_full
        self._has_standby = has_standby
        self._lock = threading.RLock()
        for card in self._cards.values():
            card.mkdir(parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        """Where the card of the active CPM is kept."""
        return self._cards[self.active]

    @property
    def standby(self) -> str:
        """The slot of the other CPM."""
        return "B" if self.active == "A" else "A"

    def synchronize(self, *names: str) -> None:
        """Copy these to the other card, which then has nothing else under their names."""
        with self._lock:
            for name in names:
                _mirror(self.folder / name, self._cards[self.standby] / name)
                self.synchronized[name] = self._clock()

    def switch_over(self) -> None:
        """From now on `cf3:` is the other card, with what has been synchronized."""
        with self._lock:
            self.active = self.standby

    def path(self, url: str) -> Path:
        """Where a name lives on disk: the existing spelling where there is one. FileNotFoundError for a bad name."""
        try:
            slot, parts = placed(url)
        except ValueError as exc:
            raise FileNotFoundError(errno.ENOENT, str(exc), url) from exc
        if slot == self.standby and not self._has_standby():
            raise FileNotFoundError(errno.ENOENT, "the other CPM cannot be reached", url)
        place = self._cards[slot or self.active]
        for part in parts:
            place = _existing(place, part)
        return place

    def exists(self, url: str) -> bool:
        """Whether a file or folder has this name."""
        try:
            return self.path(url).exists()
        except FileNotFoundError:
            return False

    def is_folder(self, url: str) -> bool:
        """Whether a folder has this name."""
        try:
            return self.path(url).is_dir()
        except FileNotFoundError:
            return False

    def read(self, url: str) -> bytes:
        """The bytes of a file."""
        with self._lock:
            return self.path(url).read_bytes()

    def write(self, url: str, data: bytes) -> None:
        """Write a whole file, over one of the same name; ENOSPC when the card is full."""
        with self._lock:
            place = self.path(url)
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, "is a folder", url)
            if not place.parent.is_dir():
                raise FileNotFoundError(errno.ENOENT, "no such folder", url)
            before = place.stat().st_size if place.exists() else 0
            self.check_room(len(data) - before, url)
            place.write_bytes(data)
            self.touch(place)

    def check_room(self, size: int, url: str = "cf3:") -> None:
        """OSError ENOSPC unless `size` more bytes fit on the card of `url`."""
        if self._is_full() or size > self.free(url):
            raise OSError(errno.ENOSPC, "no space left on the card")

    def touch(self, place: Path) -> None:
        """Give a file the lab's time."""
        now = self._clock().timestamp()
        os.utime(place, (now, now))

    def remove(self, url: str) -> None:
        """Remove a file."""
        with self._lock:
            self.path(url).unlink()

    def copy(self, source: str, target: str) -> None:
        """Copy a file, over one of the same name."""
        self.write(target, self.read(source))

    def move(self, source: str, target: str) -> None:
        """Rename a file or folder, over a file of the same name."""
        with self._lock:
            self.path(source).replace(self.path(target))

    def make_folder(self, url: str) -> None:
        """Make a folder in one that exists."""
        with self._lock:
            self.path(url).mkdir()

    def remove_folder(self, url: str, *, recursive: bool = False) -> None:
        """Remove an empty folder, or with `recursive` any one."""
        with self._lock:
            place = self.path(url)
            if recursive:
                shutil.rmtree(place)
            else:
                place.rmdir()

    def size(self, url: str) -> int:
        """Bytes of a file."""
        return self.path(url).stat().st_size

    def used(self, url: str = "cf3:") -> int:
        """Bytes of all files of a card."""
        card = self._cards[placed(url)[0] or self.active]
        return sum(item.stat().st_size for item in card.rglob("*") if item.is_file())

    def free(self, url: str = "cf3:") -> int:
        """Bytes that still fit on a card."""
        return 0 if self._is_full() else max(0, self.capacity - self.used(url))

    def entries(self, url: str = "cf3:\\") -> list[FlashEntry]:
        """What is in a folder, or the one file that is named, sorted by name."""
        with self._lock:
            place = self.path(url)
            items = sorted(place.iterdir(), key=lambda item: item.name.lower()) if place.is_dir() else [place]
            return [_entry(item) for item in items]

    def listing(self, url: str = "cf3:\\") -> str:
        """What `file list` prints; the form is that of transcripts of a vSIM."""
        place = self.path(url)
        entries = self.entries(url)
        slot, parts = placed(url)
        # ASSUMPTION: a folder of a drive that is named with its slot is shown with it.
        folder = url_of(parts if place.is_dir() else parts[:-1], f"cf3-{slot.lower()}:" if slot else "cf3:")
        slot = slot or self.active
        lines = [
            "",
            f"Volume in drive cf3 on slot {slot} is SROS VM.",
            f"Volume in drive cf3 on slot {slot} is formatted as FAT32",
            "",
        ]
        lines += [f"Directory of {folder}", ""]
        if place.is_dir() and parts:
            stamp = _stamp(_entry(place).modified)
            lines += [f"{stamp}      <DIR>          ./", f"{stamp}      <DIR>          ../"]
        lines += [_row(item) for item in entries]
        files = [item for item in entries if not item.is_folder]
        folders = len(entries) - len(files) + (2 if place.is_dir() and parts else 0)
        lines.append(f"{len(files):>16} File(s)  {sum(item.size for item in files):>21} bytes.")
        lines.append(f"{folders:>16} Dir(s)   {self.free(url):>21} bytes free.")
        return "\n".join(lines) + "\n"


def _mirror(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


def _existing(folder: Path, name: str) -> Path:
    exact = folder / name
    if exact.exists() or not folder.is_dir():
        return exact
    return next((item for item in folder.iterdir() if item.name.lower() == name.lower()), exact)


def _entry(place: Path) -> FlashEntry:
    stat = place.stat()
    modified = datetime.fromtimestamp(stat.st_mtime, UTC)
    return FlashEntry(place.name, place.is_dir(), 0 if place.is_dir() else stat.st_size, modified)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%m/%d/%Y  %I:%M") + ("a" if moment.hour < 12 else "p")


def _row(item: FlashEntry) -> str:
    stamp = _stamp(item.modified)
    return f"{stamp}      <DIR>          {item.name}/" if item.is_folder else f"{stamp} {item.size:>19} {item.name}"
