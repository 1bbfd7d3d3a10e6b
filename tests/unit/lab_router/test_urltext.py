"""The password of a URL in what a router prints."""

from __future__ import annotations

import pytest
from sroscert_lab.router.urltext import without_passwords


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('open file "ftp://u:p@192.0.2.1/a"', 'open file "ftp://u:xxxx@192.0.2.1/a"'),
        ("'ftp:\\\\u:p@q@h\\a' and http://v:@h", "'ftp:\\\\u:xxxx@h\\a' and http://v:xxxx@h"),
        ("ftp://:p:q@[2001:db8::1]/a", "ftp://:xxxx@[2001:db8::1]/a"),
        ("http://h:80/a@b", "http://h:80/a@b"),
        ("ftp://u@h/a:b@c", "ftp://u@h/a:b@c"),
        ('cf3:\\a "CN=a:b@c"', 'cf3:\\a "CN=a:b@c"'),
    ],
)
def test_the_password_of_a_url_is_xxxx(text: str, shown: str) -> None:
    """Of each URL, with either slash; nothing else that has a colon and an @."""
    assert without_passwords(text) == shown
