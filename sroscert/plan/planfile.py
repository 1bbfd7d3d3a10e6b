"""Saved plans: the file that ``plan --save`` writes and ``apply FILE`` reads. Pure: documents in and out.

The file holds what a person agrees to, for review, and hashes of what will be done and of what is wanted. It holds no
secret, not even a reference's content, and nothing that is sent to a router: that is planned anew from what the router
shows, and only carried out where it is exactly what was saved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sroscert import __version__
from sroscert.errors import PlanFileError
from sroscert.plan.document import plan_document
from sroscert.plan.plan import Plan, fingerprint_of

FORMAT = 1
_MARK = "sroscert_plan"
_AGAIN = "make the plan again: sroscert plan --save"


@dataclass(frozen=True)
class SavedPlan:
    """The saved plan of one router. ``intent`` is the digest of what was wanted, ``steps`` the hashes of its steps."""

    router: str
    intent: str
    fingerprint: str
    steps: tuple[str, ...]
    document: Mapping[str, Any]


class Asked(BaseModel):
    """The command that a plan was made by, with the options that decide what is planned; those of others are unused.

    ``pairs`` has, by router and certificate, the generation that a rollback goes to: said again it goes no further.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    command: Literal["apply", "renew", "rollback", "clean"] = "apply"
    names: list[str] = []
    force: bool = False
    by_code: bool = False
    new_profile: bool = False
    move_others: bool = False
    no_renew: bool = False
    set_secrets: bool = False
    to: int | None = Field(default=None, ge=1)
    pairs: dict[str, dict[str, int]] = {}
    keep: int = Field(default=1, ge=0)


@dataclass(frozen=True)
class PlanFile:
    """A whole file: by which sroscert it was made, for which intent files (relative to it), the command that it is a
    plan of, and the routers' plans."""

    made_by: str
    intent: tuple[str, ...]
    plans: Mapping[str, SavedPlan]
    asked: Asked = field(default_factory=Asked)


def dump(plans: Sequence[tuple[Plan, str]], intent: Sequence[str], asked: Asked | None = None) -> str:
    """Return the text of a file, the same for the same plans; each comes with the digest of what is wanted."""
    routers = [_sealed(_router_document(plan, digest)) for plan, digest in plans]
    said = (asked or Asked()).model_dump(exclude_defaults=True)
    whole = {_MARK: FORMAT, "sroscert": __version__, "intent": list(intent), "asked": said, "routers": routers}
    return json.dumps(_sealed(whole), indent=2, ensure_ascii=False) + "\n"


def is_plan_file(text: str) -> bool:
    """Tell whether a text is, or once was, a file of ours."""
    return f'"{_MARK}"' in text[:200]


def parse(text: str, file: str) -> PlanFile:
    """Read a file. Raises PlanFileError, which names the place, for one that is cut off, edited, or no plan."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_plan(text, file, error) from error
    if not isinstance(whole, dict) or _MARK not in whole:
        raise PlanFileError(f"{file}: this is no saved plan", hint="an intent is given with -f FILE")
    if whole[_MARK] != FORMAT:
        raise PlanFileError(
            f"{file}: {_MARK}: the format is {whole[_MARK]!r}, this sroscert knows {FORMAT}", hint=_AGAIN
        )
    try:
        read = _File.model_validate(whole)
    except ValidationError as error:
        first = error.errors()[0]
        raise PlanFileError(f"{file}: {_place(first['loc'])}: {first['msg']}", hint=_AGAIN) from error
    _check_seals(whole, file)
    plans = {
        entry["plan"]["router"]: SavedPlan(
            entry["plan"]["router"], entry["intent"], entry["fingerprint"],
            tuple(step["fingerprint"] for step in entry["plan"]["steps"]), entry["plan"],
        )
        for entry in whole["routers"]
    }
    return PlanFile(whole["sroscert"], tuple(whole["intent"]), plans, read.asked)


def _router_document(plan: Plan, digest: str) -> dict[str, Any]:
    document = plan_document(plan)
    document["steps"] = [
        _sealed(shown | {"fingerprint": fingerprint_of(step)})
        for shown, step in zip(document["steps"], plan.steps, strict=True)
    ]
    return {"intent": digest, "fingerprint": plan.fingerprint, "plan": document}


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class _Step(_Part):
    title: str
    fingerprint: str
    seal: str


class _Plan(_Part):
    router: str
    steps: list[_Step]


class _Router(_Part):
    intent: str
    fingerprint: str
    plan: _Plan
    seal: str


class _File(_Part):
    sroscert: str
    intent: list[str]
    routers: list[_Router]
    asked: Asked = Asked()
    seal: str


def _seal(document: Mapping[str, Any]) -> str:
    """Return a hash of a part; it finds accidents and edits by hand, and is no signature."""
    inner = {name: value for name, value in document.items() if name != "seal"}
    return hashlib.sha256(json.dumps(inner, sort_keys=True).encode()).hexdigest()[:16]


def _sealed(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "seal": _seal(document)}


def _check_seals(whole: Mapping[str, Any], file: str) -> None:
    """Find what was edited: the innermost part first, so that the place is as exact as it can be."""
    for number, entry in enumerate(whole["routers"]):
        for place, step in enumerate(entry["plan"]["steps"]):
            _check(step, f"{file}: routers[{number}].plan.steps[{place}] ({entry['plan']['router']}: {step['title']})")
        _check(entry, f"{file}: routers[{number}] ({entry['plan']['router']})")
    _check(whole, file)


def _check(document: Mapping[str, Any], place: str) -> None:
    if document["seal"] != _seal(document):
        raise PlanFileError(f"{place}: this was changed after it was saved", hint=_AGAIN)


def _place(location: Sequence[int | str]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _no_plan(text: str, file: str, error: Exception) -> PlanFileError:
    if not is_plan_file(text):
        return PlanFileError(f"{file}: this is no saved plan", hint="an intent is given with -f FILE")
    if isinstance(error, json.JSONDecodeError):
        whole = f"{file}:{error.lineno}:{error.colno}: {error.msg}"
        return PlanFileError(f"{whole}; the file is cut off or was edited", hint=_AGAIN)
    return PlanFileError(f"{file}: {error}", hint=_AGAIN)


