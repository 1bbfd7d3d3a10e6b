"""What can be checked of lab/containerlab without SR OS images: topologies, the EJBCA script, the intent."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from sroscert.cli.main import main
from tests.support.lab_shell import typist
from tests.support.minting import CA, key_usage

PLACE = Path(__file__).parents[2] / "lab" / "containerlab"
TOPOLOGIES = ("vrnetlab.clab.yml", "srsim.clab.yml")
NODE_KEYS = {"kind", "image", "license", "type", "startup-config", "mgmt-ipv4", "env", "ports", "binds"}

#: Commands of EJBCA CE's command line and their options (EJBCA's sources; public scripts), as far as they are used.
COMMANDS = {
    "ca init": {
        "--caname", "--dn", "--tokenType", "--tokenPass", "--keytype", "--keyspec", "-s", "-v", "--policy", "-type",
    },
    "ca getcacert": {"--caname", "-f"},
    "config cmp addalias": {"--alias"},
    "config cmp updatealias": {"--alias", "--key", "--value"},
    "config cmp dumpalias": {"--alias"},
    "ra addendentity": {
        "--username", "--dn", "--altname", "--caname", "--type", "--token", "--certprofile", "--password",
    },
    "ra setclearpwd": {"--username", "--password"},
    "ra setendentitystatus": {"--username", "-S"},
}
#: Keys of a CMP alias (CmpConfiguration of EJBCA) with the values that are safe here.
SETTINGS = {
    "operationmode": "client",
    "authenticationmodule": "HMAC;EndEntityCertificate",
    "authenticationparameters": "-;-",
    "extractusernamecomponent": "CN",
    "responseprotection": "signature",
    "defaultca": "CN=LabCA,O=sroscert lab,C=NL",
    "allowautomatickeyupdate": "true",
    "allowupdatewithsamekey": "false",
}

DOCKER = """#!/bin/bash
# docker exec [-i] CONTAINER COMMAND...: runs the command here
printf '%s\\n' "$*" >>"$LOG.docker"
shift; [ "$1" = -i ] && shift
shift
exec "$@"
"""
EJBCA = """#!/bin/bash
{ printf '%s\\x1f' "$@"; printf '\\n'; } >>"$LOG.ejbca"
case "$*" in
"ca getcacert "*) echo "Subject: CN=LabCA"; cat "$PEM" ;;
"ra addendentity "*) [ ! -e "$LOG.has.$4" ] || { echo "$4 exists" >&2; exit 1; }; touch "$LOG.has.$4" ;;
esac
"""


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_a_topology_has_the_documented_shape(name: str) -> None:
    """Known kinds and keys, addresses inside the network and those of the intent, files that exist."""
    topology = yaml.safe_load((PLACE / name).read_text())
    intent = yaml.safe_load((PLACE / "intent.yaml").read_text())
    assert set(topology) == {"name", "mgmt", "topology"}
    assert set(topology["topology"]) == {"kinds", "nodes"}
    network = ipaddress.ip_network(topology["mgmt"]["ipv4-subnet"])
    kinds, nodes = topology["topology"]["kinds"], topology["topology"]["nodes"]
    for node in (*nodes.values(), *kinds.values()):
        assert set(node) <= NODE_KEYS
    for node in nodes.values():
        assert node["kind"] in ("nokia_sros", "nokia_srsim", "linux")
        assert ipaddress.ip_address(node["mgmt-ipv4"]) in network
        merged = {**kinds.get(node["kind"], {}), **node}
        assert re.fullmatch(r"[a-z0-9/_.-]+:[A-Za-z0-9.]+", merged["image"])
        config = merged.get("startup-config", "")
        assert not config or (".partial" in config and (PLACE / config).is_file())
        assert all(isinstance(value, str) for value in merged.get("env", {}).values())
    routers = {name: node["mgmt-ipv4"] for name, node in nodes.items() if node["kind"] != "linux"}
    assert routers == {name: router["address"] for name, router in intent["routers"].items()}
    assert f"http://{nodes['ca']['mgmt-ipv4']}:8080/" in intent["ca_profiles"]["lab-ca"]["cmpv2"]["url"]
    assert topology["name"] in (PLACE / "ejbca.sh").read_text().partition("clab-")[2].partition("-ca")[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the folder, with a docker and an EJBCA that write down what they are told."""
    place = tmp_path / "lab"
    shutil.copytree(PLACE, place)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in (("docker", DOCKER), ("ejbca", EJBCA), ("curl", "#!/bin/bash\nexit 0\n")):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    (tmp_path / "ca.pem").write_bytes(CA.make(usage=key_usage("key_cert_sign", "crl_sign", "digital_signature")).pem)
    return place


def run(folder: Path, *arguments: str) -> list[list[str]]:
    """Run the script, which must end well; the commands that EJBCA was given."""
    done = start(folder, *arguments)
    assert done.returncode == 0, done.stderr
    log = folder.parent / "log.ejbca"
    lines = log.read_text().splitlines()
    log.unlink()
    return [line.rstrip("\x1f").split("\x1f") for line in lines]


