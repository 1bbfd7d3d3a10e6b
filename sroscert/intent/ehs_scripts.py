"""The scripts that renew on the box: which kind a router runs, and the text of the one for a certificate.

A Python handler where the router runs Python and its operations on certificates are modelled (model-driven mode, from
23.3): it reads what the CA answered. Elsewhere a CLI script, in the engine that the router runs scripts in.

ASSUMPTION: in model-driven mode a CLI script runs in the MD-CLI engine and a line that begins with ``//`` runs one
classic command there, as it does at a prompt. Nokia's guide says of ``exec`` that a file may switch engines, and no
public source says so for scripts of event handling; on a router in classic or mixed mode the classic template is used,
which needs no such line. What the templates do about a failed request is said in them.
"""

from __future__ import annotations

import functools
import hashlib
import pathlib
import re

import jinja2

from sroscert.errors import IntentError, Problem
from sroscert.intent.ehs import Renewing
from sroscert.intent.values import CertificateIntent
from sroscert.schema import Schema
from sroscert.schema.facts import facts
from sroscert.values import ConfigTree, Path

PYTHON = "python"
"""The engine of a Python handler, besides ``md-cli`` and ``classic-cli``."""

PYTHON_OPERATIONS = (
    "admin system security pki cmpv2 key-update",
    "admin system security pki cmpv2 poll",
    "admin system security pki export",
    "admin system security pki generate-keypair",
    "admin system security pki import",
    "file remove",
    "//admin certificate reload",
)
"""What the Python handler has the router do, as lines of its CLI: modelled operations, and one command."""

# No secret: a bundle must have one, and is on cf3: for as long as two commands take, as the new key itself is.
_BUNDLE_PASSWORD = "renewal-on-the-box"  # noqa: S105
_MODE = Path.of("configure", "system", "management-interface", "configuration-mode")
_PACKAGE = pathlib.Path(__file__).resolve().parents[1]
_PYTHON_FILE = re.compile(r"auto-cert-update.*-[0-9a-f]{8}\.py", re.IGNORECASE)


def has_python(schema: Schema) -> bool:
    """Tell whether a release can renew by a Python handler: it runs Python, and has the operations to call."""
    return facts(schema).python_scripts and facts(schema).pki_actions


def runs_in(certificate: CertificateIntent, engine: str | None, running: ConfigTree, schema: Schema) -> str:
    """Return what the script of a certificate is written for: ``python``, ``md-cli`` or ``classic-cli``.

    What the intent says counts, then what the router was seen to run; without a look at one it is taken to be in
    model-driven mode, unless its configuration says otherwise.
    """
    chosen = certificate.renewal.engine or engine
    if chosen is not None:
        return chosen
    model_driven = running.text(_MODE) in ("", "model-driven")
    return PYTHON if model_driven and has_python(schema) else "md-cli"


def script_text(certificate: CertificateIntent, pair: Renewing, engine: str, location: str) -> bytes:
    """Return the script, put at ``location``, that renews ``pair`` in place.

    Raises IntentError for a text that a command cannot carry.
    """
    template = _environment().get_template("ehs/python.py.j2" if engine == PYTHON else f"ehs/{engine}.txt.j2")
    reload = (
        f"//admin certificate reload type cert-key-pair {token(pair.certificate)} protocol tls key-file "
        f"{token(pair.key)}"
    )
    text = template.render(
        certificate=pair.certificate, key=pair.key, next=f"{pair.certificate}-next", next_key=f"{pair.key}-next",
        location=location.replace("\\", "/"), ca_profile=certificate.ca_profile, key_type=certificate.key.type,
        key_size=certificate.key.size, curve=certificate.key.curve, password=_BUNDLE_PASSWORD, reload=reload,
    )
    return text.encode()


def python_location(location: str, text: bytes) -> str:
    """Return where a Python script goes that would be at ``location`` as a CLI script.

    The name has the digest of the text: a router keeps what it compiled when the configuration was committed, so that
    another text needs another URL. Nothing uses a new name before the commit that brings it.
    """
    return f"{location.removesuffix('.txt')}-{hashlib.sha256(text).hexdigest()[:8]}.py"


def is_python_file(name: str) -> bool:
    """Tell whether a file on cf3: has the name of a Python script of ours."""
    return _PYTHON_FILE.fullmatch(name) is not None


def token(text: str) -> str:
    """Return one word of a command, in quotes where it has to be. Raises IntentError."""
    if re.fullmatch(r"[A-Za-z0-9_.:/=,@+*-]+", text):
        return text
    return _quoted(text)


def literal(text: str) -> str:
    """Return a literal of Python. Raises IntentError."""
    if '"' in text and "\\" not in text and text.isprintable() and "'" not in text:
        return f"'{text}'"
    return _quoted(text)


def _quoted(text: str) -> str:
    if '"' in text or "\\" in text or not text.isprintable():
        raise IntentError([Problem("unsafe-text", "a command cannot carry this text", path="renewal")])
    return f'"{text}"'


@functools.cache
def _environment() -> jinja2.Environment:
    folders = [str(folder) for folder in (_PACKAGE / "_data" / "templates", _PACKAGE.parent / "templates")]
    # Plain text, not HTML: every value goes through the filter `token` or `literal`.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders), undefined=jinja2.StrictUndefined, autoescape=False,  # noqa: S701
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )
    environment.filters["token"] = token
    environment.filters["literal"] = literal
    return environment
