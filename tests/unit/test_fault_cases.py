"""The fault matrix itself: which cases there are and are chosen, and how their outcomes are kept and told."""

from __future__ import annotations

from collections import Counter
from functools import partial
from operator import eq
from pathlib import Path

import pytest
from sroscert_lab.faulttable import TABLE

from tests.faults import onbox
from tests.faults.cases import CASES, DOUBLES, SAMPLE, chosen, job_and_fault, stride_and_offset
from tests.faults.moments import Part, places
from tests.faults.results import Outcome, add, count, read, table, to_run
from tests.faults.strikes import CA, CLI, REASONS, ROUTER

_NAMES = tuple(str(case) for case in CASES)


def outcome(case: str, passed: bool = True, commit: str = "aaa") -> Outcome:
    """An outcome that took no time."""
    return Outcome(case, commit, passed, 1.0, 0.5, "" if passed else "broken")


def test_each_fault_of_the_lab_strikes_in_the_matrix_or_has_a_reason() -> None:
    """A fault that the lab learns is set at each moment of each way, unless a reason says where it is."""
    struck = {case.strike.fault for case in CASES} - {""}
    everywhere = {name for name, where in ROUTER.items() if not where}
    assert set(TABLE) <= struck, "a fault of the lab is set nowhere"
    assert struck - set(TABLE) == {"router-renews", "router-waits-for-ca", "router-finds-ca-down"}
    assert set(REASONS) == set(TABLE) - everywhere
    known = {*ROUTER, *CLI, *(f"ca-{name}" for name in CA), *onbox.KINDS}
    assert struck == known


def test_no_two_cases_have_one_name() -> None:
    """A result belongs to one case."""
    assert len(set(_NAMES)) == len(_NAMES)


def test_the_sample_of_each_test_run_is_small_and_mixed() -> None:
    """So many cases, of many jobs and faults, on each release: some struck once, some that last, some killed."""
    sample = chosen("")
    assert len(sample) == SAMPLE + DOUBLES
    assert sum(case.is_double for case in sample) == DOUBLES
    assert len({case.way.name for case in sample}) >= 8
    assert len({case.strike.fault for case in sample}) >= 12
    assert len({case.strike.how for case in sample}) >= 4
    assert {case.way.release for case in sample} == {case.way.release for case in CASES}


def test_offsets_part_the_matrix_without_rest() -> None:
    """All samples of one stride together are the matrix, and no case is in two of them."""
    parts = [case for offset in range(7) for case in chosen(f"7+{offset}")]
    assert Counter(map(str, parts)) == Counter(_NAMES)
    assert chosen("all") == CASES
    groups = [str(case) for group in ("single", "double") for case in chosen(group)]
    assert Counter(groups) == Counter(_NAMES)


def test_cases_are_chosen_by_their_names() -> None:
    """What stands between slashes is looked for in the names."""
    found = chosen("/^go back on .*commit of TLS: killed during/")
    assert [str(case) for case in found] == [
        f"go back on {release}, {place}commit of TLS: killed during"
        for release in ("19.10", "21.2", "25.10")
        for place in ("", "2nd ")
    ]


def test_a_case_keeps_its_name_when_a_job_learns_a_step() -> None:
    """A moment is called by what it is for: one more elsewhere renames no other."""
    ca, tls = Part("CA", ("remove file", "commit", "commit")), Part("TLS", ("commit", "commit"))
    before = places([ca, tls])
    assert before == ("remove file of CA", "commit of CA", "2nd commit of CA", "commit of TLS", "2nd commit of TLS")
    assert places([ca, Part("code", ("commit",)), tls]) == (*before[:3], "commit of code", *before[3:])
    assert places([tls, tls])[2:] == ("3rd commit of TLS", "4th commit of TLS")


@pytest.mark.parametrize(("text", "found"), [("1", (1, 0)), ("40", (40, 7)), ("5+12", (5, 2))])
def test_a_choice_is_read(text: str, found: tuple[int, int]) -> None:
    """Every n-th, or every n-th from somewhere on."""
    assert stride_and_offset(text) == found


@pytest.mark.parametrize("text", ["", "0", "-3", "7+", "some", "all+1", "//"])
def test_a_choice_that_is_none_is_refused(text: str) -> None:
    """What cannot be meant is told with what can."""
    with pytest.raises(ValueError, match="40\\+7"):
        stride_and_offset(text)


def test_a_run_goes_on_where_the_one_before_ended(tmp_path: Path) -> None:
    """What failed is run first, then what never ran; what passed at another commit last, and at this one not at all."""
    file = tmp_path / "outcomes.jsonl"
    add(file, outcome("old", commit="bbb"))
    for case, passed in (("wrong", True), ("mended", False), ("mended", True), ("right", True), ("wrong", False)):
        add(file, outcome(case, passed))
    with file.open("a") as stream:
        stream.write('{"case": "cut o')

    found = read(file)
    assert to_run(["right", "old", "new", "wrong", "mended"], found, "aaa") == ["wrong", "new", "old"]
    for last in "xyz":
        order = to_run([*"xyz", "old", "wrong"], found, "aaa", partial(eq, last))
        assert order[3] == last and (order[0], order[4]) == ("wrong", "old")
    assert count(["right", "old", "new", "wrong"], found, "aaa") == (
        "4 cases: at aaa 1 passed, 1 failed, 2 not run; at whichever commit 2 passed, 1 failed, 1 not run"
    )
    add(file, outcome("new"))
    with pytest.raises(ValueError, match=":7 is not"):
        read(file)


def test_what_ran_on_a_changed_checkout_is_run_again() -> None:
    """A commit with changes is no commit that anybody could look up."""
    assert to_run(["one"], [outcome("one", commit="aaa+")], "aaa+") == ["one"]


def test_the_table_counts_by_job_and_fault() -> None:
    """Passed of all, and what failed, by the last outcome of each case."""
    job, fault = job_and_fault(_NAMES[0])
    cases = [name for name in _NAMES if job_and_fault(name) == (job, fault)]
    case, other = cases[:2]
    lines = table(cases, [outcome(case, False), outcome(case), outcome(other, False)], job_and_fault)
    assert lines[0].split() == job.split()
    assert lines[1].split() == [*fault.split(), f"1/{len(cases)}", "1!"]
    assert lines[-1] == f"{len(cases)} cases: 1 passed, 1 failed, {len(cases) - 2} not run"


def test_one_release_comes_before_the_others() -> None:
    """Each strike is seen on some release before any is seen on a second one."""
    cases = [f"{strike}{release}" for release in "123" for strike in "abc"]

    order = to_run(cases, [outcome("a2")], "bbb", lambda case: case[0] == "b", lambda case: case[0])

    assert [case[0] for case in order[:2]] == ["c", "b"], "also one that is for later"
    assert order[-1] == "a2" and sorted(order) == sorted(cases)
