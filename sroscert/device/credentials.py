"""The login to one router: a username and a password that was resolved once.

Resolving secret references belongs to ``intent.secrets``; this module only keeps what came out of it from being
shown, copied into a dictionary or pickled by accident.
"""

from __future__ import annotations

from collections.abc import Callable


class Credentials:
    """A username and a password. The password is never part of ``repr``, ``str`` or a pickle."""

    __slots__ = ("_password", "username")

    def __init__(self, username: str, password: str) -> None:
        self.username = username
        self._password = password

    @classmethod
    def resolve(cls, username: str, reference: str, resolve: Callable[[str], str]) -> Credentials:
        """Resolve a secret reference (``env:X``, ``file:y``) once. Raises what ``resolve`` raises (SecretError)."""
        return cls(username, resolve(reference))

    @property
    def password(self) -> str:
        """The secret itself, for the one call that sends it."""
        return self._password

    def __repr__(self) -> str:
        return f"Credentials({self.username!r}, *****)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Credentials):
            return NotImplemented
        return (self.username, self._password) == (other.username, other._password)

    def __hash__(self) -> int:
        return hash((self.username, self._password))

    def __reduce__(self) -> str:
        raise TypeError("credentials are not pickled")
