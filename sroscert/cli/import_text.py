"""An imported intent as YAML, with a remark wherever a person must fill something in. Pure: values in, text out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from sroscert.intent.importing import Loc
from sroscert.plan.adopt import Adopted, common
from sroscert.values import Path
from sroscert.workflow.saved import Saved

FILL_IN = "FILL IN"
_WIDTH = 110


@dataclass(frozen=True)
class Imported:
    """One source, its name in the intent, and what became of it. ``login`` is what is known of how to get there."""

    name: str
    address: str
    saved: Saved
    adopted: Adopted
    login: Mapping[str, Any] = field(default_factory=dict)
    known_address: bool = False


def intent_text(routers: Sequence[Imported], login: Mapping[str, Any] | None, *, shared: bool = True) -> str:
    """Return the intent file. ``login`` is None where nobody said how to log in."""
    if shared:
        sections, rest = common([router.adopted for router in routers])
    else:
        sections, rest = {}, [router.adopted.sections for router in routers]
    lines = [*_head(routers), "version: 1", "defaults:", *_indented(_login(login), 2)]
    for name, value in sections.items():
        lines += _section(name, value)
    lines += _certificates(routers)
    lines.append("routers:")
    for router, own in zip(routers, rest, strict=True):
        lines += _router(router, own)
    return "\n".join(_with_secrets(lines, routers)) + "\n"


def to_fill_in(routers: Sequence[Imported], login: Mapping[str, Any] | None) -> list[str]:
    """Say what a person must fill in or set before the intent can be used."""
    items = [] if login is not None else ["defaults.login: who logs in, and a reference to the password"]
    items += [f"routers.{router.name}.address" for router in routers if not router.known_address]
    for reference, path in _secrets(routers).items():
        items.append(f"{reference}: stands for the secret of {path}; sent only where the router lacks it")
    for loc in _ca_profiles(routers):
        items.append(f"{'.'.join(loc)}.certificate: a local copy of the CA's certificate, which check trusts")
    if _files(routers):
        items.append("certificates: the files in use are named and not looked after until they are declared")
    return items


def _head(routers: Sequence[Imported]) -> Iterator[str]:
    yield f"# Made by `sroscert import`. Look for {FILL_IN}; `sroscert lint` and `sroscert drift` say if it is right."
    for router in routers:
        yield f"#   {router.name}: from {router.saved.source}, SR OS {router.saved.release}"


def _login(login: Mapping[str, Any] | None) -> list[str]:
    if login is not None:
        return _dump({"login": dict(login)})
    return [
        "login:",
        f"  username: admin                # {FILL_IN}: who logs in over NETCONF",
        f"  password: env:SROS_PASSWORD    # {FILL_IN}: env:NAME, file:PATH, keyring:SERVICE/USER or prompt:",
        "  known_hosts: known_hosts       # written by `sroscert trust --write`",
    ]


def _router(router: Imported, own: Mapping[str, Any]) -> list[str]:
    remark = "" if router.known_address else f"    # {FILL_IN}: where we connect"
    lines = [*_dump({router.name: None})]
    lines[0] = lines[0].removesuffix(" null")
    lines += [f"  {_dump({'address': router.address})[0]}{remark}"]
    lines += [f"  {_dump({'release': str(router.saved.release)})[0]}    # when it was imported"]
    if router.login:
        lines += _indented(_dump({"login": dict(router.login)}), 2)
    for name, value in own.items():
        lines += _indented(_section(name, value), 2)
    return _indented(lines, 2)


def _section(name: str, value: Any) -> list[str]:
    if name != "ca_profiles":
        return _dump({name: value})
    lines = [f"{name}:"]
    for profile, data in value.items():
        first, *rest = _dump({profile: data})
        remark = f"  # certificate: {_quoted(data.get('file', 'ca.pem'))}    # {FILL_IN}: a local copy, PEM or DER"
        lines += _indented([first, remark, *rest], 2)
    return lines


def _certificates(routers: Sequence[Imported]) -> Iterator[str]:
    """Yield what would declare the certificates in use, as remarks: a configuration does not show what is in them."""
    files = _files(routers)
    if not files:
        return
    profile = next((loc[-1] for loc in _ca_profiles(routers)), "CA-PROFILE")
    dialled = all(re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]+", router.address) for router in routers)
    san = '{ip: ["{address}"]}' if dialled else '{dns: ["{address}"]}'
    yield f"# {FILL_IN} to have these certificates checked, enrolled and renewed; then name them in tls.cert_profiles"
    yield "# (1: NAME) in place of their files. Subject and names: as the router's display of the certificate shows."
    yield "# certificates:"
    for certificate, key in files.items():
        yield f"#   {_quoted(certificate)}:"
        yield f"#     ca_profile: {_quoted(profile)}"
        yield f"#     key: {{file: {_quoted(key)}, type: rsa, size: 2048}}"
        yield '#     subject: {C: XX, O: Organisation, CN: "{router}"}'
        yield f'#     san: {san}'
        yield f"#     enrolment: {_enrolment(routers)}"


def _enrolment(routers: Sequence[Imported]) -> str:
    """Return an enrolment with the first code that a router has, so that one reference has one secret."""
    for reference, path in _secrets(routers).items():
        if path.parent.last.name == "key":
            return f"{{reference: '{path.parent.last.keys[0][1]}', secret: {reference}}}"
    return '{reference: "1", secret: "file:codes/{router}"}'


def _files(routers: Sequence[Imported]) -> dict[str, str]:
    found: dict[str, str] = {}
    for router in routers:
        for profile in router.adopted.sections.get("tls", {}).get("cert_profiles", {}).values():
            entries = profile.get("entries", profile)
            for entry in entries.values():
                if isinstance(entry, dict) and "certificate_file" in entry:
                    found.setdefault(entry["certificate_file"], entry.get("key_file", ""))
    return found


def _ca_profiles(routers: Sequence[Imported]) -> list[Loc]:
    return list(dict.fromkeys(loc for item in routers for loc in item.adopted.found.objects if loc[0] == "ca_profiles"))


def _secrets(routers: Sequence[Imported]) -> dict[str, Path]:
    return {reference: path for router in routers for reference, path in router.adopted.secrets.items()}


def _with_secrets(lines: Sequence[str], routers: Sequence[Imported]) -> Iterator[str]:
    references = tuple(_secrets(routers))
    for line in lines:
        is_secret = line.endswith(tuple(f" {reference}" for reference in references))
        yield f"{line}    # {FILL_IN}: the router shows no secret" if is_secret else line


def _dump(data: Mapping[str, Any]) -> list[str]:
    text: str = yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text.splitlines()


def _quoted(text: str) -> str:
    line: str = yaml.safe_dump([text], allow_unicode=True, width=1 << 20)
    return line.removeprefix("- ").strip()


def _indented(lines: Sequence[str], by: int) -> list[str]:
    return [f"{' ' * by}{line}" if line else line for line in lines]
