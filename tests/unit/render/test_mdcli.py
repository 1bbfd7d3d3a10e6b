"""MD-CLI text: writing lines and braces, reading transcripts, and refusing what no line can carry."""

from __future__ import annotations

import pytest

from sroscert.errors import RenderError
from sroscert.model.scalars import is_reference
from sroscert.render.mdcli import MdCliSyntaxError, from_text, quote, to_braces, to_lines
from sroscert.render.secrets import shown
from sroscert.schema import load
from sroscert.values import EMPTY, PRESENT, ConfigTree, Path

SCHEMA = load("21.2")
PKI = Path.of("configure", "system", "security", "pki")
CA = PKI.entry("ca-profile", ca_profile_name="ejbca-profile")
TLS = Path.of("configure", "system", "security", "tls")
GRPC = Path.of("configure", "system", "grpc")
SCRIPT = Path.of("configure", "system", "script-control").entry("script", script_name="s", owner="TiMOS CLI")


def read(text: str) -> dict[Path, object]:
    """Read a text over the schema of 21.2."""
    return dict(from_text(text, SCHEMA))


class TestWriting:
    def test_strings_are_quoted_and_other_values_are_bare(self) -> None:
        """Names and free text stand in quotes; enumerations, numbers and booleans do not; empty leaves end the line."""
        tree = ConfigTree.from_items([
            (CA / "cert-file", "ManagementCA.pem"), (CA / "revocation-check", "crl-optional"),
            (CA / "cmpv2" / "always-set-sender-for-ir", "true"),
            (PKI / "certificate-expiration-warning" / "hours", "720"), (GRPC / "allow-unsecure-connection", EMPTY),
        ])

        assert to_lines(tree, SCHEMA) == [
            '/configure system security pki ca-profile "ejbca-profile" cert-file "ManagementCA.pem"',
            '/configure system security pki ca-profile "ejbca-profile" revocation-check crl-optional',
            '/configure system security pki ca-profile "ejbca-profile" cmpv2 always-set-sender-for-ir true',
            "/configure system security pki certificate-expiration-warning hours 720",
            "/configure system grpc allow-unsecure-connection",
        ]

    def test_an_entry_without_leaves_has_a_line(self) -> None:
        """A list entry that holds nothing is still written."""
        assert to_lines(ConfigTree.from_items([(CA, PRESENT)]), SCHEMA) == [
            '/configure system security pki ca-profile "ejbca-profile"'
        ]

    def test_keys_are_positional_and_further_ones_are_named(self) -> None:
        """The first key follows the list's name; the second is written with its own."""
        assert to_lines(ConfigTree.from_items([(SCRIPT, PRESENT)]), SCHEMA) == [
            '/configure system script-control script "s" owner "TiMOS CLI"'
        ]

    def test_braces_nest_by_four_spaces(self) -> None:
        """The nested form looks like the router's own."""
        tree = from_text('/configure system security tls cert-profile "p" entry 1 key-file k', SCHEMA)

        assert to_braces(tree, SCHEMA).splitlines() == [
            "configure {", "    system {", "        security {", "            tls {",
            '                cert-profile "p" {', "                    entry 1 {",
            '                        key-file "k"', "                    }", "                }",
            "            }", "        }", "    }", "}",
        ]

    @pytest.mark.law(8)
    def test_secrets_are_shown_as_references_and_written_only_when_asked(self) -> None:
        """The human form has a placeholder; a resolver writes the secret itself."""
        password = (CA / "cmpv2" / "key-list").entry("key", reference_number="1") / "password"
        tree = ConfigTree.from_items([(password.parent, PRESENT), (password, "file:codes/sr")])

        assert to_lines(tree, SCHEMA)[0].endswith('key "1" password "<file:codes/sr>"')
        assert to_lines(tree, SCHEMA, resolve=lambda _: 's"3')[0].endswith('password "s\\"3"')
        assert from_text("\n".join(to_lines(tree, SCHEMA)), SCHEMA).subtree(password.parent) == tree

    @pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\tb", "\x1b[2J", "\x00", "a\x85b", "a\u2028b", "\ud800"])
    def test_text_that_could_end_a_line_is_refused(self, text: str) -> None:
        """Line ends and control characters never reach a line."""
        with pytest.raises(ValueError, match="cannot stand in an MD-CLI line"):
            quote(text)
        with pytest.raises(RenderError) as caught:
            to_lines(ConfigTree.from_items([(CA / "description", text)]), SCHEMA)
        assert caught.value.path == str(CA / "description")

    def test_a_bad_key_is_shown_with_escapes(self) -> None:
        """The error's own path cannot carry the control character either."""
        with pytest.raises(RenderError) as caught:
            to_lines(ConfigTree.from_items([(PKI.entry("ca-profile", ca_profile_name="a\nb"), PRESENT)]), SCHEMA)
        assert len(str(caught.value).splitlines()) == 1


class TestReading:
    def test_the_tutorials_forms(self) -> None:
        """Unquoted names, several leaves on a line, booleans without a value, a key by name, a left-out owner."""
        tree = read("""
            # enable profile
            /configure system security pki ca-profile ejbca-profile cmpv2 accept-unprotected-message error-message
            /configure system security tls server-tls-profile p cert-profile "c" admin-state enable   # both
            /configure log event-trigger security event tmnxPkiCertBeforeExpWarning entry 1 filter "100"
            /configure system script-control script "s" location cf3:/auto-cert-update.txt admin-state enable
        """)
        profile = TLS.entry("server-tls-profile", server_profile_name="p")
        event = Path.of("configure", "log", "event-trigger").entry("security", event="tmnxPkiCertBeforeExpWarning")

        assert tree == {
            CA: PRESENT, CA / "cmpv2" / "accept-unprotected-message" / "error-message": "true",
            profile: PRESENT, profile / "cert-profile": "c", profile / "admin-state": "enable",
            event: PRESENT, event.entry("entry", id="1"): PRESENT, event.entry("entry", id="1") / "filter": "100",
            SCRIPT: PRESENT, SCRIPT / "location": "cf3:/auto-cert-update.txt", SCRIPT / "admin-state": "enable",
        }

    def test_an_info_output_is_read_in_the_context_of_its_prompt(self) -> None:
        """What `info` shows below (pr)[/configure …] belongs there; commands and messages do not matter."""
        tree = read("""
(pr)[/configure system security tls cert-profile "sr-cert-prof"]
A:admin@sr# info
    admin-state enable
    entry 1 {
        certificate-file "sr-cert"
        key-file "sr-key"
    }

*(pr)[/configure system security tls cert-profile "sr-cert-prof"]
A:admin@sr# entry 2 key-file "k2"
INFO: CLI #2061: Uncommitted changes are discarded on configuration mode exit
Press Q to quit, Enter to print next line or any other key to print next page.
*[pr:/configure]
A:admin@sr# commit
*[pr:/configure]
A:admin@sr# system grpc admin-state enable
(ro)[]
A:admin@sr# exit all
""")
        profile = TLS.entry("cert-profile", cert_profile_name="sr-cert-prof")

        assert tree == {
            profile: PRESENT, profile / "admin-state": "enable",
            profile.entry("entry", entry_id="1"): PRESENT,
            profile.entry("entry", entry_id="1") / "certificate-file": "sr-cert",
            profile.entry("entry", entry_id="1") / "key-file": "sr-key",
            profile.entry("entry", entry_id="2"): PRESENT,
            profile.entry("entry", entry_id="2") / "key-file": "k2",
            GRPC / "admin-state": "enable",
        }

    def test_values_in_brackets(self) -> None:
        """A leaf-list takes values in brackets, over several lines too, or one by one."""
        path = Path.of("configure", "system", "management-interface", "cli", "cli-engine")
        line = "/configure system management-interface cli cli-engine"

        assert read(f"{line} [md-cli classic-cli]")[path] == ("md-cli", "classic-cli")
        assert read(f"{line} [\n  md-cli\n  classic-cli\n]")[path] == ("md-cli", "classic-cli")
        assert read(f"{line} md-cli\n{line} classic-cli")[path] == ("md-cli", "classic-cli")

    def test_a_command_name_inside_braces_is_a_node(self) -> None:
        """`commit` in base-op-authorization is configuration, not a command of the transcript."""
        text = (
            'configure { system { security { aaa { local-profiles { profile "x" { netconf {\n'
            "base-op-authorization {\ncommit true\n}\n}}}}}}}"
        )
        tree = from_text(text, load("25.10"))

        assert [path.names[-1] for path, value in tree.items() if value == "true"] == ["commit"]

    def test_quotes_keep_marks_and_hashes(self) -> None:
        """Inside quotes nothing is a comment, a brace or an end."""
        assert read(f'/configure system security pki ca-profile "#{{" description {quote(" } # [x] ")}') == {
            PKI.entry("ca-profile", ca_profile_name="#{"): PRESENT,
            PKI.entry("ca-profile", ca_profile_name="#{") / "description": " } # [x] ",
        }

    @pytest.mark.parametrize(
        ("text", "line", "column", "words"),
        [
            ("/configure sistem", 1, 12, "'sistem' is not known in /configure"),
            ("\n  /config", 2, 3, "not known in the top"),
            ("/configure system grpc admin-state enabled", 1, 36, "'enabled' is not one of"),
            ("/configure system grpc admin-state", 1, 35, "lacks its value"),
            ("/configure system security pki ca-profile", 1, 42, "lacks its value"),
            ('/configure system security pki ca-profile "x', 1, 43, "no closing quote"),
            ("configure {\n system {", 2, 10, "closing brace is missing"),
            ("configure {\n}\n}", 3, 1, "closes nothing"),
            ("{", 1, 1, "follows nothing"),
            ('"configure"', 1, 1, "a name was expected"),
            ("/configure system management-interface cli cli-engine [md-cli", 1, 44, "closing bracket is missing"),
            ("/configure system security pki ca-profile x ca-profile-name y", 1, 45, "is the key of"),
            ("configure {\n/configure system", 2, 1, "not known in /configure"),
            ("/configure system script-control script owner x", 1, 47, "not known"),
            ("[/configure sistem]", 1, 13, "not known in /configure"),
        ],
    )
    def test_errors_name_the_place(self, text: str, line: int, column: int, words: str) -> None:
        """What cannot be read is an error with line, column and what was wrong."""
        with pytest.raises(MdCliSyntaxError, match=words) as caught:
            from_text(text, SCHEMA)
        assert (caught.value.line, caught.value.column) == (line, column)

    @pytest.mark.parametrize(
        ("text", "nearest"), [("/configure sistem", "system"), ("/configure system grpc admin-state enabel", "enable")]
    )
    def test_errors_suggest_the_nearest_word(self, text: str, nearest: str) -> None:
        """A slip of the pen gets the right spelling."""
        with pytest.raises(MdCliSyntaxError) as caught:
            from_text(text, SCHEMA)
        assert caught.value.suggestion == nearest
        assert nearest in caught.value.hint

    def test_unknown_statements_can_be_skipped_by_braces(self) -> None:
        """A whole saved configuration can be read for the parts that are known."""
        text = """# TiMOS-B-21.2.R1
persistent-indices {
    vrtr-id { router-name "Base" vrtr-id 1 }
}
configure {
    card 1 {
        card-type iom-1
        mda 1 { mda-type me12-100gb-qsfp28 }
    }
    router "Base" { interface "system" { ipv4 { primary { address 1.1.1.1 prefix-length 32 } } } }
    system {
        name "sr"
        warp [1 2
          3]
        grpc { admin-state enable }
    }
}
# Finished
"""
        assert dict(from_text(text, SCHEMA, skip_unknown=True)) == {
            Path.of("configure", "system", "name"): "sr", GRPC / "admin-state": "enable",
        }


class TestPlaceholders:
    @pytest.mark.parametrize(
        "text", ["env:X", "file:codes/sr", "keyring:a/b", "prompt:Code", "abc hash2", "secret", "<env:X>", "", "ENV:X"]
    )
    def test_a_placeholder_is_made_of_references_only(self, text: str) -> None:
        """What the intent takes for a reference is shown; everything else is stars."""
        assert (shown(text) == f"<{text}>") == is_reference(text)
