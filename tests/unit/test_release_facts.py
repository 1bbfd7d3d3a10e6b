"""Release facts are data in one place: right for every release, and nobody else compares releases."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from sroscert import schema
from sroscert.schema.facts import Facts, facts
from sroscert.values import Release

ROOT = Path(__file__).resolve().parents[2]

STATIC = "rsa-with-aes128-cbc-sha rsa-with-aes128-cbc-sha256 rsa-with-aes256-cbc-sha rsa-with-aes256-cbc-sha256"
NULLS = "rsa-with-null-md5 rsa-with-null-sha rsa-with-null-sha256"
TRIPLE = "rsa-with3des-ede-cbc-sha"
GCM = "rsa-with-aes128-gcm-sha256 rsa-with-aes256-gcm-sha384"
ECDHE_RSA = "ecdhe-rsa-aes128-gcm-sha256 ecdhe-rsa-aes256-gcm-sha384"
ECDHE_ECDSA = "ecdhe-ecdsa-aes128-gcm-sha256 ecdhe-ecdsa-aes256-gcm-sha384"
TLS13 = "aes128-ccm-sha256 aes128-ccm8-sha256 aes128-gcm-sha256 aes256-gcm-sha384 chacha20-poly1305-sha256"


def names(*texts: str) -> frozenset[str]:
    """Return the words of some texts."""
    return frozenset(word for text in texts for word in text.split())


TABLE: dict[str, dict[str, Any]] = {
    # item: {first release of a range: value from there on}
    "cipher": {
        "19.5": names(STATIC, NULLS, TRIPLE), "21.7": names(STATIC, NULLS, TRIPLE, GCM),
        "24.3": names(STATIC, NULLS, TRIPLE, GCM, ECDHE_RSA),
    },
    "cipher_status": {"19.5": "current", "22.2": "obsolete"},
    "tls12-cipher": {
        "19.5": names(), "22.2": names(STATIC, TRIPLE, GCM), "24.3": names(STATIC, TRIPLE, GCM, ECDHE_RSA),
        "26.3": names(STATIC, TRIPLE, GCM, ECDHE_RSA, ECDHE_ECDSA),
    },
    "tls13-cipher": {"19.5": names(), "22.7": names(TLS13)},
    "protocol_version_default": {"19.5": "", "22.7": "tls-version-12"},
    "est": {"19.5": False, "21.10": True},
    "native_renewal": {"19.5": False, "22.10": True},
    "cmp_recipient": {"19.5": False, "22.10": True},
    "response_signing_use_extracert": {"19.5": False, "22.10": True},
    "key_list_restarts_profile": {"19.5": True, "23.3": False},
    "imported_format": {"19.5": True},
    "pki_actions": {"19.5": False, "23.3": True},
    "raw_command": {"19.5": False, "20.10": True},
    "raw_status": {"19.5": False, "21.5": True},
    "file_actions": {"19.5": False, "21.5": True},
    "log_filter_key": {"19.5": "filter-id", "21.2": "filter-name"},
    "named_entries": {"19.5": False, "21.2": True},
    "numbered_entries": {"19.5": True, "21.2": False},
    "handler_script_policy_presence": {"19.5": False, "20.10": True, "21.2": False, "21.7": True},
    "python_scripts": {"19.5": False, "21.10": True},
    "grpc_port": {"19.5": False, "23.7": True},
    "netconf_listen": {"19.5": False, "24.3": True},
    "auto_config_save_default": {"19.5": False, "23.3": True},
    "common_name_list": {"19.5": True},
    "status_verify": {"19.5": False, "23.7": True},
    "cmp_request_state": {"19.5": False, "23.3": True},
    "auto_update_state": {"19.5": False, "22.10": True},
    "tmnxPkiCertBeforeExpWarning": {"19.5": True},
    "tmnxPkiCertUpdUpdateFinished": {"19.5": False, "22.10": True},
}
"""Transcribed by hand from the facts that were computed from Nokia's YANG, not from our own schemas."""


