"""Each finding of lint, by the sentence of its case: an edit of the recommended intent, and what is found then."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from sroscert.errors import Problem
from sroscert.intent import RouterIntent, lint
from sroscert.plan.preflight import authority_rule, command_texts, command_words
from sroscert.schema import Schema
from sroscert.values import Release
from tests.support.minting import CA

ROOT = pathlib.Path(__file__).parents[3]
INTENTS = ROOT / "lab" / "intents"
TUTORIAL = (INTENTS / "tutorial.yaml").read_text()
VERBATIM = (INTENTS / "tutorial-verbatim.yaml").read_text()
SCRIPT = (INTENTS / "auto-cert-update.txt").read_text()
NOW = datetime.now(UTC)
PEM = CA.make(not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2060, 1, 1, tzinfo=UTC)).pem


@dataclass
class Case:
    """``edits`` of the recommended intent lead to ``code`` at ``path`` on ``release``."""

    code: str
    path: str
    edits: tuple[tuple[str, str], ...] = ()
    release: str = "25.10"
    base: str = TUTORIAL
    code_file: str = "4f1c0de"
    clients: tuple[str, ...] = ()


LISTS = "tls.server_cipher_lists.ciphers"
CERT = "certificates.sr-cert"
UPDATE = """certificate_update_profiles:
  up: {{cmpv2: {{ca_profile: ejbca-profile}}, {0}}}
