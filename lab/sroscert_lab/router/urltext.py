"""How a router prints a URL: the password in it as `xxxx` (a public transcript of a failed action).

Owns that form, and no more: what is done with a URL, and what a configuration shows, is others'.
"""

from __future__ import annotations

import re

# The MD-CLI turns the slashes of a URL round before it is looked at.
_PASSWORD = re.compile(r"(?P<before>\b[A-Za-z][A-Za-z0-9+.-]*:[/\\]{2}[^\s:@/\\\"']*):[^\s/\\\"']*@")


def without_passwords(text: str) -> str:
    """The text with the password of each URL in it as `xxxx`."""
    return _PASSWORD.sub(r"\g<before>:xxxx@", text)
