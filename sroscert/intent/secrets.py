"""Secret references: what they look like, and how they become the secret at the last moment.

A secret is never logged or put into an error. The one who asks holds it no longer than needed;
only what was typed in is remembered, for the run.
"""

from __future__ import annotations

import getpass
import importlib
import os
import pathlib
import sys
import threading
from typing import Any

from sroscert.errors import SecretError, UsageError
from sroscert.homes import expanded
from sroscert.model.scalars import is_reference

__all__ = ["is_reference", "resolve"]

MAX_BYTES = 4096
_PROMPT_LOCK = threading.Lock()
_PROMPTED: dict[str, str] = {}


def resolve(reference: str, base: pathlib.Path) -> str:
    """Return the secret that ``reference`` names; a relative ``file:`` counts from ``base``.

    Raises SecretError, which names the reference and never the secret.
    """
    if not is_reference(reference):
        raise SecretError("a secret is given as itself", hint="use a reference: env:, file:, keyring: or prompt:")
    kind, _, rest = reference.partition(":")
    if kind == "file":
        secret = _from_file(rest, base)
    else:
        secret = {"env": _from_env, "keyring": _from_keyring, "prompt": _from_prompt}[kind](rest)
    if not secret:
        raise SecretError(f"the secret {reference} is empty")
    if any(ord(character) < 32 or ord(character) == 127 for character in secret):
        raise SecretError(f"the secret {reference} holds a control character", hint="one line, without a tab")
    return secret


def _from_env(name: str) -> str:
    secret = os.environ.get(name)
    if secret is None:
        raise SecretError(f"the environment variable {name} is not set", hint=f"set it: read -rs {name}; export {name}")
    return secret


def _from_file(name: str, base: pathlib.Path) -> str:
    file = base / name
    try:
        file = base / expanded(pathlib.Path(name))
        data = file.read_bytes()
    except UsageError as error:
        raise SecretError(f"the secret file {error}", hint=error.hint) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise SecretError(f"the secret file {file} cannot be read: {reason}") from error
    if len(data) > MAX_BYTES:
        raise SecretError(f"the secret file {file} is longer than {MAX_BYTES} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        # Without a cause: it would carry the bytes.
        raise SecretError(f"the secret file {file} is not UTF-8 text") from None
    return text.removesuffix("\n").removesuffix("\r")


def _from_keyring(rest: str) -> str:
    service, _, user = rest.partition("/")
    try:
        keyring: Any = importlib.import_module("keyring")
    except ImportError as error:
        raise SecretError(
            f"keyring:{rest} needs the package keyring, which is not installed", hint="pip install keyring"
        ) from error
    errors: Any = importlib.import_module("keyring.errors")
    try:
        secret = keyring.get_password(service, user)
    except errors.KeyringError as error:
        raise SecretError(f"the keyring does not answer for {rest}: {type(error).__name__}") from error
    if secret is None:
        raise SecretError(f"the keyring has no entry {rest}", hint=f"keyring set {service} {user}")
    return str(secret)


def _from_prompt(label: str) -> str:
    if not sys.stdin.isatty():
        raise SecretError("a secret must be typed in, but there is no terminal", hint="use env: or file: instead")
    with _PROMPT_LOCK:
        # Asked once a run: a hundred routers that share a password must not ask a hundred times.
        if label not in _PROMPTED:
            try:
                _PROMPTED[label] = getpass.getpass(f"{label or 'secret'}: ")
            except EOFError as error:
                raise SecretError("no secret was typed in") from error
        return _PROMPTED[label]
