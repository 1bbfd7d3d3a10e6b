"""``sroscert import``: an intent from saved configurations, or from routers over NETCONF. Changes no router."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sroscert.cli.drift_saved import read_release
from sroscert.cli.files import is_there, write_new
from sroscert.cli.import_text import Imported, intent_text, to_fill_in
from sroscert.cli.options import Output
from sroscert.cli.output import print_json
from sroscert.errors import HostKeyError, InternalError, SroscertError, UsageError
from sroscert.homes import expanded
from sroscert.intent import Login, Ports, RouterIntent, loads
from sroscert.intent.desired import desired
from sroscert.intent.secrets import is_reference
from sroscert.intent.sections import Address
from sroscert.plan.adopt import adopt
from sroscert.plan.ownership import ownership
from sroscert.render.diff import diff
from sroscert.values import Release
from sroscert.workflow.saved import Saved, read_saved
from sroscert.workflow.settings import Settings

_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)
_NOWHERE = "192.0.2.1"
"""An address of RFC 5737, which no router has."""


@dataclass(frozen=True)
class Access:
    """How routers are reached: as given on the command line."""

    username: str | None
    password_ref: str | None
    known_hosts: Path
    port: int


def run(
    files: Sequence[Path], routers: Sequence[str], access: Access, release: str | None, target: Path | None,
    output: Output, timing: Settings,
) -> int:
    """Write the intent to ``target`` or standard output, and what is to be known about it to standard error.

    As JSON what is to be known is one document on standard output.
    Raises UsageError, and what reading a file or router does.
    """
    if bool(files) == bool(routers):
        raise UsageError("say what to import: saved configurations, or routers by --router", hint="one of both")
    if target is not None and target.exists():
        raise is_there(target)
    known = read_release(release)
    login = _login(access) if routers else None
    sources = [read_saved(file, known) for file in files]
    sources += [_from_router(address, access, known, timing) for address in routers]
    imported = list(_named(sources, access, bool(routers)))
    text = _proven(imported, login)
    if target is not None:
        write_new(target, text)
    if output is Output.JSON:
        print_json(_document(imported, login, target, text))
        return 0
    if target is None:
        sys.stdout.write(text)
    sys.stderr.write("".join(f"{line}\n" for line in _report(imported, login, target)))
    return 0


def _login(access: Access) -> dict[str, Any]:
    if not access.username or not access.password_ref:
        raise UsageError("--router needs --username and --password-ref", hint="e.g. --password-ref env:SROS_PASSWORD")
    if not is_reference(access.password_ref):
        # The value is not repeated: it is probably the password itself.
        raise UsageError("--password-ref takes a reference, not a password", hint="env:NAME, file:PATH or prompt:")
    kind, _, rest = access.password_ref.partition(":")
    password = f"file:{expanded(Path(rest)).absolute()}" if kind == "file" else access.password_ref
    known_hosts = expanded(access.known_hosts).absolute()
    return {"username": access.username, "password": password, "known_hosts": str(known_hosts)}


def _from_router(address: str, access: Access, release: Release | None, timing: Settings) -> Saved:
    # A NETCONF client is loaded where there is a router to read only.
    from sroscert.workflow.importing import read_router

    given = _login(access)
    login = Login(
        username=given["username"], password=given["password"], known_hosts=Path(given["known_hosts"]),
        ports=Ports(netconf=access.port),
    )
    router = RouterIntent(address, _checked_address(address), release, login, {}, {})
    try:
        return read_router(router, timing, Path.cwd(), release)
    except HostKeyError as error:
        # `sroscert trust` goes by an intent, and there is none yet.
        error.router, error.hint = error.router or address, _host_key_hint(address, access)
        raise
    except SroscertError as error:
        error.router = error.router or address
        raise


def _host_key_hint(address: str, access: Access) -> str:
    return (
        f"ssh-keyscan -p {access.port} {address} >> FILE, compare with the console (ssh-keygen -lf FILE), "
        "then say --known-hosts FILE"
    )


def _checked_address(text: str) -> str:
    try:
        return _ADDRESS.validate_python(text)
    except ValidationError as error:
        raise UsageError(f"--router {text}: this is neither an IP address nor a name") from error


def _named(sources: Sequence[Saved], access: Access, live: bool) -> Iterator[Imported]:
    """Give each source a name that no other has, and an address."""
    taken: set[str] = set()
    for source in sources:
        plain = (source.name or (source.source if live else Path(source.source).stem)).replace("/", "-").strip()
        name, number = plain or "router", 1
        while name in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name)
        login: dict[str, Any] = {"ports": {"netconf": access.port}} if live and access.port != Ports().netconf else {}
        adopted = adopt(source.tree, source.schema)
        yield Imported(name, source.source if live else _likely_address(name), source, adopted, login, live)


def _likely_address(name: str) -> str:
    try:
        return _ADDRESS.validate_python(name)
    except ValidationError:
        return _NOWHERE


def _proven(imported: Sequence[Imported], login: dict[str, Any] | None) -> str:
    """Return the text, loaded and held against every source; in parts for each router where sharing would not do."""
    for shared in (True, False):
        text = intent_text(imported, login, shared=shared)
        routers = loads(text).routers
        if not any(_differs(routers[item.name], item.saved) for item in imported):
            return text
    raise InternalError("the intent would not mean what was imported", hint="please report this with --log-file")


def _differs(router: RouterIntent, saved: Saved) -> bool:
    wanted = desired(router, saved.schema, running=saved.tree)
    return bool(diff(wanted.tree, saved.tree, saved.schema, owned=ownership(wanted)))


def _document(
    imported: Sequence[Imported], login: dict[str, Any] | None, target: Path | None, text: str
) -> dict[str, Any]:
    return {
        "command": "import",
        "exit_code": 0,
        "written": None if target is None else str(target),
        "intent": text if target is None else None,
        "to_fill_in": to_fill_in(imported, login),
        "routers": [
            {
                "router": item.name,
                "source": item.saved.source,
                "release": str(item.saved.release),
                "standing_in": item.saved.schema.standing_in,
                "objects": len(item.adopted.found.objects),
                "left_out": [{"path": str(left.path), "reason": left.reason} for left in item.adopted.left_out],
                "not_understood": [{"path": str(one.path), "line": one.line} for one in item.saved.skipped],
            }
            for item in imported
        ],
    }


def _report(imported: Sequence[Imported], login: dict[str, Any] | None, target: Path | None) -> Iterator[str]:
    for item in imported:
        count = len(item.adopted.found.objects)
        yield f"{item.name}  from {item.saved.source}  SR OS {item.saved.release}  {count} objects in the intent"
        if item.saved.schema.standing_in:
            yield f"  i {item.saved.schema.standing_in}"
        for left in item.adopted.left_out:
            yield f"  ! left out, and left alone: {left.path}: {left.reason}"
        for skipped in item.saved.skipped:
            place = f" (line {skipped.line})" if skipped.line else ""
            yield f"  ! not known to this version, and left alone: {skipped.path}{place}"
    for text in to_fill_in(imported, login):
        yield f"  ? to fill in: {text}"
    if target is not None:
        yield f"written to {target}. Next: sroscert lint -f {target}"
