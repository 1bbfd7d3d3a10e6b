"""What the end of a test run says is what its tests did."""

from __future__ import annotations

from collections import Counter

from tests.counting import count_lines, counted


def test_each_count_is_said_by_name_and_number() -> None:
    """Marks count once for each test, notes by their own number, and what did not happen is said as well."""
    properties = [
        ("tier", "unit"), ("tier", "java"), ("law", "12"), ("law", "2"), ("clause", "RFC 4210 5.1.1 sender"),
        ("clause", "RFC 4210 5.1.1 sender"), ("client", "openssl cmp"), ("noted fault", "3 flash-full"),
        ("noted fault", "1 ca-down"), ("noted fuzz", "1500 messages refused"), ("noted router", "2 21.2"),
        ("noted router", "1 25.10"), ("noted router", "nonsense"),
    ]
    counts: dict[str, Counter[str]] = {}
    for kind, value in properties:
        counts.setdefault(kind, Counter()).update(counted(kind, value))
    lines = count_lines(counts)
    assert "java 1" in lines[0] and "unit 1" in lines[0] and "e2e 0" in lines[0]
    for expected in (
        "laws proven (by how many tests): 2 (1), 12 (1)",
        "clauses of the CMP standards tested: 1, by 2 tests",
        "clients of others accepted (in how many tests): openssl cmp (1)",
        "faults injected: 2 kinds, 4 times: ca-down (1), flash-full (3)",
        "fault matrix: 0 cases: none in this run",
        "fuzz inputs: 1500: messages refused (1500)",
        "routers started: 3, of 2 releases",
    ):
        assert expected in lines
