"""SFTP to the flash of a router: cf3: is the root; folders outside cannot be reached.

Owns the translation of names and of a full card into SFTP, and the moments of an upload. Files of system-pki can be
listed and read, but are sealed.
"""

from __future__ import annotations

import asyncio
import os
from typing import IO, cast

import asyncssh

from .core import RouterCore
from .moments import Phase
from .sessions import Session


class FlashServer(asyncssh.SFTPServer):
    """The SFTP server of one session."""

    def __init__(self, core: RouterCore, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        super().__init__(chan, chroot=os.fsencode(core.flash.folder))
        self._core = core
        self._connection = chan.get_connection()
        session: Session | None = self._connection.get_extra_info("router_session")
        self._user = "" if session is None else session.user
        if session is not None and session.kind == "ssh":
            session.kind = "sftp"

    def map_path(self, path: bytes) -> bytes:
        """Where a name of the client's lives; SFTPPermissionDenied without access, FileNotFoundError off the flash."""
        if not self._core.has_access(self._user, "files"):
            raise asyncssh.SFTPPermissionDenied("no access to files")
        return os.fsencode(self._core.flash.path(os.fsdecode(path)))

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file; before one that is written somebody may look on, and cut the session."""
        if pflags & asyncssh.FXF_WRITE:
            await self._looked_on(Phase.BEFORE, self.map_path(path))
        return super().open(path, pflags, attrs)

    async def _looked_on(self, phase: Phase, file: bytes) -> None:
        moments, flash = self._core.moments, self._core.flash
        request = f"upload cf3:/{os.path.relpath(os.fsdecode(file), flash.folder)}"
        # Whoever looks on may take his time: that of this session only.
        if moments.watched and await asyncio.to_thread(moments.cuts, phase, request):
            self._connection.abort()
            raise asyncssh.SFTPConnectionLost("cut")

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write a block; OSError ENOSPC when the card is full."""
        self._core.flash.check_room(len(data))
        file = cast("IO[bytes]", file_obj)
        file.seek(offset)
        return file.write(data)

    async def close(self, file_obj: object) -> None:
        """Close a file; one that was written gets the lab's time."""
        file = cast("IO[bytes]", file_obj)
        written = file.writable()
        file.close()
        if written:
            self._core.flash.touch(self._core.flash.folder / os.fsdecode(file.name))
            await self._looked_on(Phase.AFTER, os.fsencode(file.name))

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """FAT keeps neither owner nor mode; asking is not an error."""
        self.map_path(path)

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """As setstat."""

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """FAT has no links."""
        raise asyncssh.SFTPOpUnsupported("no links on the flash")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        """FAT has no links."""
        raise asyncssh.SFTPOpUnsupported("no links on the flash")
