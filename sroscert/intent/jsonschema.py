"""The JSON schema of intent files, for editors (yaml-language-server) and pre-commit checks.

Generated from the models. It accepts every file that ``load`` accepts, and is milder: what is missing in one scope may
stand in another, so only ``lint`` can tell what is missing altogether.
"""

from __future__ import annotations

import json
from typing import Any

from sroscert.intent.sections import IntentFile

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_SHORT_FORMS: dict[str, list[dict[str, Any]]] = {
    "CMPURL": [_TEXT],
    "Key": [_TEXT],
    "CertProfileEntry": [_TEXT],
    "CertProfile": [
        {
            "type": "object", "description": "entry number → certificate", "additionalProperties": False,
            "patternProperties": {"^[1-8]$": {"$ref": "#/$defs/CertProfileEntry"}},
        }
    ],
    "CipherList": [{"enum": ["modern", "compatible"]}, _TEXTS],
    "GroupList": [_TEXTS],
    "SignatureList": [_TEXTS],
    "TrustAnchorProfile": [_TEXTS],
}
_REQUIRED = {"IntentFile": ["version"], "RouterSection": ["address"]}


def intent_json_schema() -> str:
    """Return the schema as text, the same for the same models."""
    schema = IntentFile.model_json_schema(by_alias=True, mode="validation")
    definitions = schema["$defs"]
    for name, definition in definitions.items():
        definitions[name] = _short(name, _loosened(name, definition))
    root = _loosened("IntentFile", schema)
    root["$schema"] = "http://json-schema.org/draft-07/schema#"
    root["title"] = "sroscert intent"
    return json.dumps(root, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _loosened(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """Drop what other scopes may supply, allow null where it takes something away, and drop made-up titles."""
    loose = {key: value for key, value in definition.items() if key not in ("title", "required")}
    if name in _REQUIRED:
        loose["required"] = _REQUIRED[name]
    properties = {key: _nullable(_untitled(value)) for key, value in definition.get("properties", {}).items()}
    if properties:
        loose["properties"] = properties
    return loose


def _untitled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _untitled(item) for key, item in value.items() if key not in ("title", "default")}
    return [_untitled(item) for item in value] if isinstance(value, list) else value


def _nullable(value: dict[str, Any]) -> dict[str, Any]:
    for key in ("additionalProperties", "patternProperties"):
        if isinstance(inner := value.get(key), dict):
            value = {**value, key: _nullable(inner) if key == "additionalProperties" else {
                pattern: _nullable(item) for pattern, item in inner.items()
            }}
    if {"type": "null"} in value.get("anyOf", []):
        return value
    described = {"description": value["description"]} if "description" in value else {}
    bare = {key: item for key, item in value.items() if key != "description"}
    return {**described, "anyOf": [*(bare.get("anyOf") or [bare]), {"type": "null"}]}


def _short(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    if name not in _SHORT_FORMS:
        return definition
    described = {"description": definition.pop("description", "")}
    return {**described, "anyOf": [*_SHORT_FORMS[name], definition]}
