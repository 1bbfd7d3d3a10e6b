"""No line of input makes the lab's CLI fail: whatever is typed, the next command is answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sroscert_lab.router.cli.editor import LineEditor

from tests.support.lab_shell import Typist, set_mode, typist

_VOCABULARY = r"""
/ // /! } { [ ] | # " \ . configure edit-config quit-config exclusive private global read-only info flat detail from
running compare commit confirmed accept cancel comment discard validate delete back exit all top pwc environment more
false no y n q system security pki ca-profile admin-state enable cmpv2 key-list key 1 password -1 99999999999999999999
tls cert-profile entry name script-control script-policy owner file list show remove copy move make-directory cf3:/
cf3:/x ../.. cf1:/x checksum md5 admin certificate import type cert input output format der gen-keypair display reload
poll ca match count users version log create shutdown ca-prof reference event-trigger trigger-entry
log-id 99 management-interface cli cli-engine md-cli classic-cli prompt newline
"""
WORDS = tuple(_VOCABULARY.split())
COMMANDS = (
    "edit-config exclusive",
    "edit-config private",
    "edit-config global",
    "configure private",
    "quit-config",
    "/configure system",
    "/configure system name",
    '/configure system security pki ca-profile "x"',
    '/configure system security pki ca-profile "x" cmpv2 key-list key 1 password',
    "/configure system grpc tls-server-profile nowhere",
    "delete /configure system name",
    "delete /configure system",
    "info",
    "info flat",
    "compare",
    "commit",
    "commit confirmed",
    "commit confirmed cancel",
    "discard",
    "file copy cf3:/x",
    "//admin certificate import type cert input cf3:/x output y format der",
    "show log event-handling handler",
    "/!classic-cli",
    "//configure system security pki ca-profile x create",
    "//configure system security pki ca-profile x no",
    "//configure log filter 5 entry 1 match message eq pattern",
    "//configure system script-control script x",
    "//configure system management-interface cli",
    "info detail",
    "//admin display-config",
    "//admin display-config | match expression",
    "//admin display-config | match x context",
    "//candidate",
    "//candidate edit",
    "//candidate edit exclusive",
    "//candidate view",
    "//candidate commit",
    "//candidate commit confirmed",
    "//candidate discard",
    "//candidate load cf3:/x",
    "//candidate save",
    "//admin rollback compare",
    "//admin rollback revert latest-rb",
    "//admin rollback save",
)
STRANGE = st.sampled_from(["\ufffe", "\uffff", "\x85", "\u2028", "\U0001f600", "\x7f", '"', "\t", "\x1b[A"])
WORD = st.one_of(st.sampled_from(WORDS), st.text(max_size=8), STRANGE)
LINES = st.one_of(
    st.sampled_from(COMMANDS),
    st.tuples(st.sampled_from(COMMANDS), WORD).map(" ".join),
    st.lists(WORD, max_size=9).map(" ".join),
)


@pytest.fixture(scope="module", params=["19.10", "25.10"])
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typist]:
    """One session for all inputs, so that each meets what the ones before left; on 25.10 both engines configure."""
    with typist(tmp_path_factory.mktemp("cli"), request.param) as session:
        if request.param == "25.10":
            set_mode(session.core, "mixed", keeps_engines=True)
        yield session


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, min_size=1, max_size=6))
def test_any_line_is_answered(at: Typist, lines: list[str]) -> None:
    """As the terminal hands it over: without what no configuration may hold."""
    editor = LineEditor()
    for line in lines:
        for byte in f"{line}\n".encode("utf-8", "replace"):
            finished = editor.key(byte)[1]
            if finished is not None:
                assert isinstance(at(finished), str)
    if at.shell.prompt().endswith("[y,n] "):
        at("y")

    assert "A:" in at.prompt
    assert "TiMOS-" in at("/show version")
