from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from sroscert_lab.router.core import LoggedEvent
from sroscert_lab.router.ehs.conf import read_configuration
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.pki import display, formats
from sroscert_lab.router.pki.assumptions import FailureForm
from sroscert_lab.router.pki.events import file_reloaded
from sroscert_lab.router.pki.formats import Kind, PKIObject
from sroscert_lab.router.pki.logtable import Heading, log_table

from tests.support.lab_bench import CONF, Bench, Keys, Tree, ca_profile, configuration, to_xml
from tests.support.minting import CA
from tests.support.transcripts import LOG_101

ERROR_LINE = re.compile(r"^(MINOR|MAJOR|CRITICAL|ERROR|WARNING): \w+ #\d+", re.MULTILINE)
GENERATE = "//admin certificate gen-keypair cf3:/sr-key size 2048 type rsa"
IMPORT_KEY = "//admin certificate import type key input cf3:/sr-key output sr-key format der"


def test_the_tutorials_first_commands(bench: Bench, authority: CA) -> None:
    """Key generation, both imports, display and listing work as typed in the tutorial."""
    bench.put("ManagementCA.pem", authority.pem)

    assert bench.run(GENERATE) == ""
    assert bench.run(IMPORT_KEY) == ""
    line = "//admin certificate import type cert input cf3:/ManagementCA.pem output ManagementCA.pem format pem"
    assert bench.run(line) == ""

    text = bench.run("//admin certificate display type cert format der cf3:/system-pki/ManagementCA.pem")
    assert text.startswith("Certificate:\n    Data:\n        Version: 3 (0x2)\n        Serial Number:\n            ")
    assert "        Issuer: UID=c-0gkhtv71ootnm60rn, CN=ManagementCA, O=EJBCA Container Quickstart\n" in text
    listing = bench.run("file list cf3:/system-pki")
    assert "sr-key" in listing
    assert "ManagementCA.pem" in listing


def test_arguments_in_another_order(bench: Bench) -> None:
    """The order of keyword and value pairs does not matter."""
    bench.run("//admin certificate gen-keypair type rsa size 2048 cf3:/sr-key")
    bench.run("//admin certificate import format der output sr-key input cf3:/sr-key type key")
    assert bench.host.flash.exists("cf3:/system-pki/sr-key")


def test_show_ca_profile_is_the_transcripts_table(bench: Bench) -> None:
    """The table has the transcript's rows, in MD-CLI and behind `//`."""
    bench.apply(configuration({"ca-profile": [ca_profile(url="http://172.20.20.6:8080/cmp")]}))
    text = bench.run('/show certificate ca-profile "ejbca"')
    assert text == bench.run('//show certificate ca-profile "ejbca"')
    assert "CA Profile     : ejbca                          Admin State    : up\n" in text
    assert "HTTP Timeout   : 30 secs                        Router         : Base\n" in text
    assert "CA URL         : http://172.20.20.6:8080/cmp\n" in text
    assert "Unprot Err Msg : disabled                       Unprot Pki Conf: disabled\n" in text
    assert "Oper Flags     : invalid-cert\n" in text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("shw version", "MINOR: MGMT_CORE #2201: Unknown element - 'shw'"),
        ("show certificate nothing", "MINOR: MGMT_CORE #2201: Unknown element - 'nothing'"),
        ("//admin certificate import type", "MINOR: CLI #2001: Missing element value - 'type'"),
        ("admin system security pki show file-content cf3:/x type certificate format der", "Unknown element"),
        ("", "Unknown element"),
    ],
)
def test_what_is_unknown_on_21_2(bench: Bench, line: str, text: str) -> None:
    """A word that the engine does not know is refused as a whole; the MD-CLI pki commands are not on 21.2."""
    with pytest.raises(CommandFailed) as caught:
        bench.run(line)
    assert text in caught.value.text


def test_a_classic_word_that_is_unknown(bench: Bench) -> None:
    """The classic engine has an error of its own for a bad command."""
    with pytest.raises(CommandFailed, match="Bad command"):
        bench.run("//admin certificate nonsense")


