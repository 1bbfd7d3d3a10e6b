"""The `file` commands of both engines on the router's flash (facts/sros-mgmt.md §5).

Owns their grammar and texts. A command that would ask first is refused without `force` here; the shell of an
interactive session asks and adds it.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable

from .failure import PKIRefusal
from .operations import Operations
from .tables import DOUBLE, SINGLE
from .tokens import SyntaxFault

_Command = Callable[[list[str]], str]
# ASSUMPTION: the text; it is the one for removing without `force`.
_MUST_ASK = "interactive command is not supported, confirmation required"


class FileCommands:
    """The file commands of one router."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._flash = operations.host.flash

    def md(self) -> dict[tuple[str, ...], _Command]:
        """The names of MD-CLI."""
        return _table(
            {
                "list": self._list,
                "show": self._show,
                "remove": self._remove,
                "copy": self._copy,
                "move": self._move,
                "make-directory": self._make_folder,
                "remove-directory": self._remove_folder,
                "checksum": self._checksum,
            }
        )

    def classic(self) -> dict[tuple[str, ...], _Command]:
        """The names of the classic CLI."""
        return _table(
            {
                "dir": self._list,
                "type": self._show,
                "delete": self._remove,
                "copy": self._copy,
                "move": self._move,
                "md": self._make_folder,
                "rd": self._remove_folder,
            }
        )

    def _list(self, words: list[str]) -> str:
        (url,) = _bare(words[:1] or ["cf3:\\"], 1)
        _no_more(words, 1)
        if not self._flash.exists(url):
            # netmiko takes these words for a file that is not there; ASSUMPTION: what stands around them.
            raise PKIRefusal("File Not Found")
        return self._flash.listing(url)

    def _show(self, words: list[str]) -> str:
        (url,) = _bare(words, 1)
        _no_more(words, 1)
        text = self._operations.store.read_clear(url).decode("utf-8", "replace")
        name = url.replace("\\", "/").rpartition("/")[2]
        return "\n".join([f"File: {name}", SINGLE, text, "", DOUBLE, ""])

    def _remove(self, words: list[str]) -> str:
        words, force = _options(words, "force")
        (url,) = _bare(words, 1)
        _no_more(words, 1)
        if not force:
            raise PKIRefusal(_MUST_ASK)
        self._operations.remove(url)
        return ""

    def _copy(self, words: list[str]) -> str:
        source, target = self._pair(words)
        self._operations.copy(source, target)
        # ASSUMPTION: the text.
        return "Copying file ... OK\n1 file copied.\n"

    def _move(self, words: list[str]) -> str:
        source, target = self._pair(words)
        self._operations.move(source, target)
        # ASSUMPTION: the text.
        return "1 file moved.\n"

    def _pair(self, words: list[str]) -> tuple[str, str]:
        """Source and target; a folder as target means the same name in it."""
        words, force = _options(words, "force")
        source, target = _bare(words, 2)
        _no_more(words, 2)
        if not self._flash.exists(source) or self._flash.is_folder(source):
            raise PKIRefusal(f'open file "{source}"')
        if self._flash.is_folder(target):
            target = f"{target.rstrip('/' + chr(92))}\\{source.replace(chr(92), '/').rpartition('/')[2]}"
        if self._flash.exists(target) and not force:
            raise PKIRefusal(_MUST_ASK)
        return source, target

    def _make_folder(self, words: list[str]) -> str:
        (url,) = _bare(words, 1)
        _no_more(words, 1)
        if self._flash.exists(url):
            # ASSUMPTION: the text.
            raise PKIRefusal(f'create directory "{url}" - already exists')
        self._flash.make_folder(url)
        return ""

    def _remove_folder(self, words: list[str]) -> str:
        words, force = _options(words, "force", "rf", "recursive")
        (url,) = _bare(words, 1)
        _no_more(words, 1)
        if not self._flash.is_folder(url) or self._flash.path(url) == self._flash.folder:
            # ASSUMPTION: the text.
            raise PKIRefusal(f'remove directory "{url}" - directory not found')
        recursive = bool({"rf", "recursive"} & force)
        if not recursive and any(self._flash.path(url).iterdir()):
            # ASSUMPTION: the text.
            raise PKIRefusal(f'remove directory "{url}" - directory is not empty')
        if recursive and "force" not in force:
            raise PKIRefusal(_MUST_ASK)
        self._flash.remove_folder(url, recursive=recursive)
        return ""

    def _checksum(self, words: list[str]) -> str:
        # ASSUMPTION: the order of the words, and that the output is that of the action.
        kind, url = _bare(words, 2)
        _no_more(words, 2)
        if kind not in ("md5", "sha256"):
            raise SyntaxFault(kind)
        return f"    checksum-value {hashlib.new(kind, self._flash.read(url)).hexdigest()}\n"


def _table(commands: dict[str, _Command]) -> dict[tuple[str, ...], _Command]:
    return {("file", name): _guarded(command) for name, command in commands.items()}


def _guarded(command: _Command) -> _Command:
    """The command with the card's errors in the router's words, which name what was typed and no place on the disk."""

    def guarded(words: list[str]) -> str:
        try:
            return command(words)
        except OSError as exc:
            # ASSUMPTION: the words for a full card.
            full = exc.errno == errno.ENOSPC
            raise PKIRefusal("no space left on device" if full else f'open file "{" ".join(words)}"') from exc

    return guarded


def _options(words: list[str], *names: str) -> tuple[list[str], set[str]]:
    """The words without those options, and the options that were there."""
    return [word for word in words if word not in names], {word for word in words if word in names}


def _bare(words: list[str], count: int) -> list[str]:
    if len(words) < count:
        raise SyntaxFault("url", missing=True)
    return words[:count]


def _no_more(words: list[str], count: int) -> None:
    if len(words) > count:
        raise SyntaxFault(words[count])