certificate_auto_update: {{sr-cert: {{key_file_name: sr-key, profile: up}}}}
routers:"""
NEXT = (
    "  ejbca-profile:\n",
    "  next: {certificate: ManagementCA.pem, file: NextCA.pem, revocation_check: crl-optional}\n  ejbca-profile:\n",
)
SERVER = "tls.server_profiles.sr-server-tls-prof"
MUTUAL = (
    (", cipher_list: ciphers", ", cipher_list: ciphers, authenticate_client: {trust_anchor_profile: clients}"),
    ("  server_profiles:", "  trust_anchor_profiles: {clients: [ejbca-profile]}\n  server_profiles:"),
)
EST = (
    ("  server_profiles:", "  trust_anchor_profiles: {ours: [ejbca-profile]}\n"
     "  client_cipher_lists: {out: compatible}\n"
     "  client_profiles: {out: {cipher_list: out, trust_anchor_profile: ours}}\n  server_profiles:"),
    ("routers:", "est_profiles: {est: {server: {ipv4: 192.0.2.6}, client_tls_profile: out}}\nrouters:"),
)
CASES = {
    "A retired CA that issues": Case(
        "retired-in-use", f"{CERT}.ca_profile", (("  ejbca-profile:\n", "  ejbca-profile:\n    retired: true\n"),)
    ),
    "A chain of the CA before": Case(
        "chain-of-another-ca", "tls.cert_profiles.sr-cert-prof.1.send_chain",
        (NEXT, ("{1: sr-cert}", "{1: {certificate: sr-cert, send_chain: [next]}}")),
    ),
    "Native renewal by the CA before": Case(
        "renewal-of-another-ca", "certificate_update_profiles.up.cmpv2.ca_profile",
        (NEXT, ("routers:", UPDATE.format("before_expiry: 864000").replace("ejbca-profile", "next"))),
    ),
    "A null cipher is an error": Case(
        "cipher-null", f"{LISTS}.0", (("compatible}", "[tls-rsa-with-null-sha]}"),), "21.2"
    ),
    "3DES is a warning": Case(
        "cipher-weak", f"{LISTS}.0", (("compatible}", "[tls-rsa-with3des-ede-cbc-sha]}"),), "21.2"
    ),
    "RSA key exchange is aging": Case(
        "cipher-aging", f"{LISTS}.0", (("compatible}", "[tls-rsa-with-aes256-cbc-sha]}"),), "21.2"
    ),
    "CBC-SHA256 alone cannot be verified": Case(
        "cipher-unreachable", LISTS, (("compatible}", "[tls-rsa-with-aes256-cbc-sha256]}"),), "21.2"
    ),
    "modern means nothing before 24.3 in TLS 1.2": Case(
        "cipher-class-empty", LISTS, (("compatible}", "modern}"),), "23.10"
    ),
    "grpcio as it comes cannot speak RSA key exchange": Case(
        "client-cannot-connect", LISTS, (), "21.2", clients=("grpcio",)
    ),
    "gnmic cannot either, when the intent names it": Case(
        "client-cannot-connect", LISTS, (("nokia-state]", "nokia-state], clients: [gnmic]"),), "23.10"
    ),
    "Java cannot speak CCM": Case(
        "client-cannot-connect", LISTS, (
            ("compatible}", "[tls-aes128-ccm-sha256, tls-rsa-with-aes128-cbc-sha]}"),
            ("cipher_list: ciphers", "cipher_list: ciphers, protocol_version: tls-version-all"),
        ), clients=("java",),
    ),
    "Without a named client it is a note": Case("clients-need-setting", LISTS, (), "21.2"),
    "A server profile without a list": Case(
        "cipher-list-missing", "tls.server_profiles.sr-server-tls-prof", ((", cipher_list: ciphers", ""),)
    ),
    "TLS 1.3 without its lists is a note": Case(
        "tls13-lists-missing", "tls.server_profiles.sr-server-tls-prof.protocol_version",
        (("cipher_list: ciphers", "cipher_list: ciphers, protocol_version: tls-version-13"),),
    ),
    "A re-negotiation timer": Case(
        "tls-re-negotiation", "tls.server_profiles.sr-server-tls-prof.tls_re_negotiate_timer",
        (("cipher_list: ciphers", "cipher_list: ciphers, tls_re_negotiate_timer: 5"),),
    ),
    "Clients whose status nobody knows": Case("clients-locked-out", f"{SERVER}.authenticate_client", MUTUAL),
    "An unknown status that is declared revoked": Case(
        "clients-locked-out", f"{SERVER}.status_verify",
        (*MUTUAL, (", authenticate_client", ", status_verify: {default_result: revoked}, authenticate_client")), "23.7",
    ),
    "An EST server whose status nobody knows": Case("est-server-refused", "tls.client_profiles.out", EST),
    "An EST server that is declared revoked": Case(
        "est-server-refused", "tls.client_profiles.out.status_verify",
        (*EST, ("profile: ours}}", "profile: ours, status_verify: {default_result: revoked}}}")), "23.7",
    ),
    "gRPC in clear": Case(
        "grpc-unsecure", "grpc.allow_unsecure_connection",
        (("tls_server_profile: sr-server-tls-prof", "allow_unsecure_connection: true"),),
    ),
    "crl-optional": Case("crl-optional", "ca_profiles.ejbca-profile.revocation_check", (("    crl-opt", "    x"),)),
    "A CRL that is checked and not there": Case(
        "crl-missing", "ca_profiles.ejbca-profile", (("    revocation_check: crl-optional\n", ""),)
    ),
    "Unprotected messages": Case(
        "accept-unprotected-message", "ca_profiles.ejbca-profile.cmpv2.accept_unprotected_message.error_message",
    ),
    "https": Case(
        "url-not-http", "ca_profiles.ejbca-profile.cmpv2.url.url_string", (("url: http://", "url: https://"),)
    ),
    "SHA-1 in native renewal": Case(
        "hash-weak", "certificate_update_profiles.up.hash_algorithm",
        (("routers:", UPDATE.format("hash_algorithm: sha1")),),
    ),
    "A short key in native renewal": Case(
        "key-short", "certificate_update_profiles.up.rsa.key_size",
        (("routers:", UPDATE.format("rsa: {key_size: 1024}")),),
    ),
    "Native renewal an hour before expiry": Case(
        "renewal-single-try", "certificate_update_profiles.up.before_expiry",
        (("routers:", UPDATE.format("before_expiry: 3600")),),
    ),
    "A secret that is the CN": Case("secret-is-name", f"{CERT}.enrolment.secret", (), code_file="SR"),
    "A secret that SR OS reads as hashed": Case(
        "secret-read-as-hash", f"{CERT}.enrolment.secret", (), code_file="open sesame hash2"
    ),
    "A secret that is too long": Case("secret-too-long", f"{CERT}.enrolment.secret", (), code_file="x" * 65),
    "A secret that a command line cannot carry": Case(
        "unsafe-text", f"{CERT}.enrolment.secret", (), "21.2", code_file='sesame"'
    ),
    "A secret with what asks for help where commands are typed": Case(
        "unsafe-text", f"{CERT}.enrolment.secret", (), "19.10", code_file="ses?me"
    ),
    "A literal secret": Case(
        "secret-literal", f"{CERT}.enrolment.secret", (('"file:codes/{router}"', "hunter2"),)
    ),
    "A SAN that misses the address": Case("san-misses-address", f"{CERT}.san", (('["{address}"]', "[192.0.2.1]"),)),
    "A SAN that misses the dialled name": Case(
        "san-misses-address", f"{CERT}.san",
        (("172.20.20.5}", "sr.example.net}"), ('{ip: ["{address}"]}', "{dns: [other.example.net]}")),
    ),
    "Two IP addresses in one request": Case(
        "several-ip-addresses", f"{CERT}.san", (('["{address}"]', "[192.0.2.1, 192.0.2.2]"),)
    ),
    "A comma in the subject": Case("unsafe-subject", f"{CERT}.subject.O", (("O: Nokia", 'O: "Nokia, Inc"'),)),
    "Letters outside ASCII in the subject": Case("unsafe-text", f"{CERT}.subject", (("O: Nokia", "O: Nokiä"),)),
    "A reference that a command line cannot carry": Case(
        "unsafe-text", f"{CERT}.enrolment.reference", (("reference: \"1\"", "reference: 'a\"b'"),), "21.2"
    ),
    "A reference that cannot be typed": Case(
        "unsafe-text", f"{CERT}.enrolment.reference", (("reference: \"1\"", "reference: 'a?'"),), "19.10"
    ),
    "A file name that no flash takes": Case(
        "unsafe-text", f"{CERT}.key.file", (("file: sr-key", "file: sr+key"),)
    ),
    "Nothing renews": Case("renewal-none", f"{CERT}.renewal.method", (("method: auto", "method: none"),)),
    "A day is late": Case("renewal-late", f"{CERT}.renewal.before", (("before: 30d", "before: 1d"),)),
    "Native renewal that cannot be tried twice": Case(
        "renewal-single-try", f"{CERT}.renewal.before", (("before: 30d", "before: 1h"),)
    ),
    "A window longer than the life": Case(
        "renewal-before-lifetime", f"{CERT}.renewal.before", (("    renewal:", "    lifetime: 30d\n    renewal:"),)
    ),
    "Renewal after the end of life": Case(
        "renewal-before-lifetime", "certificate_update_profiles.up.after_issue",
        (("routers:", UPDATE.format("after_issue: 2592000")), ("    renewal:", "    lifetime: 30d\n    renewal:")),
    ),
    "A first warning at the moment of issue": Case(
        "renewal-before-lifetime", "expiration_warning.hours",
        (("before: 30d, method: auto}", "before: 3d, method: auto}\n    lifetime: 30d"),), "21.2",
    ),
    "A warning that never comes in time": Case(
        "renewal-never", "expiration_warning.hours", (("hours: 720, repeat_hours: 24", "hours: 0"),), "21.2"
    ),
    "A warning that comes once": Case("warning-once", "expiration_warning", ((", repeat_hours: 24", ""),), "21.2"),
    "The second warning after expiry": Case(
        "renewal-single-try", "expiration_warning.repeat_hours", (("repeat_hours: 24", "repeat_hours: 720"),), "21.2"
    ),
    "A short warning window": Case(
        "warning-window-short", "expiration_warning.hours", (("hours: 720", "hours: 48"),), "21.2"
    ),
    "A handler that drops every other warning": Case(
        "renewal-delayed", f"{CERT}.renewal.min_delay", (("method: auto", "method: auto, min_delay: 100000"),), "21.2"
    ),
    "An ECDSA key and event handling": Case(
        "ehs-ecdsa-unproven", f"{CERT}.renewal.method", (("type: rsa, size: 2048", "type: ecdsa"),), "22.7"
    ),
    "A user for a script that there is not": Case(
        "script-user-unused", f"{CERT}.renewal.script_user", (("method: auto", "method: auto, script_user: robot"),)
    ),
    "A Python handler before there are operations for it": Case(
        "ehs-python-missing", f"{CERT}.renewal.engine", (("method: auto", "method: ehs, engine: python"),), "22.10"
    ),
    "Event handling that nothing sets off": Case(
        "handling-never", "log.triggers",
        (("expiration_warning: {hours: 6, repeat_hours: 1}\n", ""), ("method: ehs", "method: external")),
        "21.2", VERBATIM,
    ),
    "Both renew": Case(
        "renewal-twice", f"{CERT}.renewal.method",
        (("method: ehs", "method: native"), ("release: 21.2.R1", "release: 25.10.R1")), "25.10", VERBATIM,
    ),
    "A certificate that nobody shows": Case(
        "certificate-unused", CERT, (("{1: sr-cert}", "{1: {certificate_file: a, key_file: b}}"),)
    ),
    "A code that lint does not know": Case("accept-unknown", "lint.accept.crl-optoinal", (("    crl-opt", "    x"),)),
    "An error that is accepted": Case("accept-error", "lint.accept.cipher-null", (("    crl-opt", "    x"),)),
    "Something accepted that is not there": Case("accept-unused", "lint.accept.key-short", (("    crl-opt", "    x"),)),
    # The failures of the tutorial's own procedure, as docs/differences.md counts them
    "F1: the key is written over before the CA answers": Case(
        "script-overwrites-key", "script_control.scripts.auto-cert-update.source", (), "21.2", VERBATIM
    ),
    "F2: old and new key are one file": Case(
        "script-same-key", "script_control.scripts.auto-cert-update.source", (), "21.2", VERBATIM
    ),
    "F3: fixed sleeps": Case(
        "script-sleeps", "script_control.scripts.auto-cert-update.source", (), "21.2", VERBATIM
    ),
    "F4: one exact minute": Case(
        "exact-minute", "log.filters.100.named_entry.cert-update.match.message.eq", (), "21.2", VERBATIM
    ),
    "F5: the end entity must be set to New": Case(
        "script-cert-request", "script_control.scripts.auto-cert-update.source", (), "21.2", VERBATIM
    ),
    "F6: nobody compares": Case(
        "script-unchecked-import", "script_control.scripts.auto-cert-update.source", (), "21.2", VERBATIM
    ),
    "F8: a pending request blocks": Case(
        "script-no-poll", "script_control.scripts.auto-cert-update.source", (), "21.2", VERBATIM
    ),
    "F9: crl-optional": Case("crl-optional", "ca_profiles.ejbca-profile.revocation_check", (), "21.2", VERBATIM),
    "F9: unprotected messages": Case(
        "accept-unprotected-message", "ca_profiles.ejbca-profile.cmpv2.accept_unprotected_message.pkiconf_message",
        (), "21.2", VERBATIM,
    ),
    "F9: secret is CN": Case("secret-is-name", f"{CERT}.enrolment.secret", (), "21.2", VERBATIM, code_file="sr"),
    "F9: SHA-1": Case(
        "script-default-hash", "script_control.scripts.auto-cert-update.source", (), "21.2", VERBATIM
    ),
    "F9: 3DES": Case("cipher-weak", f"{LISTS}.0", (), "21.2", VERBATIM),
    "F10: ciphers that the checker cannot speak": Case("cipher-unreachable", LISTS, (), "21.2", VERBATIM),
    "No owner": Case("owner-missing", "script_control.scripts.auto-cert-update", (), "21.2", VERBATIM),
}
ACCEPTS = {
    "A code that lint does not know": "crl-optoinal", "An error that is accepted": "cipher-null",
    "Something accepted that is not there": "key-short",
}


def findings(folder: pathlib.Path, case: Case, sentence: str = "", *, script: str = SCRIPT) -> list[Problem]:
    """Write the edited intent with everything that it names, and lint it."""
    text = case.base
    for old, new in case.edits:
        if old == "    crl-opt":
            old, new = "    crl-optional:", f"    {ACCEPTS.get(sentence, 'accept-unused')}:"
        assert old in text, old
        text = text.replace(old, new)
    (folder / "ManagementCA.pem").write_bytes(PEM)
    (folder / "auto-cert-update.txt").write_text(script)
    (folder / "codes").mkdir()
    (folder / "codes" / "sr").write_text(case.code_file)
    file = folder / "intent.yaml"
    file.write_text(text)
    return lint(
        [file], release=Release.parse(case.release), clients=case.clients,
        checks=(authority_rule(NOW), command_texts), release_checks=(command_words,),
    )


@pytest.mark.parametrize("sentence", CASES)
def test_the_case_is_found_at_its_place(tmp_path: pathlib.Path, sentence: str) -> None:
    """The edit leads to the finding, with a reason, at the path, in a line of the file."""
    case = CASES[sentence]
    found = findings(tmp_path, case, sentence)
    mine = [problem for problem in found if problem.code == case.code and problem.path == case.path]

    assert mine, [(problem.code, problem.path) for problem in found]
    assert mine[0].line > 1
    assert mine[0].message
    assert case.code_file not in f"{mine[0]}" or case.code_file.lower() == "sr"


@pytest.mark.parametrize("sentence", [name for name, case in CASES.items() if case.base == TUTORIAL and case.edits])
def test_without_the_edit_it_is_not_found(tmp_path: pathlib.Path, sentence: str) -> None:
    """The recommended intent has none of these, but for what it accepts with a reason."""
    case = CASES[sentence]
    plain = Case(case.code, case.path, (), case.release)
    found = [problem for problem in findings(tmp_path, plain) if problem.code == case.code and not problem.accepted]

    assert found == []


@pytest.mark.parametrize(
    ("release", "edits"),
    [
        ("23.3", ()),
        ("25.10", ((", auth", ", status_verify: {default_result: good}, auth"),)),
        ("25.10", (("    revocation_check:", "    crl_file: ca.crl\n    revocation_check:"),)),
        ("25.10", ((", auth", ", status_verify: {ee_revocation: {secondary: ocsp}}, auth"),)),
    ],
)
def test_clients_whose_status_can_be_known_get_in(
    tmp_path: pathlib.Path, release: str, edits: tuple[tuple[str, str], ...]
) -> None:
    """Before 23.7 nothing turns them away; a CRL or OCSP finds their status, and an unknown one may count as good."""
    found = findings(tmp_path, Case("clients-locked-out", "", (*MUTUAL, *edits), release))
    assert [problem.code for problem in found if problem.code in ("clients-locked-out", "unknown-key")] == []


@pytest.mark.parametrize(
    ("release", "edits"),
    [
        ("23.3", ()),
        ("25.10", (("profile: ours}}", "profile: ours, status_verify: {default_result: good}}}"),)),
        ("25.10", (("    revocation_check:", "    crl_file: ca.crl\n    revocation_check:"),)),
        ("25.10", (("client_tls_profile: out}}", "transmission_profile: x}}\ntransmission_profiles: {x: {}}"),)),
    ],
)
def test_an_est_server_whose_status_can_be_known_is_asked(
    tmp_path: pathlib.Path, release: str, edits: tuple[tuple[str, str], ...]
) -> None:
    """As with clients; a client profile that no EST profile uses refuses nobody."""
    found = findings(tmp_path, Case("est-server-refused", "", (*EST, *edits), release))
    assert [problem.code for problem in found if problem.code in ("est-server-refused", "unknown-key")] == []


@pytest.mark.parametrize(("release", "secret"), [("20.10", "ses?me"), ("23.3", 'ses"ame')])
def test_a_secret_is_refused_only_where_it_cannot_be_carried(
    tmp_path: pathlib.Path, release: str, secret: str
) -> None:
    """From 20.10 a command is no longer typed, from 23.3 the secret is no word of a command."""
    case = Case("unsafe-text", f"{CERT}.enrolment.secret", (), release, code_file=secret)

    assert [item for item in findings(tmp_path, case) if item.code == case.code] == []


def test_f7_a_script_that_imports_der_as_pem(tmp_path: pathlib.Path) -> None:
    """F7: the answer of the CA is DER; the tutorial's own script is right about it, and one that says PEM is not."""
    wrong = SCRIPT.replace("output sr-cert format der", "output sr-cert format pem")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    def codes(name: str, script: str) -> set[str]:
        case = Case("", "", (), "21.2", VERBATIM)
        return {item.code for item in findings(tmp_path / name, case, script=script)}

    assert wrong != SCRIPT
    assert "script-import-format" not in codes("a", SCRIPT)
    assert "script-import-format" in codes("b", wrong)


