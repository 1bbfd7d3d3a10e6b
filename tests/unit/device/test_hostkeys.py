"""The reading of known_hosts files and the choice of algorithms."""

from __future__ import annotations

import base64
from pathlib import Path

import paramiko
import pytest

from sroscert.device.hostkeys import RSA_ALGORITHMS, HostKey, KnownHosts, algorithms_for
from sroscert.errors import HostKeyError

ONE, TWO = HostKey("ssh-rsa", b"one"), HostKey("ssh-ed25519", b"two")


def text(key: HostKey) -> str:
    """Return type and key as a known_hosts line has them."""
    return f"{key.type} {base64.b64encode(key.blob).decode()}"


HASHED = paramiko.HostKeys.hash_host("172.20.20.5")
HASHED_PORT = paramiko.HostKeys.hash_host("[172.20.20.5]:830")

CASES = {
    "a bare address is good for every port": ([f"172.20.20.5 {text(ONE)}"], 830, [ONE]),
    "a bare address is good for port 22": ([f"172.20.20.5 {text(ONE)}"], 22, [ONE]),
    "an address with a port is good for that port": ([f"[172.20.20.5]:830 {text(ONE)}"], 830, [ONE]),
    "an address with a port is good for no other": ([f"[172.20.20.5]:830 {text(ONE)}"], 22, []),
    "the line with the port wins": ([f"172.20.20.5 {text(ONE)}", f"[172.20.20.5]:830 {text(TWO)}"], 830, [TWO]),
    "several keys are all good": ([f"172.20.20.5 {text(ONE)}", f"172.20.20.5 {text(TWO)}"], 22, [ONE, TWO]),
    "one line may have several names": ([f"sr,172.20.20.5 {text(ONE)} comment"], 22, [ONE]),
    "a hashed name": ([f"{HASHED} {text(ONE)}"], 22, [ONE]),
    "a hashed name with a port": ([f"{HASHED_PORT} {text(ONE)}"], 830, [ONE]),
    "another's hashed name": ([f"{paramiko.HostKeys.hash_host('172.20.20.6')} {text(ONE)}"], 22, []),
    "a pattern": ([f"172.20.20.* {text(ONE)}"], 22, [ONE]),
    "a negated pattern": ([f"172.20.20.*,!172.20.20.5 {text(ONE)}"], 22, []),
    "a prefix is no pattern": ([f"172.20.20 {text(ONE)}"], 22, []),
    "a revoked key is never good": ([f"172.20.20.5 {text(ONE)}", f"@revoked * {text(ONE)}"], 22, []),
    "a CA for host keys is not understood": ([f"@cert-authority 172.20.20.5 {text(ONE)}"], 22, []),
    "comments and broken lines are passed over": (["# x", "", "172.20.20.5 ssh-rsa", "172.20.20.5 ssh-rsa !!"], 22, []),
}


@pytest.mark.parametrize("case", CASES)
def test_known_keys(case: str) -> None:
    """A known_hosts file is read as sshd(8) describes it."""
    lines, port, keys = CASES[case]
    assert KnownHosts.parse(lines).keys("172.20.20.5", port) == tuple(keys)


def test_a_missing_file_is_a_host_key_error(tmp_path: Path) -> None:
    """Without the file nothing is known, and the error says how to make it."""
    with pytest.raises(HostKeyError) as caught:
        KnownHosts.load(tmp_path / "none")
    assert "sroscert trust" in caught.value.hint


def test_an_rsa_key_is_asked_for_by_all_three_algorithms() -> None:
    """RFC 8332 section 3: one RSA key, three signature algorithms; known ones come before all others."""
    supported = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
    assert algorithms_for([ONE], supported) == (*RSA_ALGORITHMS, "ssh-ed25519", "ecdsa-sha2-nistp256")
    assert algorithms_for([TWO], supported)[0] == "ssh-ed25519"
    assert set(algorithms_for([TWO], supported)) == set(supported)


def test_a_line_says_the_port_where_it_is_not_22() -> None:
    """The line of a key is one that makes it known."""
    assert ONE.line("172.20.20.5", 22).startswith("172.20.20.5 ssh-rsa ")
    assert KnownHosts.parse([ONE.line("172.20.20.5", 830)]).keys("172.20.20.5", 830) == (ONE,)
