"""The one error that the PKI side raises: an operation that the router refuses, with the reason in plain words.

How the refusal is put to the user (a line of CLI output, an rpc-error, a terminated action) is decided elsewhere:
commands.py for raw commands, actions.py for modelled ones.
"""

from __future__ import annotations


class PKIRefusal(Exception):
    """The router refuses an operation.

    Attributes:
        reason: the text after the severity and the number.
        printed: what the command had printed before.
    """

    def __init__(self, reason: str, *, printed: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.printed = printed


class UnreadableFile(PKIRefusal):
    """A file of system-pki is damaged; event 2043 has said so."""