@pytest.mark.parametrize(
    ("codes", "secret"),
    [(("same", "same"), "file:codes/{router}"), (("a", "b"), "file:codes/sr"), (("a", "b"), "env:X")],
)
def test_one_code_for_two_routers_is_found(tmp_path: pathlib.Path, codes: tuple[str, str], secret: str) -> None:
    """The same content counts, the same file, and the same variable; and the code itself is never shown."""
    text = TUTORIAL.replace("file:codes/{router}", secret) + "  sr2: {address: 172.20.20.7}\n"
    (tmp_path / "codes").mkdir()
    for name, code in zip(("sr", "sr2"), codes, strict=True):
        (tmp_path / "codes" / name).write_text(f"s3cr3t-{code}")
    (tmp_path / "intent.yaml").write_text(text)
    problems = lint([tmp_path / "intent.yaml"])

    assert "secret-shared" in {problem.code for problem in problems}
    assert not [problem for problem in problems if "s3cr3t" in f"{problem}{problem.suggestion}"]


def test_different_codes_are_not_shared(tmp_path: pathlib.Path) -> None:
    """Two routers with a code each are as it should be."""
    (tmp_path / "intent.yaml").write_text(TUTORIAL + "  sr2: {address: 172.20.20.7}\n")

    assert "secret-shared" not in {problem.code for problem in lint([tmp_path / "intent.yaml"])}


