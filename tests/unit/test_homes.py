"""A process without a home folder, and the home of a user that is not there: said with a hint, where it matters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sroscert.errors import SecretError, UsageError
from sroscert.homes import expanded
from sroscert.intent.secrets import resolve

NOBODY = "~no-such-user"
#: What a container has that runs as a user whom its system does not know: no HOME, and no entry in the password file.
HOMELESS = """
import pwd

def unknown(uid):
    raise KeyError(uid)

pwd.getpwuid = unknown
from sroscert.cli.main import main
from sroscert_lab.__main__ import main as lab

for words in ("schema list", "explain tls12-cipher", "run list", "status -f none.yaml"):
    print(words, "->", main(words.split()), flush=True)
print("lab", "->", lab(["status"]))
"""


def test_a_path_without_a_tilde_needs_no_home(tmp_path: Path) -> None:
    """And one below the home of nobody is an error with the path: on the command line, and in the intent's secrets."""
    assert expanded(Path("a/~/b")) == Path("a/~/b")
    with pytest.raises(UsageError, match=f"{NOBODY}/x: there is no {NOBODY} on this system"):
        expanded(Path(NOBODY, "x"))
    with pytest.raises(SecretError, match=f"{NOBODY}/x"):
        resolve(f"file:{NOBODY}/x", tmp_path)


def test_only_what_needs_a_home_asks_for_it(tmp_path: Path) -> None:
    """What reads no state works; the others, the lab among them, say in one line what is missing."""
    homes = ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    variables = {name: value for name, value in os.environ.items() if name not in homes}
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS], capture_output=True, text=True, check=False, cwd=tmp_path, env=variables
    )
    ends = [line for line in done.stdout.splitlines() if " -> " in line]
    assert ends == [
        "schema list -> 0", "explain tls12-cipher -> 0", "run list -> 64", "status -f none.yaml -> 64", "lab -> 1",
    ], done.stderr
    assert done.stderr.count("set HOME") == 3
    assert "Traceback" not in done.stderr
