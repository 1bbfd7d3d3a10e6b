"""The digest of what is wanted of one router: what moves it, and what does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sroscert.intent.digest import intent_digest
from sroscert.intent.loading import load_all

LAB = Path(__file__).parents[3] / "lab" / "intents"
Edit = Callable[[dict[str, Any]], object]


def digest(folder: Path, edit: Edit = lambda document: None, head: str = "") -> str:
    """The digest of the first router of the tutorial's intent, in a folder of its own, after an edit."""
    shutil.copytree(LAB, folder, dirs_exist_ok=True)
    document = yaml.safe_load((folder / "tutorial.yaml").read_text())
    edit(document)
    (folder / "tutorial.yaml").write_text(head + yaml.safe_dump(document, sort_keys=bool(head)))
    intent = load_all([folder / "tutorial.yaml"]).intent()
    return intent_digest(next(iter(intent.routers.values())), intent.base)


def test_folder_order_and_comments_do_not_count(tmp_path: Path) -> None:
    """The same intent in another folder, with a comment and its sections in another order, has the same digest."""
    assert digest(tmp_path / "one") == digest(tmp_path / "two", head="# checked in somewhere else\n")


def change_hours(document: dict[str, Any]) -> None:
    """Another warning."""
    document["expiration_warning"]["hours"] += 1


def change_subject(document: dict[str, Any]) -> None:
    """Another subject."""
    next(iter(document["certificates"].values()))["subject"]["O"] = "Somebody"


def accept_a_warning(document: dict[str, Any]) -> None:
    """A warning of lint that is accepted."""
    document["lint"] = {"accept": {"crl-optional": "the CA publishes no list"}}


def name_a_group(document: dict[str, Any]) -> None:
    """What every router says comes from a group, as before."""
    document["groups"] = {"all": {"expiration_warning": document.pop("expiration_warning")}}
    for router in document["routers"].values():
        router["groups"] = ["all"]


@pytest.mark.parametrize("edit", [accept_a_warning, name_a_group])
def test_what_is_done_to_no_router_does_not_count(tmp_path: Path, edit: Edit) -> None:
    """What lint keeps quiet of, and by which group a router is told the same."""
    assert digest(tmp_path / "one") == digest(tmp_path / "two", edit)


def change_reference(document: dict[str, Any]) -> None:
    """Another place for a secret."""
    next(iter(document["certificates"].values()))["enrolment"]["secret"] = "env:ANOTHER"


@pytest.mark.parametrize("edit", [change_hours, change_subject, change_reference])
def test_whatever_is_done_otherwise_counts(tmp_path: Path, edit: Edit) -> None:
    """A leaf, a subject, a reference: each gives another digest."""
    assert digest(tmp_path / "one") != digest(tmp_path / "two", edit)