def test_one_place_for_many_routers_and_releases_is_one_finding(tmp_path: pathlib.Path) -> None:
    """A shared section that is wrong on several releases for many routers is said once, and names them."""
    more = "".join(f"  r{number}: {{address: 192.0.2.{number}}}\n" for number in range(1, 21))
    (tmp_path / "intent.yaml").write_text(TUTORIAL.replace("compatible}", "modern}") + more)
    found = [item for item in lint([tmp_path / "intent.yaml"]) if item.code == "cipher-class-empty"]

    assert len(found) == 1
    assert len(found[0].routers) == 21
    assert found[0].releases[0] == "19.5"
    assert "24.3" not in found[0].releases


def test_a_group_accepts_for_its_own_routers_only(tmp_path: pathlib.Path) -> None:
    """What a group puts up with stays a warning for the others."""
    text = TUTORIAL.replace("    crl-optional: the CA publishes no CRL yet\n", "").replace(
        "routers:", "groups: {old: {lint: {accept: {crl-optional: no CRL there}}}}\nrouters:"
    ) + "  sr2: {address: 172.20.20.7, groups: [old]}\n"
    (tmp_path / "intent.yaml").write_text(text)
    found = [item for item in lint([tmp_path / "intent.yaml"]) if item.code == "crl-optional"]

    assert {(item.accepted, item.routers) for item in found} == {("", ("sr",)), ("no CRL there", ("sr2",))}


@pytest.mark.parametrize(("text", "checks"), [("a CA", 1), ("the CA of {router}", 51)])
def test_what_differs_in_secrets_only_is_checked_once(tmp_path: pathlib.Path, text: str, checks: int) -> None:
    """Routers whose sections differ in a secret's reference are one check a release; any other text is looked at."""
    seen: list[str] = []

    def count(router: RouterIntent, schema: Schema) -> tuple[()]:
        seen.append(f"{router.name} {schema.release}")
        return ()

    more = "".join(f"  r{number}: {{address: 192.0.2.{number}, release: 21.2.R1}}\n" for number in range(50))
    described = VERBATIM.replace("    cmpv2:", f'    description: "{text}"\n    cmpv2:')
    (tmp_path / "auto-cert-update.txt").write_text(SCRIPT)
    (tmp_path / "intent.yaml").write_text(described + more)
    problems = lint([tmp_path / "intent.yaml"], release_checks=[count])
    found = [item for item in problems if item.code == "cipher-unreachable"]

    assert len(seen) == checks
    assert [len(item.routers) for item in found] == [51]
