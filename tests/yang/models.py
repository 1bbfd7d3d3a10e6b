"""Find Nokia's YANG models and unpack the archive of a release once.

They are looked for in ``$SROSCERT_YANG``, then in ``../shared/yang`` beside the checkout: archives
``sros-<release>.tar.xz`` or folders ``sros-<release>``, and ``nokia-conf-groups.yang``.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import tarfile
import tempfile

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
STAND_IN = "nokia-conf-groups.yang"


class ModelsMissingError(Exception):
    """There are no models, or not those of the release; the message is what a skipped test says."""


def source_folder() -> pathlib.Path:
    """Return the folder with the archives. Raises ModelsMissingError."""
    named = os.environ.get("SROSCERT_YANG", "")
    folder = pathlib.Path(named) if named else CHECKOUT.parent / "shared" / "yang"
    if not (folder / STAND_IN).is_file():
        raise ModelsMissingError(f"no Nokia YANG models in {folder}: set SROSCERT_YANG to the folder that has them")
    return folder


def releases() -> tuple[str, ...]:
    """Return the releases that there are models of, earliest first; empty where there are none."""
    try:
        names = {path.name.removesuffix(".tar.xz") for path in source_folder().glob("sros-*")}
    except ModelsMissingError:
        return ()
    trains = {name.removeprefix("sros-") for name in names}
    return tuple(sorted(trains, key=lambda train: [int(part) for part in train.split(".")]))


def release_folder(release: str) -> pathlib.Path:
    """Return the folder ``sros-<release>``, unpacked on first use into a cache. Raises ModelsMissingError."""
    source = source_folder()
    if (source / f"sros-{release}").is_dir():
        return source / f"sros-{release}"
    archive = source / f"sros-{release}.tar.xz"
    if not archive.is_file():
        raise ModelsMissingError(f"no Nokia YANG models of SR OS {release} in {source}")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()[:16]
    folder = cache_folder() / f"{release}-{digest}"
    if not folder.is_dir():
        _unpack(archive, folder)
    return folder / f"sros-{release}"


def stand_in_folder() -> pathlib.Path:
    """Return a folder that holds only the stand-in: libyang searches folders with everything below them."""
    source = source_folder() / STAND_IN
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    folder = cache_folder() / f"stand-in-{digest}"
    if not (folder / STAND_IN).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:
            copy.write(source.read_bytes())
        pathlib.Path(copy.name).replace(folder / STAND_IN)
    return folder


def cache_folder() -> pathlib.Path:
    """Return our folder for unpacked models, private to the user and shared by test processes."""
    folder = pathlib.Path(tempfile.gettempdir()) / f"sroscert-yang-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise ModelsMissingError(f"{folder} belongs to somebody else")
    return folder


def _unpack(archive: pathlib.Path, folder: pathlib.Path) -> None:
    """Unpack beside the goal and rename, so that a second process sees all of it or nothing."""
    work = pathlib.Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        with tarfile.open(archive) as packed:
            packed.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python 3.11.2 has none
            packed.extractall(work)  # noqa: S202 - an archive of our own
        try:
            work.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another process was faster
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
