"""Whatever the bytes: an intent or an error, never a traceback."""

from __future__ import annotations

import pathlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sroscert.errors import IntentError
from sroscert.intent import loads

EXAMPLE = (pathlib.Path(__file__).parents[3] / "lab" / "intents" / "tutorial.yaml").read_text()
PIECES = st.sampled_from(
    ["{", "}", "[", "]", ": ", "- ", "\n", "  ", "&a ", "*a", "!!", "|\n", ">", "'", '"', "? ", "\t", "#", "%", "\x00",
     "~", "null", "1", "1e999", "-0", ".inf", "9" * 400, "true", "<<: ", "---\n", "...\n", "version: 1", "routers: ",
     "tls: ", "ca_profiles: ", "certificates: ", "{router}", "{x}", "\ud800", "\u2028", "é", "\\", "=", ","]
)
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(text: bytes | str) -> None:
    """Load a text; only an IntentError with problems may come of it."""
    try:
        loads(text)
    except IntentError as error:
        assert error.problems
        assert str(error)


@RELAXED
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Random bytes are an intent or an error."""
    outcome(data)


@RELAXED
@given(st.lists(PIECES | st.text(max_size=5), max_size=25))
def test_pieces_of_yaml(pieces: list[str]) -> None:
    """Random pieces of YAML are an intent or an error."""
    outcome("".join(pieces))


@RELAXED
@given(st.integers(0, len(EXAMPLE) - 1), st.integers(0, 30), st.lists(PIECES, max_size=3))
def test_damaged_example(start: int, length: int, pieces: list[str]) -> None:
    """The tutorial's intent with a piece cut out and another put in is an intent or an error."""
    outcome(EXAMPLE[:start] + "".join(pieces) + EXAMPLE[start + length :])


@RELAXED
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
        lambda children: st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["cmpv2", "url", "key", "subject", "san", "login", "entry", "1", "key_list", "cert_profiles", "scripts",
                 "named_entry", "match", "message", "certificate", "ciphers", "security", "CN", "ip", "x"]
            ),
            children, max_size=4,
        ),
        max_leaves=12,
    ),
    st.sampled_from(
        ["login", "release", "ca_profiles", "certificates", "tls", "grpc", "log", "script_control", "verify", "routers",
         "groups", "defaults", "expiration_warning", "common_name_lists", "certificate_auto_update", "version"]
    ),
)
def test_any_value_of_a_section(value: object, section: str) -> None:
    """A section of any shape is an intent or an error."""
    outcome(f"version: 1\n{section}: {_flow(value)}\n")


def _flow(value: object) -> str:
    """Write a value as flow YAML; texts are in double quotes with everything unusual escaped."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {_flow(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
    return {None: "null", True: "true", False: "false"}.get(value, str(value))  # type: ignore[call-overload, no-any-return]
