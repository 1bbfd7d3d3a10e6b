"""A reader of SARIF 2.1.0 written from the standard, for tests: it refuses what the standard's schema refuses.

It knows the objects that our output uses, each with all properties that the standard gives it there; an object with a
property of another name, of another type, or without a required one is refused (`additionalProperties: false`).
"""

from __future__ import annotations

import re
from typing import Any

_URI = re.compile(r"([a-z][a-z0-9+.-]*:)?[A-Za-z0-9._~:/?#@!$&'()*+;=,%-]+")
_LEVELS = {"none", "note", "warning", "error"}
_KINDS = {"inSource", "external"}

# object → property → what it is: a type, the name of an object, a list of either, or a set of words; * is required.
_OBJECTS: dict[str, dict[str, Any]] = {
    "log": {"$schema": "uri", "version*": {"2.1.0"}, "runs*": ["run"], "properties": dict},
    "run": {
        "tool*": "tool", "results": ["result"], "columnKind": {"utf16CodeUnits", "unicodeCodePoints"},
        "properties": dict, "invocations": list, "artifacts": list, "language": str,
    },
    "tool": {"driver*": "driver", "extensions": list, "properties": dict},
    "driver": {
        "name*": str, "version": str, "semanticVersion": str, "informationUri": "absolute", "rules": ["rule"],
        "fullName": str, "organization": str, "properties": dict,
    },
    "rule": {
        "id*": str, "name": str, "shortDescription": "text", "fullDescription": "text", "help": "text",
        "helpUri": "absolute", "defaultConfiguration": "configuration", "properties": dict,
    },
    "configuration": {"level": _LEVELS, "enabled": bool, "rank": float, "parameters": dict, "properties": dict},
    "text": {"text*": str, "markdown": str, "properties": dict},
    "message": {"text": str, "markdown": str, "id": str, "arguments": list, "properties": dict},
    "result": {
        "ruleId": str, "ruleIndex": int, "level": _LEVELS, "kind": str, "message*": "message",
        "locations": ["location"],
        "suppressions": ["suppression"], "partialFingerprints": dict, "properties": dict,
    },
    "location": {"physicalLocation": "physical", "logicalLocations": list, "message": "message", "properties": dict},
    "physical": {"artifactLocation": "artifact", "region": "region", "contextRegion": "region", "properties": dict},
    "artifact": {"uri": "uri", "uriBaseId": str, "index": int, "properties": dict},
    "region": {
        "startLine": "counted", "startColumn": "counted", "endLine": "counted", "endColumn": "counted",
        "snippet": dict, "properties": dict,
    },
    "suppression": {
        "kind*": _KINDS, "status": {"accepted", "underReview", "rejected"}, "justification": str,
        "location": "location", "guid": str, "properties": dict,
    },
}


class NotSarifError(Exception):
    """The document is not what the standard says; the message is the place."""


def read(document: Any) -> list[dict[str, Any]]:
    """Return the results of all runs, after the whole document was checked."""
    _object(document, "log", "$")
    results = []
    for number, run in enumerate(document["runs"]):
        rules = [rule["id"] for rule in run["tool"]["driver"].get("rules", [])]
        _must(len(rules) == len(set(rules)), f"runs[{number}]: a rule is there twice")
        for result in run.get("results", []):
            index = result.get("ruleIndex", -1)
            _must(index < 0 or rules[index] == result["ruleId"], f"runs[{number}]: ruleIndex is of another rule")
            _must("text" in result["message"] or "id" in result["message"], "a message has neither text nor id")
            results.append(result)
    return results


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise NotSarifError(what)


def _object(value: Any, kind: str, at: str) -> None:
    _must(isinstance(value, dict), f"{at} is no object")
    known = {name.rstrip("*"): what for name, what in _OBJECTS[kind].items()}
    required = {name.rstrip("*") for name in _OBJECTS[kind] if name.endswith("*")}
    _must(required <= set(value), f"{at} lacks {required - set(value)}")
    for name, item in value.items():
        _must(name in known, f"{at} has no property {name}")
        _value(item, known[name], f"{at}.{name}")


def _value(value: Any, what: Any, at: str) -> None:
    if isinstance(what, list):
        _must(isinstance(value, list), f"{at} is no list")
        for number, item in enumerate(value):
            _value(item, what[0], f"{at}[{number}]")
    elif isinstance(what, set):
        _must(value in what, f"{at} is none of {sorted(what)}")
    elif what in ("uri", "absolute"):
        _must(isinstance(value, str) and _URI.fullmatch(value) is not None, f"{at} is no URI")
        _must(what == "uri" or "://" in value, f"{at} is no absolute URI")
    elif what == "counted":
        _must(isinstance(value, int) and not isinstance(value, bool) and value >= 1, f"{at} does not count from 1")
    elif isinstance(what, str):
        _object(value, what, at)
    else:
        right = isinstance(value, what) and (what is not int or not isinstance(value, bool))
        _must(right, f"{at} is no {what.__name__}")
