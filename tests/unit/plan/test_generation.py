"""Names of generations: the pair in use is never overwritten because the next one has other names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sroscert.plan.generation import generation, number_of, numbers_seen


@pytest.mark.parametrize(
    ("name", "plain", "number"),
    [
        ("sr-cert", "sr-cert", 1),
        ("SR-CERT", "sr-cert", 1),
        ("sr-cert-g2", "sr-cert", 2),
        ("sr-cert-g17", "sr-cert", 17),
        ("sr-cert-g1", "sr-cert", None),
        ("sr-cert-g02", "sr-cert", None),
        ("sr-cert-g2-g3", "sr-cert", None),
        ("other", "sr-cert", None),
        ("sr-cert2", "sr-cert", None),
    ],
)
def test_a_file_name_tells_its_generation(name: str, plain: str, number: int | None) -> None:
    """Only the plain name and its -gN forms are generations; FAT does not know case."""
    assert number_of(name, plain) == number


@pytest.mark.law(1)
@given(st.integers(1, 500), st.sampled_from(["sr-cert", "a", "x-g2", "node.pem"]))
def test_names_and_numbers_are_inverse(number: int, plain: str) -> None:
    """A generation's own name is read back as its number, so that the next one never takes a name that exists."""
    assert number_of(generation(plain, "key", number).certificate, plain) == number


@pytest.mark.law(1)
def test_every_trace_of_a_generation_counts() -> None:
    """A key, a certificate or the CA's answer on cf3: each make a generation seen."""
    names = ["sr-cert", "sr-key-g2", "sr-cert-g3.der", "config.cfg", "sr-cert-old"]

    assert numbers_seen(names, ("sr-cert", "sr-key")) == {1, 2, 3}
