"""The JSON schema for editors: up to date, and never stricter than the loader."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

import pytest

from sroscert.intent.jsonschema import intent_json_schema
from sroscert.intent.source import Mapping, Scalar, Sequence, read

ROOT = pathlib.Path(__file__).parents[3]
SCHEMA = json.loads(intent_json_schema())


def test_file_is_up_to_date() -> None:
    """schemas/intent.schema.json is what the models give."""
    assert intent_json_schema() == (ROOT / "schemas" / "intent.schema.json").read_text()


@pytest.mark.parametrize("name", ["tutorial.yaml", "tutorial-verbatim.yaml"])
def test_example_is_accepted(name: str) -> None:
    """The examples are valid under the schema."""
    root = read(ROOT / "lab" / "intents" / name, [])
    assert root is not None

    assert faults(SCHEMA, plain(root)) == []


@pytest.mark.parametrize(
    "document",
    [
        {"version": 1, "rooters": {}},
        {"version": 2},
        {"version": 1, "routers": {"r": {"address": "x", "grpc": {"admin_state": "on"}}}},
        {"version": 1, "tls": {"server_cipher_lists": {"c": "strong"}}},
        {"version": 1, "routers": {"r": {}}},
    ],
)
def test_fault_is_refused(document: dict[str, Any]) -> None:
    """Unknown keys, wrong values and a router without an address are refused."""
    assert faults(SCHEMA, document)


def plain(node: Mapping | Sequence | Scalar) -> Any:
    """Return a node as plain data."""
    if isinstance(node, Mapping):
        return {key: plain(child) for key, child in node.entries.items()}
    return [plain(child) for child in node.items] if isinstance(node, Sequence) else node.value


def faults(rule: dict[str, Any], value: Any, at: str = "") -> list[str]:
    """Check a value against the keywords that the schema uses (JSON Schema draft 7); return where it fails."""
    if "$ref" in rule:
        return faults(SCHEMA["$defs"][rule["$ref"].rsplit("/", 1)[-1]], value, at)
    if "anyOf" in rule:
        tried = [faults(option, value, at) for option in rule["anyOf"]]
        return [] if any(not found for found in tried) else [at]
    found = []
    kinds: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
    }
    kind = rule.get("type")
    if kind and (not isinstance(value, kinds[kind]) or (kind == "integer" and isinstance(value, bool))):
        return [f"{at}: not {kind}"]
    if "enum" in rule and value not in rule["enum"]:
        found.append(f"{at}: not one of them")
    if "const" in rule and value != rule["const"]:
        found.append(f"{at}: not it")
    if isinstance(value, str) and "pattern" in rule and not re.search(rule["pattern"], value):
        found.append(f"{at}: pattern")
    if isinstance(value, dict):
        found += [f"{at}: {key} missing" for key in rule.get("required", []) if key not in value]
        found += [fault for key, item in value.items() for fault in _member(rule, key, item, at)]
    if isinstance(value, list):
        found += [fault for item in value for fault in faults(rule.get("items", {}), item, at)]
    return found


def _member(rule: dict[str, Any], key: str, item: Any, at: str) -> list[str]:
    if key in rule.get("properties", {}):
        return faults(rule["properties"][key], item, f"{at}.{key}")
    for pattern, inner in rule.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return faults(inner, item, f"{at}.{key}")
    more = rule.get("additionalProperties", True)
    if isinstance(more, dict):
        return faults(more, item, f"{at}.{key}")
    return [] if more else [f"{at}: unknown {key}"]
