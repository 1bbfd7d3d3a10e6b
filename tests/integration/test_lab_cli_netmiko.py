"""netmiko's `nokia_sros` driver against the lab router's CLI, over real SSH."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from netmiko import file_transfer
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import make_behaviour

from tests.support.fleet import PASSWORD, MakeFleet
from tests.support.lab import lab_router, wait_until
from tests.support.lab_cli import netmiko_session
from tests.support.lab_shell import set_mode
from tests.support.netconf_client import connect

pytestmark = pytest.mark.client("netmiko")

RELEASES = ("19.10", "21.2", "25.10")


@pytest.fixture(params=RELEASES)
def core(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RouterCore]:
    """A running router of each release, with its PKI."""
    with lab_router(tmp_path, request.param, make_behaviour=make_behaviour) as router:
        yield router.core


def test_the_driver_opens_a_session_and_runs_commands(core: RouterCore) -> None:
    """Prompt, `show version`, `file list`, and the PKI commands of the tutorial through the classic engine."""
    with netmiko_session(core) as router:
        assert router.find_prompt() == "A:admin@sr#"
        assert str(router.send_command("show version")).startswith(f"TiMOS-{core.release_name} ")
        silent = _told(core) if core.train >= (24, 3) else ""
        assert router.send_command("//admin certificate gen-keypair cf3:/sr-key size 2048 type rsa") == silent
        router.send_command("//admin certificate import type key input cf3:/sr-key output sr-key format der")
        assert "sr-key" in str(router.send_command("file list cf3:/system-pki"))
        assert "Volume in drive cf3" in str(router.send_command("file list cf3:/"))
        wrong = str(router.send_command("//admin certificate nonsense"))
        assert "Error: Bad command." in wrong
        assert router.check_enable_mode()


LINES = [
    '/configure system security pki ca-profile "ejbca" description "by CLI"',
    '/configure system security pki ca-profile "ejbca"',
    "cmpv2 url url-string http://172.20.20.6:8080/ejbca/publicweb/cmp/CMP-Server",
    "cmpv2 key-list key 1 password sr",
    "revocation-check crl-optional",
]


def test_the_driver_edits_compares_and_commits(core: RouterCore) -> None:
    """config_mode, send_config_set, commit, exit_config_mode; the router then has what was typed."""
    with netmiko_session(core) as router:
        router.config_mode()
        assert router.check_config_mode()
        output = router.send_config_set(LINES)
        assert "MINOR:" not in output
        compared = str(router.send_command("compare", expect_string=r"#\s*$"))
        assert re.search(r'^\+ +description "by CLI"$', compared, re.MULTILINE)
        assert core.datastores.is_locked("candidate")
        router.commit()
        assert "ca-profile" not in str(router.send_command("compare", expect_string=r"#\s*$"))
        router.exit_config_mode()
        assert not router.check_config_mode()
    running = etree.tostring(core.running(), encoding="unicode")
    assert "by CLI" in running
    assert "<password>sr</password>" in running
    assert not core.datastores.is_locked("candidate")


def test_what_was_not_committed_is_discarded_on_leaving(core: RouterCore) -> None:
    """The driver discards and leaves; nothing is changed."""
    with netmiko_session(core) as router:
        router.config_mode()
        router.send_config_set(['/configure system name "renamed"'])
        router.exit_config_mode()
    assert b"renamed" not in etree.tostring(core.running())
    assert not core.datastores.is_locked("candidate")


def test_a_dropped_session_gives_its_lock_back(core: RouterCore) -> None:
    """The connection ends in exclusive mode with a change: lock and change are gone."""
    with netmiko_session(core) as router:
        router.config_mode()
        router.send_config_set(['/configure system name "renamed"'])
        router.remote_conn_pre.close()  # type: ignore[union-attr]
    wait_until(lambda: not core.datastores.is_locked("candidate"), "the lock is free")
    assert b"renamed" not in etree.tostring(core.running())


def test_a_second_session_is_refused_with_nokias_words(core: RouterCore) -> None:
    """#2052 for a second exclusive session, #2051 for a global one."""
    with netmiko_session(core) as one, netmiko_session(core) as other:
        one.config_mode()
        refused = str(other.send_command("edit-config exclusive"))
        assert "MINOR: MGMT_CORE #2052: Exclusive datastore access unavailable" in refused
        assert "MINOR: MGMT_CORE #2051: Global datastore access unavailable - the MD-CLI has" in str(
            other.send_command("edit-config global")
        )
        table = str(other.send_command("show system management-interface datastore-locks detail"))
        assert "Exclusive" in table