def shown(found: Facts) -> dict[str, Any]:
    """Return the facts under the names of the table."""
    server = dict(found.ciphers["server"]) | {"cipher": (*found.ciphers["server"]["cipher"], *found.obsolete_ciphers)}
    lists = {name: frozenset(suite.removeprefix("tls-") for suite in suites) for name, suites in server.items()}
    events = {name: name in found.events for name in ("tmnxPkiCertBeforeExpWarning", "tmnxPkiCertUpdUpdateFinished")}
    return {**dataclasses.asdict(found), **lists, **events}


def expected(item: str, release: Release) -> Any:
    """Return what the table says of a release."""
    value = None
    for first, entry in TABLE[item].items():
        if Release.parse(first) <= release:
            value = entry
    return value


@pytest.mark.parametrize("item", TABLE)
def test_a_fact_is_that_of_the_table_on_all_releases(item: str) -> None:
    """On each of the 25 releases the computed fact is the transcribed one."""
    found = {str(release): shown(facts(schema.load(release)))[item] for release in schema.known_releases()}

    assert len(found) == 25
    assert found == {str(release): expected(item, release) for release in schema.known_releases()}


def test_other_facts_are_of_their_kind() -> None:
    """What the table does not list: groups and signatures come with TLS 1.3's, rights differ, engines have defaults."""
    old, new = facts(schema.load("21.2")), facts(schema.load("25.10"))

    assert (old.tls13_groups, old.tls13_signatures) == ((), ())
    assert {"tls-ecdhe-256", "tls-x25519"} <= set(new.tls13_groups)
    assert new.tls13_signatures
    assert old.operations == {"kill-session", "lock"}
    assert {"commit", "edit-config", "action"} <= new.operations
    assert (old.cli_engine_default, new.cli_engine_default) == (("md-cli",), ())
    assert (old.configuration_mode_default, new.configuration_mode_default) == ("classic", "")
    assert {"console", "netconf", "grpc"} <= old.accesses < new.accesses
    assert old.ssh_sessions_default == 5
    assert (old.tls12_list["server"], new.tls12_list["server"]) == ("cipher", "tls12-cipher")


OWNERS = frozenset({"values.py"})

PARTS = frozenset({"release", "train", "major", "minor", "asked"})
"""Attributes and variables that hold a release or a part of one."""


def compares_releases(source: str) -> list[int]:
    """Return the lines on which the number of a release decides: compared, or written down to be compared with."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            is_none = any(isinstance(item, ast.Constant) and item.value is None for item in operands)
            if not is_none and any(_is_release(item) for item in operands):
                lines.append(node.lineno)
        if isinstance(node, ast.Call) and _name(node.func) == "Release" and node.args:
            lines.append(node.lineno)
        if isinstance(node, ast.Match) and _is_release(node.subject):
            lines.append(node.lineno)
    return lines


def _is_release(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and _name(node.func) in {"parse", "str"}:
        return any(_is_release(item) for item in node.args) or "Release.parse" in ast.unparse(node.func)
    return _name(node) in PARTS


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_nobody_else_compares_releases() -> None:
    """Outside ``values`` and ``schema`` no code compares releases or their parts, nor names one to compare with."""
    found = {}
    for path in sorted((ROOT / "sroscert").rglob("*.py")):
        if path.relative_to(ROOT / "sroscert").as_posix() in OWNERS or path.parent == ROOT / "sroscert" / "schema":
            continue
        if lines := compares_releases(path.read_text(encoding="utf-8")):
            found[path.relative_to(ROOT).as_posix()] = lines

    assert found == {}


@pytest.mark.parametrize("text", [
    "if router.release >= x: pass", "if schema.release.train == '21.2': pass", "y = Release(21, 2)",
    "if release.major > 21: pass", "if release < Release.parse('22.10'): pass", "if str(release) in OLD: pass",
    "match release.train:\n    case '21.2': pass",
])
def test_a_comparison_is_found(text: str) -> None:
    """The search sees the ways in which a release can be compared."""
    assert compares_releases(text)
