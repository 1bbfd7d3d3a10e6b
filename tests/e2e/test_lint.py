"""What `sroscert lint` prints and answers, for people, code scanning and pull requests; and what it never shows."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sroscert.cli.lint_text import report
from sroscert.cli.main import main
from sroscert.intent import lint
from tests.support.minting import CA, NOW
from tests.support.sarif import NotSarifError, read

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "lab" / "intents" / "tutorial.yaml").read_text()
VERBATIM = ROOT / "lab" / "intents" / "tutorial-verbatim.yaml"


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run lint in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "sroscert.cli.main", "lint", *arguments], cwd=cwd, capture_output=True, text=True,
        check=False, timeout=60, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment},
    )


def intent(folder: Path, text: str = TUTORIAL) -> Path:
    """Write an intent with its CA certificate."""
    (folder / "ManagementCA.pem").write_bytes(CA.make(not_after=NOW.replace(year=2060)).pem)
    file = folder / "intent.yaml"
    file.write_text(text)
    return file


def test_a_sound_intent_is_0_also_when_strict(tmp_path: Path) -> None:
    """The recommended intent passes; what it accepts is shown with its reason, and does not fail."""
    intent(tmp_path)

    done = run("-f", "intent.yaml", "--strict", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "because: the CA publishes no CRL yet" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 errors, 0 warnings, 1 note, 3 accepted"


def test_a_warning_fails_only_when_strict(tmp_path: Path) -> None:
    """65 with --strict, 0 without."""
    intent(tmp_path, TUTORIAL.replace("before: 30d", "before: 1d"))

    assert run("-f", "intent.yaml", cwd=tmp_path).returncode == 0
    assert run("-f", "intent.yaml", "--strict", cwd=tmp_path).returncode == 65
    assert run("-f", "intent.yaml", cwd=tmp_path, SROSCERT_STRICT="1").returncode == 65


def test_an_error_is_65_in_every_form(tmp_path: Path) -> None:
    """The exit code does not depend on the form of the output."""
    for form in ("text", "json", "sarif", "github"):
        assert run("-f", str(VERBATIM), "-o", form, cwd=tmp_path).returncode == 65


def test_a_client_on_the_command_line_counts(tmp_path: Path) -> None:
    """--client makes it an error that gnmic cannot connect; one that nobody knows is a mistake of usage."""
    intent(tmp_path)

    named = run("-f", "intent.yaml", "--release", "21.2", "--client", "gnmic", cwd=tmp_path)
    unknown = run("-f", "intent.yaml", "--client", "gnmik", cwd=tmp_path)

    assert named.returncode == 65
    assert "client-cannot-connect" in named.stdout
    assert unknown.returncode == 64
    assert "did you mean gnmic" in unknown.stderr


def test_text_fits_80_columns_and_shows_line_and_caret(tmp_path: Path) -> None:
    """No line is longer; the caret stands under the value; one line in the end counts."""
    done = run("-f", str(VERBATIM), cwd=tmp_path)
    lines = done.stdout.splitlines()

    assert max(map(len, lines)) <= 80
    number = next(number for number, line in enumerate(lines) if "renewal-late" in line)
    assert lines[number + 1].index("1h") == lines[number + 2].index("^")
    assert re.fullmatch(r"2 errors, \d+ warnings, \d+ notes", lines[-1])


def test_colour_changes_nothing_but_the_colour(tmp_path: Path) -> None:
    """On a terminal grades have colours; without them the text is the same."""
    problems = lint([intent(tmp_path, TUTORIAL.replace("before: 30d", "before: 1d"))])
    plain = list(report(problems, width=80, colour=False))
    coloured = list(report(problems, width=80, colour=True))

    assert "\x1b[1;33mwarning" in "\n".join(coloured)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured] == plain


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_long_line_is_shown_around_its_caret(tmp_path: Path, width: int) -> None:
    """However long the line of the intent is, the caret stands under the value and the line fits."""
    long = "x" * 60
    text = TUTORIAL.replace(
        "renewal: {before: 30d", 'renewal: {engine: "md-cli", min_delay: 3600, before: 1d'
    ).replace("routers:", f"# {long}\nrouters:").replace("before: 1d", "before: 1d" + " " * 80)
    lines = list(report(lint([intent(tmp_path, text)]), width=width, colour=False))
    number = next(number for number, line in enumerate(lines) if "renewal-late" in line)

    assert lines[number + 1][lines[number + 2].index("^"):].startswith("1d")
    assert all(len(line) <= max(width, 60) for line in lines[number + 1:number + 3])


def test_many_routers_are_one_finding(tmp_path: Path) -> None:
    """What is wrong with each of 412 routers in the same way is said once."""
    more = "".join(f"  r{number}: {{address: 10.0.{number // 250}.{number % 250}}}\n" for number in range(411))
    wrong = 'san: {ip: ["{address}"]}', "san: {dns: [gnmi.example.net]}"
    intent(tmp_path, TUTORIAL.replace(*wrong) + more)

    late = run("-f", "intent.yaml", "--release", "25.10", cwd=tmp_path).stdout

    assert late.count("san-misses-address") == 1
    assert "for sr and 411 more routers" in late


@pytest.mark.parametrize(
    "wrong",
    [
        "login: {username: admin, password: HUNTER2, known_hosts: x}",
        "login: {username: admin, pasword: HUNTER2}",
        "login: {pasword: HUNTER2, usernam: admin}",
        "login: {username: admin, password: HUNTER2, known_hosts: [x}",
        "login: {username: admin, password: 4711HUNTER2, known_hosts: 7}",
        'ca_profiles: {ejbca-profile: {cmpv3: {key_list: {"1": HUNTER2}}}}',
        'ca_profiles: {ejbca-profile: {cmpv2: {key_list: {"1": HUNTER2}, urll: x}}}',
        "ca_profiles: {ejbca-profile: {cmpv2: {key_list: {'1': 'HUNTER2'}, http: 5}}}",
        "certificates: {sr-cert: {enrolment: {reference: 1, secret: HUNTER2}}}",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    """A literal secret never gets into the output, whatever else is wrong in its line."""
    file = intent(tmp_path, TUTORIAL + f"  sr9:\n    address: 192.0.2.9\n    {wrong}\n")

    for form in ("text", "json", "sarif", "github"):
        assert main(["lint", "-f", str(file), "-o", form]) == 65
    shown = capsys.readouterr()
    assert "intent.yaml" in shown.out
    assert "HUNTER2" not in shown.out + shown.err


@pytest.mark.parametrize("number", [4711, 815])
def test_a_secret_that_is_a_number_is_not_shown(tmp_path: Path, number: int) -> None:
    """Nor is one that YAML takes for a number, as the advice to put it in quotes."""
    intent(tmp_path, TUTORIAL + f"  sr9: {{address: 192.0.2.9, login: {{username: a, password: {number}}}}}\n")

    done = run("-f", "intent.yaml", cwd=tmp_path)

    assert done.returncode == 65
    assert str(number) not in done.stdout


def test_sarif_is_what_the_standard_says(tmp_path: Path) -> None:
    """Every result has its rule, level, place and text; what is accepted is suppressed with its reason."""
    folder = tmp_path / "a folder, 100%"
    folder.mkdir()
    intent(folder, TUTORIAL.replace("before: 30d", "before: 1d"))

    results = read(json.loads(run("-f", f"{folder.name}/intent.yaml", "-o", "sarif", cwd=tmp_path).stdout))

    late = next(result for result in results if result["ruleId"] == "renewal-late")
    place = late["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20folder%2C%20100%25/intent.yaml"
    assert TUTORIAL.splitlines()[place["region"]["startLine"] - 1].strip().startswith("renewal:")
    assert late["level"] == "warning"
    reasons = {item["ruleId"]: item["suppressions"][0]["justification"] for item in results if "suppressions" in item}
    assert reasons["crl-optional"] == "the CA publishes no CRL yet"


def test_the_sarif_reader_refuses_what_is_wrong(tmp_path: Path) -> None:
    """The reader of these tests can fail: a property too many, a level that is none, a line 0, another rule."""
    good = json.loads(run("-f", str(VERBATIM), "-o", "sarif", cwd=tmp_path).stdout)
    assert read(good)

    for wrong in ("extra", "level", "line", "rule", "version"):
        bad = copy.deepcopy(good)
        result = bad["runs"][0]["results"][0]
        if wrong == "extra":
            result["severity"] = "error"
        elif wrong == "level":
            result["level"] = "notice"
        elif wrong == "line":
            result["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
        elif wrong == "rule":
            result["ruleId"] = "another"
        else:
            bad["version"] = "2.0.0"
        with pytest.raises(NotSarifError):
            read(bad)


def test_github_commands_are_escaped(tmp_path: Path) -> None:
    """One line a finding; `%`, line ends, `:` and `,` of a property cannot end it."""
    folder = tmp_path / "a,b:c%d"
    folder.mkdir()
    intent(folder, TUTORIAL.replace("before: 30d", "before: 1d"))

    lines = run("-f", f"{folder.name}/intent.yaml", "-o", "github", cwd=tmp_path).stdout.splitlines()
    late = next(line for line in lines if "renewal-late" in line)

    assert all(re.match(r"::(error|warning|notice) [^:]*::", line) for line in lines)
    head, _, text = late.removeprefix("::warning ").partition("::")
    fields = dict(field.split("=", 1) for field in head.split(","))
    assert fields["file"] == "a%2Cb%3Ac%25d/intent.yaml"
    assert fields["title"] == "sroscert renewal-late"
    assert int(fields["line"]) > 1
    assert "%0Afix: a third of the lifetime" in text
    assert any(line.startswith("::notice ") and "accepted" in line for line in lines)
