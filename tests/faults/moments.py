"""What a run of sroscert asks a router to do, in order, as short names: the rows of the matrix.

Owns which requests write, and their names; reads nothing but the text of a request as `sroscert_lab.router.moments`
tells it.
"""

from __future__ import annotations

import re

_TAG = re.compile(r"<(?!/)(?:\w+:)?([\w-]+)[^>]*>")
#: Found anywhere in a request: what it is called. The first that fits.
_NAMES = (
    (re.compile(r"\b(gen-keypair|generate-keypair)\b"), "generate key"),
    (re.compile(r"\bgenerate-csr\b"), "write request"),
    (re.compile(r"\b(initial-registration|key-update|cert-request)\b"), "request"),
    (re.compile(r"\bimport\b.*\btype>?\s*key\b"), "import key"),
    (re.compile(r"\bimport\b.*\btype>?\s*cert"), "import certificate"),
    (re.compile(r"\bfile\W+(?:remove|delete)\b"), "remove file"),
    (re.compile(r"\bfile\W+copy\b"), "copy file"),
)


def name_of(request: str) -> str:
    """The name of a request that writes; empty for one that only reads, or prepares."""
    word = request.split(" ", 1)[0]
    if word == "commit":
        return "commit"
    if word == "copy-config":
        return "save"
    text = _TAG.sub(r"\1> ", request) if word == "action" else request
    return next((name for pattern, name in _NAMES if pattern.search(text)), "")