@pytest.mark.parametrize("release", ["19.10", "21.2"])
def test_the_tutorial_enrols_a_certificate_by_cli(lab_fleet: MakeFleet, release: str) -> None:
    """Keys, CA certificate, CA profile, initial registration, import: every line typed, the CA's answer seen."""
    fleet = lab_fleet(release=release)
    core = fleet.routers["sr1"].core
    core.flash.write("cf3:/ManagementCA.pem", (fleet.folder / "ManagementCA.pem").read_bytes())
    code = (fleet.folder / "codes" / "sr1").read_text().strip()
    with netmiko_session(core, PASSWORD) as router:
        for line in (
            "gen-keypair cf3:/sr-key size 2048 type rsa",
            "import type key input cf3:/sr-key output sr-key format der",
            "import type cert input cf3:/ManagementCA.pem output ManagementCA.pem format pem",
        ):
            assert router.send_command(f"//admin certificate {line}") == ""
        router.config_mode()
        profile = '/configure system security pki ca-profile "ejbca-profile"'
        router.send_config_set(
            [
                f"{profile} admin-state enable cert-file ManagementCA.pem",
                f"{profile} cmpv2 accept-unprotected-message error-message true pkiconf-message true",
                f"{profile} cmpv2 always-set-sender-for-ir true",
                f'{profile} revocation-check crl-optional',
                f"{profile} cmpv2 url url-string {fleet.cmp.url}",
            ],
            error_pattern="MINOR:",
        )
        router.commit()
        router.exit_config_mode()
        assert "Oper State     : up" in str(router.send_command('show certificate ca-profile "ejbca-profile"'))
        answer = router.send_command(
            f'//admin certificate cmpv2 initial-registration ca "ejbca-profile" key-to-certify sr-key protection-alg '
            f"password {code} reference sr1 subject-dn C=NL,ST=ZH,O=Nokia,CN=sr1 ip-addr {core.address} "
            "save-as cf3:/sr-cert.der"
        )
        assert answer == "Processing request...\nReceived 'accepted'."
        request = str(router.send_command('//admin certificate cmpv2 show-request ca "ejbca-profile"'))
        assert "CA Response         : accepted" in request
        router.send_command("//admin certificate import type cert input cf3:/sr-cert.der output sr-cert format der")
        shown = str(router.send_command("//admin certificate display type cert format der cf3:/system-pki/sr-cert"))
        assert "CN=sr1" in shown
        router.save_config()
    assert not core.datastores.is_unsaved


def test_the_driver_copies_a_file(core: RouterCore, tmp_path: Path) -> None:
    """SCP to cf3:, with the checks before and after that the driver makes by `file list`."""
    source = tmp_path / "ManagementCA.pem"
    source.write_bytes(b"not a certificate\n" * 100)
    with netmiko_session(core) as router:
        result = file_transfer(
            router, str(source), "new.pem", file_system="cf3:", disable_md5=True, overwrite_file=True
        )
    assert result["file_transferred"]
    assert core.flash.read("cf3:/new.pem") == source.read_bytes()


CLASSIC_LINES = [
    "configure system security pki",
    'ca-profile "ejbca" create',
    "cmpv2",
    "accept-unprotected-errormsg",
    "url http://172.20.20.6:8080/ejbca/publicweb/cmp/CMP-Server",
    "key-list key sr reference 1",
    "exit",
    "revocation-check crl-optional",
    "no shutdown",
]


