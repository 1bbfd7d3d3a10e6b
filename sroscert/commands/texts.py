"""Checks on every text of an intent that goes into a command or an action. What does not pass is refused, not mended.

A router's command line gives meaning to line ends, control characters, ``?``, TAB, quotes and blanks. A text that could
end a token or a line, or that the router's own model forbids, raises CommandError ``unsafe-text`` before anything is
sent. A secret never appears in the error.
"""

from __future__ import annotations

import ipaddress
import re

from sroscert.errors import CommandError

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/=,-]*")
# The two patterns of typedef cflash-url (nokia-types-sros), with \s narrowed to the blank.
_CFLASH = re.compile(r"cf[1-4](?:-[A-Da-d])?:(\\?[a-zA-Z0-9._\- ]{1,99}(?:\\[a-zA-Z0-9._\- ]{1,99})*)")
_ROOT = re.compile(r"cf[1-4](?:-[A-Da-d])?:[\\/]?")
_DOMAIN = re.compile(r"(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
_DN_ATTRIBUTES = frozenset({"C", "ST", "O", "OU", "CN"})


def refuse(what: str, why: str, *, shown: str = "") -> CommandError:
    """Build the error for a text that cannot be sent; ``shown`` is only given for what is no secret."""
    text = f" {shown!r}" if shown else ""
    return CommandError(
        f"the {what}{text} cannot be put into a router command: {why}", operation="command", code="unsafe-text",
        state="nothing was sent", hint=f"change the {what} in the intent",
    )


def printable(text: str, what: str, longest: int, *, secret: bool = False) -> str:
    """Return ``text`` when it is 1 to ``longest`` characters of printable ASCII (SR OS display-string)."""
    shown = "" if secret else text
    if not 1 <= len(text) <= longest:
        raise refuse(what, f"it must have 1 to {longest} characters", shown=shown)
    if not all(0x20 <= ord(char) < 0x7F for char in text):
        raise refuse(what, "it has a control character or one outside ASCII", shown=shown)
    if not text.strip():
        raise refuse(what, "it is all blanks", shown=shown)
    return text


def token(text: str, what: str, *, secret: bool = False) -> str:
    """Write a printable text as one token of a CLI line: bare where that is plain, else in double quotes.

    A double quote or a backslash in it is refused: how the classic engine escapes them is not known.
    """
    if _PLAIN.fullmatch(text):
        return text
    shown = "" if secret else text
    if '"' in text or "\\" in text:
        raise refuse(what, 'it has a " or a \\', shown=shown)
    return f'"{printable(text, what, 1000, secret=secret)}"'


def typed(token: str, what: str) -> str:
    """Return a token that can be typed in a CLI session, where a question mark asks for help, even inside quotes."""
    if "?" in token:
        raise refuse(what, "it has a ?, which asks for help in a CLI session")
    return token


def file_name(text: str, what: str) -> str:
    """Return the name of a file in system-pki (typedef pki-file-name: 1..95 characters, none of ``\\ : /``)."""
    printable(text, what, 95)
    if any(char in text for char in "\\:/*?"):
        raise refuse(what, "a file name has no path and no wildcard", shown=text)
    return text


def action_url(text: str, what: str = "file") -> str:
    """Return the URL of one file as YANG wants it, ``cf3:\\folder\\file`` (typedef cflash-url)."""
    printable(text, what, 200)
    url = text.replace("/", "\\")
    match = _CFLASH.fullmatch(url)
    if match is None or any(part.strip(". ") == "" for part in match[1].lstrip("\\").split("\\")):
        raise refuse(what, "it is no file on a compact flash (cf3:/name)", shown=text)
    colon = url.index(":") + 1
    return url if url[colon] == "\\" else f"{url[:colon]}\\{url[colon:]}"


def line_url(text: str, what: str = "file") -> str:
    """Return the URL of one file as a CLI line has it, ``cf3:/folder/file`` (tutorial transcript)."""
    return action_url(text, what).replace("\\", "/")


def folder_url(text: str, what: str = "folder") -> str:
    """Return the URL of a folder for a CLI line; the root of a compact flash is one."""
    if _ROOT.fullmatch(text):
        return text.rstrip("\\/") + "/"
    return line_url(text.rstrip("\\/"), what)


def subject_dn(text: str) -> str:
    """Return a subject as ``C=NL,O=Nokia,CN=sr``.

    SR OS takes C, ST, O, OU and CN; no way is known to write a comma or an equals sign inside a value.
    """
    what = "subject"
    printable(text, what, 256)
    for part in text.split(","):
        kind, equals, value = part.partition("=")
        if not equals or kind not in _DN_ATTRIBUTES or not value.strip() or "=" in value:
            raise refuse(what, "it must be C, ST, O, OU and CN with values, without , and = in them", shown=text)
    if any(char in text for char in '"\\'):
        raise refuse(what, 'it has a " or a \\', shown=text)
    return text


def ip_address(text: str) -> str:
    """Return an IPv4 or IPv6 address in canonical text."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise refuse("IP address", "it is no address", shown=text) from error
    if "%" in str(address):
        raise refuse("IP address", "it has a zone", shown=text)
    return str(address)


def host(text: str) -> str:
    """Return an address in canonical text, or a DNS name (1..128 characters) as it is."""
    try:
        return ip_address(text)
    except CommandError:
        if len(text) > 128 or not _DOMAIN.fullmatch(text):
            raise refuse("host", "it is neither an address nor a name", shown=text) from None
        return text


def domain_names(names: tuple[str, ...]) -> str:
    """Return DNS names as one comma-joined text (leaf domain-name: 1..512 characters)."""
    for name in names:
        if not _DOMAIN.fullmatch(name):
            raise refuse("DNS name", "it is no name", shown=name)
    return printable(",".join(names), "list of DNS names", 512)


def one_of(text: str, allowed: tuple[str, ...], what: str) -> str:
    """Return ``text`` when it is one of the words that the router knows."""
    if text not in allowed:
        raise refuse(what, f"it must be {', '.join(allowed)}", shown=text)
    return text