def test_the_form_of_a_failure_can_be_chosen(bench: Bench) -> None:
    """On 21.2 the error line stands in the output; rpc-error and terminated-incomplete can be asked for."""
    line = "//admin certificate import type key input cf3:/none output k format der"
    assert ERROR_LINE.search(bench.run(line))
    for form in (FailureForm.RPC_ERROR, FailureForm.TERMINATED):
        bench.pki.assumptions = replace(bench.pki.assumptions, failure_form=form)
        with pytest.raises(CommandFailed) as caught:
            bench.run(line)
        assert caught.value.form == form.value
        assert ERROR_LINE.match(caught.value.text)


def test_a_newer_release_fails_with_an_rpc_error(new_bench: Bench) -> None:
    """25.10 answers a failing command with an rpc-error unless told otherwise."""
    with pytest.raises(CommandFailed) as caught:
        new_bench.run("//admin certificate import type key input cf3:/none output k format der")
    assert caught.value.form == "rpc-error"


def test_file_remove_needs_force(bench: Bench) -> None:
    """Without `force` the command would prompt, so it fails; with it the file is gone."""
    bench.put("x", b"1")
    assert ERROR_LINE.search(bench.run("file remove cf3:/x"))
    assert bench.host.flash.exists("cf3:/x")
    assert bench.run("file remove cf3:/x force") == ""
    assert not bench.host.flash.exists("cf3:/x")
    assert ERROR_LINE.search(bench.run("file remove cf3:/x force"))


def test_file_show_and_its_failure(bench: Bench) -> None:
    """`file show` frames the content; a missing file has the known text."""
    bench.put("script.txt", b"exit all\n")
    assert bench.run("file show cf3:\\script.txt").startswith(f"File: script.txt\n{'-' * 79}\nexit all\n")
    missing = bench.run("file show cf3:\\none")
    assert 'MINOR: MGMT_AGENT #2007: Operation failed - open file "cf3:\\none"' in missing


def test_saving_and_environment_print_nothing(bench: Bench) -> None:
    """`admin save` and the terminal settings have no output."""
    assert bench.run("admin save") == ""
    assert bench.host.saves == 1
    assert bench.run("//environment no more") == ""
    assert bench.run("environment more false") == ""


def test_the_classic_engine_must_be_authorised(bench: Bench) -> None:
    """With cli-engine md-cli only, `//` is refused with the known text."""
    bench.apply(configuration(system={"management-interface": {"cli": {"cli-engine": "md-cli"}}}))
    with pytest.raises(CommandFailed, match="MINOR: CLI #2053 Switching CLI engine is not authorized"):
        bench.run(GENERATE)
    assert bench.run("show version").startswith("TiMOS-")


def test_a_raw_command_needs_the_md_cli(bench: Bench) -> None:
    """Also for a line behind `//`: with cli-engine classic-cli only, there is no engine that reads it."""
    bench.apply(configuration(system={"management-interface": {"cli": {"cli-engine": "classic-cli"}}}))
    with pytest.raises(CommandFailed, match="#2053"):
        bench.run("//admin certificate gen-keypair cf3:/k size 2048 type rsa")


def test_file_content_on_25_10(new_bench: Bench, authority: CA) -> None:
    """25.10 shows an imported certificate in MD-CLI, with either slash, and imports with arguments in any order."""
    new_bench.put("ca.pem", authority.pem)
    new_bench.run(
        "admin system security pki import type certificate format pem input-url cf3:/ca.pem output-file ca.pem"
    )
    line = "admin system security pki show file-content {} type certificate format der"
    one = new_bench.run(line.format("cf3:/system-pki/ca.pem"))
    assert one == new_bench.run(line.format("cf3:\\system-pki\\ca.pem"))
    assert one.startswith("Certificate:")
    renew = "admin system security pki est renew est-profile x certificate {0}c key {0}k output-file c"
    for place in ("cf3:/", "cf3:\\"):
        with pytest.raises(CommandFailed, match="open file"):
            new_bench.run(renew.format(place))


