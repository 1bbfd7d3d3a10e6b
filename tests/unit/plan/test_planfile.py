"""Saved plans: what is in the file, what is accepted, and where an edit is found."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sroscert.errors import PlanFileError
from sroscert.plan.document import plan_document
from sroscert.plan.moved import difference
from sroscert.plan.plan import Plan
from sroscert.plan.planfile import Asked, dump, parse
from sroscert.plan.steps import Commit
from tests.support.planning import finished, plan, router, tutorial

PLAN = plan(router())
TEXT = dump([(PLAN, "abc")], ["intent.yaml"])


def test_the_same_plan_gives_the_same_file() -> None:
    """No time and no order of chance is in it, and why a step is done does not count as what is done."""
    later = replace(PLAN, steps=tuple(replace(step, reason=f"{step.reason} since 12:00") for step in PLAN.steps))

    assert dump([(plan(router()), "abc")], ["intent.yaml"]) == TEXT
    assert later.fingerprint == PLAN.fingerprint
    assert plan(finished()).fingerprint != PLAN.fingerprint


def test_a_file_reads_back() -> None:
    """Router, intent, fingerprint and steps are those of the plan."""
    read = parse(TEXT, "x.plan")

    assert (read.intent, list(read.plans)) == (("intent.yaml",), [PLAN.router.name])
    saved = read.plans[PLAN.router.name]
    assert (saved.intent, saved.fingerprint) == ("abc", PLAN.fingerprint)
    assert [step["title"] for step in saved.document["steps"]] == [step.title for step in PLAN.steps]
    assert len(set(saved.steps)) == len(PLAN.steps)


def test_a_file_says_the_command_that_it_is_a_plan_of() -> None:
    """With the options that count, and only those that were given; what it does not know is refused with its place."""
    asked = Asked(command="rollback", names=["sr-cert"], to=2)
    text = dump([(PLAN, "abc")], [], asked)

    assert parse(TEXT, "x.plan").asked == Asked()
    assert (parse(text, "x.plan").asked, json.loads(text)["asked"]) == (
        asked, {"command": "rollback", "names": ["sr-cert"], "to": 2}
    )
    with pytest.raises(PlanFileError, match=r"asked\.command"):
        parse(text.replace('"command": "rollback"', '"command": "reboot"'), "x.plan")
    with pytest.raises(PlanFileError, match="this was changed after it was saved"):
        parse(text.replace('"to": 2', '"to": 1'), "x.plan")


@pytest.mark.law(8)
def test_a_file_holds_no_secret_and_no_hash_of_one() -> None:
    """What a router shows in place of a secret is left out as well as the secret's place."""
    commit = next(step for step in PLAN.steps if isinstance(step, Commit))
    (password,) = [change for change in commit.changes if change.path.last.name == "password"]
    rotated = replace(password, kind="change", before="8aF+x hash2")
    hashed = replace(PLAN, steps=(replace(commit, changes=(rotated,)),))
    text = dump([(PLAN, ""), (hashed, "")], [])

    assert text.count("password *****") == 2
    assert "hash2" not in text
    assert str(password.after) not in text


def _edit(change: Callable[[Any], object]) -> str:
    document = json.loads(TEXT)
    change(document)
    return json.dumps(document)


def _title(document: Any) -> None:
    document["routers"][0]["plan"]["steps"][2]["title"] = "remove something else"


def _half_a_letter(document: Any) -> None:
    document["intent"] = ["\ud800"]


def _line(document: Any) -> None:
    step = next(step for step in document["routers"][0]["plan"]["steps"] if "changes" in step)
    step["changes"][0]["line"] += " "


def _fingerprint(document: Any) -> None:
    document["routers"][0]["fingerprint"] = "0" * 64


def _intent(document: Any) -> None:
    document["intent"] = ["other.yaml"]


def _one_less(document: Any) -> None:
    del document["routers"][0]["plan"]["steps"][0]


def _wrong_type(document: Any) -> None:
    document["routers"][0]["plan"]["steps"][1]["title"] = 7


def _missing(document: Any) -> None:
    del document["routers"][0]["fingerprint"]


def _newer(document: Any) -> None:
    document["sroscert_plan"] = 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (_edit(_title), "routers[0].plan.steps[2] (sr: remove something else)"),
        (_edit(_half_a_letter), "x.plan: "),
        (_edit(_line), "routers[0].plan.steps[3]"),
        (_edit(_fingerprint), "routers[0] (sr)"),
        (_edit(_one_less), "routers[0] (sr)"),
        (_edit(_intent), "x.plan: this was changed"),
        (_edit(_wrong_type), "routers[0].plan.steps[1].title: "),
        (_edit(_missing), "routers[0].fingerprint: "),
        (_edit(_newer), "sroscert_plan: the format is 2"),
        (TEXT[: len(TEXT) // 2], "x.plan:"),
        (TEXT[:40], "x.plan:"),
        (TEXT.replace("[", "{", 1), "x.plan:"),
        ("", "this is no saved plan"),
        ("version: 1\nrouters: {}\n", "this is no saved plan"),
        ("[1]", "this is no saved plan"),
    ],
)
def test_an_edited_or_cut_file_is_named_with_its_place(text: str, place: str) -> None:
    """Whatever was done to the file: the error says where, and what to do."""
    with pytest.raises(PlanFileError) as raised:
        parse(text, "x.plan")

    assert place in str(raised.value)
    assert raised.value.hint


def test_whatever_is_done_to_a_file_it_is_the_same_or_refused() -> None:
    """A letter changed, taken out or put in anywhere gives the same plans or an error of ours, never another plan."""
    whole = parse(TEXT, "x.plan")
    chance = random.Random(7)
    refused = 0
    for _ in range(400):
        place = chance.randrange(len(TEXT))
        put = chance.choice(["", "x", "0", '"', "}", "\\", "\u2028", TEXT[place] + TEXT[place]])
        try:
            assert parse(TEXT[:place] + put + TEXT[place + 1 :], "x.plan") == whole
        except PlanFileError as error:
            refused += 1
            assert error.hint

    assert refused > 200
    with pytest.raises(PlanFileError):
        parse("[" * 100_000, "x.plan")


def test_a_difference_names_steps_and_lines() -> None:
    """What is gone, what is new, and which lines of a step that stays are others."""

    def said(one: Plan, other: Plan) -> str:
        return difference(plan_document(one), plan_document(other))

    assert "no longer: " in said(PLAN, plan(finished()))
    assert "new: " in said(plan(finished()), PLAN)
    without = replace(tutorial(), grpc=None)
    assert "in commit TLS and gRPC: no longer: + /configure system grpc" in said(PLAN, plan(router(), without))
    assert said(PLAN, PLAN) == "the same steps with other contents"