@pytest.mark.parametrize("mode", ["classic", "mixed"])
def test_the_driver_works_in_the_classic_engine(tmp_path: Path, mode: str) -> None:
    """A classic and a mixed router greet with the classic CLI: PKI commands, configuration at once, saving."""
    with lab_router(tmp_path, "19.10", make_behaviour=make_behaviour) as lab:
        core = lab.core
        set_mode(core, mode)
        with netmiko_session(core) as router:
            assert router.find_prompt() in ("A:sr#", "*A:sr#")
            assert str(router.send_command("show version")).count("TiMOS-B-19.10.R1") == 1
            assert "MINOR" not in str(router.send_command("admin certificate gen-keypair cf3:/k size 2048 type rsa"))
            assert core.flash.exists("cf3:/k")
            assert re.search(r"\d+ k\s", str(router.send_command("file dir cf3:/")))
            other = str(router.send_command("//show version"))
            assert ("#2053 Switching CLI engine is not authorized" in other) == (mode == "classic")
            if mode == "mixed":
                said = router.send_config_set(CLASSIC_LINES)
                assert "*A:sr>config>system>security>pki>ca-prof>cmpv2$" in said
                assert not re.search("MINOR:|Error:", said)
            else:
                assert router.send_command('configure system security pki ca-profile "ejbca" create shutdown') == ""
            assert router.find_prompt() == "*A:sr#"
            shown = str(router.send_command("admin display-config"))
            assert '                ca-profile "ejbca" create\n' in shown.replace("\r", "")
            router.save_config()
            assert router.find_prompt() == "A:sr#"
        with connect(core) as client:
            assert b">ejbca<" in etree.tostring(client.get_config("running").data_ele)
    assert not core.datastores.is_unsaved


@pytest.mark.parametrize("release", ["19.10", "21.2"])
def test_the_driver_commits_a_transaction_of_the_classic_engine(tmp_path: Path, release: str) -> None:
    """Mixed mode: lines go into the candidate, filters show it, and all of it is in force at the commit only."""
    with lab_router(tmp_path, release, make_behaviour=make_behaviour) as lab:
        core = lab.core
        set_mode(core, "mixed")
        core.datastores.save()
        with netmiko_session(core) as router:
            assert router.find_prompt() == "A:sr#"
            assert router.send_command("candidate edit exclusive", expect_string=r">edit-cfg# $") == ""
            said = router.send_config_set([*CLASSIC_LINES, "exit all"])
            assert "A:sr>edit-cfg>config>system>security>pki>ca-prof$" in said
            assert not re.search("MINOR:|Error:", said)
            viewed = str(router.send_command("candidate view | match ca-profile context children"))
            assert re.search(r"^ +\d+: +ca-profile \"ejbca\" create$", viewed, re.MULTILINE)
            assert b">ejbca<" not in etree.tostring(core.running())
            assert router.send_command("candidate commit no-checkpoint", expect_string=r"\*A:sr# $") == ""
            assert b">ejbca<" in etree.tostring(core.running())
            shown = str(router.send_command('admin display-config | match "ejbca" context all'))
            assert [line.strip() for line in shown.splitlines()][:5] == [
                "configure", "system", "security", "pki", 'ca-profile "ejbca" create',
            ]
            router.save_config()
            assert router.find_prompt() == "A:sr#"
    assert not core.datastores.is_unsaved


def _told(core: RouterCore) -> str:
    """What `//command` says around the output, from 24.3 on."""
    return (
        "INFO: CLI #2051: Switching to the classic CLI engine\n"
        "INFO: CLI #2050: Classic CLI modification of the configuration is not allowed - 'model-driven' management "
        "interface configuration mode active\n"
        "INFO: CLI #2052: Switching to the MD-CLI engine"
    )