def start(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script with the docker, the EJBCA and the other tools of the fixture."""
    above = folder.parent
    environment = {
        **os.environ,
        "PATH": f"{above / 'bin'}:{os.environ['PATH']}",
        "LOG": str(above / "log"),
        "PEM": str(above / "ca.pem"),
        "EJBCA": str(above / "bin" / "ejbca"),
    }
    return subprocess.run(
        ["bash", str(folder / "ejbca.sh"), *arguments], env=environment, capture_output=True, text=True, check=False,
        timeout=60,
    )


def read(command: list[str]) -> tuple[str, dict[str, str]]:
    """The words of a command and its options; every option has a value."""
    count = next(number for number, word in enumerate(command) if word.startswith("-"))
    words, rest = " ".join(command[:count]), command[count:]
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    assert words in COMMANDS, words
    assert set(options) <= COMMANDS[words], options
    return words, options


def test_the_script_says_what_ejbca_knows(folder: Path) -> None:
    """Setup, a router and a second code: known commands, safe settings, codes in files and in no docker line."""
    commands = [read(command) for command in run(folder, "setup")]
    alias = {options["--key"]: options["--value"] for words, options in commands if words.endswith("updatealias")}
    assert alias == SETTINGS
    assert [words for words, _ in commands][:2] == ["ca init", "config cmp addalias"]
    assert commands[0][1]["--dn"] == SETTINGS["defaultca"]
    assert (folder / "ManagementCA.pem").read_bytes() == (folder.parent / "ca.pem").read_bytes()

    added, password = [read(command)[1] for command in run(folder, "router", "sr1", "172.20.21.11")]
    code = (folder / "codes" / "sr1").read_text().strip()
    assert len(code) == 22
    assert stat.S_IMODE((folder / "codes" / "sr1").stat().st_mode) == 0o600
    assert added["--password"] == password["--password"] == code
    assert (added["--dn"], added["--altname"]) == ("C=NL,O=sroscert lab,CN=sr1", "ipaddress=172.20.21.11")
    assert added["--caname"] == commands[0][1]["--caname"]

    renewed, status = [read(command) for command in run(folder, "again", "sr1")]
    assert renewed[1]["--password"] not in ("", code)
    assert status == ("ra setendentitystatus", {"--username": "sr1", "-S": "10"})
    said = (folder.parent / "log.docker").read_text()
    assert code not in said
    assert renewed[1]["--password"] not in said


def test_a_code_in_use_outlives_a_refusal(folder: Path) -> None:
    """EJBCA knows the router already: the script fails, and the file still holds the code that EJBCA has."""
    run(folder, "router", "sr1", "172.20.21.11")
    code = (folder / "codes" / "sr1").read_text()
    refused = start(folder, "router", "sr1", "172.20.21.11")
    assert refused.returncode == 1
    assert "sr1 exists" in refused.stderr
    assert (folder / "codes" / "sr1").read_text() == code


def test_no_code_is_taken_for_an_option(folder: Path) -> None:
    """Whatever the random bits: only characters that no command line reads as more than text."""
    fake = folder.parent / "bin" / "head"
    bits = r"\373\357\276\377\377\377" * 2 + r"\373\357\276\0"
    fake.write_text(f"#!/bin/bash\nprintf '{bits}'\n")
    fake.chmod(0o755)
    run(folder, "router", "sr1", "172.20.21.11")
    assert (folder / "codes" / "sr1").read_text() == "____....____....____AA\n"


def test_the_script_is_sound_shell() -> None:
    """shellcheck where it is installed, else the shell's own parser."""
    checker = ["shellcheck"] if shutil.which("shellcheck") else ["bash", "-n"]
    done = subprocess.run([*checker, str(PLACE / "ejbca.sh")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_intent_is_sound(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """lint has no error and no warning that is not accepted, with the files that the script makes."""
    run(folder, "setup")
    for name in ("sr1", "sr2"):
        run(folder, "router", name, "172.20.21.11")
    (folder / "password").touch(mode=0o600)
    (folder / "password").write_text("admin\n")
    for release in ("21.2", "25.10"):
        assert main(["lint", "-f", str(folder / "intent.yaml"), "--release", release, "--strict"]) == 0
        assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_the_first_configuration_is_taken_by_the_simulated_router(tmp_path: Path) -> None:
    """Each line of the partial configuration is MD-CLI of 21.2, and all of it commits."""
    with typist(tmp_path, "21.2") as at:
        at("edit-config exclusive")
        for line in (PLACE / "sros.partial.cfg").read_text().splitlines():
            assert at(line) == "", line
        assert at("commit") == ""


def test_the_readme_says_what_was_not_run() -> None:
    """Plainly, and it names every file."""
    text = (PLACE / "README.md").read_text()
    assert "**None of this has been run.**" in text
    for path in PLACE.iterdir():
        assert path.name in text or path.name == "README.md"
