"""The exceptions that pySROS documents."""

from __future__ import annotations


class SrosMgmtError(Exception):
    """The router refused."""


class InvalidPathError(Exception):
    """A path is malformed, or the models have none such."""


class InternalError(Exception):
    """Something that should not happen."""


class ActionTerminatedIncompleteError(Exception):
    """An operation ended with the status terminated-incomplete."""
