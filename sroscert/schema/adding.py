"""Make a newer release known: compile a user's own copy of Nokia's YANG into the user's schema folder.

Finds the models in what is given, a folder or an archive; compiling them is ``schema.compiler``'s business, and where
schemas are looked for ``schema.places``'s.
"""

from __future__ import annotations

import contextlib
import importlib.util
import pathlib
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from sroscert.errors import SchemaError, UsageError
from sroscert.schema.compiler import compile_folder, release_of
from sroscert.schema.dump import dump
from sroscert.schema.loader import read_file
from sroscert.schema.places import forget, places, user_folder
from sroscert.values import Release

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".zip")
_SUBMODULES = "nokia-submodule"
_ESSENTIAL = "/configure/system/security/pki/ca-profile"
"""What any release that is of use here has; without it the models are not those of SR OS, or not whole."""


@dataclass(frozen=True, slots=True)
class Added:
    """What was written where; ``size`` in bytes."""

    release: Release
    path: pathlib.Path
    size: int


def add_release(source: pathlib.Path, release: str = "", *, replace: bool = False) -> Added:
    """Compile the models in ``source`` and keep the result for this user.

    The release is ``release``, or what the name of the folder or archive says. Raises UsageError when there are no
    models or the release is known already, SchemaError when they cannot be compiled.
    """
    if importlib.util.find_spec("pyang") is None:
        raise UsageError("reading YANG needs pyang, which is not installed", hint="install sroscert[schema]")
    with _opened(source) as folder:
        models = _models(folder, source)
        # A folder of a release has the release's name; what an archive holds, or a subfolder of it, need not.
        named = next((name for name in (models.name, source.resolve().name) if _says_release(name)), source.name)
        known_as = release_of(named, release)
        _refuse_known(known_as, replace)
        text = dump(compile_folder(models, release=known_as.train))
    goal = user_folder() / f"{known_as.train}.json"
    _write(goal, text)
    forget()
    return Added(Release.parse(known_as.train), goal, len(text))


def _says_release(name: str) -> bool:
    try:
        Release.parse(name)
    except ValueError:
        return False
    return True


def _refuse_known(release: Release, replace: bool) -> None:
    place = places().get(release)
    if place is None:
        return
    if place.shipped:
        raise UsageError(f"SR OS {release.train} ships with sroscert", hint="there is nothing to add")
    if not replace:
        raise UsageError(f"SR OS {release.train} was added before: {place.path}", hint="--replace compiles it again")


@contextlib.contextmanager
def _opened(source: pathlib.Path) -> Iterator[pathlib.Path]:
    """Give the folder itself, or a temporary one with the YANG of an archive."""
    if source.is_dir():
        yield source
        return
    if not source.exists():
        raise UsageError(f"there is no {source}", hint="give the folder or archive of one release of Nokia's YANG")
    if not source.name.endswith(_ARCHIVES):
        raise UsageError(
            f"{source} is neither a folder nor an archive", hint=f"archives end in {', '.join(_ARCHIVES)}"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        _unpack(source, folder)
        yield folder


def _unpack(source: pathlib.Path, folder: pathlib.Path) -> None:
    try:
        if source.name.endswith(".zip"):
            with zipfile.ZipFile(source) as packed:
                for name in packed.namelist():
                    if name.endswith(".yang"):
                        packed.extract(name, folder)
        else:
            with tarfile.open(source) as tar:
                for item in tar:
                    if item.isfile() and item.name.endswith(".yang"):
                        _take(tar, item, folder)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise UsageError(f"{source} cannot be unpacked: {error}", hint="is the download complete?") from error


def _take(tar: tarfile.TarFile, item: tarfile.TarInfo, folder: pathlib.Path) -> None:
    """Write one plain file below the folder. By hand: Debian 12's Python 3.11.2 lacks tarfile's filters.

    Raises tarfile.TarError for a name that leads out of the folder.
    """
    goal = (folder / item.name.lstrip("/")).resolve()
    if not goal.is_relative_to(folder.resolve()):
        raise tarfile.TarError(f"{item.name} leads out of the archive")
    data = tar.extractfile(item)
    if data is not None:
        goal.parent.mkdir(parents=True, exist_ok=True)
        goal.write_bytes(data.read())


def _models(folder: pathlib.Path, source: pathlib.Path) -> pathlib.Path:
    """Return the one folder of a release below ``folder``: the one with nokia-conf.yang, or above nokia-submodule."""
    found = {
        path.parent.parent if path.parent.name == _SUBMODULES else path.parent
        for path in folder.rglob("nokia-conf.yang")
    }
    if len(found) > 1:
        shown = ", ".join(sorted(str(path.relative_to(folder)) for path in found)[:6])
        raise UsageError(f"{source} holds more than one release: {shown}", hint="give the folder of one of them")
    if not found:
        if not any(folder.rglob("*.yang")):
            raise UsageError(f"there is no YANG in {source}", hint="give one release of Nokia's YANG models")
        raise UsageError(
            f"there is no nokia-conf.yang in {source}",
            hint="give the whole of one release of Nokia's YANG models; the combined modules alone are not read",
        )
    return found.pop()


def _write(goal: pathlib.Path, text: str) -> None:
    """Write beside the goal, read it back as a schema, and only then give it its name."""
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=goal.parent, suffix=".new", delete=False) as file:
            file.write(text)
    except OSError as error:
        hint = "XDG_DATA_HOME says where it is"
        raise UsageError(f"{goal.parent} cannot be written: {error.strerror}", hint=hint) from error
    work = pathlib.Path(file.name)
    try:
        if read_file(work).node(_ESSENTIAL) is None:
            raise SchemaError(f"the models have no {_ESSENTIAL}", hint="are they those of SR OS, and whole?")
        work.replace(goal)
    finally:
        work.unlink(missing_ok=True)
