"""What each SR OS release has: looking nodes, types and actions up, and checking a tree against a release.

The facts stand in ``schemas/sros/<release>.json``, compiled from Nokia's YANG by ``sroscert.schema.compiler``, which
is not imported here: neither YANG nor its tools are needed to use them.
"""

from __future__ import annotations

from sroscert.schema.checker import MANAGED_ELSEWHERE, Violation
from sroscert.schema.loader import Action, Schema, first_release_with, known_releases, load, read_file
from sroscert.schema.nodes import Choice, Node
from sroscert.schema.places import data_folder
from sroscert.schema.types import InvalidValueError, Type, nearest

__all__ = [
    "MANAGED_ELSEWHERE",
    "Action",
    "Choice",
    "InvalidValueError",
    "Node",
    "Schema",
    "Type",
    "Violation",
    "data_folder",
    "first_release_with",
    "known_releases",
    "load",
    "nearest",
    "read_file",
]
