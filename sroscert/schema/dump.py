"""Write a compiled schema as JSON text.

The same content gives the same bytes, and each node has a line of its own, so that a difference between two releases
reads as the nodes that differ.
"""

from __future__ import annotations

import json
from typing import Any


def dump(content: dict[str, Any]) -> str:
    """Return the text of a schema file."""
    parts = [f"{json.dumps(name)}:{_section(name, value)}" for name, value in content.items()]
    return "{" + ",\n".join(parts) + "}\n"


def _section(name: str, value: Any) -> str:
    if name == "types":
        return "{\n" + ",\n".join(f"{json.dumps(key)}:{_compact(value[key])}" for key in value) + "}"
    if name == "roots":
        return _nodes(value, 1)
    if name == "actions":
        return "{\n" + ",\n".join(f"{json.dumps(key)}:{_action(value[key])}" for key in value) + "}"
    return _compact(value)


def _action(action: dict[str, Any]) -> str:
    parts = [
        f"{json.dumps(key)}:{_node(value, 2) if key in ('input', 'output') else _compact(value)}"
        for key, value in action.items()
    ]
    return "{" + ",".join(parts) + "}"


def _nodes(nodes: dict[str, Any], depth: int) -> str:
    if not nodes:
        return "{}"
    indent = "\n" + " " * depth
    return "{" + ",".join(f"{indent}{json.dumps(name)}:{_node(node, depth + 1)}" for name, node in nodes.items()) + "}"


def _node(node: dict[str, Any], depth: int) -> str:
    parts = [
        f"{json.dumps(key)}:{_nodes(value, depth) if key == 'children' else _compact(value)}"
        for key, value in node.items()
    ]
    return "{" + ",".join(parts) + "}"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)