def test_display_is_what_openssl_users_expect(authority: CA, keys: Keys) -> None:
    """Times, serial, names and addresses come out in OpenSSL's form."""
    start = datetime(2021, 3, 30, 19, 24, 28, tzinfo=UTC)
    der = authority.issue(
        key=keys[0], serial=0x089270571ED6F7935F1A26D49ECFBE6688078007, not_before=start,
        not_after=start + timedelta(days=730), ips=("172.20.20.5",), domains=("sr.example",),
    )
    text = display.render(PKIObject(Kind.CERT, der))
    assert "            08:92:70:57:1e:d6:f7:93:5f:1a:26:d4:9e:cf:be:66:88:07:80:07\n" in text
    assert "            Not Before: Mar 30 19:24:28 2021 GMT\n" in text
    assert "            Not After : Mar 30 19:24:28 2023 GMT\n" in text
    assert "        Subject: CN=sr, O=Nokia, ST=ZH, C=NL\n" in text
    assert "IP Address:172.20.20.5, DNS:sr.example" in text
    assert x509.load_der_x509_certificate(der).not_valid_before_utc == start


def test_a_serial_with_its_high_bit_set_has_a_sign_octet() -> None:
    """Serial numbers are shown as their DER content octets."""
    assert display.serial_text(0x80) == "00:80"
    assert display.serial_text(0x7F) == "7f"
    assert display.serial_text(0) == "00"


def test_the_display_of_a_key_tells_no_secret(bench: Bench, keys: Keys) -> None:
    """Displaying a key shows its size only."""
    bench.put("k", formats.key_der(keys[0]))
    text = bench.run("//admin certificate display type key format der cf3:/k")
    assert text == "RSA Private-Key: (2048 bit)\n"


def test_the_log_shows_newest_first(bench: Bench) -> None:
    """`show log` prints what the PKI recorded, newest first."""
    bench.run(GENERATE)
    bench.run(IMPORT_KEY)
    text = bench.run("show log log-id 101")
    assert text.index("SECURITY #2232") < text.index("SECURITY #2231")


def test_a_log_looks_as_in_the_transcript() -> None:
    """Log 101 of the tutorial, whole."""
    entries = [
        LoggedEvent(247 + number, datetime(2021, 3, 31, 7, 21, 20, 403000, tzinfo=UTC), "SECURITY", event)
        for number, event in enumerate((file_reloaded("Key", "sr-key"), file_reloaded("Certificate", "sr-cert")))
    ]
    assert log_table(Heading("101", named=True, description="Default NETCONF event stream"), entries) == LOG_101


@pytest.mark.parametrize(("release", "key", "name"), [("20.10", "id", ""), ("21.2", "name", " log-name 90")])
def test_a_log_in_memory_holds_so_many_events(tmp_path: Path, release: str, key: str, name: str) -> None:
    """The heading of the tutorial's logs 90 and 99: in memory, wrapped, without a name where logs have numbers."""
    bench = Bench(tmp_path, release)
    log: Tree = {key: "90", "source": {"security": "true"}, "destination": {"memory": {"max-entries": "50"}}}
    bench.host.handling.conf = read_configuration(to_xml("configure", {"log": {"log-id": [log]}}, CONF))
    for _ in range(51):
        bench.host.record(file_reloaded("Key", "sr-key"))
    shown = [bench.run(f"show log log-id {number}").splitlines() for number in (90, 99)]
    bench.close()
    assert shown[0][2] == f"Event Log 90{name}"
    assert shown[0][4] == "Description : (Not Specified)"
    assert shown[0][5] == "Memory Log contents  [size=50   next event=52  (wrapped)]"
    assert sum("SECURITY #2101" in line for line in shown[0]) == 50
    assert shown[1][4:6] == [
        "Description : Default System Log", "Memory Log contents  [size=500   next event=1  (not wrapped)]"
    ]


@pytest.mark.parametrize(
    ("release", "line", "is_known"),
    [
        ("22.10", "admin system security pki update-certificate certificate sr-cert", True),
        ("22.10", "//admin certificate update-cert sr-cert", True),
        ("25.10", "admin system security pki update-certificate certificate sr-cert", True),
        ("22.7", "admin system security pki update-certificate certificate sr-cert", False),
        ("22.7", "//admin certificate update-cert sr-cert", False),
    ],
)
def test_the_renewal_on_demand_is_a_command_since_22_10(
    tmp_path: Path, release: str, line: str, is_known: bool
) -> None:
    """In either engine; it renews what is in `certificate-auto-update` only."""
    bench = Bench(tmp_path, release)
    try:
        with pytest.raises(CommandFailed) as caught:
            bench.run(line)
    finally:
        bench.close()
    assert ("is not in certificate-auto-update" in caught.value.text) is is_known
